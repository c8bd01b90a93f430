/* SPDX-License-Identifier: Apache-2.0
 * For tests of the benchmark runtime. */
#include "tests/unit/bench_help.h"

#include <math.h>
#include <string.h>

static struct {
    double real, cpu;
} fake;

void bench_help_spend(double real, double cpu)
{
    fake.real += real;
    fake.cpu += cpu;
}

static double fake_real(void *ctx)
{
    (void)ctx;
    return fake.real;
}

static double fake_cpu(void *ctx)
{
    (void)ctx;
    return fake.cpu;
}

static double fake_process_cpu(void *ctx)
{
    (void)ctx;
    return fake.cpu * 3;
}

static uint64_t fake_ticks(void *ctx)
{
    (void)ctx;
    return (uint64_t)(fake.real * 1e12);
}

const struct bench_clock bench_help_clock = { fake_real, fake_cpu, fake_process_cpu, fake_ticks, NULL };

struct bench_flags bench_help_flags(void)
{
    return (struct bench_flags){ .filter = "", .min_time = 0.5, .repetitions = 1, .time_unit = "" };
}

static int collect(void *ctx, const struct bench_report *report)
{
    struct collected *c = ctx;
    c->last = *report;
    for (size_t i = 0; i < report->n; i++) {
        c->rows = mem_grow(&c->mem, c->rows, &c->cap, c->n + 1, sizeof *c->rows);
        struct row *row = &c->rows[c->n++];
        *row = report->rows[i];
        row->run_name = mem_dup(&c->mem, row->run_name);
        row->aggregate_name = mem_dup(&c->mem, row->aggregate_name);
        row->skip_message = mem_dup(&c->mem, row->skip_message);
        row->label = mem_dup(&c->mem, row->label);
        struct row_counter *counters = mem_array(&c->mem, row->ncounters + 1, sizeof *counters);
        for (size_t k = 0; k < row->ncounters; k++) {
            counters[k] = row->counters[k];
            counters[k].name = mem_dup(&c->mem, counters[k].name);
        }
        row->counters = counters;
        if (row->memory) {
            struct row_memory *m = mem_alloc(&c->mem, sizeof *m);
            *m = *row->memory;
            row->memory = m;
        }
        if (row->extra) {
            struct row_extra *x = mem_alloc(&c->mem, sizeof *x);
            *x = *row->extra;
            row->extra = x;
        }
    }
    return 0;
}

static void begin(void *ctx, const struct instance *in, size_t done, size_t total)
{
    (void)in;
    struct collected *c = ctx;
    c->begun += done < total;
}

void bench_help_run(struct collected *c, const struct bench_flags *f, const struct bench_clock *clock)
{
    struct instance_list list;
    memset(c, 0, sizeof *c);
    struct bench_options opt = {
        .flags = f, .clock = clock, .seed = f->seed, .report = collect, .begin = begin, .ctx = c
    };
    c->rc = instances_select(&c->mem, &list, NULL, NULL, NULL, &c->error);
    if (!c->rc)
        c->rc = bench_run(&opt, &list, &c->totals, &c->error);
    km_clear_registered();
}

void bench_help_free(struct collected *c)
{
    mem_free(&c->mem);
}

double bench_help_counter(const struct row *row, const char *name)
{
    double value = NAN;
    for (size_t i = 0; i < row->ncounters; i++)
        if (!strcmp(row->counters[i].name, name))
            value = row->counters[i].value;
    return value;
}
