/* SPDX-License-Identifier: Apache-2.0
 * Facts about what runs on the machine: system, kernel, hypervisor, container. */
#include "harness/host/probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

static const char *unquote(struct probe *p, const char *s)
{
    size_t n = strlen(s);
    bool quoted = n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s;
    return quoted ? mem_dupn(p->m, s + 1, n - 2) : s;
}

struct answer ask_os(struct probe *p, const char *arg)
{
    (void)arg;
    static const char *const files[] = { "/etc/os-release", "/usr/lib/os-release" };
    for (size_t i = 0; i < 2; i++) {
        const char *text = probe_read(p, files[i], NULL);
        const char *name = text ? probe_field(p, text, "PRETTY_NAME", '=') : NULL;
        if (name && *unquote(p, name))
            return probe_yes(p, "%s", unquote(p, name));
    }
    return probe_no(p, "no PRETTY_NAME in /etc/os-release");
}

struct answer ask_kernel(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer type = probe_line(p, "/proc/sys/kernel/ostype"),
                  release = probe_line(p, "/proc/sys/kernel/osrelease");
    struct utsname u;
    if (release.value)
        return probe_yes(p, "%s %s", type.value ? type.value : "Linux", release.value);
    return p->live && !uname(&u) ? probe_yes(p, "%s %s", u.sysname, u.release) : release;
}

struct answer ask_arch(struct probe *p, const char *arg)
{
    (void)arg;
    struct utsname u;
    if (p->live && !uname(&u))
        return probe_yes(p, "%s", u.machine);
    return probe_line(p, "/proc/sys/kernel/arch");
}

struct answer ask_libc(struct probe *p, const char *arg)
{
    (void)arg;
#ifdef _CS_GNU_LIBC_VERSION
    char version[64] = "";
    size_t n = confstr(_CS_GNU_LIBC_VERSION, version, sizeof version);
    if (n > 1 && n <= sizeof version)
        return probe_yes(p, "%s", version); /* "glibc 2.36" */
#endif
    return probe_no(p, "this C library does not tell its version");
}

/* --- hypervisor --- */

struct hypervisor {
    const char *signature; /* CPUID leaf 0x40000000, EBX ECX EDX */
    const char *name;
};

static const struct hypervisor hypervisors[] = {
    { "KVMKVMKVM", "KVM" },           { "Microsoft Hv", "Hyper-V" }, { "VMwareVMware", "VMware" },
    { "XenVMMXenVMM", "Xen" },        { "bhyve bhyve ", "bhyve" },   { "TCGTCGTCGTCG", "QEMU (emulated)" },
    { "VBoxVBoxVBox", "VirtualBox" }, { "ACRNACRNACRN", "ACRN" },    { " lrpepyh  vr", "Parallels" },
    { "Linux KVM Hv", "KVM" },
};

#if defined(__x86_64__) || defined(__i386__)
static void hypervisor_signature(char out[13])
{
    unsigned a, r[3];
    __cpuid(0x40000000, a, r[0], r[1], r[2]);
    memcpy(out, r, 12);
    out[12] = '\0';
}
#else
static void hypervisor_signature(char out[13])
{
    out[0] = '\0';
}
#endif

static const char *hypervisor_name(struct probe *p)
{
    char signature[13] = "";
    struct answer type = probe_line(p, "/sys/hypervisor/type");
    if (p->live && probe_cpu_flag(p, "hypervisor"))
        hypervisor_signature(signature);
    for (size_t i = 0; i < sizeof hypervisors / sizeof *hypervisors; i++)
        if (!strcmp(signature, hypervisors[i].signature))
            return hypervisors[i].name;
    return type.value ? type.value : "unknown hypervisor";
}

/* Cloud providers put the instance type into the product name: "KVM (Amazon EC2 c7i.xlarge)". */
struct answer ask_hypervisor(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer vendor = probe_line(p, "/sys/class/dmi/id/sys_vendor");
    struct answer product = probe_line(p, "/sys/class/dmi/id/product_name");
    bool guest = probe_cpu_flag(p, "hypervisor") || probe_line(p, "/sys/hypervisor/type").value;
    if (guest && vendor.value && product.value)
        return probe_yes(p, "%s (%s %s)", hypervisor_name(p), vendor.value, product.value);
    if (guest)
        return probe_yes(p, "%s", hypervisor_name(p));
    if (probe_cpu_flag(p, "fpu"))
        return probe_yes(p, "none");
    return probe_no(p, "this CPU has no flag that would tell");
}

/* --- container --- */

struct trace {
    const char *file, *words; /* words NULL: the file alone is the trace */
    const char *name;
};

static const struct trace traces[] = {
    { "/.dockerenv", NULL, "docker" },
    { "/run/.containerenv", NULL, "podman" },
    { "/proc/self/cgroup", "/docker", "docker" },
    { "/proc/self/cgroup", "/kubepods", "kubernetes" },
    { "/proc/self/cgroup", "/libpod", "podman" },
    { "/proc/self/cgroup", "/lxc", "lxc" },
    { "/proc/self/cgroup", "/containerd", "containerd" },
};

struct answer ask_container(struct probe *p, const char *arg)
{
    (void)arg;
    struct answer manager = probe_line(p, "/run/systemd/container");
    if (manager.value)
        return manager;
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        const char *text = probe_read(p, traces[i].file, NULL);
        if (text && (!traces[i].words || strstr(text, traces[i].words)))
            return probe_yes(p, "%s", traces[i].name);
    }
    return probe_read(p, "/proc/self/cgroup", NULL) ? probe_yes(p, "none")
                                                    : probe_no(p, "no readable /proc/self/cgroup");
}

struct answer ask_aslr(struct probe *p, const char *arg)
{
    (void)arg;
    static const char *const names[] = { "off", "partial", "full" };
    double level;
    if (p->live && personality(0xffffffff) & ADDR_NO_RANDOMIZE)
        return probe_yes(p, "off (for this process)");
    if (probe_number(p, "/proc/sys/kernel/randomize_va_space", 0, 2, &level))
        return probe_yes(p, "%s", names[(int)level]);
    struct answer line = probe_line(p, "/proc/sys/kernel/randomize_va_space");
    return line.value ? probe_no(p, "/proc/sys/kernel/randomize_va_space is not 0, 1 or 2") : line;
}
