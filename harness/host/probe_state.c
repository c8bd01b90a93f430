/* SPDX-License-Identifier: Apache-2.0
 * Facts of the moment. Counters stay raw; host_state_change() takes differences. */
#include "harness/host/host.h"
#include "harness/host/probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU "/sys/devices/system/cpu/"

/* The index-th number of a text of numbers; NAN if there are fewer or one is negative. */
static double column(const char *text, int index)
{
    double x = NAN;
    for (int i = 0; i <= index; i++) {
        char *end;
        x = strtod(text, &end);
        if (end == text || !(x >= 0) || !isfinite(x))
            return NAN;
        text = end;
    }
    return x;
}

/* arg: "FILE COLUMN" */
struct answer ask_load(struct probe *p, const char *arg)
{
    size_t n = strcspn(arg, " ");
    const char *path = mem_dupn(p->m, arg, n);
    struct answer line = probe_line(p, path);
    if (!line.value)
        return line;
    double x = column(line.value, atoi(arg + n));
    return isnan(x) ? probe_no(p, "%s holds no such number", path) : probe_yes(p, "%.2f", x);
}

struct answer ask_stat(struct probe *p, const char *arg)
{
    const char *text = probe_read(p, "/proc/stat", NULL);
    const char *value = text ? probe_field(p, text, arg, ' ') : NULL;
    double x = value ? column(value, 0) : NAN;
    return isnan(x) ? probe_no(p, "no '%s' in /proc/stat", arg) : probe_yes(p, "%.0f", x);
}

/* arg: the columns of the cpu line to add. Guest time (columns 8, 9) is already in user time. */
struct answer ask_jiffies(struct probe *p, const char *arg)
{
    const char *text = probe_read(p, "/proc/stat", NULL);
    const char *line = text ? probe_field(p, text, "cpu", ' ') : NULL;
    double sum = line ? 0 : NAN;
    for (const char *s = arg; line && *s; s++)
        if (*s != ' ')
            sum += column(line, *s - '0');
    return isnan(sum) ? probe_no(p, "no usable cpu line in /proc/stat") : probe_yes(p, "%.0f", sum);
}

struct answer ask_pressure(struct probe *p, const char *arg)
{
    struct answer line = probe_line(p, arg);
    if (!line.value)
        return line;
    const char *avg = strstr(line.value, "avg10=");
    double x = avg ? column(avg + 6, 0) : NAN;
    return isnan(x) ? probe_no(p, "%s has no avg10", arg) : probe_yes(p, "%.2f", x);
}

static double hottest(struct probe *p, const char *pattern, double max)
{
    glob_t g;
    size_t found = probe_glob(p, pattern, &g);
    for (size_t i = 0; i < found; i++) {
        double milli;
        if (probe_number(p, probe_path(p, &g, i), -50e3, 150e3, &milli) && !(milli / 1e3 <= max))
            max = milli / 1e3;
    }
    globfree(&g);
    return max;
}

struct answer ask_temperature(struct probe *p, const char *arg)
{
    (void)arg;
    double max = hottest(p, "/sys/class/hwmon/hwmon*/temp*_input", NAN);
    max = hottest(p, "/sys/class/thermal/thermal_zone*/temp", max);
    return isnan(max) ? probe_no(p, "no sensor in /sys/class/hwmon or /sys/class/thermal") : probe_yes(p, "%.1f", max);
}

struct answer ask_counter_sum(struct probe *p, const char *arg)
{
    glob_t g;
    size_t found = probe_glob(p, arg, &g), used = 0;
    double sum = 0, x;
    for (size_t i = 0; i < found; i++)
        if (probe_number(p, probe_path(p, &g, i), 0, 1e15, &x)) {
            sum += x;
            used++;
        }
    globfree(&g);
    return used ? probe_yes(p, "%.0f", sum) : probe_no(p, "no usable %s", arg);
}

struct answer ask_mhz_now(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer now = ask_mhz_of_khz(p, CPU "cpu0/cpufreq/scaling_cur_freq");
    return now.value || !probe_cpu_flag(p, "hypervisor")
               ? now
               : probe_no(p, "no " CPU "cpu0/cpufreq: the guest does not see frequencies");
}

/* --- control groups --- */

/* Where a version of control groups keeps what. */
struct cgroup_layout {
    const char *controller; /* in /proc/self/cgroup: "" is version 2 */
    const char *mount;
    const char *quota, *period; /* period NULL: both numbers are in the quota file */
};

static const struct cgroup_layout layouts[] = {
    { "", "/sys/fs/cgroup", "cpu.max", NULL },
    { "cpu", "/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "cpu.cfs_period_us" },
    { "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us", "cpu.cfs_period_us" },
};
enum { NLAYOUTS = sizeof layouts / sizeof *layouts };

/* The path of this process in a hierarchy ("N:controller:/path"), without a final '/'; NULL if it is in none. */
static char *cgroup_path(struct probe *p, const char *controller)
{
    char *text = probe_read(p, "/proc/self/cgroup", NULL);
    for (char *line = text, *next; line && *line; line = next) {
        size_t len = strcspn(line, "\n");
        next = line + len + (line[len] == '\n');
        line[len] = '\0';
        char *name = strchr(line, ':'), *path = name ? strchr(++name, ':') : NULL;
        if (!path || (size_t)(path - name) != strlen(controller) ||
            strncmp(name, controller, (size_t)(path - name)) != 0)
            continue;
        path++;
        len = strlen(path);
        if (len && path[len - 1] == '/')
            path[len - 1] = '\0';
        return len < 4096 && !strstr(path, "..") ? path : NULL;
    }
    return NULL;
}

/* CPUs that one group allows; INFINITY without a limit, NAN without the file. */
static double group_limit(struct probe *p, const struct cgroup_layout *l, const char *dir)
{
    struct answer quota = probe_line(p, mem_printf(p->m, "%s/%s", dir, l->quota));
    double us = quota.value ? column(quota.value, 0) : NAN, period = NAN;
    if (!quota.value)
        return NAN;
    if (!l->period)
        period = column(quota.value, 1);
    else if (!probe_number(p, mem_printf(p->m, "%s/%s", dir, l->period), 1, 1e9, &period))
        period = NAN;
    return us > 0 && period > 0 ? us / period : INFINITY;
}

/* The least limit from the process's group up to the mount; inside a container the path may name groups outside it,
 * so a missing folder is just passed. */
static double layout_limit(struct probe *p, const struct cgroup_layout *l)
{
    char *path = cgroup_path(p, l->controller);
    double least = NAN;
    while (path) {
        double limit = group_limit(p, l, mem_printf(p->m, "%s%s", l->mount, path));
        if (!isnan(limit) && !(limit >= least))
            least = limit;
        char *slash = strrchr(path, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    return least;
}

struct answer ask_cgroup_limit(struct probe *p, const char *arg)
{
    (void)arg;
    double least = NAN;
    for (int i = 0; i < NLAYOUTS; i++) {
        double limit = layout_limit(p, &layouts[i]);
        if (!isnan(limit) && !(limit >= least))
            least = limit;
    }
    if (isnan(least))
        return probe_no(p, "no cpu controller under /sys/fs/cgroup");
    return isinf(least) ? probe_no(p, "no limit") : probe_yes(p, "%.2f", least);
}

struct answer ask_cgroup_throttled(struct probe *p, const char *arg)
{
    (void)arg;
    for (int i = 0; i < NLAYOUTS; i++) {
        const char *path = cgroup_path(p, layouts[i].controller);
        const char *text = path ? probe_read(p, mem_printf(p->m, "%s%s/cpu.stat", layouts[i].mount, path), NULL) : NULL;
        if (path && !text)
            text = probe_read(p, mem_printf(p->m, "%s/cpu.stat", layouts[i].mount), NULL);
        const char *value = text ? probe_field(p, text, "nr_throttled", ' ') : NULL;
        if (value && column(value, 0) >= 0)
            return probe_yes(p, "%.0f", column(value, 0));
    }
    return probe_no(p, "no nr_throttled in the cpu.stat of the control group");
}

struct answer ask_allowed(struct probe *p, const char *arg)
{
    (void)arg;
    const char *text = probe_read(p, "/proc/self/status", NULL);
    const char *list = text ? probe_field(p, text, "Cpus_allowed_list", ':') : NULL;
    size_t n = list ? probe_list_count(list) : 0;
    return n ? probe_yes(p, "%zu", n) : probe_no(p, "no Cpus_allowed_list in /proc/self/status");
}

struct answer ask_power(struct probe *p, const char *arg)
{
    (void)arg;
    glob_t g;
    size_t mains = probe_glob(p, "/sys/class/power_supply/*/online", &g);
    bool online = false;
    double x;
    for (size_t i = 0; i < mains; i++)
        online = online || (probe_number(p, probe_path(p, &g, i), 0, 2, &x) && x > 0);
    globfree(&g);
    size_t batteries = probe_glob(p, "/sys/class/power_supply/BAT*", &g);
    globfree(&g);
    if (online || batteries)
        return probe_yes(p, online ? "mains" : "battery");
    return probe_no(p, "the kernel shows no power supply");
}
