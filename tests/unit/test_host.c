/* SPDX-License-Identifier: Apache-2.0
 * Host facts and state from fake machines. */
#include "harness/host/host.h"

#include "harness/base/utf8.h"
#include "tree_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct machine {
    struct tree tree;
    struct mem m;
    struct host_edge edge;
    struct host host;
    struct facts state;
};

static void look(struct machine *h)
{
    h->edge = (struct host_edge){ .root = h->tree.root };
    host_read(&h->m, &h->edge, &h->host);
    host_state(&h->m, &h->edge, &h->state);
}

static void open_machine(struct machine *h, const char *name)
{
    char archive[128];
    *h = (struct machine){ 0 };
    tree_make(&h->tree);
    if (name) {
        snprintf(archive, sizeof archive, "tests/data/host/%s.txt", name);
        tree_unpack(&h->tree, archive);
    }
    look(h);
}

static void close_machine(struct machine *h)
{
    tree_remove(&h->tree);
    mem_free(&h->m);
}

struct expected {
    const char *key, *value; /* value NULL: not available, and a reason is given */
};

static const struct fact *find(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->all[i].key, key))
            return &f->all[i];
    fail_msg("no fact '%s'", key);
    return NULL;
}

static void check(const struct facts *f, const struct expected *want)
{
    for (; want->key; want++) {
        const struct fact *got = find(f, want->key);
        if (!want->value != !got->value || (got->value && strcmp(got->value, want->value)))
            fail_msg("%s is '%s' (%s), expected '%s'", want->key, got->value ? got->value : "-",
                     got->why ? got->why : "", want->value ? want->value : "-");
    }
}

/* Every fact has a title and either a clean value or a clean reason. */
static void check_whole(const struct facts *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct fact *x = &f->all[i];
        const char *text = x->value ? x->value : x->why;
        assert_non_null(text);
        assert_true(!x->value || !x->why);
        assert_true(*x->title && *text);
        assert_true(strlen(text) < 256);
        for (size_t left = strlen(text), n; left; text += n, left -= n) {
            n = utf8_length(text, left);
            assert_true(n && (unsigned char)*text >= 0x20 && *text != 0x7f);
        }
    }
}

static const struct expected vm_facts[] = {
    { "cpu.model", "Intel(R) Xeon(R) Processor" },
    { "cpu.vendor", "GenuineIntel" },
    { "cpu.id", "6-167-1" },
    { "cpu.isa", "sse2 ssse3 sse4_1 sse4_2 avx avx2 fma f16c bmi1 bmi2 avx_vnni avx512f avx512bw avx512vl avx512dq "
                 "avx512cd avx512_vnni avx512_bf16 avx512_fp16 avx512vbmi amx_tile amx_int8 amx_bf16" },
    { "cpu.cores", "2" },
    { "cpu.threads", "2" },
    { "cpu.sockets", "1" },
    { "smt", "off (notsupported)" },
    { "cpu.mhz", "2600" },
    { "cpu.mhz.max", NULL },
    { "cpu.mhz.tsc", NULL },
    { "governor", NULL },
    { "turbo", NULL },
    { "cache.l1d", "48 KiB, shared by 1" },
    { "cache.l1i", "64 KiB, shared by 1" },
    { "cache.l2", "2 MiB, shared by 1" },
    { "cache.l3", "480 MiB, shared by 2" },
    { "numa.nodes", "1" },
    { "memory.total", "23.5 GiB" },
    { "memory.size", "24 GiB" },
    { "memory.speed", NULL },
    { "page.size", NULL },
    { "thp", "madvise" },
    { "os", "Debian GNU/Linux 12 (bookworm)" },
    { "kernel", "Linux 6.18.44-fc-v669" },
    { "arch", "x86_64" },
    { "hypervisor", "unknown hypervisor" }, /* a fake root must not ask this machine's CPU */
    { "container", "none" },
    { "clock.source", "tsc" },
    { "aslr", "full" },
    { NULL, NULL },
};

static void test_vm(void **state)
{
    (void)state;
    static const struct expected now[] = {
        { "load.1", "0.07" },
        { "procs.running", "3" },
        { "cpu.jiffies.total", "189205" },
        { "cpu.jiffies.idle", "184784" },
        { "cpu.jiffies.iowait", "486" },
        { "cpu.jiffies.steal", "9" },
        { "cpus.allowed", "2" },
        { "temperature", NULL },
        { "throttle.core", NULL },
        { "cpu.mhz.now", NULL },
        { "cgroup.cpus", NULL },
        { "power", NULL },
        { "uptime", "948.23" },
        { NULL, NULL },
    };
    struct machine h;
    open_machine(&h, "vm");
    check(&h.host.facts, vm_facts);
    check(&h.state, now);
    check_whole(&h.host.facts);
    check_whole(&h.state);
    assert_string_equal(h.host.name, "vm");
    assert_non_null(strstr(find(&h.host.facts, "governor")->why, "the guest does not see frequencies"));
    close_machine(&h);
}

static void test_laptop(void **state)
{
    (void)state;
    static const struct expected facts[] = {
        { "cpu.model", "11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz" },
        { "cpu.cores", "4" },
        { "cpu.threads", "8" },
        { "cpu.sockets", "1" },
        { "smt", "on" },
        { "cpu.mhz.base", "2800" },
        { "cpu.mhz.max", "4700" },
        { "governor", "powersave" },
        { "turbo", "on" },
        { "cache.l1d", "48 KiB, shared by 2" },
        { "cache.l2", "1280 KiB, shared by 2" },
        { "cache.l3", "12 MiB, shared by 8" },
        { "memory.size", "16 GiB" },
        { "page.size", "4096" },
        { "hypervisor", "none" },
        { "aslr", "off" },
        { "os", "Fedora Linux 39" },
        { NULL, NULL },
    };
    static const struct expected now[] = {
        { "temperature", "67.5" },
        { "throttle.core", "12" },
        { "throttle.package", "17" },
        { "cpu.mhz.now", "3900" },
        { "power", "battery" },
        { "swap.used", "268435456" },
        { "memory.available", "9228641280" },
        { "pressure.cpu", "1.50" },
        { "cgroup.throttled", "0" },
        { "cgroup.cpus", NULL },
        { NULL, NULL },
    };
    struct machine h;
    open_machine(&h, "laptop");
    check(&h.host.facts, facts);
    check(&h.state, now);
    assert_string_equal(h.host.name, "laptop.example.org");
    assert_string_equal(find(&h.state, "cgroup.cpus")->why, "no limit");
    close_machine(&h);
}

static void test_board(void **state)
{
    (void)state;
    static const struct expected facts[] = {
        { "cpu.model", "Cortex-A72" },
        { "cpu.vendor", "ARM" },
        { "cpu.id", "0x41-0xd08-r0p3" },
        { "cpu.isa", "asimd" },
        { "cpu.cores", "4" },
        { "cpu.mhz", "1500" },
        { "governor", "ondemand on some CPUs, not on all" },
        { "turbo", "off" },
        { "memory.size", "3.75 GiB" },
        { "arch", "aarch64" },
        { "cache.l1d", NULL },
        { "hypervisor", NULL },
        { "smt", NULL },
        { NULL, NULL },
    };
    static const struct expected now[] = { { "temperature", "48.2" }, { "cpu.mhz.now", "600" }, { NULL, NULL } };
    struct machine h;
    open_machine(&h, "board");
    check(&h.host.facts, facts);
    check(&h.state, now);
    close_machine(&h);
}

static void test_unequal_cores(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, NULL);
    tree_put(&h.tree, "proc/cpuinfo",
             "processor : 0\nFeatures\t: fp asimd asimddp i8mm\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\n"
             "processor : 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\n"
             "processor : 2\nCPU implementer\t: 0x41\nCPU part\t: 0xd41\n\n"
             "processor : 3\nCPU implementer\t: 0x41\nCPU part\t: 0xfff\n");
    look(&h);
    static const struct expected facts[] = { { "cpu.model", "Cortex-A55 + Cortex-A78 + part 0xfff" },
                                             { "cpu.isa", "asimd asimddp i8mm" },
                                             { NULL, NULL } };
    check(&h.host.facts, facts);
    close_machine(&h);
}

static void test_containers(void **state)
{
    (void)state;
    static const struct expected pod[] = {
        { "cgroup.cpus", "1.50" }, { "cgroup.throttled", "42" }, { "cpus.allowed", "3" }, { NULL, NULL }
    };
    static const struct expected pod_facts[] = { { "container", "kubernetes" },
                                                 { "hypervisor", "unknown hypervisor (Amazon EC2 c7a.large)" },
                                                 { NULL, NULL } };
    static const struct expected old[] = { { "cgroup.cpus", "2.50" }, { "cgroup.throttled", "3" }, { NULL, NULL } };
    static const struct expected old_facts[] = { { "container", "docker" }, { "cpu.model", NULL }, { NULL, NULL } };
    struct machine h;
    open_machine(&h, "container");
    check(&h.host.facts, pod_facts);
    check(&h.state, pod);
    close_machine(&h);
    open_machine(&h, "container-v1");
    check(&h.host.facts, old_facts);
    check(&h.state, old);
    close_machine(&h);
}

static void test_empty(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, NULL);
    for (size_t i = 0; i < h.host.facts.n; i++)
        if (strcmp(h.host.facts.all[i].key, "libc"))
            assert_null(h.host.facts.all[i].value);
    for (size_t i = 0; i < h.state.n; i++)
        assert_null(h.state.all[i].value);
    check_whole(&h.host.facts);
    check_whole(&h.state);
    assert_string_equal(h.host.name, "host");
    assert_int_equal(strlen(h.host.fingerprint), 16);
    assert_string_equal(find(&h.state, "load.1")->why, "no /proc/loadavg");
    close_machine(&h);
}

/* Every file a probe reads, filled with the same nonsense. */
static void fill(struct machine *h, const char *data, size_t len)
{
    static const char *const files[] = {
        "proc/cpuinfo",
        "proc/meminfo",
        "proc/stat",
        "proc/loadavg",
        "proc/uptime",
        "proc/self/cgroup",
        "proc/self/status",
        "proc/self/smaps",
        "proc/pressure/cpu",
        "proc/sys/kernel/osrelease",
        "proc/sys/kernel/arch",
        "proc/sys/kernel/hostname",
        "proc/sys/kernel/randomize_va_space",
        "etc/os-release",
        "run/systemd/container",
        "sys/kernel/mm/transparent_hugepage/enabled",
        "sys/devices/system/node/online",
        "sys/devices/system/cpu/online",
        "sys/devices/system/cpu/smt/active",
        "sys/devices/system/cpu/smt/control",
        "sys/devices/system/cpu/cpu0/topology/thread_siblings_list",
        "sys/devices/system/cpu/cpu0/cache/index0/level",
        "sys/devices/system/cpu/cpu0/cache/index0/size",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
        "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
        "sys/devices/system/cpu/cpu0/tsc_freq_khz",
        "sys/devices/system/cpu/intel_pstate/no_turbo",
        "sys/class/hwmon/hwmon0/temp1_input",
        "sys/hypervisor/type",
        "sys/class/power_supply/AC/online",
        "sys/fs/cgroup/cpu.max",
        "sys/fs/cgroup/cpu.stat",
        "sys/firmware/dmi/entries/17-0/raw",
        "sys/class/dmi/id/sys_vendor",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        tree_write(&h->tree, files[i], data, len);
    look(h);
    check_whole(&h->host.facts);
    check_whole(&h->state);
}

static void test_hostile(void **state)
{
    (void)state;
    enum { HUGE_LINE = 2 << 20 };
    static const char binary[] = "\x00\xff\xfe\x80\x01\x1b[31m\x7f\xc3\x28 -5 \xed\xa0\x80\n\x00\x00";
    static const char negative[] = "-1 -2 -3 -4 -5 -6 -7 -8\nMemTotal: -5 kB\nflags : -\ncpu -1 -2\n";
    static const char big[] = "0-4294967295,99999999999999999999 1e999 nan inf 99999999999999999999999999\n";
    struct machine h;
    open_machine(&h, NULL);
    fill(&h, binary, sizeof binary - 1);
    fill(&h, negative, sizeof negative - 1);
    assert_null(fact_value(&h.state, "load.1"));
    assert_null(fact_value(&h.state, "cpu.jiffies.total"));
    assert_null(fact_value(&h.host.facts, "memory.total"));
    fill(&h, big, sizeof big - 1);
    assert_null(fact_value(&h.host.facts, "cpu.threads"));
    fill(&h, "", 0);
    char *line = malloc(HUGE_LINE);
    assert_non_null(line);
    memset(line, 'A', HUGE_LINE);
    fill(&h, line, HUGE_LINE);
    memset(line, ':', HUGE_LINE);
    fill(&h, line, HUGE_LINE);
    memcpy(line, "0::/", 4);
    memset(line + 4, '/', HUGE_LINE - 4);
    fill(&h, line, HUGE_LINE);
    free(line);
    close_machine(&h);
}

/* A folder where a file should be, and control groups that climb out. */
static void test_odd_files(void **state)
{
    (void)state;
    struct machine h;
    char path[128];
    open_machine(&h, NULL);
    tree_put(&h.tree, "proc/loadavg/x", "1");
    tree_put(&h.tree, "proc/self/cgroup", "0::/../../../../etc\n");
    snprintf(path, sizeof path, "%s/proc/uptime", h.tree.root);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not block */
    look(&h);
    check_whole(&h.state);
    assert_non_null(strstr(find(&h.state, "load.1")->why, "Is a directory"));
    assert_null(fact_value(&h.state, "uptime"));
    assert_null(fact_value(&h.state, "cgroup.cpus"));
    close_machine(&h);
}

/* SMBIOS type 17, 0x28 bytes: 16384 MB of DDR5, 5600 MT/s rated, 4800 configured. */
static void test_memory_speed(void **state)
{
    (void)state;
    unsigned char record[0x28] = { 17, 0x28 };
    struct machine h;
    open_machine(&h, NULL);
    record[0x0c] = 0x00, record[0x0d] = 0x40;
    record[0x12] = 0x22;
    record[0x15] = 0xe0, record[0x16] = 0x15;
    record[0x20] = 0xc0, record[0x21] = 0x12;
    static const unsigned char unused[0x28] = { 17, 0x28 };
    tree_write(&h.tree, "sys/firmware/dmi/entries/17-0/raw", unused, sizeof unused);
    tree_write(&h.tree, "sys/firmware/dmi/entries/17-1/raw", record, sizeof record);
    look(&h);
    assert_string_equal(fact_value(&h.host.facts, "memory.speed"), "DDR5-4800 (MT/s)");
    tree_write(&h.tree, "sys/firmware/dmi/entries/17-1/raw", record, 5);
    look(&h);
    assert_null(fact_value(&h.host.facts, "memory.speed"));
    close_machine(&h);
}

/* --- fingerprint and name --- */

static char *print_of(struct machine *h, const char *path, const char *text)
{
    if (path)
        tree_put(&h->tree, path, text);
    look(h);
    return strdup(h->host.fingerprint);
}

static void assert_print(struct machine *h, const char *before, const char *path, const char *text, bool same)
{
    char *now = print_of(h, path, text);
    if (!strcmp(before, now) != same)
        fail_msg("%s %s the fingerprint", path, same ? "changes" : "does not change");
    free(now);
}

static void test_fingerprint(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, "vm");
    char *first = print_of(&h, NULL, NULL);
    assert_int_equal(strspn(first, "0123456789abcdef"), 16);
    assert_print(&h, first, "proc/sys/kernel/hostname", "other-7f3a\n", true);
    assert_string_equal(h.host.name, "other-7f3a");
    assert_print(&h, first, "proc/sys/kernel/osrelease", "7.0\n", true);
    assert_print(&h, first, "sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n", true);
    assert_print(&h, first, "proc/meminfo", "MemTotal:       24601234 kB\n", true);
    assert_print(&h, first, "proc/loadavg", "9 9 9 9/99 9\n", true);
    assert_print(&h, first, "proc/meminfo", "MemTotal:       16384000 kB\n", false);
    assert_print(&h, first, "proc/meminfo", "MemTotal:       24684084 kB\n", true);
    assert_print(&h, first, "sys/devices/system/cpu/cpu0/cache/index2/size", "1024K\n", false);
    free(first);
    close_machine(&h);
}

static void test_clean_name(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        { "vm", "vm" },
        { "Build_01.example.org", "Build_01.example.org" },
        { "", "host" },
        { "..", "host" },
        { "../../etc/passwd", "etc-passwd" },
        { "-rf", "rf" },
        { "a b;rm -rf /\n", "a-b-rm--rf" },
        { "\xff\xfe", "host" },
        { "na\xc3\xafve", "na-ve" },
        { NULL, NULL },
    };
    struct mem m = { 0 };
    for (const struct expected *c = cases; c->key; c++)
        assert_string_equal(host_clean_name(&m, c->key), c->value);
    assert_string_equal(host_clean_name(&m, NULL), "host");
    char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(strlen(host_clean_name(&m, longest)), 64);
    struct host h;
    struct host_edge edge = { .root = "/nonexistent", .host_name = "given name" };
    host_read(&m, &edge, &h);
    assert_string_equal(h.name, "given-name");
    mem_free(&m);
}

/* --- change --- */

static void test_change(void **state)
{
    (void)state;
    static const struct expected want[] = {
        { "seconds", "10" },
        { "steal.share", "0.1" },
        { "iowait.share", "0.05" },
        { "busy.share", "0.35" },
        { "throttle.events", "8" },
        { "cgroup.throttled.events", "5" },
        { "temperature.rise", "12.5" },
        { "load.max", "1.75" },
        { "swap.growth", "1048576" },
        { NULL, NULL },
    };
    struct machine h;
    struct facts after, change;
    open_machine(&h, "laptop");
    tree_put(&h.tree, "proc/stat", "cpu  100250 200 30000 800600 5050 100 700 100 0 0\n"); /* +1000 ticks, 100 stolen */
    tree_put(&h.tree, "proc/uptime", "4689.10 36000.00\n");
    tree_put(&h.tree, "proc/loadavg", "1.75 0.75 0.50 2/900 12345\n");
    tree_put(&h.tree, "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "8\n");
    tree_put(&h.tree, "sys/class/hwmon/hwmon3/temp1_input", "80000\n");
    tree_put(&h.tree, "sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/cpu.stat", "nr_throttled 5\n");
    tree_put(&h.tree, "proc/meminfo", "SwapTotal:       8388604 kB\nSwapFree:        8125436 kB\n");
    host_state(&h.m, &h.edge, &after);
    host_state_change(&h.m, &h.state, &after, &change);
    check(&change, want);
    host_state_change(&h.m, &after, &h.state, &change); /* backwards: the machine was booted in between */
    static const struct expected back[] = {
        { "seconds", NULL },         { "steal.share", NULL },         { "busy.share", NULL },
        { "throttle.events", NULL }, { "temperature.rise", "-12.5" }, { NULL, NULL }
    };
    check(&change, back);
    check_whole(&change);
    host_state_change(&h.m, &(struct facts){ 0 }, &after, &change);
    for (size_t i = 0; i < change.n; i++)
        assert_null(change.all[i].value);
    close_machine(&h);
}

/* The machine this test runs on. */
static void test_real(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct host one, two;
    struct facts now;
    host_read(&m, NULL, &one);
    host_read(&m, NULL, &two);
    host_state(&m, NULL, &now);
    assert_string_equal(one.fingerprint, two.fingerprint);
    check_whole(&one.facts);
    check_whole(&now);
    assert_true(fact_number(&one.facts, "cpu.threads") >= 1);
    assert_true(fact_number(&one.facts, "page.size") >= 4096);
    assert_non_null(fact_value(&one.facts, "arch"));
    assert_null(fact_value(&one.facts, "no.such.fact"));
    assert_true(isnan(fact_number(&one.facts, "arch")));
    mem_free(&m);
}

static void test_build(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct build one, two;
    build_read(&m, &one);
    build_read(&m, &two);
    check_whole(&one.facts);
    assert_string_equal(one.hash, two.hash);
    assert_int_equal(strspn(one.hash, "0123456789abcdef"), 16);
    assert_non_null(fact_value(&one.facts, "compiler"));
    assert_non_null(fact_value(&one.facts, "optimised"));
    assert_string_not_equal(fact_value(&one.facts, "kernmark"), "unknown"); /* the Makefile gives it */
    assert_non_null(fact_value(&one.facts, "flags.ref"));
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vm),           cmocka_unit_test(test_laptop),
        cmocka_unit_test(test_board),        cmocka_unit_test(test_unequal_cores),
        cmocka_unit_test(test_containers),   cmocka_unit_test(test_empty),
        cmocka_unit_test(test_hostile),      cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_memory_speed), cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_clean_name),   cmocka_unit_test(test_change),
        cmocka_unit_test(test_real),         cmocka_unit_test(test_build),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
