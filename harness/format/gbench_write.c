/* SPDX-License-Identifier: Apache-2.0
 * Layout, order of fields and number formats are those of Google Benchmark's JSON reporter (v1.9.5), seen in its
 * output, so that tools which read its files line by line read ours too. Where its own output would not be JSON
 * (NaN, control bytes, broken UTF-8) ours still is. */
#include "harness/base/buf.h"
#include "harness/format/gbench.h"
#include "harness/format/gbench_row.h"
#include "harness/format/jsonout.h"
#include "harness/host/host.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- one JSON object, one field per line --- */

struct object {
    struct buf *b;
    int indent;
    bool any;
};

static void field(struct object *o, const char *key)
{
    buf_printf(o->b, "%s%*s", o->any ? ",\n" : "\n", o->indent, "");
    json_put_string(o->b, key);
    buf_puts(o->b, ": ");
    o->any = true;
}

static void put_text(struct object *o, const char *key, const char *value)
{
    if (!value)
        return;
    field(o, key);
    json_put_string(o->b, value);
}

static void put_integer(struct object *o, const char *key, uint64_t value)
{
    field(o, key);
    buf_printf(o->b, "%" PRIu64, value);
}

static void put_number(struct object *o, const char *key, double value)
{
    if (!isfinite(value))
        return;
    field(o, key);
    json_put_number(o->b, value);
}

static void put_bool(struct object *o, const char *key, bool value)
{
    field(o, key);
    buf_puts(o->b, value ? "true" : "false");
}

/* --- context --- */

static void put_date(struct object *o, double started)
{
    time_t t = isfinite(started) && fabs(started) < 1e11 ? (time_t)started : 0;
    struct tm tm;
    char day[40], zone[8];
    localtime_r(&t, &tm);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    strftime(zone, sizeof zone, "%z", &tm); /* "+0130" */
    field(o, "date");
    buf_printf(o->b, "\"%s%.3s:%.2s\"", day, zone, zone + 3);
}

static void put_executable(struct object *o, const char *command)
{
    char word[4096];
    size_t n = command ? strcspn(command, " ") : 0;
    n = n < sizeof word ? n : sizeof word - 1;
    memcpy(word, command ? command : "", n);
    word[n] = '\0';
    put_text(o, "executable", n ? word : "kernmark");
}

static void put_mhz(struct object *o, const struct facts *f)
{
    static const char *const keys[] = { "cpu.mhz.tsc", "cpu.mhz.max", "cpu.mhz" };
    for (size_t i = 0; i < 3; i++) {
        double mhz = fact_number(f, keys[i]);
        if (mhz >= 1 && mhz < 1e6) {
            put_integer(o, "mhz_per_cpu", (uint64_t)llround(mhz));
            return;
        }
    }
}

/* "2 MiB, shared by 2" in bytes and CPUs. */
static bool parse_cache(const char *text, double *bytes, double *sharing)
{
    char *end;
    *bytes = text ? strtod(text, &end) : 0;
    if (!text || !(*bytes >= 1) || *bytes > 1e9)
        return false;
    *bytes *= strncmp(end, " MiB", 4) ? 1024 : 1024 * 1024;
    const char *by = strstr(end, "shared by ");
    *sharing = by ? strtod(by + 10, NULL) : 1;
    return *sharing >= 1 && *sharing <= 65536;
}

static void put_caches(struct object *o, const struct facts *f)
{
    bool any = false;
    field(o, "caches");
    buf_puts(o->b, "[");
    for (size_t i = 0; i < 4; i++) {
        double bytes, sharing;
        if (!parse_cache(fact_value(f, gbench_caches[i].key), &bytes, &sharing))
            continue;
        buf_puts(o->b, any ? ",\n      {" : "\n      {");
        struct object cache = { .b = o->b, .indent = 8 };
        put_text(&cache, "type", gbench_caches[i].type);
        put_integer(&cache, "level", (uint64_t)gbench_caches[i].level);
        put_integer(&cache, "size", (uint64_t)bytes);
        put_integer(&cache, "num_sharing", (uint64_t)sharing);
        buf_puts(o->b, "\n      }");
        any = true;
    }
    buf_puts(o->b, any ? "\n    ]" : "]");
}

static void put_load(struct object *o, const struct facts *state)
{
    static const char *const keys[] = { "load.1", "load.5", "load.15" };
    bool any = false;
    field(o, "load_avg");
    buf_puts(o->b, "[");
    for (size_t i = 0; i < 3; i++) {
        double load = fact_number(state, keys[i]);
        if (isnan(load))
            break;
        buf_printf(o->b, any ? ",%g" : "%g", load);
        any = true;
    }
    buf_puts(o->b, "]");
}

/* The custom strings: what makes our file more than a list of times. */
struct pair {
    const char *key, *value;
};

struct pairs {
    struct mem m;
    struct pair *all;
    size_t n, cap;
};

static void pair_add(struct pairs *p, const char *key, const char *value)
{
    if (!value)
        return;
    p->all = mem_grow(&p->m, p->all, &p->cap, p->n + 1, sizeof *p->all);
    p->all[p->n++] = (struct pair){ key, value };
}

static void pair_facts(struct pairs *p, const char *prefix, const struct facts *f)
{
    for (size_t i = 0; i < f->n; i++)
        pair_add(p, mem_printf(&p->m, "%s.%s", prefix, f->all[i].key), f->all[i].value);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

static void put_custom(struct object *o, const struct run *r)
{
    struct pairs p = { 0 };
    const struct pair fixed[] = {
        { GBENCH_FINGERPRINT, r->host.fingerprint },
        { GBENCH_BUILD_HASH, r->build.hash },
        { "commit.branch", r->commit.branch },
        { "commit.date", r->commit.date },
        { "commit.dirty", r->commit.hash ? (r->commit.dirty ? "true" : "false") : NULL },
        { "commit.hash", r->commit.hash },
        { "commit.parents", r->commit.parents },
        { "commit.subject", r->commit.subject },
        { "run.command", r->command },
        { "run.profile", r->profile },
        { "run.seed", mem_printf(&p.m, "%" PRIu64, r->seed) },
        { "run.suites", r->suites },
        { "run.uuid", r->uuid },
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        pair_add(&p, fixed[i].key, fixed[i].value);
    pair_facts(&p, "host", &r->host.facts);
    pair_facts(&p, "build", &r->build.facts);
    qsort(p.all, p.n, sizeof *p.all, by_key);
    for (size_t i = 0; i < p.n; i++)
        put_text(o, p.all[i].key, p.all[i].value);
    mem_free(&p.m);
}

static void put_context(struct buf *b, const struct run *r)
{
    struct object o = { .b = b, .indent = 4 };
    const struct facts *f = &r->host.facts;
    double cpus = fact_number(f, "cpu.threads");
    const char *governor = fact_value(f, "governor"), *aslr = fact_value(f, "aslr");
    const char *optimised = fact_value(&r->build.facts, "optimised");
    put_date(&o, r->started);
    put_text(&o, "host_name", r->host.name ? r->host.name : "host");
    put_executable(&o, r->command);
    if (cpus >= 1 && cpus <= 65536)
        put_integer(&o, "num_cpus", (uint64_t)cpus);
    put_mhz(&o, f);
    if (f->n)
        put_bool(&o, "cpu_scaling_enabled", governor && strcmp(governor, "performance") != 0);
    if (aslr)
        put_bool(&o, "aslr_enabled", strncmp(aslr, "off", 3));
    put_caches(&o, f);
    put_load(&o, &r->before);
    put_text(&o, "library_version", r->version ? r->version : "unknown");
    if (optimised)
        put_text(&o, "library_build_type", strcmp(optimised, "yes") ? "debug" : "release");
    put_integer(&o, "json_schema_version", 1);
    put_custom(&o, r);
}

/* --- rows --- */

/* What is aggregated: times in nanoseconds and rates, in the order the rows show them. */
enum column { REAL, CPU, BYTES, FLOPS, ITEMS, COLUMNS };

static const char *const rate_names[COLUMNS] = {
    [BYTES] = "bytes_per_second", [FLOPS] = "flops_per_second", [ITEMS] = "items_per_second"
};

struct repetition {
    double v[COLUMNS]; /* NAN: the column does not apply */
    uint64_t iterations;
    size_t samples;
};

struct writer {
    struct buf b;
    struct mem m;
    const struct result *r;
    size_t family, instance; /* of r */
    size_t repetitions;
    bool any;
};

static struct repetition repetition_of(const struct result *r, const struct round *round)
{
    const double *s = r->samples + round->first;
    double sum = 0;
    for (size_t i = 0; i < round->count; i++)
        sum += s[i];
    double real = sum / (double)round->count;
    double cpu = isfinite(round->cpu_seconds) ? round->cpu_seconds : real;
    struct repetition rep = { .iterations = round->iterations * round->count, .samples = round->count };
    rep.v[REAL] = real * 1e9;
    rep.v[CPU] = cpu * 1e9;
    rep.v[BYTES] = r->cost.bytes > 0 ? r->cost.bytes / real : NAN;
    rep.v[FLOPS] = r->cost.flops > 0 ? r->cost.flops / real : NAN;
    rep.v[ITEMS] = r->cost.items > 0 ? r->cost.items / real : NAN;
    return rep;
}

static struct object row_open(struct writer *w, const char *suffix)
{
    struct object o = { .b = &w->b, .indent = 6 };
    buf_puts(&w->b, w->any ? ",\n    {" : "\n    {");
    w->any = true;
    put_text(&o, "name", mem_printf(&w->m, "%s%s", w->r->bench.name, suffix));
    put_integer(&o, "family_index", w->family);
    put_integer(&o, "per_family_instance_index", w->instance);
    put_text(&o, "run_name", w->r->bench.name);
    put_text(&o, "run_type", *suffix ? "aggregate" : "iteration");
    put_integer(&o, "repetitions", w->repetitions);
    return o;
}

static void put_threads(const struct writer *w, struct object *o)
{
    put_integer(o, "threads", w->r->bench.threads > 0 ? (uint64_t)w->r->bench.threads : 1);
}

static void put_values(struct object *o, uint64_t iterations, const double *v)
{
    put_integer(o, "iterations", iterations);
    put_number(o, "real_time", v[REAL]);
    put_number(o, "cpu_time", v[CPU]);
    put_text(o, "time_unit", "ns");
    for (int c = BYTES; c < COLUMNS; c++)
        put_number(o, rate_names[c], v[c]);
}

static void put_hash(const struct writer *w, struct object *o)
{
    if (*w->r->bench.hash)
        put_text(o, GBENCH_HASH, w->r->bench.hash);
}

static void row_iteration(struct writer *w, const struct repetition *rep, size_t index)
{
    struct object o = row_open(w, "");
    put_integer(&o, "repetition_index", index);
    put_threads(w, &o);
    put_values(&o, rep->iterations, rep->v);
    put_hash(w, &o);
    put_integer(&o, GBENCH_SAMPLES, rep->samples);
    buf_puts(&w->b, "\n    }");
}

/* A benchmark without a time. Skipped is not failed: compare.py and CI tools must not turn red for another CPU. */
static void row_without_time(struct writer *w, enum status status, const char *message)
{
    static const double zero[COLUMNS] = { 0, 0, NAN, NAN, NAN };
    const char *name = gbench_status_name(status);
    bool skipped = status == STATUS_UNSUPPORTED;
    w->repetitions = 1;
    struct object o = row_open(w, "");
    put_integer(&o, "repetition_index", 0);
    put_threads(w, &o);
    put_bool(&o, skipped ? "skipped" : "error_occurred", true);
    put_text(&o, skipped ? "skip_message" : "error_message",
             message ? mem_printf(&w->m, "%s: %s", name, message) : name);
    put_values(&o, 0, zero);
    put_hash(w, &o);
    put_text(&o, GBENCH_STATUS, name);
    buf_puts(&w->b, "\n    }");
}

/* --- aggregates, with Google Benchmark's definitions --- */

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* x is sorted */
static double median_of(const double *x, size_t n)
{
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double stddev_of(const double *x, size_t n)
{
    double mean = mean_of(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : 0;
}

static double cv_of(const double *x, size_t n)
{
    double mean = mean_of(x, n);
    return mean > 0 || mean < 0 ? stddev_of(x, n) / mean : 0;
}

struct aggregate {
    const char *suffix, *unit;
    double (*of)(const double *x, size_t n);
};

static const struct aggregate aggregates[] = {
    { "_mean", "time", mean_of },
    { "_median", "time", median_of },
    { "_stddev", "time", stddev_of },
    { "_cv", "percentage", cv_of },
};

static void row_aggregate(struct writer *w, const struct aggregate *a, const struct repetition *reps, size_t n)
{
    double v[COLUMNS], *x = mem_array(&w->m, n, sizeof *x);
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < n; i++)
            x[i] = reps[i].v[c];
        bool whole = true;
        for (size_t i = 0; i < n; i++)
            whole = whole && isfinite(x[i]);
        if (whole)
            qsort(x, n, sizeof *x, by_value);
        v[c] = whole ? a->of(x, n) : NAN;
    }
    struct object o = row_open(w, a->suffix);
    put_threads(w, &o);
    put_text(&o, "aggregate_name", a->suffix + 1);
    put_text(&o, "aggregate_unit", a->unit);
    put_values(&o, n, v);
    put_hash(w, &o);
    buf_puts(&w->b, "\n    }");
}

/* A time that JSON can hold and a reader may divide by. */
static bool usable(const struct repetition *rep)
{
    return isfinite(rep->v[REAL]) && rep->v[REAL] > 0 && isfinite(rep->v[CPU]) && rep->v[CPU] >= 0;
}

static void write_result(struct writer *w)
{
    const struct result *r = w->r;
    struct repetition *reps = mem_array(&w->m, r->nrounds, sizeof *reps);
    size_t n = 0;
    for (size_t i = 0; r->status == STATUS_OK && i < r->nrounds; i++) {
        const struct round *round = &r->rounds[i];
        if (!round->count || round->first > r->nsamples || round->count > r->nsamples - round->first)
            continue;
        reps[n] = repetition_of(r, round);
        n += usable(&reps[n]);
    }
    w->repetitions = n;
    if (r->status != STATUS_OK || !n)
        row_without_time(w, r->status == STATUS_OK ? STATUS_FAILED : r->status,
                         r->status == STATUS_OK ? "no usable sample" : r->message);
    for (size_t i = 0; i < n; i++)
        row_iteration(w, &reps[i], i);
    for (size_t i = 0; n > 1 && i < sizeof aggregates / sizeof *aggregates; i++)
        row_aggregate(w, &aggregates[i], reps, n);
}

/* Numbers families in order of appearance and the instances within each. */
struct family {
    const char *name;
    size_t instances;
};

static void locate(struct writer *w, struct family *families, size_t *n)
{
    const char *name = w->r->bench.family ? w->r->bench.family : w->r->bench.name;
    size_t i = 0;
    while (i < *n && strcmp(families[i].name, name) != 0)
        i++;
    if (i == *n)
        families[(*n)++] = (struct family){ name, 0 };
    w->family = i;
    w->instance = families[i].instances++;
}

int gbench_write(FILE *f, const struct run *run, struct err *e)
{
    struct writer w = { 0 };
    struct family *families = mem_array(&w.m, run->nresults, sizeof *families);
    size_t nfamilies = 0;
    buf_puts(&w.b, "{\n  \"context\": {");
    put_context(&w.b, run);
    buf_puts(&w.b, "\n  },\n  \"benchmarks\": [");
    for (size_t i = 0; i < run->nresults; i++) {
        w.r = &run->results[i];
        locate(&w, families, &nfamilies);
        write_result(&w);
    }
    buf_puts(&w.b, "\n  ]\n}\n");
    errno = 0;
    bool written = fwrite(w.b.data, 1, w.b.len, f) == w.b.len && fflush(f) == 0;
    int error = errno;
    buf_free(&w.b);
    mem_free(&w.m);
    return written ? 0 : err_set(e, EXIT_USAGE, "cannot write the benchmark JSON: %s", strerror(error));
}
