/* SPDX-License-Identifier: Apache-2.0
 * Facts about the processor. Sources: Documentation/ABI/testing/sysfs-devices-system-cpu of Linux, /proc/cpuinfo. */
#include "harness/base/buf.h"
#include "harness/host/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define CPU       "/sys/devices/system/cpu/"
#define LENGTH(a) (sizeof(a) / sizeof *(a))

struct id_name {
    unsigned long implementer, part; /* of MIDR_EL1; part 0 names the implementer itself */
    const char *name;
};

/* Arm's /proc/cpuinfo has numbers only; these are from the cores' reference manuals (MIDR_EL1). */
static const struct id_name arm_names[] = {
    { 0x41, 0, "ARM" },
    { 0x41, 0xd03, "Cortex-A53" },
    { 0x41, 0xd04, "Cortex-A35" },
    { 0x41, 0xd05, "Cortex-A55" },
    { 0x41, 0xd07, "Cortex-A57" },
    { 0x41, 0xd08, "Cortex-A72" },
    { 0x41, 0xd09, "Cortex-A73" },
    { 0x41, 0xd0a, "Cortex-A75" },
    { 0x41, 0xd0b, "Cortex-A76" },
    { 0x41, 0xd0c, "Neoverse-N1" },
    { 0x41, 0xd0d, "Cortex-A77" },
    { 0x41, 0xd40, "Neoverse-V1" },
    { 0x41, 0xd41, "Cortex-A78" },
    { 0x41, 0xd44, "Cortex-X1" },
    { 0x41, 0xd46, "Cortex-A510" },
    { 0x41, 0xd47, "Cortex-A710" },
    { 0x41, 0xd48, "Cortex-X2" },
    { 0x41, 0xd49, "Neoverse-N2" },
    { 0x41, 0xd4a, "Neoverse-E1" },
    { 0x41, 0xd4d, "Cortex-A715" },
    { 0x41, 0xd4e, "Cortex-X3" },
    { 0x41, 0xd4f, "Neoverse-V2" },
    { 0x41, 0xd80, "Cortex-A520" },
    { 0x41, 0xd81, "Cortex-A720" },
    { 0x41, 0xd82, "Cortex-X4" },
    { 0x41, 0xd84, "Neoverse-V3" },
    { 0x41, 0xd8e, "Neoverse-N3" },
    { 0x42, 0, "Broadcom" },
    { 0x43, 0, "Cavium" },
    { 0x43, 0x0af, "ThunderX2" },
    { 0x46, 0, "Fujitsu" },
    { 0x46, 0x001, "A64FX" },
    { 0x48, 0, "HiSilicon" },
    { 0x48, 0xd01, "TaiShan-v110" },
    { 0x4e, 0, "NVIDIA" },
    { 0x50, 0, "APM" },
    { 0x51, 0, "Qualcomm" },
    { 0x51, 0x001, "Oryon" },
    { 0x53, 0, "Samsung" },
    { 0x61, 0, "Apple" },
    { 0x61, 0x022, "M1 Icestorm" },
    { 0x61, 0x023, "M1 Firestorm" },
    { 0x6d, 0, "Microsoft" },
    { 0xc0, 0, "Ampere" },
    { 0xc0, 0xac3, "Ampere-1" },
    { 0xc0, 0xac4, "Ampere-1A" },
};

static const char *arm_name(unsigned long implementer, unsigned long part)
{
    for (size_t i = 0; i < LENGTH(arm_names); i++)
        if (arm_names[i].implementer == implementer && arm_names[i].part == part)
            return arm_names[i].name;
    return NULL;
}

/* "Cortex-A72", or "Cortex-A53 + Cortex-A73" on a machine of unequal cores; "" where there are no part numbers. */
static const char *arm_parts(struct probe *p, unsigned long implementer)
{
    struct buf b = { 0 };
    unsigned long seen[4];
    size_t n = 0;
    for (const char *s = p->cpuinfo; n < LENGTH(seen) && (s = strstr(s, "CPU part")); s++) {
        const char *value = probe_field(p, s, "CPU part", ':');
        unsigned long part = value ? strtoul(value, NULL, 0) : 0;
        bool known = !part;
        for (size_t i = 0; i < n; i++)
            known = known || seen[i] == part;
        if (known)
            continue;
        seen[n++] = part;
        const char *name = arm_name(implementer, part);
        buf_puts(&b, n > 1 ? " + " : "");
        if (name)
            buf_puts(&b, name);
        else
            buf_printf(&b, "part 0x%03lx", part);
    }
    const char *text = mem_dup(p->m, buf_text(&b));
    buf_free(&b);
    return text;
}

static const char *first_field(struct probe *p, const char *const *names)
{
    for (; *names; names++) {
        const char *value = probe_field(p, p->cpuinfo, *names, ':');
        if (value && *value)
            return value;
    }
    return NULL;
}

static struct answer no_field(struct probe *p, const char *name)
{
    return *p->cpuinfo ? probe_no(p, "/proc/cpuinfo has no '%s'", name) : probe_no(p, "no readable /proc/cpuinfo");
}

struct answer ask_cpuinfo(struct probe *p, const char *arg)
{
    const char *value = probe_field(p, p->cpuinfo, arg, ':');
    return value && *value ? probe_text(value) : no_field(p, arg);
}

struct answer ask_cpu_model(struct probe *p, const char *arg)
{
    (void)arg;
    static const char *const fields[] = { "model name", "cpu model", "uarch", "cpu", NULL };
    const char *implementer = probe_field(p, p->cpuinfo, "CPU implementer", ':');
    const char *parts = implementer ? arm_parts(p, strtoul(implementer, NULL, 0)) : "";
    const char *model = *parts ? parts : first_field(p, fields);
    return model ? probe_yes(p, "%s", model) : no_field(p, "model name");
}

struct answer ask_cpu_vendor(struct probe *p, const char *arg)
{
    (void)arg;
    static const char *const fields[] = { "vendor_id", "mvendorid", "vendor", NULL };
    const char *implementer = probe_field(p, p->cpuinfo, "CPU implementer", ':');
    if (implementer) {
        const char *name = arm_name(strtoul(implementer, NULL, 0), 0);
        return probe_yes(p, "%s", name ? name : implementer);
    }
    const char *vendor = first_field(p, fields);
    return vendor ? probe_yes(p, "%s", vendor) : no_field(p, "vendor_id");
}

/* The numbers that name a design: x86 "6-143-8", Arm "0x41-0xd08-r0p3". */
struct answer ask_cpu_id(struct probe *p, const char *arg)
{
    (void)arg;
    const char *x86[] = { "cpu family", "model", "stepping" };
    const char *arm[] = { "CPU implementer", "CPU part", "CPU variant", "CPU revision" };
    for (size_t i = 0; i < LENGTH(x86); i++)
        x86[i] = probe_field(p, p->cpuinfo, x86[i], ':');
    if (x86[0] && x86[1] && x86[2])
        return probe_yes(p, "%s-%s-%s", x86[0], x86[1], x86[2]);
    for (size_t i = 0; i < LENGTH(arm); i++)
        arm[i] = probe_field(p, p->cpuinfo, arm[i], ':');
    if (arm[0] && arm[1] && arm[2] && arm[3])
        return probe_yes(p, "%s-%s-r%lup%s", arm[0], arm[1], strtoul(arm[2], NULL, 0), arm[3]);
    return no_field(p, "cpu family");
}

/* What a kernel variant may need, in the order shown. */
static const char *const isa_names[] = {
    "sse2",        "ssse3",       "sse4_1",      "sse4_2",     "avx",      "avx2",     "fma",      "f16c",
    "bmi1",        "bmi2",        "avx_vnni",    "avx512f",    "avx512bw", "avx512vl", "avx512dq", "avx512cd",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx512vbmi", "amx_tile", "amx_int8", "amx_bf16", "asimd",
    "neon",        "fphp",        "asimdhp",     "asimddp",    "i8mm",     "bf16",     "sve",      "sve2",
    "svei8mm",     "svebf16",     "sme",         "altivec",    "vsx",
};

static bool has_word(const char *text, const char *end, const char *word)
{
    size_t n = strlen(word);
    for (const char *s = text; (s = strstr(s, word)) && s + n <= end; s++)
        if ((s == text || s[-1] == ' ' || s[-1] == '\t') && (s + n == end || s[n] == ' '))
            return true;
    return false;
}

/* The flags line is longer than a fact may be, so it is searched in place. */
static const char *flags_line(const char *cpuinfo, const char **end)
{
    static const char *const names[] = { "\nflags", "\nFeatures" };
    for (size_t i = 0; i < LENGTH(names); i++) {
        const char *s = strstr(cpuinfo, names[i]);
        const char *colon = s ? strchr(s, ':') : NULL;
        if (!colon)
            continue;
        *end = colon + strcspn(colon, "\n");
        return colon + 1;
    }
    return NULL;
}

bool probe_cpu_flag(struct probe *p, const char *flag)
{
    const char *end = NULL, *flags = flags_line(p->cpuinfo, &end);
    return flags && has_word(flags, end, flag);
}

struct answer ask_isa(struct probe *p, const char *arg)
{
    (void)arg;
    const char *end = NULL, *flags = flags_line(p->cpuinfo, &end);
    if (!flags)
        return no_field(p, "flags");
    struct buf b = { 0 };
    for (size_t i = 0; i < LENGTH(isa_names); i++)
        if (has_word(flags, end, isa_names[i]))
            buf_printf(&b, "%s%s", b.len ? " " : "", isa_names[i]);
    struct answer a =
        b.len ? probe_yes(p, "%s", buf_text(&b)) : probe_no(p, "no known SIMD feature among the CPU's flags");
    buf_free(&b);
    return a;
}

/* Every online CPU lists its siblings in ascending order, so the groups are as many as the CPUs that list themselves
 * first: cores by thread_siblings_list, sockets by core_siblings_list. */
struct answer ask_leaders(struct probe *p, const char *arg)
{
    static const char before[] = CPU "cpu";
    glob_t g;
    size_t found = probe_glob(p, mem_printf(p->m, CPU "cpu[0-9]*/topology/%s", arg), &g), leaders = 0;
    for (size_t i = 0; i < found; i++) {
        const char *path = probe_path(p, &g, i);
        double first;
        if (probe_number(p, path, 0, 65535, &first) && first == strtod(path + sizeof before - 1, NULL))
            leaders++;
    }
    globfree(&g);
    return leaders ? probe_yes(p, "%zu", leaders) : probe_no(p, "no usable " CPU "cpu*/topology/%s", arg);
}

struct answer ask_list(struct probe *p, const char *arg)
{
    struct answer line = probe_line(p, arg);
    if (!line.value)
        return line;
    size_t n = probe_list_count(line.value);
    return n ? probe_yes(p, "%zu", n) : probe_no(p, "%s is not a list of numbers", arg);
}

struct answer ask_smt(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer active = probe_line(p, CPU "smt/active");
    if (!active.value)
        return active;
    struct answer control = probe_line(p, CPU "smt/control");
    const char *state = strcmp(active.value, "1") ? "off" : "on";
    return control.value && strncmp(control.value, "on", 2) != 0 && strcmp(control.value, "off") != 0
               ? probe_yes(p, "%s (%s)", state, control.value)
               : probe_yes(p, "%s", state);
}

/* As the kernel tells it: the current frequency on bare metal, the nominal one on most virtual machines. */
struct answer ask_mhz(struct probe *p, const char *arg)
{
    (void)arg;
    const char *value = probe_field(p, p->cpuinfo, "cpu MHz", ':');
    double mhz = value ? strtod(value, NULL) : 0;
    if (mhz >= 1 && mhz <= 1e5)
        return probe_yes(p, "%.0f", mhz);
    struct answer max = ask_mhz_of_khz(p, CPU "cpu0/cpufreq/cpuinfo_max_freq");
    return max.value ? max : no_field(p, "cpu MHz");
}

#if defined(__x86_64__) || defined(__i386__)
/* CPUID: leaf 0x15 is crystal and ratio; leaf 0x40000010 is what many hypervisors tell, in kHz. */
static double tsc_khz(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(0x15, &a, &b, &c, &d) && a && b && c)
        return (double)c / 1e3 * b / a;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31 & 1))
        return 0;
    __cpuid(0x40000000, a, b, c, d);
    if (a < 0x40000010 || a > 0x400000ff)
        return 0;
    __cpuid(0x40000010, a, b, c, d);
    return a;
}
#else
static double tsc_khz(void)
{
    return 0;
}
#endif

struct answer ask_tsc(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer file = ask_mhz_of_khz(p, CPU "cpu0/tsc_freq_khz");
    double khz = p->live && !file.value ? tsc_khz() : 0;
    if (khz >= 1e5 && khz <= 1e7)
        return probe_yes(p, "%.0f", khz / 1e3);
    return file.value ? file : probe_no(p, "%s, and CPUID does not tell it", file.why);
}

struct answer ask_governor(struct probe *p, const char *arg)
{
    (void)arg;
    glob_t g;
    size_t found = probe_glob(p, CPU "cpu[0-9]*/cpufreq/scaling_governor", &g);
    const char *first = NULL;
    bool mixed = false;
    for (size_t i = 0; i < found; i++) {
        const char *value = probe_line(p, probe_path(p, &g, i)).value;
        mixed = mixed || (value && first && strcmp(value, first) != 0);
        first = first ? first : value;
    }
    globfree(&g);
    if (first)
        return probe_yes(p, mixed ? "%s on some CPUs, not on all" : "%s", first);
    bool guest = probe_cpu_flag(p, "hypervisor");
    return probe_no(p, "no " CPU "cpu0/cpufreq%s", guest ? ": the guest does not see frequencies" : "");
}

struct answer ask_turbo(struct probe *p, const char *arg)
{
    (void)arg;
    double x;
    if (probe_number(p, CPU "intel_pstate/no_turbo", 0, 1, &x))
        return probe_yes(p, x > 0 ? "off" : "on");
    if (probe_number(p, CPU "cpufreq/boost", 0, 1, &x))
        return probe_yes(p, x > 0 ? "on" : "off");
    return probe_no(p, "no " CPU "intel_pstate/no_turbo nor " CPU "cpufreq/boost");
}
