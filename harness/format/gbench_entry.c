/* SPDX-License-Identifier: Apache-2.0
 * Order of fields and number formats are those of Google Benchmark's JSON reporter (v1.9.5), seen in its output, so that
 * tools which read its files line by line read ours too. Where its own output would not be JSON (NaN, control bytes,
 * broken UTF-8) ours still is. */
#include "harness/format/gbench_entry.h"

#include "harness/format/gbench_row.h"
#include "harness/format/jsonout.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    double per_second;
} units[] = { [UNIT_NS] = { "ns", 1e9 }, [UNIT_US] = { "us", 1e6 }, [UNIT_MS] = { "ms", 1e3 }, [UNIT_S] = { "s", 1 } };

static const char *const big_o_names[] = {
    [BIG_O_NONE] = "",     [BIG_O_1] = "(1)",        [BIG_O_N] = "N",       [BIG_O_N2] = "N^2",      [BIG_O_N3] = "N^3",
    [BIG_O_LOG_N] = "lgN", [BIG_O_N_LOG_N] = "NlgN", [BIG_O_AUTO] = "f(N)", [BIG_O_LAMBDA] = "f(N)",
};

const char *gbench_unit_name(enum bench_unit u)
{
    return units[u].name;
}

double gbench_unit_scale(enum bench_unit u)
{
    return units[u].per_second;
}

enum bench_unit gbench_unit_named(const char *name)
{
    for (enum bench_unit u = UNIT_NS; name && u <= UNIT_S; u++)
        if (!strcmp(name, units[u].name))
            return u;
    return UNIT_NS;
}

enum bench_unit gbench_unit_for(double seconds)
{
    enum bench_unit u = UNIT_NS;
    while (u < UNIT_S && fabs(seconds) * units[u].per_second >= 1000)
        u++;
    return u;
}

const char *gbench_big_o_name(enum big_o o)
{
    return big_o_names[o];
}

void gbench_put_row_name(struct buf *b, const struct row *r)
{
    buf_puts(b, r->run_name);
    if (r->kind != ROW_ITERATION)
        buf_printf(b, "_%s", r->aggregate_name);
}

double gbench_row_value(const struct row *r, double time)
{
    bool fraction = r->kind == ROW_RMS || (r->kind == ROW_AGGREGATE && r->percentage);
    return fraction ? time : time * units[r->unit].per_second;
}

/* --- context --- */

static void put_caches(struct json_object *o, const struct bench_context *c)
{
    json_field(o, "caches");
    buf_putc(o->b, '[');
    for (size_t i = 0; i < c->ncaches; i++) {
        const struct bench_cache *cache = &c->caches[i];
        buf_printf(o->b, "%s%*s{", i ? ",\n" : "\n", o->indent + 2, "");
        struct json_object entry = { .b = o->b, .indent = o->indent + 4 };
        json_field_text(&entry, "type", cache->type);
        json_field_int(&entry, "level", cache->level);
        json_field_int(&entry, "size", cache->size);
        json_field_int(&entry, "num_sharing", cache->num_sharing);
        buf_printf(o->b, "\n%*s}", o->indent + 2, "");
    }
    buf_printf(o->b, "\n%*s]", o->indent, "");
}

void gbench_put_context(struct buf *b, const struct bench_context *c, int indent)
{
    struct json_object o = { .b = b, .indent = indent };
    json_field_text(&o, "date", c->date);
    json_field_text(&o, "host_name", c->host_name);
    json_field_text(&o, "executable", c->executable);
    if (c->num_cpus > 0)
        json_field_int(&o, "num_cpus", c->num_cpus);
    if (c->mhz >= 1 && c->mhz < 1e6)
        json_field_int(&o, "mhz_per_cpu", llround(c->mhz));
    if (c->cpu_scaling_enabled >= 0)
        json_field_bool(&o, "cpu_scaling_enabled", c->cpu_scaling_enabled);
    if (c->aslr_enabled >= 0)
        json_field_bool(&o, "aslr_enabled", c->aslr_enabled);
    put_caches(&o, c);
    json_field(&o, "load_avg");
    buf_putc(b, '[');
    for (size_t i = 0; i < c->nload_avg; i++)
        buf_printf(b, i ? ",%g" : "%g", c->load_avg[i]);
    buf_putc(b, ']');
    json_field_text(&o, "library_version", c->library_version);
    json_field_text(&o, "library_build_type", c->library_build_type);
    json_field_int(&o, "json_schema_version", 1);
    for (size_t i = 0; i < c->ncustom; i++)
        json_field_text(&o, c->custom[i].key, c->custom[i].value);
    if (c->seed) { /* a text: 64 bits are more than a JSON reader's double holds */
        json_field(&o, "kernmark_seed");
        buf_printf(b, "\"%" PRIu64 "\"", c->seed);
    }
}

/* --- rows --- */

static void put_identity(struct json_object *o, const struct row *r)
{
    bool single = r->kind == ROW_ITERATION;
    json_field(o, "name");
    struct buf name = { 0 };
    gbench_put_row_name(&name, r);
    json_put_string(o->b, buf_text(&name));
    buf_free(&name);
    json_field_int(o, "family_index", r->family_index);
    json_field_int(o, "per_family_instance_index", r->per_family_instance_index);
    json_field_text(o, "run_name", r->run_name);
    json_field_text(o, "run_type", single ? "iteration" : "aggregate");
    json_field_int(o, "repetitions", r->repetitions);
    if (single)
        json_field_int(o, "repetition_index", r->repetition_index);
    json_field_int(o, "threads", r->threads);
    if (single)
        return;
    json_field_text(o, "aggregate_name", r->aggregate_name);
    json_field_text(o, "aggregate_unit", r->percentage ? "percentage" : "time");
}

static void put_skip(struct json_object *o, const struct row *r)
{
    if (r->skipped == SKIP_NO)
        return;
    bool failed = r->skipped == SKIP_ERROR;
    json_field_bool(o, failed ? "error_occurred" : "skipped", true);
    json_field_text(o, failed ? "error_message" : "skip_message", r->skip_message ? r->skip_message : "");
}

/* A time that is no number is left out: readers may divide by what is there, and null is no divisor. */
static void put_time(struct json_object *o, const char *key, const struct row *r, double time)
{
    double value = gbench_row_value(r, time);
    if (isfinite(value))
        json_field_number(o, key, value);
}

static void put_times(struct json_object *o, const struct row *r)
{
    switch (r->kind) {
    case ROW_BIG_O:
        put_time(o, "cpu_coefficient", r, r->cpu_time);
        put_time(o, "real_coefficient", r, r->real_time);
        json_field_text(o, "big_o", gbench_big_o_name(r->big_o));
        break;
    case ROW_RMS:
        put_time(o, "rms", r, r->cpu_time);
        return;
    default:
        json_field_int(o, "iterations", r->iterations);
        put_time(o, "real_time", r, r->real_time);
        put_time(o, "cpu_time", r, r->cpu_time);
    }
    json_field_text(o, "time_unit", gbench_unit_name(r->unit));
}

static void put_memory(struct json_object *o, const struct row_memory *m)
{
    if (!m)
        return;
    json_field_number(o, "allocs_per_iter", m->allocs_per_iteration);
    json_field_int(o, "max_bytes_used", m->max_bytes_used);
    if (m->total_allocated_bytes >= 0)
        json_field_int(o, "total_allocated_bytes", m->total_allocated_bytes);
    if (m->net_heap_growth != -1)
        json_field_int(o, "net_heap_growth", m->net_heap_growth);
}

#define EXTRA(name)                                                                                                    \
    {                                                                                                                  \
        "kernmark_" #name, offsetof(struct row_extra, name)                                                            \
    }

static const struct {
    const char *key;
    size_t at;
} extras[] = { EXTRA(min), EXTRA(p5),  EXTRA(p25), EXTRA(median), EXTRA(p75),    EXTRA(p95),
               EXTRA(p99), EXTRA(max), EXTRA(mad), EXTRA(ci_low), EXTRA(ci_high) };

static void put_samples(struct json_object *o, const struct row *r)
{
    json_field(o, GBENCH_TIMES);
    buf_putc(o->b, '[');
    for (size_t i = 0; i < r->extra->nsamples; i++) {
        buf_puts(o->b, i ? "," : "");
        json_put_number(o->b, gbench_row_value(r, r->extra->samples[i]));
    }
    buf_putc(o->b, ']');
}

static void put_extra(struct json_object *o, const struct row *r)
{
    const struct row_extra *e = r->extra;
    if (!e)
        return;
    json_field_text(o, GBENCH_HASH, e->hash);
    if (e->nsamples)
        json_field_int(o, GBENCH_SAMPLES, (int64_t)e->nsamples);
    json_field_text(o, GBENCH_STATUS, e->status);
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++)
        put_time(o, extras[i].key, r, *(const double *)(const void *)((const char *)e + extras[i].at));
    if (e->samples)
        put_samples(o, r);
}

void gbench_put_row(struct buf *b, const struct row *r, int indent)
{
    struct json_object o = { .b = b, .indent = indent };
    put_identity(&o, r);
    put_skip(&o, r);
    put_times(&o, r);
    for (size_t i = 0; i < r->ncounters; i++)
        json_field_number(&o, r->counters[i].name, r->counters[i].value);
    put_memory(&o, r->memory);
    if (r->label && *r->label)
        json_field_text(&o, "label", r->label);
    put_extra(&o, r);
}
