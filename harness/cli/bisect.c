/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/bisect.h"

#include "harness/base/buf.h"
#include "harness/cli/ancestry.h"
#include "harness/cli/lock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- the search ----------------------------------------------------------------------------------------------------- */

int bisect_open(struct mem *m, const char *good, const char *bad, bool all, struct bisect *out, struct err *e)
{
    *out = (struct bisect){ .good = commit_hash(m, good) };
    const char *last = commit_hash(m, bad);
    if (!out->good || !last)
        return err_set(e, EXIT_USAGE, "'%.80s' is no revision of this repository", out->good ? bad : good);
    if (kinship(m, out->good, last) != KIN_ANCESTOR)
        return err_set(e, EXIT_USAGE, "'%.80s' does not descend from '%.80s': nothing lies between them", bad, good);
    const struct commit *list = commits_between(m, out->good, last, !all, &out->n);
    if (!out->n)
        return err_set(e, EXIT_USAGE, "more than %d commits between '%.80s' and '%.80s': name a later GOOD",
                       COMMITS_MAX, good, bad);
    out->commits = mem_array(m, out->n, sizeof *out->commits);
    for (size_t i = 0; i < out->n; i++)
        out->commits[i].commit = list[i];
    out->first_bad = out->n - 1;
    out->suspects = out->n;
    return 0;
}

/* The commits from *from up to, not including, *to are in doubt. */
static void doubt(const struct bisect *b, size_t *from, size_t *to)
{
    *from = 0;
    *to = b->n - 1;
    for (size_t i = 0; i < b->n; i++)
        if (b->commits[i].state == BISECT_GOOD)
            *from = i + 1;
    for (size_t i = b->n; i-- > *from;)
        if (b->commits[i].state == BISECT_BAD)
            *to = i;
}

bool bisect_next(const struct bisect *b, size_t *at)
{
    size_t from, to;
    doubt(b, &from, &to);
    size_t middle = from + (to - from) / 2, best = SIZE_MAX;
    for (size_t i = from; i < to; i++) {
        size_t far = i > middle ? i - middle : middle - i;
        if (b->commits[i].state == BISECT_UNTRIED && far < best) {
            best = far;
            *at = i;
        }
    }
    return best != SIZE_MAX;
}

/* --- measuring ------------------------------------------------------------------------------------------------------ */

struct trier {
    struct mem *m;
    struct store *s;
    struct pairing_options options;
    const struct words *words;
};

static int measure(const struct trier *t, struct pairing *p, struct err *e)
{
    int lock = lock_host(e);
    if (lock < 0 || pairing_learn(t->m, t->s, p, e))
        return -1;
    pairing_run(t->m, p);
    unlock_host(lock);
    return pairing_store(t->m, t->s, p, e);
}

/* good against the commit; *built is false where the error is that there is nothing to run. */
static int pair(const struct trier *t, const struct bisect *b, size_t at, struct pairing *p, bool *built, struct err *e)
{
    const char **all = mem_array(t->m, t->words->rest + 2, sizeof *all);
    all[0] = b->good;
    all[1] = b->commits[at].commit.hash;
    for (size_t i = 0; i < t->words->rest; i++)
        all[2 + i] = t->words->all[t->words->n - t->words->rest + i];
    struct words words = { all, t->words->rest + 2, t->words->rest };
    *built = false;
    if (pairing_open(t->m, &t->options, &words, p, e))
        return -1;
    *built = true;
    p->command = "kernmark bisect";
    int rc = measure(t, p, e);
    pairing_close(p);
    if (!rc && p->trial.interrupted)
        rc = err_set(e, EXIT_INCONCLUSIVE, "interrupted: what was built is kept, so the same command goes on faster");
    return rc;
}

static void tell(const struct bisect_commit *c)
{
    static const char *const states[] = { "untried", "good", "bad", "skipped" };
    fprintf(stderr, "kernmark: %-7s %.10s", states[c->state], c->commit.hash);
    if (isfinite(c->verdict.cmp.ratio) && c->verdict.reason)
        fprintf(stderr, " %.3f×", c->verdict.cmp.ratio);
    fprintf(stderr, " %s%s%s\n", c->commit.subject, c->why ? ": " : "", c->why ? c->why : "");
}

static const struct verdict *worst(const struct judging *j)
{
    const struct verdict *w = NULL;
    for (size_t i = 0; i < j->n; i++)
        if (j->verdicts[i].decision == DECISION_REGRESSED && (!w || j->verdicts[i].cmp.ratio > w->cmp.ratio))
            w = &j->verdicts[i];
    return w;
}

/* Of what is slower at the end one benchmark is followed, the one that is easiest to see. */
static int measure_ends(struct trier *t, struct bisect *b, struct err *e)
{
    struct pairing p;
    bool built;
    struct bisect_commit *end = &b->commits[b->n - 1];
    if (pair(t, b, b->n - 1, &p, &built, e))
        return -1;
    const struct verdict *w = worst(&p.judging);
    if (!w && verdict_exit(p.judging.verdicts, p.judging.n) != EXIT_PASS)
        return err_set(e, verdict_exit(p.judging.verdicts, p.judging.n),
                       "nothing is surely slower, but good and bad cannot be told apart either: %s",
                       verdict_sentence(t->m, &p.judging));
    end->state = w ? BISECT_BAD : BISECT_GOOD;
    if (w) {
        end->verdict = *w;
        b->benchmark = w->cmp.name;
        t->options.filter = foreign_pattern(t->m, w->cmp.name);
        t->options.threshold = expm1(log(w->cmp.ratio) / 2);
        t->options.strict = false;
    }
    tell(end);
    return 0;
}

static void take(struct trier *t, const struct judging *j, struct bisect_commit *c)
{
    const struct verdict *v = j->n ? &j->verdicts[0] : NULL;
    c->state = BISECT_SKIPPED;
    c->why = "it has no such benchmark";
    if (!v)
        return;
    c->verdict = *v;
    c->why = NULL;
    if (v->decision == DECISION_REGRESSED)
        c->state = BISECT_BAD;
    else if (v->decision == DECISION_EQUIVALENT || v->decision == DECISION_IMPROVED)
        c->state = BISECT_GOOD;
    else
        c->why = mem_printf(t->m, "%s: %s", decision_name(v->decision), v->reason);
}

static int try_commit(struct trier *t, struct bisect *b, size_t at, struct err *e)
{
    struct bisect_commit *c = &b->commits[at];
    struct pairing p;
    struct err why;
    bool built;
    if (!pair(t, b, at, &p, &built, &why)) {
        take(t, &p.judging, c);
    } else if (!built && why.kind == EXIT_USAGE) {
        c->state = BISECT_SKIPPED;
        c->why = mem_dup(t->m, why.text);
    } else {
        *e = why;
        return -1;
    }
    tell(c);
    return 0;
}

int bisect_run(struct mem *m, struct store *s, const struct pairing_options *o, const struct words *words,
               struct bisect *b, struct err *e)
{
    struct trier t = { m, s, *o, words };
    size_t at, from, to;
    t.options.no_suite_metrics = true; /* what is followed is a time */
    if (measure_ends(&t, b, e))
        return -1;
    while (b->benchmark && bisect_next(b, &at))
        if (try_commit(&t, b, at, e))
            return -1;
    doubt(b, &from, &to);
    b->first_bad = to;
    b->suspects = to - from + 1;
    return 0;
}

const char *bisect_text(struct mem *m, const struct bisect *b)
{
    const struct bisect_commit *c = &b->commits[b->first_bad];
    if (!b->benchmark)
        return mem_printf(m, "Nothing is slower at %.10s than at %.10s.\n", c->commit.hash, b->good);
    const char *which =
        b->suspects == 1
            ? mem_printf(m, "%s is the first bad commit", c->commit.hash)
            : mem_printf(m, "One of %zu commits up to %s is the first bad one; the others could not be measured",
                         b->suspects, c->commit.hash);
    return mem_printf(m, "%s: %s\n%s is %.3f× as slow there (%.3f to %.3f): %s\n", which, c->commit.subject,
                      b->benchmark, c->verdict.cmp.ratio, c->verdict.cmp.low, c->verdict.cmp.high, c->verdict.reason);
}
