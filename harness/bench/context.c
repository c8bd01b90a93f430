/* SPDX-License-Identifier: Apache-2.0
 * Only the few facts that Google Benchmark's context has are read, not all that harness/host knows: an executable with
 * one short benchmark should not spend its time here. */
#include "harness/bench/context.h"

#include "harness/host/host.h"
#include "harness/host/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu/"

static const char *date_now(struct mem *m)
{
    time_t now = time(NULL);
    struct tm tm;
    char day[40], zone[8];
    localtime_r(&now, &tm);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
    strftime(zone, sizeof zone, "%z", &tm); /* "+0130" */
    return mem_printf(m, "%s%.3s:%.2s", day, zone, zone + 3);
}

static const char *host_name(struct mem *m)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1))
        name[0] = '\0';
    return probe_clean(m, name, strlen(name));
}

static int cpus_online(struct probe *p)
{
    struct answer online = ask_list(p, CPU "online");
    long n = p->live ? sysconf(_SC_NPROCESSORS_ONLN) : 0;
    return n > 0 ? (int)n : online.value ? atoi(online.value) : 1;
}

static bool scaling_enabled(struct probe *p)
{
    glob_t g;
    bool enabled = false;
    size_t n = probe_glob(p, CPU "cpu[0-9]*/cpufreq/scaling_governor", &g);
    for (size_t i = 0; i < n && !enabled; i++) {
        const char *governor = probe_line(p, probe_path(p, &g, i)).value;
        enabled = governor && strcmp(governor, "performance") != 0;
    }
    globfree(&g);
    return enabled;
}

/* The frequency at which the time-stamp counter runs, else the one the CPU now has for good, else the highest, else
 * what /proc/cpuinfo says. 0: nobody knows. */
static double mhz(struct probe *p, bool scaling)
{
    static const char *const files[] = { CPU "cpu0/tsc_freq_khz", CPU "cpu0/cpufreq/scaling_cur_freq",
                                         CPU "cpu0/cpufreq/cpuinfo_max_freq" };
    double khz;
    for (size_t i = 0; i < 3; i++)
        if ((i != 1 || !scaling) && probe_number(p, files[i], 1, 1e9, &khz))
            return khz / 1e3;
    const char *text = probe_field(p, p->cpuinfo, "cpu MHz", ':');
    double now = text ? strtod(text, NULL) : 0;
    return now >= 1 && now < 1e6 ? now : 0;
}

/* --- caches --- */

static const char *cache_text(struct probe *p, const char *dir, const char *name)
{
    const char *value = probe_line(p, mem_printf(p->m, "%s/%s", dir, name)).value;
    return value ? value : "";
}

static bool read_cache(struct probe *p, const char *dir, struct bench_cache *c)
{
    const char *size = cache_text(p, dir, "size"), *sharing = cache_text(p, dir, "shared_cpu_list");
    char *unit;
    double number = strtod(size, &unit), scale = *unit == 'K' ? 1 << 10 : *unit == 'M' ? 1 << 20 : 1;
    size_t sharers = probe_list_count(sharing);
    c->type = cache_text(p, dir, "type");
    c->level = atoi(cache_text(p, dir, "level"));
    if (!*c->type || !(number >= 1 && number < 1e9) || c->level < 1 || c->level > 9 || sharers > 65536)
        return false;
    c->size = (int64_t)(number * scale);
    c->num_sharing = (int)sharers;
    return true;
}

static void read_caches(struct probe *p, struct bench_context *out)
{
    glob_t g;
    size_t n = probe_glob(p, CPU "cpu0/cache/index*", &g);
    struct bench_cache *all = mem_array(p->m, n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        if (read_cache(p, probe_path(p, &g, i), &all[out->ncaches]))
            out->ncaches++;
    globfree(&g);
    out->caches = all;
}

static void read_load(struct probe *p, struct bench_context *out)
{
    static const char *const columns[] = { "/proc/loadavg 0", "/proc/loadavg 1", "/proc/loadavg 2" };
    int n = p->live ? getloadavg(out->load_avg, 3) : 0;
    out->nload_avg = n > 0 ? (size_t)n : 0;
    for (size_t i = out->nload_avg; i < 3; i++, out->nload_avg++) {
        struct answer a = ask_load(p, columns[i]);
        if (!a.value)
            break;
        out->load_avg[i] = strtod(a.value, NULL);
    }
}

/* --- custom pairs --- */

struct pairs {
    struct mem *m;
    struct context_pair *all;
    size_t n, cap;
};

static void add_pair(struct pairs *p, const char *key, const char *value)
{
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->all[i].key, key)) {
            fprintf(stderr, "Failed to add custom context \"%s\" as it already exists with value \"%s\"\n", key,
                    p->all[i].value);
            return;
        }
    p->all = mem_grow(p->m, p->all, &p->cap, p->n + 1, sizeof *p->all);
    p->all[p->n++] = (struct context_pair){ key, value };
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct context_pair *)a)->key, ((const struct context_pair *)b)->key);
}

void bench_context_custom(struct mem *m, struct bench_context *out, const struct bench_flags *f,
                          const struct context_added *added)
{
    struct pairs p = { .m = m };
    for (size_t i = 0; i < added->before; i++)
        add_pair(&p, added->all[i].key, added->all[i].value);
    for (const char *at = f->context && *f->context ? f->context : NULL; at;) {
        char *key, *value;
        at = bench_flags_next_pair(m, at, &key, &value);
        add_pair(&p, key, value ? value : "");
    }
    for (size_t i = added->before; i < added->n; i++)
        add_pair(&p, added->all[i].key, added->all[i].value);
    if (f->dry_run)
        add_pair(&p, "dry_run", "true");
    if (p.n)
        qsort(p.all, p.n, sizeof *p.all, by_key);
    out->custom = p.all;
    out->ncustom = p.n;
}

void bench_context_read(struct mem *m, struct bench_context *out, const char *executable, const char *root)
{
    struct probe p = { .m = m, .root = root ? root : "", .live = !root };
    struct build build;
    const char *cpuinfo = probe_read(&p, "/proc/cpuinfo", NULL);
    p.cpuinfo = cpuinfo ? cpuinfo : "";
    build_read(m, &build);
    const char *optimised = fact_value(&build.facts, "optimised"), *aslr = ask_aslr(&p, NULL).value;
    bool scaling = scaling_enabled(&p);
    *out = (struct bench_context){
        .date = date_now(m),
        .host_name = host_name(m),
        .executable = executable,
        .num_cpus = cpus_online(&p),
        .mhz = mhz(&p, scaling),
        .cpu_scaling_enabled = scaling,
        .aslr_enabled = aslr ? strncmp(aslr, "off", 3) != 0 : -1,
        .library_version = build_version(),
        .library_build_type = optimised && !strcmp(optimised, "yes") ? "release" : "debug",
    };
    read_caches(&p, out);
    read_load(&p, out);
}
