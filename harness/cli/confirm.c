/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/confirm.h"

#include "harness/base/buf.h"
#include "harness/cli/edges.h"
#include "harness/cli/lock.h"
#include "harness/cli/pairing.h"
#include "harness/host/host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Suspects against one base: the baseline, or the run whose level was accepted for them. */
struct round_up {
    struct judging *j;
    const struct run *base;
};

static bool is_suspect(const struct round_up *u, const struct verdict *v)
{
    return v->decision == DECISION_REGRESSED && !verdict_exact(v) && judging_base(u->j, v->cmp.name) == u->base;
}

static size_t count_suspects(const struct round_up *u)
{
    size_t n = 0;
    for (size_t i = 0; i < u->j->n; i++)
        n += is_suspect(u, &u->j->verdicts[i]);
    return n;
}

/* An extended regular expression that matches the suspects' names and no other. */
static const char *suspects_pattern(struct mem *m, const struct round_up *u)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < u->j->n; i++)
        if (is_suspect(u, &u->j->verdicts[i]))
            buf_printf(&b, "%s%s", b.len ? "|" : "", foreign_pattern(m, u->j->verdicts[i].cmp.name));
    const char *pattern = mem_dup(m, buf_text(&b));
    buf_free(&b);
    return pattern;
}

/* --- can it be built? ---------------------------------------------------------------------------------------------- */

static bool same_commit(const struct commit *a, const struct commit *b)
{
    return a->hash && b->hash && !strcmp(a->hash, b->hash) && a->dirty == b->dirty;
}

/* What to type as a side; NULL with *why. */
static const char *side_of(struct mem *m, const struct run *run, bool may_be_this, const char **why)
{
    struct commit here;
    commit_read(m, ".", &here);
    if (may_be_this && same_commit(&here, &run->commit))
        return ".";
    if (!run->commit.hash)
        *why = run->commit.why ? run->commit.why : "its commit is not known";
    else if (run->commit.dirty)
        *why = mem_printf(m, "run %lld had changes that were not committed", (long long)run->id);
    else if (!revision_known(m, run->commit.hash))
        *why = mem_printf(m, "commit %.10s is not in this repository", run->commit.hash);
    else
        return run->commit.hash;
    return NULL;
}

static bool is_program(const struct run *run)
{
    return fact_value(&run->build.facts, "program") != NULL;
}

/* Fills the words BASE and HEAD, or says why not. */
static const char *find_words(struct mem *m, const struct round_up *u, const char **words)
{
    const char *why = NULL;
    if (host_edge())
        return "this machine is simulated";
    if (is_program(u->base) || is_program(&u->j->current))
        return "a program of --exec is not built here; `kernmark ab OLD NEW` compares two of them";
    words[0] = side_of(m, u->base, false, &why);
    words[1] = words[0] ? side_of(m, &u->j->current, true, &why) : NULL;
    return words[1] ? NULL : why;
}

/* --- new verdicts --------------------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static const struct verdict *find(const struct judging *j, const struct verdict *like)
{
    for (size_t i = 0; i < j->n; i++)
        if (!strcmp(j->verdicts[i].cmp.name, like->cmp.name) && same_text(j->verdicts[i].metric, like->metric))
            return &j->verdicts[i];
    return NULL;
}

/* The metrics that are suspected, with the direction that their units told. */
static struct asking suspected_metrics(struct mem *m, const struct round_up *u)
{
    const struct asking *all = &u->j->metrics;
    struct asking some = { mem_array(m, all->n, sizeof *some.all), 0 };
    for (size_t k = 0; k < all->n; k++)
        for (size_t i = 0; i < u->j->n; i++) {
            const struct verdict *v = &u->j->verdicts[i];
            if (!is_suspect(u, v) || !same_text(v->metric, all->all[k].name))
                continue;
            some.all[some.n] = all->all[k];
            some.all[some.n++].direction = v->direction;
            break;
        }
    return some;
}

static void leave_open(struct mem *m, struct verdict *v, const char *why)
{
    v->decision = DECISION_INCONCLUSIVE;
    v->reason = mem_printf(m, "%s; suspected from stored results, not confirmed side by side: %s", v->reason, why);
}

static void replace(struct mem *m, const struct round_up *u, const struct pairing *p)
{
    for (size_t i = 0; i < u->j->n; i++) {
        struct verdict *v = &u->j->verdicts[i];
        if (!is_suspect(u, v))
            continue;
        const struct verdict *paired = find(&p->judging, v);
        if (!paired) {
            leave_open(m, v, "it is not in the suites of this tree");
            continue;
        }
        double stored = v->cmp.ratio;
        *v = *paired;
        v->reason = mem_printf(m, "side by side with %s: %s (stored results: %.2f×)", p->side[PAIR_BASE].label,
                               paired->reason, stored);
    }
}

static int run_pairs(struct mem *m, struct store *s, const struct round_up *u, const struct revision_how *how,
                     const char **words, struct err *e)
{
    const struct judging *j = u->j;
    struct pairing p;
    struct pairing_options o = { .suites = j->current.suites,
                                 .filter = suspects_pattern(m, u),
                                 .threshold = isnan(j->threshold) ? 0 : j->threshold,
                                 .strict = j->strict,
                                 .how = *how,
                                 .metrics = suspected_metrics(m, u),
                                 .no_suite_metrics = true };
    if (pairing_open(m, &o, &(struct words){ words, 2, 0 }, &p, e))
        return -1;
    p.command = "kernmark gate";
    int lock = lock_host(e);
    if (lock < 0 || pairing_learn(m, s, &p, e))
        return -1;
    pairing_run(m, &p);
    unlock_host(lock);
    pairing_close(&p);
    if (pairing_store(m, s, &p, e))
        return -1;
    replace(m, u, &p);
    return 0;
}

static int confirm(struct mem *m, struct store *s, const struct round_up *u, const struct revision_how *how,
                   struct err *e)
{
    size_t suspects = count_suspects(u);
    const char *words[2];
    struct err why;
    if (!suspects)
        return 0;
    const char *reason = find_words(m, u, words);
    if (!reason) {
        fprintf(stderr, "kernmark: %zu suspect%s; measuring again, side by side with commit %.10s\n", suspects,
                suspects == 1 ? "" : "s", u->base->commit.hash);
        if (!run_pairs(m, s, u, how, words, &why))
            return 0;
        if (why.kind == EXIT_STORE) {
            *e = why;
            return -1;
        }
        reason = mem_dup(m, why.text);
    }
    for (size_t i = 0; i < u->j->n; i++)
        if (is_suspect(u, &u->j->verdicts[i]))
            leave_open(m, &u->j->verdicts[i], reason);
    return 0;
}

int confirm_suspects(struct mem *m, struct store *s, struct judging *j, const struct revision_how *how, struct err *e)
{
    if (confirm(m, s, &(struct round_up){ j, &j->base }, how, e))
        return -1;
    for (size_t i = 0; i < j->nlevels; i++) {
        bool done = false;
        for (size_t k = 0; k < i; k++)
            done |= j->levels[k].run == j->levels[i].run;
        if (!done && confirm(m, s, &(struct round_up){ j, j->levels[i].run }, how, e))
            return -1;
    }
    return 0;
}
