/* SPDX-License-Identifier: Apache-2.0
 * What two states of a machine say against the run between them. */
#include "harness/host/fitness.h"

#include "harness/host/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A state as numbers; NULL texts and negative numbers are not known. */
struct moment {
    double uptime, total, idle, iowait, steal, own;
    double core, package, cgroup, swap, mhz;
    const char *governor, *turbo, *power;
};

static const struct moment before = {
    1000, 100000, 50000, 0, 100, 1000, 5, 5, 10, 0, 3000, "performance", "on", "mains"
};

/* Ten seconds on ten CPUs: 10,000 ticks, of which this run used 2,000 and nobody else anything. */
static const struct moment after = {
    1010, 110000, 58000, 0, 100, 3000, 5, 5, 10, 0, 3000, "performance", "on", "mains"
};

static void add(struct mem *m, struct facts *f, const char *key, const char *value)
{
    f->all[f->n++] = (struct fact){ key, key, value, value ? NULL : "not here" };
    (void)m;
}

static void add_number(struct mem *m, struct facts *f, const char *key, double x)
{
    add(m, f, key, x >= 0 ? mem_printf(m, "%.17g", x) : NULL);
}

static struct facts facts_of(struct mem *m, const struct moment *t)
{
    struct facts f = { mem_array(m, 16, sizeof *f.all), 0 };
    add_number(m, &f, "uptime", t->uptime);
    add_number(m, &f, "cpu.jiffies.total", t->total);
    add_number(m, &f, "cpu.jiffies.idle", t->idle);
    add_number(m, &f, "cpu.jiffies.iowait", t->iowait);
    add_number(m, &f, "cpu.jiffies.steal", t->steal);
    add_number(m, &f, "cpu.jiffies.own", t->own);
    add_number(m, &f, "throttle.core", t->core);
    add_number(m, &f, "throttle.package", t->package);
    add_number(m, &f, "cgroup.throttled", t->cgroup);
    add_number(m, &f, "swap.used", t->swap);
    add_number(m, &f, "cpu.mhz.now", t->mhz);
    add(m, &f, "governor.now", t->governor);
    add(m, &f, "turbo.now", t->turbo);
    add(m, &f, "power", t->power);
    return f;
}

static const char *verdict(struct mem *m, const struct moment *one, const struct moment *two)
{
    struct facts a = facts_of(m, one), b = facts_of(m, two);
    return host_state_verdict(m, &a, &b);
}

/* NULL words: fit. */
static void expect(const struct moment *one, const struct moment *two, const char *words)
{
    struct mem m = { 0 };
    const char *text = verdict(&m, one, two);
    if (!text != !words || (words && !strstr(text, words)))
        fail_msg("'%s' instead of '%s'", text ? text : "fit", words ? words : "fit");
    mem_free(&m);
}

/* Each limit, reached and passed. */
#define FIT(field, value)                                                                                              \
    do {                                                                                                               \
        struct moment t_ = after;                                                                                      \
        t_.field = (value);                                                                                            \
        expect(&before, &t_, NULL);                                                                                    \
    } while (0)
#define UNFIT(field, value, words)                                                                                     \
    do {                                                                                                               \
        struct moment t_ = after;                                                                                      \
        t_.field = (value);                                                                                            \
        expect(&before, &t_, words);                                                                                   \
    } while (0)

static void test_limits(void **state)
{
    (void)state;
    expect(&before, &after, NULL);
    FIT(steal, 600);
    UNFIT(steal, 650, "5.5% of the CPU time was stolen by the hypervisor (limit 5%)");
    FIT(idle, 55500);
    UNFIT(idle, 55400, "26% of the CPU time went to other programs (limit 25%)");
    FIT(core, 5);
    UNFIT(core, 6, "1 times a core was throttled for its heat (limit 0)");
    UNFIT(package, 9, "4 times a CPU package was throttled for its heat (limit 0)");
    FIT(cgroup, 11);
    UNFIT(cgroup, 12, "0.2 times a second the control group's CPU limit stopped everything (limit 0.1)");
    FIT(swap, 64 << 20);
    UNFIT(swap, 96 << 20, "96 MiB of memory went to swap (limit 64 MiB)");
    FIT(mhz, 2400);
    FIT(mhz, 4500);
    UNFIT(mhz, 2250, "25% of its frequency was lost by the CPU (limit 20%)");
    UNFIT(governor, "powersave", "the frequency governor was 'performance' before and 'powersave' after");
    UNFIT(turbo, "off", "turbo was 'on' before and 'off' after");
    UNFIT(power, "battery", "the power source was 'mains' before and 'battery' after");
}

/* What a long busy run does itself is not held against it. */
static void test_own_work(void **state)
{
    (void)state;
    struct moment t = after;
    t.idle = before.idle;
    t.own = before.own + 10000;
    expect(&before, &t, NULL);
    t.own = before.own + 7000;
    expect(&before, &t, "30% of the CPU time went to other programs");
    t.own = before.own + 10050; /* ticks of one process and of the machine are rounded apart */
    expect(&before, &t, NULL);
}

static void test_everything_at_once(void **state)
{
    (void)state;
    struct moment t = after;
    t.steal = 2000;
    t.core = 7;
    t.governor = "schedutil";
    expect(&before, &t,
           "19% of the CPU time was stolen by the hypervisor (limit 5%); 2 times a core was throttled for its "
           "heat (limit 0); the frequency governor was 'performance' before and 'schedutil' after");
}

/* Nothing is held against a run that is not known on both sides, ran backwards, or was too short for ticks. */
static void test_unknown(void **state)
{
    (void)state;
    static const struct moment nothing = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, NULL, NULL, NULL };
    struct moment t = after;
    t.steal = 9000, t.core = 99, t.package = 99, t.cgroup = 9999, t.swap = 1e12, t.mhz = 1, t.governor = "x";
    expect(&nothing, &t, NULL);
    expect(&t, &nothing, NULL);
    expect(&nothing, &nothing, NULL);
    struct moment booted = before; /* in between */
    booted.uptime = 1;
    booted.total = 500, booted.idle = 400, booted.steal = 0, booted.own = 3;
    booted.core = booted.package = booted.cgroup = 0;
    expect(&after, &booted, NULL);
    struct moment brief = before;
    brief.total += 49, brief.steal += 49;
    expect(&before, &brief, NULL);
    struct mem m = { 0 };
    struct facts none = { 0 };
    assert_null(host_state_verdict(&m, &none, &none));
    assert_null(host_state_differs(&m, &none, &none));
    mem_free(&m);
}

static void test_two_runs(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct moment t = before;
    struct facts base = facts_of(&m, &after), same = facts_of(&m, &t);
    assert_null(host_state_differs(&m, &base, &same));
    t.governor = NULL;
    t.turbo = "off";
    t.mhz = 1;
    struct facts other = facts_of(&m, &t);
    assert_string_equal(host_state_differs(&m, &base, &other),
                        "turbo was 'on' for the baseline and 'off' for this run");
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_own_work), cmocka_unit_test(test_everything_at_once),
        cmocka_unit_test(test_unknown), cmocka_unit_test(test_two_runs),
    };
    return cmocka_run_group_tests_name("fitness", tests, NULL, NULL);
}
