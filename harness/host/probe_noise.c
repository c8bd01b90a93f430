/* SPDX-License-Identifier: Apache-2.0
 * Probes of what disturbs measurements: who else is running, which CPUs share a core, counters, timer. */
#include "harness/base/buf.h"
#include "harness/host/probe.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CPUS = 4096, LIST_LIMIT = 200 };

/* The n-th word after the program's name in /proc/self/stat, from 0; the name may hold anything, even ')'. */
static double stat_number(const char *text, int n)
{
    const char *s = strrchr(text, ')');
    char *end = NULL;
    s = s ? s + 1 : "";
    for (int i = 0; i < n; i++) {
        s += strspn(s, " ");
        s += strcspn(s, " ");
    }
    double x = strtod(s, &end);
    return end != s && x >= 0 && isfinite(x) ? x : NAN;
}

/* User and system time of the process and of its children that were waited for: fields 14 to 17. */
struct answer ask_own_jiffies(struct probe *p, const char *arg)
{
    (void)arg;
    const char *text = probe_read(p, "/proc/self/stat", NULL);
    double sum = text ? 0 : NAN;
    for (int field = 14; field <= 17; field++)
        sum += text ? stat_number(text, field - 3) : 0;
    return isnan(sum) ? probe_no(p, "no usable /proc/self/stat") : probe_yes(p, "%.0f", sum);
}

struct answer ask_pmu(struct probe *p, const char *arg)
{
    (void)arg;
    static const char *const patterns[] = { "cpu", "cpu_core", "cpu_atom", "armv[0-9]*", "apple_*_pmu" };
    struct buf b = { 0 };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t g;
        size_t n = probe_glob(p, mem_printf(p->m, "/sys/bus/event_source/devices/%s", patterns[i]), &g);
        for (size_t k = 0; k < n; k++)
            buf_printf(&b, "%s%s", b.len ? " " : "", strrchr(g.gl_pathv[k], '/') + 1);
        globfree(&g);
    }
    glob_t all;
    bool folder = probe_glob(p, "/sys/bus/event_source/devices", &all) > 0;
    globfree(&all);
    struct answer a = b.len    ? probe_yes(p, "%s", buf_text(&b))
                      : folder ? probe_yes(p, "none")
                               : probe_no(p, "no /sys/bus/event_source/devices");
    buf_free(&b);
    return a;
}

/* A list of CPUs, which an empty file says there are none of. */
struct answer ask_set(struct probe *p, const char *arg)
{
    const char *text = probe_read(p, arg, NULL);
    if (!text)
        return errno == ENOENT || errno == ENOTDIR ? probe_no(p, "no %s", arg)
                                                   : probe_no(p, "%s: %s", arg, strerror(errno));
    const char *line = probe_clean(p->m, text, strcspn(text, "\n"));
    if (!*line || !strcmp(line, "(null)"))
        return probe_yes(p, "none");
    return probe_list_count(line) ? probe_text(line) : probe_no(p, "%s is not a list of CPUs", arg);
}

struct answer ask_allowed_list(struct probe *p, const char *arg)
{
    (void)arg;
    const char *text = probe_read(p, "/proc/self/status", NULL);
    const char *list = text ? probe_field(p, text, "Cpus_allowed_list", ':') : NULL;
    return list && probe_list_count(list) && strlen(list) < LIST_LIMIT
               ? probe_text(list)
               : probe_no(p, "no short Cpus_allowed_list in /proc/self/status");
}

/* Marks the members of a list that probe_list_count() accepted. */
static void mark(const char *list, bool set[MOST_CPUS])
{
    for (const char *s = list; isdigit((unsigned char)*s);) {
        char *end;
        unsigned long first = strtoul(s, &end, 10), last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        for (unsigned long i = first; i <= last && i < MOST_CPUS; i++)
            set[i] = true;
        s = *end == ',' ? end + 1 : end;
    }
}

/* The first CPU of the same core that is in the set; the CPU itself where its siblings are not known. */
static int leader(struct probe *p, int cpu, const bool set[MOST_CPUS])
{
    bool siblings[MOST_CPUS] = { false };
    const char *path = mem_printf(p->m, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    struct answer list = probe_line(p, path);
    if (list.value && probe_list_count(list.value))
        mark(list.value, siblings);
    for (int i = 0; i < cpu; i++)
        if (siblings[i] && set[i])
            return i;
    return cpu;
}

static void add_range(struct buf *b, int first, int last)
{
    buf_printf(b, first == last ? "%s%d" : "%s%d-%d", b->len ? "," : "", first, last);
}

/* One allowed CPU of each core, as a list for taskset. */
struct answer ask_spread(struct probe *p, const char *arg)
{
    struct answer allowed = ask_allowed_list(p, arg);
    bool set[MOST_CPUS] = { false };
    struct buf b = { 0 };
    if (!allowed.value)
        return allowed;
    mark(allowed.value, set);
    for (int i = 0, first = -1; i < MOST_CPUS; i++) {
        bool in = set[i] && leader(p, i, set) == i, more = in && i + 1 < MOST_CPUS && set[i + 1];
        first = in && first < 0 ? i : first;
        more = more && leader(p, i + 1, set) == i + 1;
        if (in && !more)
            add_range(&b, first, i);
        first = more ? first : -1;
    }
    struct answer a = b.len && b.len < LIST_LIMIT ? probe_yes(p, "%s", buf_text(&b))
                                                  : probe_no(p, "the list of cores is empty or too long");
    buf_free(&b);
    return a;
}

/* Whether a command line is that of a kernmark that measures. */
static bool measures(const char *line, size_t len)
{
    static const char *const words[] = { "run", "ab", "selftest", "bisect" };
    const char *name = strrchr(line, '/') ? strrchr(line, '/') + 1 : line;
    size_t n = strlen(line) + 1;
    for (size_t i = 0; !strcmp(name, "kernmark") && n < len && i < sizeof words / sizeof *words; i++)
        if (!strcmp(line + n, words[i]))
            return true;
    return false;
}

/* Runs, not processes: workers are their runs' children and not counted. */
struct answer ask_measuring(struct probe *p, const char *arg)
{
    (void)arg;
    static const char folder[] = "/proc/";
    glob_t g;
    size_t n = probe_glob(p, "/proc/[0-9]*/cmdline", &g), found = 0;
    for (size_t i = 0; i < n; i++) {
        const char *path = probe_path(p, &g, i);
        size_t len = 0;
        const char *line = probe_read(p, path, &len);
        bool own = p->live && strtol(path + sizeof folder - 1, NULL, 10) == (long)getpid();
        found += line && !own && measures(line, len);
    }
    globfree(&g);
    return n ? probe_yes(p, "%zu", found) : probe_no(p, "no readable /proc/[0-9]*/cmdline");
}

static double ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Least step ever seen, or mean time of one reading. */
struct answer ask_timer(struct probe *p, const char *arg)
{
    enum { READINGS = 2000 };
    if (!p->live)
        return probe_no(p, "measured on the machine itself only");
    double first = ns(), last = first, least = INFINITY;
    for (int i = 0; i < READINGS; i++) {
        double now = ns();
        least = now > last ? fmin(least, now - last) : least;
        last = now;
    }
    if (isinf(least))
        return probe_no(p, "the clock stood still over %d readings", READINGS);
    return probe_yes(p, "%.0f", *arg == 'r' ? least : (last - first) / READINGS);
}
