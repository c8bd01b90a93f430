/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/perf.h"

#include "harness/bench/flags.h"
#include "harness/counters/counters.h"

#include <math.h>

struct perf {
    struct counters counters;
};

struct perf *perf_open(struct mem *m, const char *names)
{
    if (!names || !*names)
        return NULL;
    struct perf *p = mem_alloc(m, sizeof *p);
    counters_open_named(&p->counters, &counters_kernel, names);
    return p;
}

void perf_start(struct perf *p)
{
    if (p)
        counters_start(&p->counters);
}

void perf_stop(struct perf *p)
{
    if (p)
        counters_stop(&p->counters);
}

void perf_close(struct perf *p, uint64_t iterations, void (*add)(void *ctx, const char *name, double value), void *ctx)
{
    struct metric rows[COUNTER_ROWS_MAX];
    if (!p)
        return;
    size_t n = iterations ? counters_read(&p->counters, iterations, rows) : 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(rows[i].value))
            add(ctx, rows[i].name, rows[i].value * (double)iterations);
    counters_close(&p->counters);
}

void perf_explain(const char *names, FILE *f)
{
    struct mem m = { 0 };
    struct metric rows[COUNTER_ROWS_MAX];
    struct perf *p = perf_open(&m, names);
    if (p) {
        perf_start(p);
        perf_stop(p);
        size_t n = counters_read(&p->counters, 1, rows);
        for (size_t i = 0; i < n; i++)
            if (!isfinite(rows[i].value) && rows[i].why)
                fprintf(f, "Performance counter %s is not available: %s\n", bench_flag_shown(&m, rows[i].name),
                        bench_flag_shown(&m, rows[i].why));
        counters_close(&p->counters);
    }
    mem_free(&m);
}
