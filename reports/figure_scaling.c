/* SPDX-License-Identifier: Apache-2.0
 * Data of the figure of threads: one block per kernel and variant, what each number of threads brings. */
#include "reports/figure.h"

#include "reports/source.h"
#include "reports/text.h"

#include <math.h>

enum { LINES_MAX = 12, NAME_WIDTH = 44 };

/* The ends of the quotient of two intervals, or the value itself where one is not known. */
static void add_point(struct buf *out, const struct run *run, const struct result *one, const struct result *r)
{
    const struct summary *s = &r->summary, *base = &one->summary;
    double more = result_growth(one, r), value = more * base->median / s->median;
    double low = more * base->ci_low / s->ci_high, high = more * base->ci_high / s->ci_low;
    if (!isfinite(low) || !isfinite(high) || one == r)
        low = high = value;
    buf_printf(out, "%d\t%.6g\t%.6g\t%.6g\t%d\n", r->bench.threads, value, low, high, result_oversubscribed(run, r));
}

/* Whether a result begins a line: it is the one that the others are compared with. */
static bool begins(const struct run *run, const struct result *r)
{
    return result_on_one_thread(run, r) == r;
}

static void add_line(struct mem *m, const struct run *run, const struct result *one, const struct rows *rows,
                     struct buf *out)
{
    const char *variant = one->bench.variant ? one->bench.variant : "";
    buf_printf(out, "\n\n%s\n", text_label(m, mem_printf(m, "%s, %s", result_kernel(m, one), variant), NAME_WIDTH));
    for (int threads = 1, next; threads; threads = next) { /* in the order of their numbers */
        next = 0;
        for (size_t i = 0; i < rows->n; i++) {
            const struct result *r = rows->all[i].result;
            if (result_on_one_thread(run, r) != one)
                continue;
            if (r->bench.threads == threads)
                add_point(out, run, one, r);
            else if (r->bench.threads > threads && (!next || r->bench.threads < next))
                next = r->bench.threads;
        }
    }
}

const char *figure_scaling(struct mem *m, const struct report_data *d, struct buf *out)
{
    struct rows rows = { 0 };
    size_t lines = 0;
    double cpus = run_cpus(d->run);
    int most = 1;
    rows_scaling(m, d, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        most = rows.all[i].result->bench.threads > most ? rows.all[i].result->bench.threads : most;
        lines += begins(d->run, rows.all[i].result);
    }
    lines = lines < LINES_MAX ? lines : LINES_MAX;
    buf_printf(out, "%d\t%d\t%zu\n", cpus >= 1 && cpus < most ? (int)cpus : most, most, lines);
    for (size_t i = 0, drawn = 0; i < rows.n && drawn < lines; i++)
        if (begins(d->run, rows.all[i].result)) {
            add_line(m, d->run, rows.all[i].result, &rows, out);
            drawn++;
        }
    return lines ? NULL : "nothing was measured on one thread and on more";
}
