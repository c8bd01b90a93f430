/* SPDX-License-Identifier: Apache-2.0
 * A stored run as the context and rows of gbench_entry.h. */
#include "harness/base/buf.h"
#include "harness/format/gbench.h"
#include "harness/format/gbench_entry.h"
#include "harness/format/gbench_row.h"
#include "harness/host/host.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- context --- */

static const char *date_text(struct mem *m, double started)
{
    time_t t = isfinite(started) && fabs(started) < 1e11 ? (time_t)started : 0;
    struct tm tm;
    char day[40], zone[8];
    localtime_r(&t, &tm);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    strftime(zone, sizeof zone, "%z", &tm); /* "+0130" */
    return mem_printf(m, "%s%.3s:%.2s", day, zone, zone + 3);
}

/* The first word of the command. */
static const char *executable_of(struct mem *m, const char *command)
{
    size_t n = command ? strcspn(command, " ") : 0;
    return n ? mem_dupn(m, command, n < 4096 ? n : 4095) : "kernmark";
}

static double mhz_of(const struct facts *f)
{
    static const char *const keys[] = { "cpu.mhz.tsc", "cpu.mhz.max", "cpu.mhz" };
    for (size_t i = 0; i < 3; i++) {
        double mhz = fact_number(f, keys[i]);
        if (mhz >= 1 && mhz < 1e6)
            return mhz;
    }
    return 0;
}

/* "2 MiB, shared by 2" in bytes and CPUs. */
static bool parse_cache(const char *text, struct bench_cache *out)
{
    char *end;
    double bytes = text ? strtod(text, &end) : 0;
    if (!text || !(bytes >= 1) || bytes > 1e9)
        return false;
    out->size = (int64_t)(bytes * (strncmp(end, " MiB", 4) ? 1024 : 1024 * 1024));
    const char *by = strstr(end, "shared by ");
    double sharing = by ? strtod(by + 10, NULL) : 1;
    if (!(sharing >= 1 && sharing <= 65536))
        return false;
    out->num_sharing = (int)sharing;
    return true;
}

static void take_caches(struct mem *m, struct bench_context *c, const struct facts *f)
{
    struct bench_cache *all = mem_array(m, 4, sizeof *all);
    for (size_t i = 0; i < 4; i++) {
        struct bench_cache cache = { .type = gbench_caches[i].type, .level = gbench_caches[i].level };
        if (parse_cache(fact_value(f, gbench_caches[i].key), &cache))
            all[c->ncaches++] = cache;
    }
    c->caches = all;
}

static void take_load(struct bench_context *c, const struct facts *state)
{
    static const char *const keys[] = { "load.1", "load.5", "load.15" };
    for (; c->nload_avg < 3; c->nload_avg++) {
        double load = fact_number(state, keys[c->nload_avg]);
        if (isnan(load))
            break;
        c->load_avg[c->nload_avg] = load;
    }
}

/* The custom strings: what makes our file more than a list of times. */
struct pairs {
    struct mem *m;
    struct context_pair *all;
    size_t n, cap;
};

static void pair_add(struct pairs *p, const char *key, const char *value)
{
    if (!value)
        return;
    p->all = mem_grow(p->m, p->all, &p->cap, p->n + 1, sizeof *p->all);
    p->all[p->n++] = (struct context_pair){ key, value };
}

static void pair_facts(struct pairs *p, const char *prefix, const struct facts *f)
{
    for (size_t i = 0; i < f->n; i++)
        pair_add(p, mem_printf(p->m, "%s.%s", prefix, f->all[i].key), f->all[i].value);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct context_pair *)a)->key, ((const struct context_pair *)b)->key);
}

static void take_custom(struct mem *m, struct bench_context *c, const struct run *r)
{
    struct pairs p = { .m = m };
    const struct context_pair fixed[] = {
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
        { "run.seed", mem_printf(m, "%" PRIu64, r->seed) },
        { "run.suites", r->suites },
        { "run.uuid", r->uuid },
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        pair_add(&p, fixed[i].key, fixed[i].value);
    pair_facts(&p, "host", &r->host.facts);
    pair_facts(&p, "build", &r->build.facts);
    qsort(p.all, p.n, sizeof *p.all, by_key);
    c->custom = p.all;
    c->ncustom = p.n;
}

static void put_context(struct buf *b, struct mem *m, const struct run *r)
{
    const struct facts *f = &r->host.facts;
    double cpus = fact_number(f, "cpu.threads");
    const char *governor = fact_value(f, "governor"), *aslr = fact_value(f, "aslr");
    const char *optimised = fact_value(&r->build.facts, "optimised");
    struct bench_context c = {
        .date = date_text(m, r->started),
        .host_name = r->host.name ? r->host.name : "host",
        .executable = executable_of(m, r->command),
        .num_cpus = cpus >= 1 && cpus <= 65536 ? (int)cpus : 0,
        .mhz = mhz_of(f),
        .cpu_scaling_enabled = f->n ? governor && strcmp(governor, "performance") != 0 : -1,
        .aslr_enabled = aslr ? strncmp(aslr, "off", 3) != 0 : -1,
        .library_version = r->version ? r->version : "unknown",
        .library_build_type = !optimised                 ? NULL
                              : strcmp(optimised, "yes") ? "debug"
                                                         : "release",
    };
    take_caches(m, &c, f);
    take_load(&c, &r->before);
    take_custom(m, &c, r);
    gbench_put_context(b, &c, 4);
}

/* --- rows --- */

/* What is aggregated: times in seconds and rates, in the order the rows show them. */
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
    rep.v[REAL] = real;
    rep.v[CPU] = cpu;
    rep.v[BYTES] = r->cost.bytes > 0 ? r->cost.bytes / real : NAN;
    rep.v[FLOPS] = r->cost.flops > 0 ? r->cost.flops / real : NAN;
    rep.v[ITEMS] = r->cost.items > 0 ? r->cost.items / real : NAN;
    return rep;
}

static struct row row_of(const struct writer *w)
{
    const struct bench *bench = &w->r->bench;
    return (struct row){ .run_name = bench->name,
                         .family_index = (int64_t)w->family,
                         .per_family_instance_index = (int64_t)w->instance,
                         .repetitions = (int64_t)w->repetitions,
                         .threads = bench->threads > 0 ? bench->threads : 1 };
}

/* Writes a row with the values of the columns that apply. */
static void put_row(struct writer *w, struct row *row, const double *v, struct row_extra *extra)
{
    struct row_counter rates[COLUMNS];
    for (int c = BYTES; c < COLUMNS; c++)
        if (isfinite(v[c]))
            rates[row->ncounters++] = (struct row_counter){ .name = rate_names[c], .value = v[c] };
    row->counters = rates;
    row->real_time = v[REAL];
    row->cpu_time = v[CPU];
    extra->hash = *w->r->bench.hash ? w->r->bench.hash : NULL;
    row->extra = extra;
    buf_puts(&w->b, w->any ? ",\n    {" : "\n    {");
    gbench_put_row(&w->b, row, 6);
    buf_puts(&w->b, "\n    }");
    row->counters = NULL; /* they go with this function */
    w->any = true;
}

static void row_iteration(struct writer *w, const struct repetition *rep, size_t index)
{
    struct row row = row_of(w);
    struct row_extra extra = ROW_EXTRA_NONE;
    row.repetition_index = (int64_t)index;
    row.iterations = (int64_t)rep->iterations;
    extra.nsamples = rep->samples;
    put_row(w, &row, rep->v, &extra);
}

/* A benchmark without a time. Skipped is not failed: compare.py and CI tools must not turn red for another CPU. */
static void row_without_time(struct writer *w, enum status status, const char *message)
{
    static const double zero[COLUMNS] = { 0, 0, NAN, NAN, NAN };
    const char *name = gbench_status_name(status);
    w->repetitions = 1;
    struct row row = row_of(w);
    struct row_extra extra = ROW_EXTRA_NONE;
    row.skipped = status == STATUS_UNSUPPORTED ? SKIP_MESSAGE : SKIP_ERROR;
    row.skip_message = message ? mem_printf(&w->m, "%s: %s", name, message) : name;
    extra.status = name;
    put_row(w, &row, zero, &extra);
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
    const char *name;
    bool percentage;
    double (*of)(const double *x, size_t n);
};

static const struct aggregate aggregates[] = {
    { "mean", false, mean_of },
    { "median", false, median_of },
    { "stddev", false, stddev_of },
    { "cv", true, cv_of },
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
    struct row row = row_of(w);
    struct row_extra extra = ROW_EXTRA_NONE;
    row.kind = ROW_AGGREGATE;
    row.aggregate_name = a->name;
    row.percentage = a->percentage;
    row.iterations = (int64_t)n;
    put_row(w, &row, v, &extra);
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
    put_context(&w.b, &w.m, run);
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
