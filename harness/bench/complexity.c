/* SPDX-License-Identifier: Apache-2.0
 * How time grows with n over the repetitions of a family: one coefficient by least squares through the origin. */
#include "harness/bench/rows.h"

#include <math.h>

void complexity_add(struct mem *m, struct complexity *c, const struct bench_runner *r, const struct tally *t)
{
    if (t->skipped || !t->iterations)
        return;
    if (!c->first) {
        c->first = r->instance;
        c->repetitions = r->repetitions;
        c->label = t->label ? mem_dup(m, t->label) : NULL;
    }
    if (t->complexity_n <= 0)
        return;
    c->points = mem_grow(m, c->points, &c->cap, c->npoints + 1, sizeof *c->points);
    double iterations = (double)t->iterations;
    c->points[c->npoints++] =
        (struct complexity_point){ (double)t->complexity_n, bench_rows_real(r, t) / iterations, t->cpu / iterations };
}

static double curve(enum big_o order, km_complexity_function *fn, double n)
{
    switch (order) {
    case BIG_O_N:
        return n;
    case BIG_O_N2:
        return n * n;
    case BIG_O_N3:
        return n * n * n;
    case BIG_O_LOG_N:
        return log2(n);
    case BIG_O_N_LOG_N:
        return n * log2(n);
    case BIG_O_LAMBDA:
        return fn((int64_t)n);
    case BIG_O_NONE:
    case BIG_O_1:
    case BIG_O_AUTO:
        break;
    }
    return 1;
}

static double time_of(const struct complexity_point *p, bool real)
{
    return real ? p->real : p->cpu;
}

static struct fit fit_order(const struct complexity_point *p, size_t n, bool real, enum big_o order,
                            km_complexity_function *fn)
{
    double gg = 0, tg = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double g = curve(order, fn, p[i].n), t = time_of(&p[i], real);
        gg += g * g;
        tg += t * g;
        sum += t;
    }
    double coefficient = tg / gg;
    for (size_t i = 0; i < n; i++) {
        double off = time_of(&p[i], real) - coefficient * curve(order, fn, p[i].n);
        squares += off * off;
    }
    return (struct fit){ order, coefficient, sqrt(squares / (double)n) / (sum / (double)n) };
}

struct fit complexity_fit(const struct complexity_point *p, size_t n, bool real, enum big_o order,
                          km_complexity_function *fn)
{
    static const enum big_o tried[] = { BIG_O_LOG_N, BIG_O_N, BIG_O_N_LOG_N, BIG_O_N2, BIG_O_N3 };
    if (order != BIG_O_AUTO)
        return fit_order(p, n, real, order, fn);
    struct fit best = fit_order(p, n, real, BIG_O_1, fn);
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        struct fit next = fit_order(p, n, real, tried[i], fn);
        if (next.rms < best.rms)
            best = next;
    }
    return best;
}

/* The clock that decides chooses the order; the other one is fitted to the same. */
void complexity_rows(struct mem *m, struct row_list *out, const struct complexity *c, enum bench_unit unit)
{
    if (c->npoints < 2)
        return;
    const struct km_benchmark *b = c->first->family;
    bool by_real = b->decides == BY_MANUAL_TIME;
    struct fit chosen = complexity_fit(c->points, c->npoints, by_real, b->complexity, b->complexity_fn);
    struct fit other = complexity_fit(c->points, c->npoints, !by_real, chosen.order, b->complexity_fn);
    const struct fit *real = by_real ? &chosen : &other, *cpu = by_real ? &other : &chosen;
    struct row row = {
        .kind = ROW_BIG_O,
        .run_name = instance_name(m, b, NULL, c->first->threads),
        .aggregate_name = "BigO",
        .family_index = c->first->family_index,
        .per_family_instance_index = c->first->per_family_instance_index,
        .repetitions = c->repetitions,
        .threads = c->first->threads,
        .real_time = real->coefficient,
        .cpu_time = cpu->coefficient,
        .unit = unit,
        .big_o = chosen.order,
        .label = c->label,
    };
    out->v = mem_grow(m, out->v, &out->cap, out->n + 2, sizeof *out->v);
    out->v[out->n++] = row;
    row.kind = ROW_RMS;
    row.aggregate_name = "RMS";
    row.percentage = true;
    row.real_time = real->rms;
    row.cpu_time = cpu->rms;
    out->v[out->n++] = row;
}
