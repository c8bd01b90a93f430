/* SPDX-License-Identifier: Apache-2.0
 * Simulated runs, golden tables, binomial bounds. */
#include "tests/unit/stats_help.h"

#include "harness/stats/stats.h"
#include "harness/stats/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct world quiet_world = { .ops = 7,
                                   .variants = 4,
                                   .rounds = 6,
                                   .samples = 5,
                                   .shape = NORMAL,
                                   .run = 0.015,
                                   .process = 0.015,
                                   .sample = 0.01,
                                   .common = 0,
                                   .uneven = 1 };

double draw(struct rng *r, enum shape shape)
{
    double z = rng_normal(r);
    if (shape == LOGNORMAL) /* exp(0.75 z), standardised */
        return (exp(0.75 * z) - 1.3248) / 1.1509;
    if (shape == HEAVY)
        return z * (rng_uniform(r) < 0.1 ? 4 : 1) / 1.5811;
    return z;
}

static void simulate_one(struct mem *m, struct rng *r, const struct world *w, double level, struct result *out)
{
    size_t k = (size_t)w->rounds, s = (size_t)w->samples;
    out->nrounds = k;
    out->nsamples = k * s;
    out->rounds = mem_array(m, k, sizeof *out->rounds);
    out->samples = mem_array(m, k * s, sizeof *out->samples);
    for (size_t i = 0; i < k; i++) {
        double process = level + w->process * draw(r, w->shape);
        out->rounds[i] = (struct round){ .first = i * s, .count = s, .iterations = 100 };
        for (size_t j = 0; j < s; j++)
            out->samples[i * s + j] = exp(process + w->sample * draw(r, w->shape));
    }
}

struct run *simulate(struct mem *m, struct rng *r, const struct world *w, const double *factor)
{
    struct run *run = mem_alloc(m, sizeof *run);
    size_t n = (size_t)w->ops * (size_t)w->variants;
    run->nresults = n;
    run->results = mem_array(m, n, sizeof *run->results);
    double common = w->common * draw(r, w->shape);
    for (size_t i = 0; i < n; i++) {
        struct result *out = &run->results[i];
        struct world own = *w;
        own.run *= pow(w->uneven, (double)(i % 3) - 1);
        own.process *= pow(w->uneven, (double)(i % 3) - 1);
        out->bench.op = mem_printf(m, "op%zu", i / (size_t)w->variants);
        out->bench.name = mem_printf(m, "%s/f32/v%zu", out->bench.op, i % (size_t)w->variants);
        strcpy(out->bench.hash, "0123456789abcdef");
        out->entry.threshold = 0.10;
        double level = log(1e-6 * (double)(i + 1) * (factor ? factor[i] : 1));
        simulate_one(m, r, &own, level + common + own.run * draw(r, w->shape), out);
        out->summary.median = exp(level);
    }
    return run;
}

struct result one_result(struct mem *m, const char *name, const double *rounds, size_t n)
{
    struct result r = { .bench = { .name = name, .op = name, .hash = "0123456789abcdef" },
                        .entry = { .threshold = 0.10 },
                        .samples = mem_array(m, n, sizeof(double)),
                        .rounds = mem_array(m, n, sizeof(struct round)),
                        .nsamples = n,
                        .nrounds = n };
    for (size_t i = 0; i < n; i++) {
        r.samples[i] = rounds[i];
        r.rounds[i] = (struct round){ .first = i, .count = 1, .iterations = 1 };
    }
    summarize(&r);
    return r;
}

bool too_many(size_t hits, size_t n, double p)
{
    return 1 - stats_binomial_cdf((int64_t)hits - 1, (int64_t)n, p) < 1e-4;
}

bool too_few(size_t hits, size_t n, double p)
{
    return stats_binomial_cdf((int64_t)hits, (int64_t)n, p) < 1e-4;
}

/* Fields are separated by tabs; the first names the row. */
static void parse(char *line, struct golden *row)
{
    strtok(line, "\t\n");
    for (char *field; (field = strtok(NULL, "\t\n")) && row->n < sizeof row->value / sizeof *row->value;)
        row->value[row->n++] = strtod(field, NULL);
}

struct golden *golden_rows(struct mem *m, const char *name, size_t *n)
{
    const char *root = getenv("KM_SOURCE_ROOT");
    FILE *f = fopen(mem_printf(m, "%s/tests/data/stats_golden.tsv", root ? root : "."), "r");
    struct golden *rows = NULL;
    size_t cap = 0, len = strlen(name);
    static char line[16384];
    *n = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, name, len) != 0 || line[len] != '\t')
            continue;
        rows = mem_grow(m, rows, &cap, *n + 1, sizeof *rows);
        parse(line, &rows[(*n)++]);
    }
    if (f)
        fclose(f);
    return rows;
}
