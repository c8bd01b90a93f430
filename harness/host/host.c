/* SPDX-License-Identifier: Apache-2.0
 * The tables of all facts, and how they become a host. */
#include "harness/host/host.h"

#include "harness/base/fnv.h"
#include "harness/host/probe.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPU       "/sys/devices/system/cpu/"
#define FREQ      CPU "cpu0/cpufreq/"
#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* key, title, probe, its argument, whether it is part of the fingerprint */
const struct probe_row probe_facts[] = {
    { "cpu.model", "CPU", ask_cpu_model, NULL, true },
    { "cpu.vendor", "CPU vendor", ask_cpu_vendor, NULL, true },
    { "cpu.id", "CPU family, model, stepping", ask_cpu_id, NULL, true },
    { "cpu.microcode", "CPU microcode", ask_cpuinfo, "microcode", false },
    { "cpu.isa", "SIMD instructions", ask_isa, NULL, true },
    { "cpu.cores", "Cores", ask_leaders, "thread_siblings_list", true },
    { "cpu.threads", "Hardware threads online", ask_list, CPU "online", true },
    { "cpu.sockets", "Sockets", ask_leaders, "core_siblings_list", true },
    { "smt", "SMT", ask_smt, NULL, false },
    { "cpu.mhz", "Frequency (MHz)", ask_mhz, NULL, false },
    { "cpu.mhz.base", "Base frequency (MHz)", ask_mhz_of_khz, FREQ "base_frequency", false },
    { "cpu.mhz.max", "Highest frequency (MHz)", ask_mhz_of_khz, FREQ "cpuinfo_max_freq", false },
    { "cpu.mhz.tsc", "Time-stamp counter (MHz)", ask_tsc, NULL, false },
    { "governor", "Frequency governor", ask_governor, NULL, false },
    { "turbo", "Turbo", ask_turbo, NULL, false },
    { "cache.l1d", "L1 data cache", ask_cache, "1 Data", true },
    { "cache.l1i", "L1 instruction cache", ask_cache, "1 Instruction", true },
    { "cache.l2", "L2 cache", ask_cache, "2 Unified", true },
    { "cache.l3", "L3 cache", ask_cache, "3 Unified", true },
    { "numa.nodes", "NUMA nodes", ask_list, "/sys/devices/system/node/online", true },
    { "memory.total", "Memory the kernel has", ask_memory_total, NULL, false },
    { "memory.size", "Memory", ask_memory_nominal, NULL, true },
    { "memory.speed", "Memory speed", ask_memory_speed, NULL, false },
    { "page.size", "Page size (bytes)", ask_page_size, NULL, false },
    { "thp", "Transparent huge pages", ask_thp, NULL, false },
    { "os", "Operating system", ask_os, NULL, false },
    { "kernel", "Kernel", ask_kernel, NULL, false },
    { "arch", "Architecture", ask_arch, NULL, true },
    { "libc", "C library", ask_libc, NULL, false },
    { "hypervisor", "Hypervisor", ask_hypervisor, NULL, true },
    { "container", "Container", ask_container, NULL, false },
    { "clock.source", "Clock source", ask_line, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
      false },
    { "aslr", "Address randomisation", ask_aslr, NULL, false },
    { "clock.sources", "Clock sources there are", ask_line,
      "/sys/devices/system/clocksource/clocksource0/available_clocksource", false },
    { "cpu.mhz.min", "Lowest frequency (MHz)", ask_mhz_of_khz, FREQ "cpuinfo_min_freq", false },
    { "cpu.isolated", "CPUs kept free of other work", ask_set, CPU "isolated", false },
    { "cpu.nohz", "CPUs without a timer tick", ask_set, CPU "nohz_full", false },
    { "numa.balancing", "NUMA balancing", ask_line, "/proc/sys/kernel/numa_balancing", false },
    { "perf.paranoid", "Restriction of perf events", ask_line, "/proc/sys/kernel/perf_event_paranoid", false },
    { "perf.pmu", "Hardware counters", ask_pmu, NULL, false },
};
const size_t probe_nfacts = LENGTH(probe_facts);

const struct probe_row probe_states[] = {
    { "uptime", "Uptime (s)", ask_load, "/proc/uptime 0", false },
    { "load.1", "Load average, 1 min", ask_load, "/proc/loadavg 0", false },
    { "load.5", "Load average, 5 min", ask_load, "/proc/loadavg 1", false },
    { "load.15", "Load average, 15 min", ask_load, "/proc/loadavg 2", false },
    { "procs.running", "Running processes", ask_stat, "procs_running", false },
    { "procs.blocked", "Processes waiting for I/O", ask_stat, "procs_blocked", false },
    { "cpu.jiffies.total", "CPU time since boot (ticks)", ask_jiffies, "0 1 2 3 4 5 6 7", false },
    { "cpu.jiffies.idle", "Idle since boot (ticks)", ask_jiffies, "3", false },
    { "cpu.jiffies.iowait", "Waiting for I/O since boot (ticks)", ask_jiffies, "4", false },
    { "cpu.jiffies.steal", "Stolen by the hypervisor since boot (ticks)", ask_jiffies, "7", false },
    { "cpus.allowed", "CPUs this process may use", ask_allowed, NULL, false },
    { "memory.available", "Memory available (bytes)", ask_meminfo, "MemAvailable", false },
    { "swap.used", "Swap used (bytes)", ask_swap_used, NULL, false },
    { "pressure.cpu", "CPU pressure, 10 s (%)", ask_pressure, "/proc/pressure/cpu", false },
    { "pressure.memory", "Memory pressure, 10 s (%)", ask_pressure, "/proc/pressure/memory", false },
    { "pressure.io", "I/O pressure, 10 s (%)", ask_pressure, "/proc/pressure/io", false },
    { "temperature", "Highest temperature (°C)", ask_temperature, NULL, false },
    { "throttle.core", "Core throttle events since boot", ask_counter_sum,
      CPU "cpu[0-9]*/thermal_throttle/core_throttle_count", false },
    { "throttle.package", "Package throttle events since boot", ask_counter_sum,
      CPU "cpu[0-9]*/thermal_throttle/package_throttle_count", false },
    { "cpu.mhz.now", "Frequency now (MHz)", ask_mhz_now, NULL, false },
    { "cgroup.cpus", "CPU limit of the control group (CPUs)", ask_cgroup_limit, NULL, false },
    { "cgroup.throttled", "Periods throttled by the control group", ask_cgroup_throttled, NULL, false },
    { "power", "Power source", ask_power, NULL, false },
    { "cpu.jiffies.own", "CPU time of this run so far (ticks)", ask_own_jiffies, NULL, false },
    { "governor.now", "Frequency governor now", ask_governor, NULL, false },
    { "turbo.now", "Turbo now", ask_turbo, NULL, false },
    { "cpus.allowed.list", "Which CPUs this process may use", ask_allowed_list, NULL, false },
    { "cpus.spread", "One of them per core", ask_spread, NULL, false },
    { "measuring", "Other runs of kernmark now", ask_measuring, NULL, false },
    { "timer.resolution", "Timer resolution (ns)", ask_timer, "resolution", false },
    { "timer.cost", "Cost of reading the timer (ns)", ask_timer, "cost", false },
};
const size_t probe_nstates = LENGTH(probe_states);

static struct probe probe_open(struct mem *m, const struct host_edge *edge)
{
    struct probe p = { .m = m, .root = edge && edge->root ? edge->root : "" };
    p.live = !*p.root;
    p.cpuinfo = probe_read(&p, "/proc/cpuinfo", NULL);
    if (!p.cpuinfo)
        p.cpuinfo = "";
    return p;
}

static void ask_all(struct probe *p, const struct probe_row *rows, size_t n, struct facts *out)
{
    out->all = mem_array(p->m, n, sizeof *out->all);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        struct answer a = rows[i].ask(p, rows[i].arg);
        if (a.value && !*a.value)
            a = probe_no(p, "empty");
        out->all[i] = (struct fact){ rows[i].key, rows[i].title, a.value, a.why };
    }
}

static const char *fingerprint(struct mem *m, const struct facts *f)
{
    uint64_t hash = FNV_START;
    for (size_t i = 0; i < f->n; i++)
        if (probe_facts[i].identifies)
            hash = fnv_fact(hash, &f->all[i]);
    char hex[17];
    fnv_hex(hash, hex);
    return mem_dup(m, hex);
}

const char *host_clean_name(struct mem *m, const char *name)
{
    char out[65];
    size_t n = 0;
    for (const char *s = name ? name : ""; *s && n < sizeof out - 1; s++) {
        unsigned char c = (unsigned char)*s;
        bool word = c < 0x80 && (isalnum(c) || c == '_');
        if (word || (n && (c == '.' || c == '-')))
            out[n++] = (char)c;
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && (out[n - 1] == '-' || out[n - 1] == '.'))
        n--;
    return n ? mem_dupn(m, out, n) : "host";
}

static const char *host_name(struct probe *p, const struct host_edge *edge)
{
    char name[256] = "";
    if (edge && edge->host_name)
        return edge->host_name;
    if (p->live && !gethostname(name, sizeof name - 1))
        return mem_dup(p->m, name);
    return probe_line(p, "/proc/sys/kernel/hostname").value;
}

void host_read(struct mem *m, const struct host_edge *edge, struct host *out)
{
    struct probe p = probe_open(m, edge);
    *out = (struct host){ 0 };
    ask_all(&p, probe_facts, probe_nfacts, &out->facts);
    out->fingerprint = fingerprint(m, &out->facts);
    out->name = host_clean_name(m, host_name(&p, edge));
}

void host_state(struct mem *m, const struct host_edge *edge, struct facts *out)
{
    struct probe p = probe_open(m, edge);
    ask_all(&p, probe_states, probe_nstates, out);
}

const char *fact_value(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->all[i].key, key))
            return f->all[i].value;
    return NULL;
}

static const char *title_in(const struct probe_row *rows, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].key, key))
            return rows[i].title;
    return NULL;
}

const char *fact_title(const char *key)
{
    const char *title = title_in(probe_facts, probe_nfacts, key);
    if (!title)
        title = title_in(probe_states, probe_nstates, key);
    if (!title)
        title = build_title(key);
    return title ? title : key;
}

const char *host_clean_text(struct mem *m, const char *text)
{
    return probe_clean(m, text, strlen(text));
}

double fact_number(const struct facts *f, const char *key)
{
    const char *value = fact_value(f, key);
    char *end = NULL;
    double x = value ? strtod(value, &end) : NAN;
    return value && end != value && isfinite(x) ? x : NAN;
}
