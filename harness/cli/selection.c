/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/selection.h"

#include "harness/cli/paths.h"
#include "suites/bindings.h"

#include <ctype.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* CPUs that this process may use, and so its workers. */
static int cpus_allowed(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);
}

static int add_suite(struct mem *m, const char *word, const struct selection *s, const struct plan_host *host,
                     struct plan *plan, const char **names, struct err *e)
{
    const char *path;
    struct suite *suite = mem_alloc(m, sizeof *suite);
    size_t nops;
    const struct km_op *const *ops = km_ops(&nops);
    if (suite_path(m, word, &path, e) || suite_load(m, path, suite, e))
        return -1;
    *names = *names ? mem_printf(m, "%s,%s", *names, suite->name) : suite->name;
    return plan_add(m, plan, suite, s->profile ? s->profile : "quick", host, ops, nops, e);
}

int select_plan(struct mem *m, const struct words *suites, const struct selection *s, const char *cpu_model,
                struct plan *plan, const char **names, struct err *e)
{
    static const char *core[] = { "core" };
    const struct words all = suites->n ? *suites : (struct words){ core, 1, 0 };
    const char *wrong = km_bindings_wrong();
    if (wrong)
        return err_set(e, EXIT_USAGE, "%s", wrong);
    const struct plan_host host = { cpu_model, cpus_allowed() };
    *plan = (struct plan){ 0 };
    *names = NULL;
    for (size_t i = 0; i < all.n; i++)
        if (add_suite(m, all.all[i], s, &host, plan, names, e))
            return -1;
    if (s->filter && plan_filter(plan, s->filter, e))
        return -1;
    if (!plan->njobs)
        return err_set(e, EXIT_USAGE, "no benchmark matches '%s': `kernmark list` prints them all",
                       s->filter ? s->filter : "");
    return 0;
}

int parse_min_time(const char *text, double *seconds, uint64_t *iterations, struct err *e)
{
    *seconds = NAN;
    *iterations = 0;
    if (!text)
        return 0;
    char *end;
    double v = strtod(text, &end);
    bool number = end != text && isfinite(v) && v > 0 && isdigit((unsigned char)*text);
    if (number && !strcmp(end, "x") && v == floor(v) && v <= 1e15)
        *iterations = (uint64_t)v;
    else if (number && (!*end || !strcmp(end, "s")) && v <= 86400)
        *seconds = v;
    else
        return err_set(e, EXIT_USAGE,
                       "--benchmark_min_time=%s: seconds such as 0.5s or iterations such as 100x were expected", text);
    return 0;
}
