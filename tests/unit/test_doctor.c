/* SPDX-License-Identifier: Apache-2.0
 * Findings on fake machines, and their settings changed and brought back. */
#include "harness/host/fitness.h"

#include "harness/base/utf8.h"
#include "harness/host/host.h"
#include "tree_help.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CPU      "sys/devices/system/cpu/"
#define GOVERNOR CPU "cpu%d/cpufreq/scaling_governor"
#define THP      "sys/kernel/mm/transparent_hugepage/enabled"

struct machine {
    struct tree tree;
    struct mem m;
    struct host_edge edge;
    struct fitness_case c;
    struct finding *found;
    size_t n;
};

/* Their words end in NUL, which the archives cannot hold. */
static void add_processes(struct machine *h, bool busy)
{
    static const char init[] = "/sbin/init\0run", editor[] = "/usr/bin/vi\0run",
                      other[] = "/opt/bin/kernmark\0run\0core";
    static const char worker[] = "/opt/bin/kernmark\0worker", report[] = "kernmark\0report";
    tree_write(&h->tree, "proc/1/cmdline", init, sizeof init);
    tree_write(&h->tree, "proc/76/cmdline", report, sizeof report);
    tree_write(&h->tree, "proc/77/cmdline", busy ? other : editor, busy ? sizeof other : sizeof editor);
    tree_write(&h->tree, "proc/78/cmdline", worker, sizeof worker);
}

static void open_machine(struct machine *h, const char *name)
{
    *h = (struct machine){ 0 };
    tree_make(&h->tree);
    h->edge = (struct host_edge){ .root = h->tree.root };
    if (name)
        tree_unpack(&h->tree, mem_printf(&h->m, "tests/data/host/%s.txt", name));
    if (name)
        add_processes(h, !strcmp(name, "unfit"));
    host_state(&h->m, &h->edge, &h->c.before);
}

static void look(struct machine *h)
{
    struct host host;
    host_state(&h->m, &h->edge, &h->c.after);
    host_read(&h->m, &h->edge, &host);
    h->c.host = host.facts;
    tunables_read(&h->m, &h->edge, &h->c.tunables);
    h->found = fitness_findings(&h->m, &h->c, &h->n);
}

static void close_machine(struct machine *h)
{
    tree_remove(&h->tree);
    mem_free(&h->m);
}

static const struct finding *find(const struct machine *h, const char *check)
{
    for (size_t i = 0; i < h->n; i++)
        if (!strcmp(h->found[i].check, check))
            return &h->found[i];
    fail_msg("no check '%s'", check);
    return NULL;
}

struct expected {
    const char *check;
    enum fitness fitness;
    const char *words; /* in what was found */
};

static void expect(const struct machine *h, const struct expected *want, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = find(h, want[i].check);
        if (f->fitness != want[i].fitness || !strstr(f->found, want[i].words))
            fail_msg("%s is %d: %s", f->check, (int)f->fitness, f->found);
    }
}

static bool clean(const char *text)
{
    for (size_t left = strlen(text), n; left; text += n, left -= n) {
        n = utf8_length(text, left);
        if (!n || (unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

/* Whatever a machine holds: every check answers, faults have a cost, a fix and an undo, and nothing else has. */
static void expect_whole(const struct machine *h)
{
    assert_int_equal(h->n, 19);
    for (size_t i = 0; i < h->n; i++) {
        const struct finding *f = &h->found[i];
        bool fault = f->fitness == FITNESS_ADVICE || f->fitness == FITNESS_UNFIT;
        assert_true(*f->check && *f->title && *f->found && clean(f->found));
        if (!f->cost == fault || (!fault && (f->fix || f->undo)))
            fail_msg("%s: %s", f->check, f->found);
        assert_true(!f->fix == !f->undo);
        assert_true(f->fitness != FITNESS_UNKNOWN || strstr(f->found, "not available: "));
    }
}

#define EXPECT(h, ...)                                                                                                 \
    do {                                                                                                               \
        const struct expected want_[] = { __VA_ARGS__ };                                                               \
        expect(h, want_, sizeof want_ / sizeof *want_);                                                                \
    } while (0)

/* --- findings --- */

static void test_fit(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, "fit");
    tree_put(&h.tree, "proc/stat", "cpu  1010 0 505 81000 100 0 0 0 0 0\n");
    look(&h);
    expect_whole(&h);
    EXPECT(&h, { "steal", FITNESS_GOOD, "0% of the CPU time" }, { "load", FITNESS_GOOD, "load average 0.10" },
           { "measuring", FITNESS_GOOD, "none" }, { "throttle", FITNESS_GOOD, "none, 45 °C" },
           { "swap", FITNESS_GOOD, "not in use" }, { "power", FITNESS_GOOD, "mains" },
           { "cgroup", FITNESS_GOOD, "no limit" }, { "governor", FITNESS_GOOD, "performance" },
           { "turbo", FITNESS_GOOD, "off" }, { "smt", FITNESS_GOOD, "off" },
           { "isolated", FITNESS_GOOD, "no CPUs are set aside" }, { "aslr", FITNESS_GOOD, "full" },
           { "thp", FITNESS_GOOD, "madvise" }, { "numa", FITNESS_GOOD, "0" }, { "clock", FITNESS_GOOD, "tsc" },
           { "timer", FITNESS_UNKNOWN, "measured on the machine itself only" },
           { "perf", FITNESS_GOOD, "perf_event_paranoid is 1; counters: cpu" },
           { "build", FITNESS_UNKNOWN, "does not tell" }, { "last", FITNESS_UNKNOWN, "no run is stored" });
    assert_int_equal(fitness_worst(h.found, h.n), FITNESS_GOOD);
    close_machine(&h);
}

static void test_unfit(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, "unfit");
    tree_put(&h.tree, "proc/stat", "cpu  1600 0 500 80300 100 0 0 100 0 0\n");
    tree_put(&h.tree, CPU "cpu0/thermal_throttle/core_throttle_count", "9\n");
    tree_put(&h.tree, "sys/fs/cgroup/box/cpu.stat", "nr_throttled 3\n");
    tree_put(&h.tree, "proc/meminfo", "MemTotal: 8000000 kB\nSwapTotal: 1048576 kB\nSwapFree: 524288 kB\n");
    look(&h);
    expect_whole(&h);
    EXPECT(&h, { "steal", FITNESS_UNFIT, "10% of the CPU time" },
           { "load", FITNESS_UNFIT, "other programs use 60% of the CPUs; load average 9.00" },
           { "measuring", FITNESS_UNFIT, "1 more" }, { "throttle", FITNESS_UNFIT, "throttled while watched, 88 °C" },
           { "swap", FITNESS_UNFIT, "512 MiB in use, 256 MiB of them while watched" },
           { "power", FITNESS_ADVICE, "battery" }, { "cgroup", FITNESS_UNFIT, "3 periods while watched" },
           { "governor", FITNESS_ADVICE, "powersave on some CPUs, not on all" }, { "turbo", FITNESS_ADVICE, "on" },
           { "smt", FITNESS_ADVICE, "among CPUs 0-2 are siblings; one of each core: 0-1" },
           { "isolated", FITNESS_ADVICE, "CPUs 3 are set aside, without timer tick: 3; not used here" },
           { "aslr", FITNESS_ADVICE, "off" }, { "thp", FITNESS_ADVICE, "always" },
           { "numa", FITNESS_ADVICE, "2 nodes, balancing is on" }, { "clock", FITNESS_ADVICE, "hpet" },
           { "perf", FITNESS_ADVICE, "perf_event_paranoid is 4" });
    assert_int_equal(fitness_worst(h.found, h.n), FITNESS_UNFIT);
    assert_non_null(strstr(find(&h, "governor")->cost, "here: 800 to 4000 MHz, up to 5.00×"));
    assert_non_null(strstr(find(&h, "turbo")->cost, "here: 2500 to 4000 MHz, up to 1.60×"));
    assert_non_null(strstr(find(&h, "steal")->cost, "here: means about 1.11× longer"));
    close_machine(&h);
}

/* What happened earlier is advice; what happens now is unfit. */
static void test_quiet_again(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, "unfit");
    tree_put(&h.tree, "proc/stat", "cpu  1020 0 500 80970 100 0 0 20 0 0\n");
    tree_put(&h.tree, "proc/self/status", "Cpus_allowed_list:\t3\n");
    tree_put(&h.tree, "proc/77/cmdline", "kernmark");
    look(&h);
    EXPECT(&h, { "steal", FITNESS_ADVICE, "1.98%" }, { "load", FITNESS_ADVICE, "load average 9.00" },
           { "throttle", FITNESS_ADVICE, "not while watched, but 7 times since boot" },
           { "swap", FITNESS_ADVICE, "256 MiB in use" }, { "cgroup", FITNESS_ADVICE, "at most 1.50 CPUs" },
           { "smt", FITNESS_GOOD, "no two share a core" }, { "isolated", FITNESS_GOOD, "used here" },
           { "measuring", FITNESS_GOOD, "none" });
    tree_put(&h.tree, "sys/class/thermal/thermal_zone0/temp", "97000\n");
    tree_put(&h.tree, "sys/devices/system/node/online", "0\n");
    look(&h);
    EXPECT(&h, { "throttle", FITNESS_ADVICE, "97 °C: throttling is near" }, { "numa", FITNESS_GOOD, "one node" });
    assert_int_equal(fitness_worst(h.found, h.n), FITNESS_ADVICE);
    h.c.before = (struct facts){ 0 }; /* no second state: the load average is all there is */
    h.found = fitness_findings(&h.m, &h.c, &h.n);
    EXPECT(&h, { "load", FITNESS_UNKNOWN, "not known on both sides" });
    close_machine(&h);
}

static void test_commands(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, "unfit");
    look(&h);
    const struct finding *f = find(&h, "governor");
    assert_string_equal(f->fix, "echo performance | sudo tee /" CPU "cpu0/cpufreq/scaling_governor /" CPU
                                "cpu1/cpufreq/scaling_governor /" CPU "cpu2/cpufreq/scaling_governor");
    assert_string_equal(f->undo, "echo powersave | sudo tee /" CPU "cpu0/cpufreq/scaling_governor /" CPU
                                 "cpu1/cpufreq/scaling_governor; echo schedutil | sudo tee /" CPU
                                 "cpu2/cpufreq/scaling_governor");
    f = find(&h, "thp");
    assert_string_equal(f->fix, "echo madvise | sudo tee /" THP);
    assert_string_equal(f->undo, "echo always | sudo tee /" THP);
    assert_string_equal(find(&h, "smt")->fix, "taskset -c 0-1 kernmark run");
    assert_string_equal(find(&h, "isolated")->fix, "taskset -c 3 kernmark run");
    assert_string_equal(find(&h, "clock")->fix,
                        "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource");
    tree_put(&h.tree, "sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc-early hpet\n");
    look(&h);
    assert_null(find(&h, "clock")->fix); /* the kernel has given tsc up */
    close_machine(&h);
}

static struct facts some(struct mem *m, const char *const *pairs, size_t n)
{
    struct facts f = { mem_array(m, n, sizeof *f.all), n };
    for (size_t i = 0; i < n; i++)
        f.all[i] = (struct fact){ .key = pairs[2 * i], .title = "x", .value = pairs[2 * i + 1] };
    return f;
}

#define FACTS(m, ...)                                                                                                  \
    some(m, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / (2 * sizeof(char *)))

static void test_builds_and_timer(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, NULL);
    h.c.build = FACTS(&h.m, "optimised", "no", "sanitizer", "no", "flags", "-O0 -g");
    h.c.last = FACTS(&h.m, "optimised", "yes", "sanitizer", "yes", "flags", "-O2 -fsanitize=address");
    h.c.after = FACTS(&h.m, "timer.resolution", "1000", "timer.cost", "40");
    h.found = fitness_findings(&h.m, &h.c, &h.n);
    EXPECT(&h, { "build", FITNESS_UNFIT, "not optimised (-O0 -g)" },
           { "last", FITNESS_UNFIT, "a sanitizer (-O2 -fsanitize=address)" },
           { "timer", FITNESS_ADVICE, "steps of 1000 ns, 40 ns for one reading" });
    assert_non_null(strstr(find(&h, "timer")->cost, "here: samples of 1 ms"));
    h.c.build = FACTS(&h.m, "optimised", "yes", "sanitizer", "no", "flags", "-O2 -g");
    h.c.last = FACTS(&h.m, "library.build", "debug");
    h.c.after = FACTS(&h.m, "timer.resolution", "20", "timer.cost", "25");
    h.c.host = FACTS(&h.m, "perf.paranoid", "1", "perf.pmu", "none");
    h.found = fitness_findings(&h.m, &h.c, &h.n);
    EXPECT(&h, { "build", FITNESS_GOOD, "optimised" }, { "last", FITNESS_ADVICE, "debugging" },
           { "timer", FITNESS_GOOD, "steps of 20 ns" }, { "perf", FITNESS_ADVICE, "no hardware counters" });
    close_machine(&h);
}

static void test_empty(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, NULL);
    look(&h);
    expect_whole(&h);
    for (size_t i = 0; i < h.n; i++)
        assert_int_equal(h.found[i].fitness, FITNESS_UNKNOWN);
    assert_int_equal(h.c.tunables.n, 0);
    assert_int_equal(fitness_worst(h.found, h.n), FITNESS_GOOD);
    close_machine(&h);
}

/* Every file that "unfit" has, with the same hostile content. */
static void fill(struct machine *h, const char *data, size_t len)
{
    size_t all;
    char *text = tree_slurp("tests/data/host/unfit.txt", &all), path[256];
    for (size_t i = 0; i < all; i++)
        if (!strncmp(text + i, "\n-- ", 4) && sscanf(text + i, "\n-- %255s --", path) == 1)
            tree_write(&h->tree, path, data, len);
    free(text);
    host_state(&h->m, &h->edge, &h->c.before);
    look(h);
    expect_whole(h);
}

static void test_hostile(void **state)
{
    (void)state;
    enum { HUGE_LINE = 2 << 20 };
    static const char binary[] = "\x00\xff\xfe\x80\x1b[31m\x7f -5 \xed\xa0\x80\n";
    static const char shell[] = "[$(reboot)] ; rm -rf /\n", numbers[] = "99999999999999999999 1e999 nan inf -1\n";
    struct machine h;
    char *line = malloc(HUGE_LINE);
    assert_non_null(line);
    open_machine(&h, NULL);
    fill(&h, binary, sizeof binary - 1);
    assert_int_equal(h.c.tunables.n, 0);
    fill(&h, shell, sizeof shell - 1);
    assert_int_equal(h.c.tunables.n, 0);
    fill(&h, numbers, sizeof numbers - 1);
    fill(&h, "", 0);
    assert_int_equal(h.c.tunables.n, 0);
    memset(line, '0', HUGE_LINE);
    fill(&h, line, HUGE_LINE);
    memset(line, '[', HUGE_LINE);
    fill(&h, line, HUGE_LINE);
    assert_int_equal(h.c.tunables.n, 0);
    free(line);
    close_machine(&h);
}

/* Folders where files should be: there, and not to be read. */
static void test_unreadable(void **state)
{
    (void)state;
    static const char *const files[] = { THP,
                                         "proc/sys/kernel/randomize_va_space",
                                         "proc/sys/kernel/perf_event_paranoid",
                                         "proc/sys/kernel/numa_balancing",
                                         CPU "isolated",
                                         CPU "smt/active" };
    struct machine h;
    open_machine(&h, NULL);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        tree_put(&h.tree, mem_printf(&h.m, "%s/x", files[i]), "");
    look(&h);
    expect_whole(&h);
    EXPECT(&h, { "thp", FITNESS_UNKNOWN, "Is a directory" }, { "aslr", FITNESS_UNKNOWN, "Is a directory" },
           { "perf", FITNESS_UNKNOWN, "Is a directory" }, { "numa", FITNESS_UNKNOWN, "Is a directory" },
           { "isolated", FITNESS_UNKNOWN, "Is a directory" }, { "smt", FITNESS_UNKNOWN, "Is a directory" });
    assert_int_equal(h.c.tunables.n, 0);
    close_machine(&h);
}

/* Without ticks the load average decides. */
static void test_load_average_alone(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, NULL);
    h.c.before = FACTS(&h.m, "load.1", "2.5", "cpus.allowed", "2");
    h.found = fitness_findings(&h.m, &h.c, &h.n);
    EXPECT(&h, { "load", FITNESS_UNFIT, "load average 2.50" });
    h.c.before = FACTS(&h.m, "load.1", "1.5", "cpus.allowed", "2");
    h.found = fitness_findings(&h.m, &h.c, &h.n);
    EXPECT(&h, { "load", FITNESS_GOOD, "load average 1.50" });
    close_machine(&h);
}

/* --- settings --- */

/* The values of all settings that "unfit" has, as one text. */
static const char *values(struct machine *h)
{
    const char *text = "";
    for (int i = 0; i < 8; i++) {
        static const char *const others[] = { CPU "intel_pstate/no_turbo", "proc/sys/kernel/randomize_va_space", THP,
                                              "proc/sys/kernel/numa_balancing" };
        const char *path = i < 4 ? mem_printf(&h->m, GOVERNOR, i) : others[i - 4];
        size_t len;
        char *one = tree_slurp(mem_printf(&h->m, "%s/%s", h->tree.root, path), &len);
        text = mem_printf(&h->m, "%s%s", text, one);
        free(one);
    }
    return text;
}

static const char *keep_of(struct machine *h)
{
    return mem_printf(&h->m, "%s/store/host-settings", h->tree.root);
}

static struct tunables automatic(struct machine *h)
{
    struct tunables s = { mem_array(&h->m, h->c.tunables.n, sizeof *s.all), 0 };
    for (size_t i = 0; i < h->c.tunables.n; i++)
        if (h->c.tunables.all[i].automatic)
            s.all[s.n++] = h->c.tunables.all[i];
    return s;
}

static void write_some(struct machine *h, const struct tunables *s, size_t n, bool back)
{
    struct err e;
    for (size_t i = 0; i < n; i++)
        if (setting_write(&h->m, &h->edge, s->all[i].path, back ? s->all[i].now : s->all[i].want, &e))
            fail_msg("%s", e.text);
}

/* However far --fix came before it was killed, all is as it was. */
static void test_back_from_every_step(void **state)
{
    (void)state;
    for (size_t steps = 0; steps <= 7; steps++) {
        struct machine h;
        struct tunables kept;
        struct err e;
        bool found;
        open_machine(&h, "unfit");
        tree_put(&h.tree, THP, "always\n"); /* a file of a fake machine does not mark its value */
        look(&h);
        const char *was = values(&h), *keep = keep_of(&h);
        struct tunables s = automatic(&h);
        assert_int_equal(s.n, 7);
        assert_int_equal(settings_keep(&s, keep, &e), 0);
        write_some(&h, &s, steps, false);
        assert_int_equal(strcmp(was, values(&h)) == 0, steps == 0);
        assert_int_equal(settings_kept(&h.m, keep, &found, &kept, &e), 0);
        assert_true(found && kept.n == s.n);
        write_some(&h, &kept, kept.n, true);
        assert_string_equal(was, values(&h));
        assert_int_equal(settings_forget(keep, &e), 0);
        assert_int_equal(settings_kept(&h.m, keep, &found, &kept, &e), 0);
        assert_false(found);
        close_machine(&h);
    }
}

static void test_fixed_is_good(void **state)
{
    (void)state;
    struct machine h;
    open_machine(&h, "unfit");
    look(&h);
    write_some(&h, &h.c.tunables, h.c.tunables.n, false);
    tree_put(&h.tree, THP, "always [madvise] never\n");
    tree_put(&h.tree, CPU "smt/active", "0\n"); /* which the kernel would do */
    look(&h);
    assert_int_equal(h.c.tunables.n, 0);
    EXPECT(&h, { "governor", FITNESS_GOOD, "performance" }, { "turbo", FITNESS_GOOD, "off" },
           { "aslr", FITNESS_GOOD, "full" }, { "thp", FITNESS_GOOD, "madvise" }, { "numa", FITNESS_GOOD, "0" },
           { "clock", FITNESS_GOOD, "tsc" }, { "perf", FITNESS_GOOD, "is 2" }, { "smt", FITNESS_GOOD, "off" });
    close_machine(&h);
}

static void test_never_overwritten(void **state)
{
    (void)state;
    struct machine h;
    struct err e;
    size_t len;
    open_machine(&h, "unfit");
    look(&h);
    struct tunables s = automatic(&h);
    tree_put(&h.tree, "store/host-settings", "precious");
    assert_int_equal(settings_keep(&s, keep_of(&h), &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    assert_non_null(strstr(e.text, "--restore"));
    char *text = tree_slurp(keep_of(&h), &len);
    assert_string_equal(text, "precious");
    free(text);
    assert_int_equal(settings_keep(&s, mem_printf(&h.m, "%s/proc/stat/no/folder", h.tree.root), &e), -1);
    assert_int_equal(e.kind, EXIT_STORE);
    close_machine(&h);
}

/* The file is read by root, and may have been written by anybody. */
static void test_damaged(void **state)
{
    (void)state;
#define HEAD "kernmark settings 1\n"
#define GOOD "/proc/sys/kernel/randomize_va_space 0 2\n"
    static const char *const bad[] = {
        "",
        "kernmark settings 2\nend 0\n",
        HEAD,
        HEAD GOOD,                       /* cut off */
        HEAD GOOD "end 2\n",             /* a line is missing */
        HEAD GOOD "end 1",               /* cut off */
        HEAD GOOD "end 1\nend 1\n",      /* something follows */
        HEAD "/etc/passwd 0 2\nend 1\n", /* not ours */
        HEAD "/proc/sys/kernel/core_pattern 0 2\nend 1\n",
        HEAD "/sys/devices/system/cpu/cpu0/../../../../../etc/x/cpufreq/scaling_governor a performance\nend 1\n",
        HEAD "/sys/devices/system/cpu/cpu0/x/cpufreq/scaling_governor a performance\nend 1\n",
        HEAD "/proc/sys/kernel/randomize_va_space $(reboot) 2\nend 1\n",
        HEAD "/proc/sys/kernel/randomize_va_space 0 1\nend 1\n", /* a value we never set */
        HEAD "/proc/sys/kernel/randomize_va_space 0 2 3\nend 1\n",
        HEAD "/proc/sys/kernel/randomize_va_space 0\nend 1\n",
    };
    struct machine h;
    struct tunables s;
    struct err e;
    bool found;
    open_machine(&h, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tree_put(&h.tree, "store/host-settings", bad[i]);
        if (settings_kept(&h.m, keep_of(&h), &found, &s, &e) != -1 || e.kind != EXIT_USAGE)
            fail_msg("accepted: %s", bad[i]);
    }
    static const char nul[] = HEAD "/proc/sys/kernel/randomize_va_space 0 2\n\0end 1\n";
    tree_write(&h.tree, "store/host-settings", nul, sizeof nul - 1);
    assert_int_equal(settings_kept(&h.m, keep_of(&h), &found, &s, &e), -1);
    tree_put(&h.tree, "store/host-settings", HEAD GOOD "end 1\n");
    assert_int_equal(settings_kept(&h.m, keep_of(&h), &found, &s, &e), 0);
    assert_true(found && s.n == 1 && !strcmp(s.all[0].now, "0") && !strcmp(s.all[0].want, "2"));
    assert_int_equal(chmod(keep_of(&h), 0666), 0);
    assert_int_equal(settings_kept(&h.m, keep_of(&h), &found, &s, &e), -1);
    assert_non_null(strstr(e.text, "only a file of this very user"));
    if (geteuid() == 0) {
        assert_int_equal(chmod(keep_of(&h), 0644) | chown(keep_of(&h), 65534, 65534), 0);
        assert_int_equal(settings_kept(&h.m, keep_of(&h), &found, &s, &e), -1);
    }
    tree_put(&h.tree, "folder/host-settings/x", "");
    assert_int_equal(settings_kept(&h.m, mem_printf(&h.m, "%s/folder/host-settings", h.tree.root), &found, &s, &e), -1);
    close_machine(&h);
}

static int give_away(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)ftw;
    return type == FTW_D ? chown(path, 65534, 65534) : chmod(path, 0444);
}

static void test_not_permitted(void **state)
{
    (void)state;
    struct machine h;
    struct err e;
    bool root = geteuid() == 0;
    open_machine(&h, "unfit");
    nftw(h.tree.root, give_away, 16, FTW_PHYS); /* chown fails for people, who need none */
    assert_int_equal(root ? seteuid(65534) : 0, 0);
    look(&h);
    int written = setting_write(&h.m, &h.edge, "/proc/sys/kernel/numa_balancing", "0", &e);
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_true(h.c.tunables.n > 7);
    for (size_t i = 0; i < h.c.tunables.n; i++)
        assert_false(h.c.tunables.all[i].permitted);
    assert_int_equal(written, -1);
    assert_int_equal(e.kind, EXIT_ENVIRONMENT);
    assert_non_null(strstr(e.text, "/proc/sys/kernel/numa_balancing: Permission denied"));
    assert_int_equal(setting_write(&h.m, &h.edge, "/proc/no/such", "0", &e), -1);
    close_machine(&h);
}

/* A value that does not stick, as the kernel answers a wrong one, and a link that leads elsewhere. */
static void test_not_taken(void **state)
{
    (void)state;
    struct machine h;
    struct err e;
    open_machine(&h, NULL);
    assert_int_equal(symlink("/dev/null", mem_printf(&h.m, "%s/link", h.tree.root)), 0);
    assert_int_equal(setting_write(&h.m, &h.edge, "/link", "0", &e), -1);
    h.edge.root = "";
    assert_int_equal(setting_write(&h.m, &h.edge, "/dev/null", "0", &e), -1);
    assert_non_null(strstr(e.text, "did not take the value 0"));
    close_machine(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_unfit),
        cmocka_unit_test(test_quiet_again),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_builds_and_timer),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_load_average_alone),
        cmocka_unit_test(test_back_from_every_step),
        cmocka_unit_test(test_fixed_is_good),
        cmocka_unit_test(test_never_overwritten),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_not_permitted),
        cmocka_unit_test(test_not_taken),
    };
    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
