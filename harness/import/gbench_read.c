/* SPDX-License-Identifier: Apache-2.0
 * The rows of a Google Benchmark file to results: all rows of one run_name are the rounds of one result. */
#include "harness/import/gbench_read.h"
#include "harness/format/gbench_row.h"
#include "harness/import/gbench_counter.h"
#include "harness/import/gbench_in.h"
#include "harness/stats/summary.h"

#include <math.h>
#include <string.h>

enum { NAME_LIMIT = 4096 };

static const double TIME_LIMIT = 1e18; /* seconds: longer ones would not be finite in every unit */

/* What one row says. Seconds per iteration. */
struct timing {
    double real, cpu;
    uint64_t iterations;
};

/* All rows of one benchmark, while they come. */
struct group {
    struct bench bench;
    struct timing *rows;
    size_t nrows, cap;
    struct timing median, mean; /* iterations 0: no such row */
    struct km_cost cost;
    struct gbench_counters counters;
    enum status failure; /* STATUS_OK: no row failed */
    const char *failed, *skipped;
};

struct reader {
    struct mem *m;
    const char *path;
    bool ours;
    json_t *index; /* run_name to its place in groups */
    struct group *groups;
    size_t ngroups, cap;
    /* the row being read */
    const json_t *row;
    size_t number;
    struct err *e;
};

/* --- one field of one row --- */

static int complain(struct reader *r, const char *key, const char *trouble)
{
    const char *name = gbench_string(r->row, "name");
    return err_set(r->e, EXIT_USAGE, "%s: benchmarks[%zu]%s%.100s%s: \"%s\" %s", r->path, r->number, name ? " '" : "",
                   name ? name : "", name ? "'" : "", key, trouble);
}

static int need_number(struct reader *r, const char *key, double *out)
{
    const json_t *x = json_object_get(r->row, key);
    *out = json_number_value(x);
    if (!x)
        return complain(r, key, "is missing, expected a number");
    if (!json_is_number(x))
        return complain(r, key, "is no finite number");
    if (*out < 0)
        return complain(r, key, "is negative, expected a number of at least 0");
    return 0;
}

static double number_or(const struct reader *r, const char *key, double otherwise)
{
    const json_t *x = json_object_get(r->row, key);
    return json_is_number(x) ? json_number_value(x) : otherwise;
}

struct unit {
    const char *name;
    double seconds;
};

static const struct unit units[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 } };

static int need_unit(struct reader *r, double *seconds)
{
    const char *name = gbench_string(r->row, "time_unit");
    for (size_t i = 0; name && i < sizeof units / sizeof *units; i++)
        if (!strcmp(name, units[i].name)) {
            *seconds = units[i].seconds;
            return 0;
        }
    return complain(r, "time_unit", "is not one of \"ns\", \"us\", \"ms\", \"s\"");
}

static int read_timing(struct reader *r, struct timing *t)
{
    double unit = 0, real = 0, cpu = 0, iterations = 0;
    if (need_unit(r, &unit) || need_number(r, "real_time", &real) || need_number(r, "iterations", &iterations))
        return -1;
    if (!(iterations >= 1 && iterations <= 1e18))
        return complain(r, "iterations", "is not between 1 and 1e18");
    *t = (struct timing){ real * unit, NAN, (uint64_t)iterations };
    if (json_object_get(r->row, "cpu_time")) {
        if (need_number(r, "cpu_time", &cpu))
            return -1;
        t->cpu = cpu * unit;
    }
    if (t->real > TIME_LIMIT || t->cpu > TIME_LIMIT)
        return complain(r, t->real > TIME_LIMIT ? "real_time" : "cpu_time", "is above 1e18 seconds");
    return 0;
}

static int read_names(struct reader *r, const char **name, const char **run_name)
{
    if (!json_is_object(r->row))
        return err_set(r->e, EXIT_USAGE, "%s: benchmarks[%zu] is no object", r->path, r->number);
    *name = gbench_string(r->row, "name");
    *run_name = gbench_string(r->row, "run_name");
    if (!*name || !**name)
        return complain(r, "name", "is missing or empty, expected a string");
    if (!*run_name || !**run_name)
        *run_name = *name;
    if (strlen(*name) > NAME_LIMIT || strlen(*run_name) > NAME_LIMIT)
        return complain(r, "name", "is longer than 4096 bytes");
    return 0;
}

/* --- groups --- */

/* Work per iteration back from a rate. Google Benchmark divides by CPU time unless the benchmark asks for real time,
 * which its name then says. */
static double per_iteration(const struct reader *r, const char *rate, const struct timing *t, const char *name)
{
    bool real = r->ours || isnan(t->cpu) || strstr(name, "/real_time") || strstr(name, "/manual_time");
    double work = number_or(r, rate, 0) * (real ? t->real : t->cpu);
    if (!(work > 0) || !isfinite(work))
        return 0;
    return fabs(work - round(work)) < 1e-6 * work ? round(work) : work;
}

static void read_cost(const struct reader *r, const struct timing *t, struct group *g)
{
    g->cost.items = per_iteration(r, "items_per_second", t, g->bench.name);
    g->cost.bytes = per_iteration(r, "bytes_per_second", t, g->bench.name);
    g->cost.flops = per_iteration(r, "flops_per_second", t, g->bench.name);
    g->cost.item = "item";
}

static void start_group(struct reader *r, struct group *g, const char *name)
{
    double threads = number_or(r, "threads", 1);
    const char *hash = gbench_string(r->row, GBENCH_HASH);
    gbench_name(r->m, name, &g->bench);
    g->bench.threads = threads >= 1 && threads <= 65536 ? (int)threads : 1;
    if (r->ours && hash && strlen(hash) == 16 && strspn(hash, "0123456789abcdef") == 16)
        memcpy(g->bench.hash, hash, 17);
}

static struct group *group_of(struct reader *r, const char *name)
{
    const json_t *known = json_object_get(r->index, name);
    if (known)
        return &r->groups[json_integer_value(known)];
    json_object_set_new(r->index, name, json_integer((json_int_t)r->ngroups));
    r->groups = mem_grow(r->m, r->groups, &r->cap, r->ngroups + 1, sizeof *r->groups);
    struct group *g = &r->groups[r->ngroups++];
    start_group(r, g, name);
    return g;
}

static int add_time(struct reader *r, struct group *g)
{
    struct timing t;
    if (read_timing(r, &t))
        return -1;
    if (!g->nrows)
        read_cost(r, &t, g);
    g->rows = mem_grow(r->m, g->rows, &g->cap, g->nrows + 1, sizeof *g->rows);
    g->rows[g->nrows++] = t;
    gbench_counters_add(r->m, &g->counters, r->row);
    if (t.real <= 0) {
        g->failure = STATUS_FAILED;
        g->failed = "a time of 0: nothing was left to measure";
    }
    return 0;
}

/* Without "WRONG: ", which is the status and comes back as such. */
static const char *own_message(const char *message, const char *status)
{
    size_t n = strlen(status);
    if (strncmp(message, status, n) != 0)
        return message;
    return !strncmp(message + n, ": ", 2) ? message + n + 2 : message[n] ? message : NULL;
}

static void add_failure(struct reader *r, struct group *g)
{
    const char *message = gbench_string(r->row, "error_message"), *status = gbench_string(r->row, GBENCH_STATUS);
    g->failure = STATUS_FAILED;
    if (gbench_status_find(status, &g->failure) && g->failure != STATUS_OK && message)
        message = own_message(message, status);
    if (g->failure == STATUS_OK)
        g->failure = STATUS_FAILED;
    g->failed = mem_dup(r->m, message);
}

static void add_skip(struct reader *r, struct group *g)
{
    const char *message = gbench_string(r->row, "skip_message"), *status = gbench_string(r->row, GBENCH_STATUS);
    if (message && status)
        message = own_message(message, status);
    g->skipped = mem_dup(r->m, message ? message : "skipped");
}

static int add_aggregate(struct reader *r, struct group *g)
{
    const char *what = gbench_string(r->row, "aggregate_name"), *unit = gbench_string(r->row, "aggregate_unit");
    struct timing *into = what && !strcmp(what, "median") ? &g->median
                          : what && !strcmp(what, "mean") ? &g->mean
                                                          : NULL;
    if (!into || (unit && strcmp(unit, "time") != 0))
        return 0;
    if (read_timing(r, into))
        return -1;
    if (!g->cost.item)
        read_cost(r, into, g);
    return 0;
}

static int read_row(struct reader *r)
{
    const char *name = NULL, *run_name = NULL, *type;
    if (read_names(r, &name, &run_name))
        return -1;
    if (json_object_get(r->row, "big_o") || json_object_get(r->row, "rms"))
        return 0; /* fits over several benchmarks, no time of one */
    type = gbench_string(r->row, "run_type");
    if (type && strcmp(type, "iteration") != 0 && strcmp(type, "aggregate") != 0)
        return complain(r, "run_type", "is neither \"iteration\" nor \"aggregate\"");
    struct group *g = group_of(r, run_name);
    if (json_is_true(json_object_get(r->row, "error_occurred")))
        add_failure(r, g);
    else if (json_is_true(json_object_get(r->row, "skipped")))
        add_skip(r, g);
    else
        return type && *type == 'a' ? add_aggregate(r, g) : add_time(r, g);
    return 0;
}

/* --- groups to results --- */

/* Only where a file has no repetitions at all (benchmark_report_aggregates_only): their median is one round. */
static void use_aggregate(struct reader *r, struct group *g)
{
    const struct timing *t = g->median.iterations ? &g->median : &g->mean;
    if (g->nrows || !t->iterations || !(t->real > 0))
        return;
    g->rows = mem_array(r->m, 1, sizeof *g->rows);
    g->rows[g->nrows++] = (struct timing){ t->real, t->cpu, 1 };
}

static void fill_rounds(struct reader *r, const struct group *g, struct result *out)
{
    out->nsamples = out->nrounds = g->nrows;
    out->samples = mem_array(r->m, g->nrows, sizeof *out->samples);
    out->rounds = mem_array(r->m, g->nrows, sizeof *out->rounds);
    for (size_t i = 0; i < g->nrows; i++) {
        const struct timing *t = &g->rows[i];
        out->samples[i] = t->real;
        out->rounds[i] = (struct round){ i, 1, t->iterations, 0, t->cpu };
        out->sampling_seconds += t->real * (double)t->iterations;
    }
    out->wall_seconds = out->sampling_seconds;
}

/* False for a group that says nothing, as one of standard deviations only. */
static bool finish_group(struct reader *r, struct group *g, const char *suites, struct result *out)
{
    *out = (struct result){ .bench = g->bench, .cost = g->cost, .mode = MODE_BATCH };
    out->metrics = g->counters.all;
    out->nmetrics = g->counters.n;
    out->entry = (struct entry){ .suite = suites, .component = g->bench.family, .target = NAN, .threshold = NAN };
    use_aggregate(r, g);
    if (g->failure != STATUS_OK) {
        out->status = g->failure;
        out->message = g->failed;
        out->stop = STOP_FAILURE;
    } else if (g->nrows) {
        out->stop = STOP_COUNT;
        fill_rounds(r, g, out);
    } else if (g->skipped) {
        out->status = STATUS_UNSUPPORTED;
        out->message = g->skipped;
    } else {
        return false;
    }
    summarize(out);
    return true;
}

static int read_rows(struct reader *r, const json_t *rows, struct run *out)
{
    for (r->number = 0; r->number < json_array_size(rows); r->number++) {
        r->row = json_array_get(rows, r->number);
        if (read_row(r))
            return -1;
    }
    out->results = mem_array(r->m, r->ngroups, sizeof *out->results);
    for (size_t i = 0; i < r->ngroups; i++)
        if (finish_group(r, &r->groups[i], out->suites ? out->suites : "import", &out->results[out->nresults]))
            out->nresults++;
    return 0;
}

static int read_root(struct reader *r, const json_t *root, const char *digest, struct run *out)
{
    const json_t *context = json_object_get(root, "context"), *rows = json_object_get(root, "benchmarks");
    if (!json_is_array(rows))
        return err_set(r->e, EXIT_USAGE, "%s: no list \"benchmarks\", expected Google Benchmark JSON", r->path);
    if (gbench_origin(r->m, context, digest, out, r->e))
        return err_wrap(r->e, "%s", r->path);
    r->ours = gbench_string(context, GBENCH_FINGERPRINT) != NULL;
    r->index = json_object();
    int rc = read_rows(r, rows, out);
    json_decref(r->index);
    return rc;
}

int gbench_read(struct mem *m, const char *path, struct run *out, struct err *e)
{
    struct reader r = { .m = m, .path = path, .e = e };
    char digest[33];
    json_t *root = NULL;
    *out = (struct run){ .results = NULL };
    if (gbench_load(path, &root, digest, e))
        return -1;
    int rc = read_root(&r, root, digest, out);
    json_decref(root);
    return rc;
}
