/* SPDX-License-Identifier: Apache-2.0
 * The context of a Google Benchmark file to host, build, commit and run. */
#include "harness/base/fnv.h"
#include "harness/format/gbench_row.h"
#include "harness/host/host.h"
#include "harness/import/gbench_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *copy_string(struct mem *m, const json_t *context, const char *key)
{
    return mem_dup(m, gbench_string(context, key));
}

static bool is_hex(const char *s, size_t min, size_t max)
{
    size_t n = s ? strspn(s, "0123456789abcdef") : 0;
    return s && n >= min && n <= max && !s[n];
}

/* "2026-11-20T15:03:54+00:00", and the older "2016-08-02 17:44:46", taken as UTC. */
static bool parse_date(const char *text, double *seconds)
{
    struct tm tm = { 0 };
    int hours = 0, minutes = 0, n = 0;
    char mark = 0, sign = '+';
    if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &mark, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec, &n) != 7 ||
        !strchr("T ", mark) || tm.tm_year < 1970)
        return false;
    const char *zone = text + n;
    if (*zone && strcmp(zone, "Z") != 0 && sscanf(zone, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int offset = (hours * 60 + minutes) * 60;
    *seconds = (double)timegm(&tm) - (sign == '-' ? -offset : offset);
    return true;
}

/* A list of facts under construction. */
struct list {
    struct mem *m;
    struct facts *facts;
    size_t cap;
};

static void add(struct list *l, const char *key, const char *value)
{
    if (!value || fact_value(l->facts, key))
        return;
    l->facts->all = mem_grow(l->m, l->facts->all, &l->cap, l->facts->n + 1, sizeof *l->facts->all);
    struct fact *f = &l->facts->all[l->facts->n++];
    f->key = mem_dup(l->m, key);
    f->title = fact_title(f->key);
    f->value = host_clean_text(l->m, value);
}

/* Our own files carry every fact as a string "host.cpu.model". */
static void add_prefixed(struct list *l, const json_t *context, const char *prefix)
{
    enum { MOST = 256 };
    const char *key;
    json_t *value;
    size_t n = strlen(prefix);
    json_object_foreach((json_t *)context, key, value)
    {
        if (strncmp(key, prefix, n) != 0 || !json_is_string(value) || l->facts->n >= MOST)
            continue;
        if (strcmp(key, GBENCH_FINGERPRINT) != 0 && strcmp(key, GBENCH_BUILD_HASH) != 0)
            add(l, key + n, json_string_value(value));
    }
}

static void add_number(struct list *l, const json_t *context, const char *from, const char *key)
{
    const json_t *x = json_object_get(context, from);
    if (json_is_number(x))
        add(l, key, mem_printf(l->m, "%.15g", json_number_value(x)));
}

static void add_bool(struct list *l, const json_t *context, const char *from, const char *key,
                     const char *const words[2])
{
    const json_t *x = json_object_get(context, from);
    if (json_is_boolean(x))
        add(l, key, words[json_is_true(x) ? 1 : 0]);
}

static void add_caches(struct list *l, const json_t *context)
{
    size_t i;
    json_t *cache;
    json_array_foreach(json_object_get(context, "caches"), i, cache)
    {
        const char *type = gbench_string(cache, "type");
        double level = json_number_value(json_object_get(cache, "level"));
        double size = json_number_value(json_object_get(cache, "size"));
        double sharing = json_number_value(json_object_get(cache, "num_sharing"));
        for (size_t c = 0; type && c < 4; c++)
            if (!strcmp(type, gbench_caches[c].type) && level == gbench_caches[c].level && size >= 1024)
                add(l, gbench_caches[c].key,
                    mem_printf(l->m, "%.0f KiB, shared by %.0f", size / 1024, sharing >= 1 ? sharing : 1));
    }
}

static void read_host(struct mem *m, const json_t *context, struct host *host)
{
    static const char *const scaling[] = { NULL, "not performance" }, *const aslr[] = { "off", "on" };
    struct list l = { .m = m, .facts = &host->facts };
    add_prefixed(&l, context, "host.");
    add_number(&l, context, "num_cpus", "cpu.threads");
    add_number(&l, context, "mhz_per_cpu", "cpu.mhz");
    add_bool(&l, context, "cpu_scaling_enabled", "governor", scaling);
    add_bool(&l, context, "aslr_enabled", "aslr", aslr);
    add_caches(&l, context);
    host->name = host_clean_name(m, gbench_string(context, "host_name"));
    host->fingerprint = copy_string(m, context, GBENCH_FINGERPRINT);
    if (is_hex(host->fingerprint, 16, 16))
        return;
    /* Google Benchmark tells too little of a machine to know it by its parts alone: here the name has to help. */
    uint64_t hash = fnv_fact(FNV_START, &(struct fact){ .key = "name", .value = host->name });
    for (size_t i = 0; i < host->facts.n; i++)
        if (strcmp(host->facts.all[i].key, "cpu.mhz") != 0)
            hash = fnv_fact(hash, &host->facts.all[i]);
    char hex[17];
    fnv_hex(hash, hex);
    host->fingerprint = mem_dup(m, hex);
}

static void read_build(struct mem *m, const json_t *context, struct build *build)
{
    struct list l = { .m = m, .facts = &build->facts };
    add_prefixed(&l, context, "build.");
    add(&l, "library", gbench_string(context, "library_version"));
    add(&l, "library.build", gbench_string(context, "library_build_type"));
    build->hash = copy_string(m, context, GBENCH_BUILD_HASH);
    if (is_hex(build->hash, 16, 16))
        return;
    uint64_t hash = FNV_START;
    for (size_t i = 0; i < build->facts.n; i++)
        hash = fnv_fact(hash, &build->facts.all[i]);
    char hex[17];
    fnv_hex(hash, hex);
    build->hash = mem_dup(m, hex);
}

static void read_commit(struct mem *m, const json_t *context, struct commit *c)
{
    const char *dirty = gbench_string(context, "commit.dirty");
    c->hash = copy_string(m, context, "commit.hash");
    if (!is_hex(c->hash, 40, 64)) {
        c->hash = NULL;
        c->why = "the file names no commit";
        return;
    }
    c->parents = copy_string(m, context, "commit.parents");
    c->branch = copy_string(m, context, "commit.branch");
    c->date = copy_string(m, context, "commit.date");
    c->subject = copy_string(m, context, "commit.subject");
    c->dirty = dirty && !strcmp(dirty, "true");
}

static void read_load(struct mem *m, const json_t *context, struct facts *state)
{
    static const char *const keys[] = { "load.1", "load.5", "load.15" };
    struct list l = { .m = m, .facts = state };
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(context, "load_avg"), i, x)
    {
        if (i < 3 && json_is_number(x))
            add(&l, keys[i], mem_printf(m, "%g", json_number_value(x)));
    }
}

static int check_context(const json_t *context, struct run *run, struct err *e)
{
    const json_t *schema = json_object_get(context, "json_schema_version");
    const char *date = gbench_string(context, "date");
    if (context && !json_is_object(context))
        return err_set(e, EXIT_USAGE, "\"context\" is no object");
    if (schema && !(json_is_number(schema) && json_number_value(schema) == 1))
        return err_set(e, EXIT_USAGE, "context.json_schema_version is not 1, the only one known");
    if (date && !parse_date(date, &run->started))
        return err_set(e, EXIT_USAGE, "context.date is '%.40s', expected one like '2026-11-20T15:03:54+00:00'", date);
    return 0;
}

int gbench_origin(struct mem *m, const json_t *context, const char *digest, struct run *run, struct err *e)
{
    const char *seed = gbench_string(context, "run.seed");
    if (check_context(context, run, e))
        return -1;
    read_host(m, context, &run->host);
    read_build(m, context, &run->build);
    read_commit(m, context, &run->commit);
    read_load(m, context, &run->before);
    run->finished = run->started;
    run->state = RUN_COMPLETE;
    run->uuid = copy_string(m, context, "run.uuid");
    if (!is_hex(run->uuid, 32, 32))
        run->uuid = mem_dup(m, digest); /* reading the same file twice gives the same run */
    run->suites = copy_string(m, context, "run.suites");
    run->profile = copy_string(m, context, "run.profile");
    run->command = copy_string(m, context, "run.command");
    run->command = run->command ? run->command : copy_string(m, context, "executable");
    run->version = copy_string(m, context, "library_version");
    run->seed = seed ? strtoull(seed, NULL, 10) : 0;
    return 0;
}
