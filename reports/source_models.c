/* SPDX-License-Identifier: Apache-2.0
 * How large published models are in libkern's formats, as the benchmarks of their layers state it: a row for each model. */
#include "reports/source.h"

#include <math.h>
#include <string.h>

static const char *model(const struct result *r)
{
    for (size_t i = 0; i < r->bench.nparams; i++)
        if (strcmp(r->bench.params[i].name, "model") == 0)
            return r->bench.params[i].word;
    return NULL;
}

static bool tells(const struct result *r)
{
    return r->status == STATUS_OK && model(r) && isfinite(result_stated(r, "parameters"));
}

static bool has(const struct rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(model(rows->all[i].result), name) == 0)
            return true;
    return false;
}

void rows_models(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++) {
        const struct result *r = &d->run->results[i];
        if (tells(r) && !has(out, model(r)))
            rows_add(m, out, d)->result = r;
    }
}

static void c_model(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, model(r->result));
}

static void c_parameters(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = result_stated(r->result, "parameters");
    if (isfinite(c->number))
        c->text = mem_printf(m, "%.2f billion", c->number / 1e9);
}

enum { F16, I8, Q4_0, Q4_K, CACHE_F16, CACHE_TIERS };

static double bytes_in(const struct row *r, size_t format)
{
    static const char *const stated[] = { "f16-bytes",  "i8-bytes",        "q4_0-bytes",
                                          "q4_k-bytes", "f16-cache-bytes", "tiers-cache-bytes" };
    return result_stated(r->result, stated[format]);
}

static void c_positions(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, result_stated(r->result, "positions"));
}

/* In the units that models are offered in. */
static void c_size(struct mem *m, const struct row *r, size_t format, struct cell *c)
{
    c->number = bytes_in(r, format);
    if (isfinite(c->number))
        c->text = mem_printf(m, "%.2f GB", c->number / 1e9);
}

static void c_reduction(struct mem *m, const struct row *r, size_t format, struct cell *c)
{
    double ratio = bytes_in(r, F16) / bytes_in(r, format);
    if (isfinite(ratio))
        cell_ratio(m, c, ratio);
}

const struct source_column model_columns[] = {
    { "model", { "model", "model", ALIGN_LEFT }, c_model, 0, NULL },
    { "parameters", { "parameters", "parameters", ALIGN_RIGHT }, c_parameters, 0, NULL },
    { "f16", { "f16_bytes", "FP16", ALIGN_RIGHT }, c_size, F16, NULL },
    { "i8", { "i8_bytes", "INT8", ALIGN_RIGHT }, c_size, I8, NULL },
    { "q4_0", { "q4_0_bytes", "Q4_0", ALIGN_RIGHT }, c_size, Q4_0, NULL },
    { "q4_k", { "q4_k_bytes", "Q4_K", ALIGN_RIGHT }, c_size, Q4_K, NULL },
    { "i8_reduction", { "i8_reduction", "FP16 over INT8", ALIGN_RIGHT }, c_reduction, I8, NULL },
    { "q4_0_reduction", { "q4_0_reduction", "FP16 over Q4_0", ALIGN_RIGHT }, c_reduction, Q4_0, NULL },
    { "q4_k_reduction", { "q4_k_reduction", "FP16 over Q4_K", ALIGN_RIGHT }, c_reduction, Q4_K, NULL },
    { "positions", { "positions", "positions", ALIGN_RIGHT }, c_positions, 0, NULL },
    { "cache_f16", { "cache_f16_bytes", "cache, FP16", ALIGN_RIGHT }, c_size, CACHE_F16, NULL },
    { "cache_tiers", { "cache_tiers_bytes", "cache, two tiers", ALIGN_RIGHT }, c_size, CACHE_TIERS, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
