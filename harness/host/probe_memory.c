/* SPDX-License-Identifier: Apache-2.0
 * Facts about caches and memory. */
#include "harness/host/probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "48K" of sysfs in KiB; 0 if it is no size. */
static double cache_kib(const char *text)
{
    char *end;
    double size = strtod(text, &end);
    double scale = *end == 'K' ? 1 : *end == 'M' ? 1024 : *end == 'G' ? 1024 * 1024 : 0;
    return end != text && size > 0 && size < 1e9 ? size * scale : 0;
}

static const char *cache_file(struct probe *p, const char *dir, const char *name)
{
    const char *value = probe_line(p, mem_printf(p->m, "%s/%s", dir, name)).value;
    return value ? value : "";
}

/* "48 KiB, shared by 1" or "2 MiB, shared by 2": Google Benchmark's writer takes size and CPUs from this text. */
static struct answer cache_text(struct probe *p, double kib, size_t sharing)
{
    bool mib = kib >= 1024 && fmod(kib, 1024) == 0;
    return probe_yes(p, "%.0f %s, shared by %zu", mib ? kib / 1024 : kib, mib ? "MiB" : "KiB", sharing);
}

/* arg: "LEVEL TYPE" */
struct answer ask_cache(struct probe *p, const char *arg)
{
    glob_t g;
    size_t found = probe_glob(p, "/sys/devices/system/cpu/cpu0/cache/index*", &g);
    struct answer a =
        probe_no(p, found ? "this CPU has none that the kernel knows" : "no /sys/devices/system/cpu/cpu0/cache");
    for (size_t i = 0; i < found; i++) {
        const char *dir = probe_path(p, &g, i);
        if (strcmp(cache_file(p, dir, "level"), mem_printf(p->m, "%.1s", arg)) != 0 ||
            strcmp(cache_file(p, dir, "type"), arg + 2) != 0)
            continue;
        double kib = cache_kib(cache_file(p, dir, "size"));
        size_t sharing = probe_list_count(cache_file(p, dir, "shared_cpu_list"));
        a = kib > 0 ? cache_text(p, kib, sharing ? sharing : 1) : probe_no(p, "%s/size is no size", dir);
    }
    globfree(&g);
    return a;
}

/* Bytes of a line of /proc/meminfo; 0 and a reason if there is none. */
static double memory_bytes(struct probe *p, const char *name, struct answer *why)
{
    const char *text = probe_read(p, "/proc/meminfo", NULL);
    const char *value = text ? probe_field(p, text, name, ':') : NULL;
    double kib = value ? strtod(value, NULL) : 0;
    if (kib > 0 && kib < 1e15)
        return kib * 1024;
    *why = text ? probe_no(p, "/proc/meminfo has no usable '%s'", name) : probe_no(p, "no readable /proc/meminfo");
    return 0;
}

struct answer ask_memory_total(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer why = { 0 };
    double bytes = memory_bytes(p, "MemTotal", &why);
    return bytes > 0 ? probe_yes(p, "%.1f GiB", bytes / 0x1p30) : why;
}

/* What was plugged in or rented. MemTotal is a few percent less and changes with the kernel; rounding up to 1/16 of the
 * next power of two gives the same number for every kernel: 23.5 to 24, 62.6 to 64, 503 to 512 GiB. */
struct answer ask_memory_nominal(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer why = { 0 };
    double bytes = memory_bytes(p, "MemTotal", &why);
    if (!(bytes > 0))
        return why;
    double step = exp2(ceil(log2(bytes))) / 16;
    return probe_yes(p, "%g GiB", ceil(bytes / step) * step / 0x1p30);
}

struct dimm_type {
    unsigned id; /* SMBIOS 3.7, table 77 */
    const char *name;
};

static const struct dimm_type dimm_types[] = {
    { 0x18, "DDR3" }, { 0x1a, "DDR4" }, { 0x1b, "LPDDR" }, { 0x1c, "LPDDR2" }, { 0x1d, "LPDDR3" }, { 0x1e, "LPDDR4" },
    { 0x20, "HBM" },  { 0x21, "HBM2" }, { 0x22, "DDR5" },  { 0x23, "LPDDR5" }, { 0x24, "HBM3" },
};

static unsigned word_at(const unsigned char *record, size_t len, size_t offset)
{
    return offset + 2 <= len ? record[offset] | (unsigned)record[offset + 1] << 8 : 0;
}

static const char *dimm_name(unsigned id)
{
    for (size_t i = 0; i < sizeof dimm_types / sizeof *dimm_types; i++)
        if (dimm_types[i].id == id)
            return dimm_types[i].name;
    return "memory";
}

/* SMBIOS 3.7, 7.18 Memory Device: size at 0x0c (0: empty slot), type at 0x12, speed at 0x15, configured at 0x20. */
static bool dimm_speed(const unsigned char *record, size_t len, unsigned *speed, unsigned *type)
{
    *speed = word_at(record, len, 0x20) ? word_at(record, len, 0x20) : word_at(record, len, 0x15);
    *type = len > 0x12 ? record[0x12] : 0;
    return len > 0x16 && record[0] == 17 && word_at(record, len, 0x0c) && *speed && *speed != 0xffff;
}

struct answer ask_memory_speed(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer first = probe_line(p, "/sys/firmware/dmi/entries/17-0/raw");
    for (int slot = 0; slot < 64; slot++) {
        size_t len;
        char *raw = probe_read(p, mem_printf(p->m, "/sys/firmware/dmi/entries/17-%d/raw", slot), &len);
        unsigned speed, type;
        if (raw && dimm_speed((unsigned char *)raw, len, &speed, &type))
            return probe_yes(p, "%s-%u (MT/s)", dimm_name(type), speed);
    }
    return first.value ? probe_no(p, "the firmware's tables do not tell it") : first;
}

/* The word in brackets: "always [madvise] never". */
struct answer ask_thp(struct probe *p, const char *arg)
{
    (void)arg;
    static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    struct answer line = probe_line(p, path);
    if (!line.value)
        return line;
    const char *open = strchr(line.value, '['), *shut = open ? strchr(open, ']') : NULL;
    return shut ? probe_yes(p, "%.*s", (int)(shut - open - 1), open + 1) : probe_no(p, "%s marks no choice", path);
}

struct answer ask_page_size(struct probe *p, const char *arg)
{
    (void)arg;
    if (p->live)
        return probe_yes(p, "%ld", sysconf(_SC_PAGESIZE));
    const char *smaps = probe_read(p, "/proc/self/smaps", NULL);
    const char *value = smaps ? probe_field(p, smaps, "KernelPageSize", ':') : NULL;
    long kib = value ? strtol(value, NULL, 10) : 0;
    return kib > 0 && kib < 1 << 20 ? probe_yes(p, "%ld", kib * 1024) : probe_no(p, "no usable /proc/self/smaps");
}

struct answer ask_meminfo(struct probe *p, const char *arg)
{
    struct answer why = { 0 };
    double bytes = memory_bytes(p, arg, &why);
    return bytes > 0 ? probe_yes(p, "%.0f", bytes) : why;
}

struct answer ask_swap_used(struct probe *p, const char *arg)
{
    (void)arg;
    const char *text = probe_read(p, "/proc/meminfo", NULL);
    const char *total = text ? probe_field(p, text, "SwapTotal", ':') : NULL;
    const char *unused = text ? probe_field(p, text, "SwapFree", ':') : NULL;
    double kib = total && unused ? strtod(total, NULL) - strtod(unused, NULL) : -1;
    return kib >= 0 && kib < 1e15 ? probe_yes(p, "%.0f", kib * 1024) : probe_no(p, "/proc/meminfo tells no swap");
}
