/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/judging.h"

#include "harness/base/buf.h"
#include "harness/base/filter.h"
#include "harness/host/fitness.h"

#include <ctype.h>
#include <string.h>

enum { NOISE_RUNS = 20 };

static bool has_suite(const struct run *r, const char *suite)
{
    for (size_t i = 0; i < r->nresults; i++)
        if (!strcmp(r->results[i].entry.suite, suite))
            return true;
    return false;
}

/* What the current run was not asked for is not missing from it: other suites, and names its filter left out. */
static int leave_out_unasked(struct run *base, const struct run *current, struct err *e)
{
    struct name_filter filter;
    size_t kept = 0;
    if (!current->id)
        return 0; /* files were asked for as they are */
    if (filter_init(&filter, current->filter, e))
        return -1;
    for (size_t i = 0; i < base->nresults; i++) {
        const struct result *r = &base->results[i];
        if (filter_keeps(&filter, r->bench.name) && has_suite(current, r->entry.suite))
            base->results[kept++] = *r;
    }
    base->nresults = kept;
    filter_release(&filter);
    return 0;
}

/* Settings that differ explain a change of either direction. */
static void fitness_of_sides(struct mem *m, struct judging *j)
{
    const char *differs = host_state_differs(m, &j->base.after, &j->current.before);
    j->unfit_base = host_state_verdict(m, &j->base.before, &j->base.after);
    j->unfit_current = host_state_verdict(m, &j->current.before, &j->current.after);
    if (differs && !j->unfit_base)
        j->unfit_base = differs;
    if (differs && !j->unfit_current)
        j->unfit_current = differs;
}

int judge_runs(struct store *s, struct mem *m, struct judging *j, struct err *e)
{
    struct history_noise *noise = NULL;
    size_t nnoise = 0;
    if (leave_out_unasked(&j->base, &j->current, e))
        return -1;
    if (s &&
        store_noise(s, m, j->current.host.id, j->current.build.hash, j->current.id, NOISE_RUNS, &noise, &nnoise, e))
        return -1;
    fitness_of_sides(m, j);
    struct policy policy = policy_default;
    policy.unfit_base = j->unfit_base;
    policy.unfit_current = j->unfit_current;
    policy.threshold = j->threshold;
    policy.strict = j->strict;
    j->verdicts = judge(m, &j->base, &j->current, noise, nnoise, &policy, &j->n);
    return 0;
}

int baseline_find(struct store *s, struct mem *m, const char *name, int64_t host_id, bool *found, struct run *out,
                  struct err *e)
{
    struct baseline *all;
    size_t n;
    *found = false;
    if (store_baselines(s, m, &all, &n, e))
        return -1;
    for (size_t i = 0; i < n && !*found; i++)
        if (all[i].host_id == host_id && !strcmp(all[i].name, name)) {
            *found = true;
            if (store_load(s, m, all[i].run_id, out, e))
                return -1;
        }
    return 0;
}

/* "default/core,decode" in the letters that a baseline's name may have. */
static const char *own_name(struct mem *m, const char *suites)
{
    enum { SUITES_KEPT = 48 };
    char *name = mem_printf(m, STORE_BASELINE "/%.*s", SUITES_KEPT, suites ? suites : "");
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._/+-", *p))
            *p = '+';
    return name;
}

static bool shares_suite(const struct run *a, const struct run *b)
{
    for (size_t i = 0; i < a->nresults; i++)
        if (has_suite(b, a->results[i].entry.suite))
            return true;
    return false;
}

int baseline_for(struct store *s, struct mem *m, const struct run *current, const char **name, bool *found,
                 struct run *out, struct err *e)
{
    if (*name)
        return baseline_find(s, m, *name, current->host.id, found, out, e);
    const char *own = own_name(m, current->suites);
    *name = own;
    if (baseline_find(s, m, own, current->host.id, found, out, e) || *found)
        return *found ? 0 : -1;
    *name = STORE_BASELINE;
    if (baseline_find(s, m, *name, current->host.id, found, out, e))
        return -1;
    if (*found && !shares_suite(current, out)) {
        *found = false;
        *name = own;
    }
    return 0;
}

static const char *describe(struct mem *m, const struct run *r)
{
    if (!r->id)
        return r->suites ? r->suites : "a file";
    if (!r->commit.hash)
        return mem_printf(m, "run %lld", (long long)r->id);
    return mem_printf(m, "run %lld at commit %.10s%s", (long long)r->id, r->commit.hash,
                      r->commit.dirty ? " (with local changes)" : "");
}

const char *verdict_sentence(struct mem *m, const struct judging *j)
{
    static const char *const outcome[] = {
        [EXIT_PASS] = "PASS",           [EXIT_REGRESSION] = "REGRESSION",   [EXIT_INCONCLUSIVE] = "INCONCLUSIVE",
        [EXIT_BENCH_FAILED] = "FAILED", [EXIT_ENVIRONMENT] = "ENVIRONMENT",
    };
    size_t count[DECISION_NEW + 1] = { 0 };
    for (size_t i = 0; i < j->n; i++)
        count[j->verdicts[i].decision]++;
    struct buf b = { 0 };
    buf_printf(&b, "%s:", outcome[verdict_exit(j->verdicts, j->n)]);
    const char *separator = " ";
    for (int d = 0; d <= DECISION_NEW; d++)
        if (count[d]) {
            buf_printf(&b, "%s%zu ", separator, count[d]);
            for (const char *p = decision_name((enum decision)d); *p; p++)
                buf_putc(&b, (char)tolower((unsigned char)*p));
            separator = ", ";
        }
    buf_printf(&b, "%s against %s", j->n ? "" : " nothing to compare", describe(m, &j->base));
    const char *text = mem_dup(m, buf_text(&b));
    buf_free(&b);
    return text;
}
