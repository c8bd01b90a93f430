/* SPDX-License-Identifier: Apache-2.0
 * Rows about threads: what more of them bring. A row is a result whose benchmark was also measured, but for the number of
 * threads the same, on one thread and on others. */
#include "reports/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double fact_of(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->all[i].key && strcmp(f->all[i].key, key) == 0)
            return f->all[i].value ? strtod(f->all[i].value, NULL) : NAN;
    return NAN;
}

double run_cpus(const struct run *run)
{
    double allowed = fact_of(&run->before, "cpus.allowed");
    return allowed >= 1 ? allowed : fact_of(&run->host.facts, "cpu.threads");
}

bool result_oversubscribed(const struct run *run, const struct result *r)
{
    return r->bench.threads > 1 && r->bench.threads > run_cpus(run); /* false where that is not known */
}

static bool same_work(const struct result *a, const struct result *b)
{
    return a->bench.op && a->bench.variant && b->bench.variant && strcmp(a->bench.variant, b->bench.variant) == 0 &&
           result_same_sizes(&a->bench, &b->bench);
}

const struct result *result_on_one_thread(const struct run *run, const struct result *r)
{
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *one = &run->results[i];
        if (one->status == STATUS_OK && one->bench.threads == 1 && one->summary.median > 0 && same_work(one, r))
            return one;
    }
    return NULL;
}

double result_growth(const struct result *one, const struct result *r)
{
    const struct km_cost *a = &one->cost, *b = &r->cost;
    return a->flops > 0 && b->flops > 0 ? b->flops / a->flops : a->bytes > 0 && b->bytes > 0 ? b->bytes / a->bytes : 1;
}

double result_scaling(const struct run *run, const struct result *r)
{
    const struct result *one = r->status == STATUS_OK ? result_on_one_thread(run, r) : NULL;
    if (!one || !(r->summary.median > 0))
        return NAN;
    return one->summary.median / r->summary.median * result_growth(one, r);
}

/* Whether it is one of several; those on one thread are, if there is another. */
static bool scales(const struct run *run, const struct result *r)
{
    if (r->status != STATUS_OK || !result_on_one_thread(run, r))
        return false;
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *other = &run->results[i];
        if (other->status == STATUS_OK && other->bench.threads != r->bench.threads && same_work(other, r))
            return true;
    }
    return false;
}

void rows_scaling(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++)
        if (scales(d->run, &d->run->results[i]))
            rows_add(m, out, d)->result = &d->run->results[i];
}

/* The component without what the plan adds to tell the numbers of threads apart. */
const char *result_kernel(struct mem *m, const struct result *r)
{
    const char *name = r->entry.component ? r->entry.component : r->bench.name;
    const char *added = mem_printf(m, " threads:%d", r->bench.threads);
    size_t length = strlen(name), behind = strlen(added);
    if (length <= behind || strcmp(name + length - behind, added) != 0)
        return name;
    return mem_dupn(m, name, length - behind);
}

static void c_kernel(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, result_kernel(m, r->result));
}

static void c_scaling(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_ratio(m, c, result_scaling(r->d->run, r->result));
}

/* Of the CPUs at work: more threads than that cannot add to it. */
static void c_efficiency(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    double cpus = run_cpus(r->d->run), threads = r->result->bench.threads;
    (void)arg;
    cell_share(m, c, result_scaling(r->d->run, r->result) / (threads > cpus ? cpus : threads));
}

static void c_over(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (result_oversubscribed(r->d->run, r->result))
        cell_text(m, c, "oversubscribed");
}

const struct source_column scaling_columns[] = {
    { "kernel", { "kernel", "kernel", ALIGN_LEFT }, c_kernel, 0, NULL },
    { "scaling", { "scaling", "over 1 thread", ALIGN_RIGHT }, c_scaling, 0, NULL },
    { "efficiency", { "efficiency", "efficiency", ALIGN_RIGHT }, c_efficiency, 0, NULL },
    { "over", { "oversubscribed", "more threads than CPUs", ALIGN_LEFT }, c_over, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
