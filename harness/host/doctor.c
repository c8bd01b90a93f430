/* SPDX-License-Identifier: Apache-2.0
 * The checks of a machine: one row each. */
#include "harness/host/fitness.h"
#include "harness/host/host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct check;

/* Fills fitness and found; cost with what it comes to on this machine, fix and undo where the row's own do not do. */
typedef struct finding check_fn(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change);

struct check {
    const char *id, *title;
    check_fn *look;
    const char *key;  /* the fact it looks at */
    const char *good; /* values that are good, separated by '|' */
    const char *cost; /* in general */
    const char *fix, *undo;
};

static struct finding say(enum fitness f, const char *found)
{
    return (struct finding){ .fitness = f, .found = found };
}

static struct finding unknown(struct mem *m, const struct facts *f, const char *key)
{
    const char *why = "not recorded";
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->all[i].key, key) && f->all[i].why)
            why = f->all[i].why;
    return say(FITNESS_UNKNOWN, mem_printf(m, "not available: %s", why));
}

static bool one_of(const char *words, const char *value)
{
    size_t len = strlen(value);
    for (const char *s = words; s; s = strchr(s, '|') ? strchr(s, '|') + 1 : NULL)
        if (!strncmp(s, value, len) && (!s[len] || s[len] == '|'))
            return true;
    return false;
}

/* The facts that have one of this key: those of the host, or those of the moment. */
static const struct facts *holder(const struct fitness_case *c, const char *key)
{
    for (size_t i = 0; i < c->host.n; i++)
        if (!strcmp(c->host.all[i].key, key))
            return &c->host;
    return &c->after;
}

/* --- settings: a value that is good or not --- */

static struct finding look_word(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change)
{
    (void)change;
    const struct facts *f = holder(c, row->key);
    const char *value = fact_value(f, row->key);
    if (!value)
        return unknown(m, f, row->key);
    return say(one_of(row->good, value) ? FITNESS_GOOD : FITNESS_ADVICE, value);
}

static const char *spread_of_clock(struct mem *m, const struct facts *host, const char *low, const char *high)
{
    double a = fact_number(host, low), b = fact_number(host, high);
    return a > 0 && b > a ? mem_printf(m, "%.0f to %.0f MHz, up to %.2f×", a, b, b / a) : NULL;
}

static struct finding look_governor(struct mem *m, const struct fitness_case *c, const struct check *row,
                                    const struct facts *change)
{
    struct finding f = look_word(m, c, row, change);
    f.cost = spread_of_clock(m, &c->host, "cpu.mhz.min", "cpu.mhz.max");
    return f;
}

static struct finding look_turbo(struct mem *m, const struct fitness_case *c, const struct check *row,
                                 const struct facts *change)
{
    struct finding f = look_word(m, c, row, change);
    f.cost = spread_of_clock(m, &c->host, "cpu.mhz.base", "cpu.mhz.max");
    return f;
}

static struct finding look_clock(struct mem *m, const struct fitness_case *c, const struct check *row,
                                 const struct facts *change)
{
    struct finding f = look_word(m, c, row, change);
    double cost = fact_number(&c->after, "timer.cost");
    f.cost = cost > 0 ? mem_printf(m, "%.0f ns for one reading, measured", cost) : NULL;
    return f;
}

/* Sibling threads matter where both of a core may be used. */
static struct finding look_smt(struct mem *m, const struct fitness_case *c, const struct check *row,
                               const struct facts *change)
{
    (void)change;
    const char *smt = fact_value(&c->host, row->key);
    const char *allowed = fact_value(&c->after, "cpus.allowed.list"), *spread = fact_value(&c->after, "cpus.spread");
    if (!smt)
        return unknown(m, &c->host, row->key);
    if (strncmp(smt, "on", 2) != 0)
        return say(FITNESS_GOOD, smt);
    if (!allowed || !spread)
        return say(FITNESS_ADVICE, smt);
    if (!strcmp(allowed, spread))
        return say(FITNESS_GOOD, mem_printf(m, "on, but of CPUs %s no two share a core", allowed));
    struct finding f =
        say(FITNESS_ADVICE, mem_printf(m, "on, and among CPUs %s are siblings; one of each core: %s", allowed, spread));
    f.fix = mem_printf(m, "taskset -c %s kernmark run", spread);
    f.undo = "# nothing to undo: taskset lasts as long as its command";
    return f;
}

static struct finding look_numa(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change)
{
    double nodes = fact_number(&c->host, "numa.nodes");
    if (nodes == 1)
        return say(FITNESS_GOOD, "one node: nothing to balance");
    struct finding f = look_word(m, c, row, change);
    if (f.fitness == FITNESS_ADVICE)
        f.found = mem_printf(m, "%.0f nodes, balancing is on", nodes);
    return f;
}

static struct finding look_isolated(struct mem *m, const struct fitness_case *c, const struct check *row,
                                    const struct facts *change)
{
    (void)change;
    const char *set = fact_value(&c->host, row->key), *tick = fact_value(&c->host, "cpu.nohz");
    const char *allowed = fact_value(&c->after, "cpus.allowed.list");
    if (!set)
        return unknown(m, &c->host, row->key);
    if (!strcmp(set, "none"))
        return say(FITNESS_GOOD, "no CPUs are set aside; none need to be");
    const char *found = mem_printf(m, "CPUs %s are set aside, without timer tick: %s", set, tick ? tick : "unknown");
    if (allowed && !strcmp(allowed, set))
        return say(FITNESS_GOOD, mem_printf(m, "%s; used here", found));
    struct finding f = say(FITNESS_ADVICE, mem_printf(m, "%s; not used here", found));
    f.fix = mem_printf(m, "taskset -c %s kernmark run", set);
    f.undo = "# nothing to undo: taskset lasts as long as its command";
    return f;
}

static struct finding look_perf(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change)
{
    (void)change;
    const char *pmu = fact_value(&c->host, "perf.pmu");
    double level = fact_number(&c->host, row->key);
    if (isnan(level))
        return unknown(m, &c->host, row->key);
    if (pmu && !strcmp(pmu, "none")) {
        struct finding f = say(FITNESS_ADVICE, "this machine shows no hardware counters");
        f.fix = "# none from inside a guest: its hypervisor would have to show them";
        f.undo = "# nothing to undo";
        return f;
    }
    return say(level <= 2 ? FITNESS_GOOD : FITNESS_ADVICE,
               mem_printf(m, "perf_event_paranoid is %.0f; counters: %s", level, pmu ? pmu : "unknown"));
}

/* --- what happens now --- */

static const char *percent(struct mem *m, double x)
{
    return mem_printf(m, "%.3g%%", x * 100);
}

static enum fitness above(double x, double advice, double unfit)
{
    return x > unfit ? FITNESS_UNFIT : x > advice ? FITNESS_ADVICE : FITNESS_GOOD;
}

static struct finding look_steal(struct mem *m, const struct fitness_case *c, const struct check *row,
                                 const struct facts *change)
{
    (void)c;
    double x = fact_number(change, row->key);
    if (isnan(x))
        return unknown(m, change, row->key);
    struct finding f = say(above(x, 0.01, 0.05), mem_printf(m, "%s of the CPU time while watched", percent(m, x)));
    f.cost = mem_printf(m, "means about %.2f× longer", 1 / (1 - fmin(x, 0.99)));
    return f;
}

/* The load average tells of the last minute, not of now: alone it is unfit only where now is not known. */
static struct finding look_load(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change)
{
    double x = fact_number(change, row->key), load = fact_number(&c->before, "load.1");
    double cpus = fact_number(&c->before, "cpus.allowed");
    bool crowded = load > (cpus > 0 ? cpus : 1);
    if (isnan(x) && isnan(load))
        return unknown(m, change, row->key);
    if (isnan(x))
        return say(crowded ? FITNESS_UNFIT : FITNESS_GOOD, mem_printf(m, "load average %.2f", load));
    enum fitness level = above(x, 0.05, 0.25);
    return say(level == FITNESS_GOOD && crowded ? FITNESS_ADVICE : level,
               mem_printf(m, "other programs use %s of the CPUs; load average %.2f", percent(m, x), load));
}

static struct finding look_measuring(struct mem *m, const struct fitness_case *c, const struct check *row,
                                     const struct facts *change)
{
    (void)change;
    double x = fact_number(&c->after, row->key);
    if (isnan(x))
        return unknown(m, &c->after, row->key);
    return x > 0 ? say(FITNESS_UNFIT, mem_printf(m, "%.0f more, at this moment", x)) : say(FITNESS_GOOD, "none");
}

static double or_zero(double x)
{
    return isnan(x) ? 0 : x;
}

static struct finding look_throttle(struct mem *m, const struct fitness_case *c, const struct check *row,
                                    const struct facts *change)
{
    double now = fact_number(change, row->key), package = fact_number(change, "throttle.package.events");
    double ever = fact_number(&c->after, "throttle.core"), heat = fact_number(&c->after, "temperature");
    const char *degrees = isnan(heat) ? "temperature unknown" : mem_printf(m, "%.0f °C", heat);
    if (isnan(ever) && isnan(heat))
        return unknown(m, &c->after, "throttle.core");
    if (or_zero(now) + or_zero(package) > 0)
        return say(FITNESS_UNFIT, mem_printf(m, "throttled while watched, %s", degrees));
    if (heat >= 90)
        return say(FITNESS_ADVICE, mem_printf(m, "%s: throttling is near", degrees));
    if (ever > 0)
        return say(FITNESS_ADVICE, mem_printf(m, "not while watched, but %.0f times since boot; %s", ever, degrees));
    return say(FITNESS_GOOD, mem_printf(m, "none, %s", degrees));
}

static struct finding look_swap(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change)
{
    const double mib = 1 << 20;
    double used = fact_number(&c->after, row->key), grown = fact_number(change, "swap.growth");
    if (isnan(used))
        return unknown(m, &c->after, row->key);
    if (grown > mib)
        return say(FITNESS_UNFIT,
                   mem_printf(m, "%.0f MiB in use, %.0f MiB of them while watched", used / mib, grown / mib));
    return used > 0 ? say(FITNESS_ADVICE, mem_printf(m, "%.3g MiB in use", used / mib))
                    : say(FITNESS_GOOD, "not in use");
}

static struct finding look_cgroup(struct mem *m, const struct fitness_case *c, const struct check *row,
                                  const struct facts *change)
{
    double limit = fact_number(&c->after, row->key), ever = fact_number(&c->after, "cgroup.throttled");
    double now = fact_number(change, "cgroup.throttled.events");
    if (now > 0)
        return say(FITNESS_UNFIT, mem_printf(m, "throttled in %.0f periods while watched", now));
    if (limit > 0)
        return say(FITNESS_ADVICE,
                   mem_printf(m, "at most %.2f CPUs; throttled in %.0f periods so far", limit, or_zero(ever)));
    if (ever > 0)
        return say(FITNESS_ADVICE, mem_printf(m, "no limit found, but %.0f throttled periods so far", ever));
    struct finding f = unknown(m, &c->after, row->key);
    return strstr(f.found, "no limit") ? say(FITNESS_GOOD, "no limit") : f;
}

static struct finding look_timer(struct mem *m, const struct fitness_case *c, const struct check *row,
                                 const struct facts *change)
{
    (void)change;
    double step = fact_number(&c->after, row->key), cost = fact_number(&c->after, "timer.cost");
    if (isnan(step) || isnan(cost))
        return unknown(m, &c->after, row->key);
    struct finding f = say(step <= 200 && cost <= 200 ? FITNESS_GOOD : FITNESS_ADVICE,
                           mem_printf(m, "steps of %.0f ns, %.0f ns for one reading", step, cost));
    double least = fmax(step, cost) * 1000 / 1e6;
    f.cost = mem_printf(m, "samples of %.3g ms at least", least);
    return f;
}

/* --- builds --- */

static struct finding look_facts_of_build(struct mem *m, const struct facts *build)
{
    const char *optimised = fact_value(build, "optimised"), *sanitizer = fact_value(build, "sanitizer");
    const char *type = fact_value(build, "library.build"), *flags = fact_value(build, "flags");
    if (!optimised && !sanitizer && !type)
        return say(FITNESS_UNKNOWN, "not available: that build does not tell how it was made");
    if (sanitizer && !strcmp(sanitizer, "yes"))
        return say(FITNESS_UNFIT, mem_printf(m, "built with a sanitizer (%s)", flags ? flags : "flags unknown"));
    if (optimised && !strcmp(optimised, "no"))
        return say(FITNESS_UNFIT, mem_printf(m, "not optimised (%s)", flags ? flags : "flags unknown"));
    if (type && !strcmp(type, "debug"))
        return say(FITNESS_ADVICE, "the benchmark library was built for debugging");
    return say(FITNESS_GOOD, flags ? mem_printf(m, "optimised, no sanitizer (%s)", flags) : "optimised, no sanitizer");
}

static struct finding look_build(struct mem *m, const struct fitness_case *c, const struct check *row,
                                 const struct facts *change)
{
    (void)row, (void)change;
    return look_facts_of_build(m, &c->build);
}

static struct finding look_last(struct mem *m, const struct fitness_case *c, const struct check *row,
                                const struct facts *change)
{
    (void)row, (void)change;
    return c->last.n ? look_facts_of_build(m, &c->last) : say(FITNESS_UNKNOWN, "not available: no run is stored");
}

#define WHO "ps -eo pcpu,pid,comm --sort=-pcpu | head  # and stop what need not run"

static const struct check checks[] = {
    { "steal", "Stolen CPU time", look_steal, "steal.share", NULL,
      "time the hypervisor gives to other guests is counted in samples: those that are hit read milliseconds longer",
      "# none from inside: a dedicated or less crowded host", "# nothing to undo" },
    { "load", "Other programs", look_load, "others.share", NULL,
      "a program on the same core doubles means; one on another core takes cache, memory bandwidth and turbo. Measured "
      "on a virtual machine with 2 cores: same core 1.93×; another core 1.0× for what stays in L1 and 1.2× to 1.4× for "
      "what streams from memory",
      WHO, "# start it again" },
    { "measuring", "Other runs of kernmark", look_measuring, "measuring", NULL,
      "two runs disturb each other as any load does, and both are wrong", "# wait: `kernmark run` does so by itself",
      "# nothing to undo" },
    { "throttle", "Thermal throttling", look_throttle, "throttle.events", NULL,
      "a throttled core runs at a part of its frequency, order 10% to 50% slower, and not evenly",
      "# let it cool, or cap the heat with turbo off: kernmark doctor --fix", "kernmark doctor --restore" },
    { "swap", "Swap", look_swap, "swap.used", NULL,
      "a page that comes back from swap costs 0.1 to 10 ms: as much as a thousand to a hundred thousand memory "
      "accesses",
      "sudo swapoff -a", "sudo swapon -a" },
    { "power", "Power source", look_word, "power", "mains",
      "on battery the firmware caps the frequency: order 1.2× to 3× slower, and changing with the charge",
      "# plug the machine in", "# unplug it" },
    { "cgroup", "CPU limit of the container", look_cgroup, "cgroup.cpus", NULL,
      "when the quota is used up, all threads stand still for the rest of a period of 0.1 s: single samples read up to "
      "100 ms longer",
      "# give it whole CPUs instead of a quota: docker run --cpuset-cpus=0-1 in place of --cpus", "# and back" },
    { "governor", "Frequency governor", look_governor, "governor", "performance",
      "the frequency follows the load with a delay of milliseconds: short benchmarks see a mix of frequencies", NULL,
      NULL },
    { "turbo", "Turbo", look_turbo, "turbo", "off",
      "the frequency depends on heat and on how many cores are busy: order 10% to 50% between first and later samples. "
      "Results with and without turbo cannot be compared",
      NULL, NULL },
    { "smt", "Sibling threads", look_smt, "smt", NULL,
      "two threads of one core share its units and first caches: order 1.2× to 2× slower while both work", NULL, NULL },
    { "isolated", "CPUs set aside", look_isolated, "cpu.isolated", NULL,
      "measuring beside everything else although there are CPUs where nothing else runs: order 1% of scatter", NULL,
      NULL },
    { "aslr", "Address randomisation", look_word, "aslr", "full",
      "one address layout instead of many: its luck, order 1% to 10%, is in every sample and fresh processes cannot "
      "average it out",
      NULL, NULL },
    { "thp", "Transparent huge pages", look_word, "thp", "madvise",
      "with 'always' the kernel moves arrays to huge pages at moments nobody chose, with 'never' programs cannot ask "
      "for them. Measured on a virtual machine: 512 MiB in small pages are read 1.7× slower than in huge ones, in "
      "order or at random",
      NULL, NULL },
    { "numa", "NUMA balancing", look_numa, "numa.balancing", "0",
      "the kernel unmaps and moves pages while they are measured: order 1% to 20% on several nodes", NULL, NULL },
    { "clock", "Clock source", look_clock, "clock.source", "tsc|arch_sys_counter|kvm-clock|hyperv_clocksource_tsc_page",
      "each reading of the clock is a system call or a device: order 1 µs instead of 30 ns, so that batches must be "
      "longer",
      NULL, NULL },
    { "timer", "Timer", look_timer, "timer.resolution", NULL,
      "what is shorter than a thousand steps cannot be told apart to 0.1%",
      "# a finer clock source: see the clock source above", "# as above" },
    { "perf", "Hardware counters", look_perf, "perf.paranoid", NULL,
      "times only: without instructions and cycles a change of the code cannot be told from one of frequency or layout",
      NULL, NULL },
    { "build", "This build of kernmark", look_build, NULL, NULL,
      "under sanitizers kernels are 3.5× to 20× slower, each by a factor of its own (measured)", "make clean && make",
      "# nothing to undo" },
    { "last", "Build of the latest run", look_last, NULL, NULL,
      "its numbers do not speak for an optimised build: under sanitizers 3.5× to 20× slower, as above",
      "make clean && make bench", "# nothing to undo" },
};
enum { NCHECKS = sizeof checks / sizeof *checks };

static const char *first(const char *a, const char *b)
{
    return a ? a : b;
}

/* A finding that is no fault needs no cure. */
static struct finding complete(struct mem *m, const struct fitness_case *c, const struct check *row, struct finding f)
{
    const char *here = f.cost;
    f.check = row->id;
    f.title = row->title;
    f.cost = NULL;
    if (f.fitness == FITNESS_GOOD || f.fitness == FITNESS_UNKNOWN) {
        f.fix = f.undo = NULL;
        return f;
    }
    f.cost = here ? mem_printf(m, "%s; here: %s", row->cost, here) : row->cost;
    f.fix = first(first(f.fix, row->fix), settings_fix(m, &c->tunables, row->id));
    f.undo = first(first(f.undo, row->undo), settings_undo(m, &c->tunables, row->id));
    return f;
}

struct finding *fitness_findings(struct mem *m, const struct fitness_case *c, size_t *n)
{
    struct finding *all = mem_array(m, NCHECKS, sizeof *all);
    struct facts change;
    host_state_change(m, &c->before, &c->after, &change);
    for (size_t i = 0; i < NCHECKS; i++)
        all[i] = complete(m, c, &checks[i], checks[i].look(m, c, &checks[i], &change));
    *n = NCHECKS;
    return all;
}
