/* SPDX-License-Identifier: Apache-2.0
 * What two states say against a run. */
#include "harness/host/fitness.h"

#include "harness/base/buf.h"

#include <math.h>
#include <string.h>

enum unit { UNIT_SHARE, UNIT_COUNT, UNIT_BYTES };

/* A number of host_state_change() and the most of it that a fit machine shows. */
struct limit {
    const char *key;
    double most;
    double sign; /* -1: it is the fall that is limited */
    bool per_second;
    enum unit unit;
    const char *words;
};

/* Shares: 5% steal makes means 5% longer, half of the usual threshold; a quarter of all CPU time is more than daemons
 * use. A group that is throttled in one of a hundred of its periods of 0.1 s moves no median. Turbo alone lowers the
 * frequency by less than a fifth between an idle and a busy machine of one package. */
static const struct limit limits[] = {
    { "steal.share", 0.05, 1, false, UNIT_SHARE, "of the CPU time was stolen by the hypervisor" },
    { "others.share", 0.25, 1, false, UNIT_SHARE, "of the CPU time went to other programs" },
    { "throttle.events", 0, 1, false, UNIT_COUNT, "times a core was throttled for its heat" },
    { "throttle.package.events", 0, 1, false, UNIT_COUNT, "times a CPU package was throttled for its heat" },
    { "cgroup.throttled.events", 0.1, 1, true, UNIT_COUNT,
      "times a second the control group's CPU limit stopped everything" },
    { "swap.growth", 64 << 20, 1, false, UNIT_BYTES, "of memory went to swap" },
    { "frequency.change", 0.20, -1, false, UNIT_SHARE, "of its frequency was lost by the CPU" },
};

/* Settings that must stay as they are. */
static const struct {
    const char *key, *words;
} fixed[] = {
    { "governor.now", "the frequency governor" },
    { "turbo.now", "turbo" },
    { "power", "the power source" },
};

enum { NLIMITS = sizeof limits / sizeof *limits, NFIXED = sizeof fixed / sizeof *fixed };

/* Ticks of 10 ms: a share of fewer is one of rounding. */
static const double ticks_for_a_share = 50;

static void show(struct buf *b, double x, enum unit unit)
{
    if (unit == UNIT_SHARE)
        buf_printf(b, "%.3g%%", x * 100);
    else if (unit == UNIT_BYTES)
        buf_printf(b, "%.3g MiB", x / (1 << 20));
    else
        buf_printf(b, "%.3g", x);
}

static void separate(struct buf *b)
{
    if (b->len)
        buf_puts(b, "; ");
}

static double amount(const struct limit *l, const struct facts *change)
{
    double x = l->sign * fact_number(change, l->key);
    return l->per_second ? x / fact_number(change, "seconds") : x;
}

static bool enough(const struct limit *l, const struct facts *before, const struct facts *after)
{
    double ticks = fact_number(after, "cpu.jiffies.total") - fact_number(before, "cpu.jiffies.total");
    return l->unit != UNIT_SHARE || l->sign < 0 || ticks >= ticks_for_a_share;
}

static const char *take(struct mem *m, struct buf *b)
{
    const char *text = b->len ? mem_dup(m, buf_text(b)) : NULL;
    buf_free(b);
    return text;
}

/* "turbo was on before and off after" */
static void add_changes(struct buf *b, const struct facts *before, const struct facts *after, const char *when[2])
{
    for (size_t i = 0; i < NFIXED; i++) {
        const char *one = fact_value(before, fixed[i].key), *two = fact_value(after, fixed[i].key);
        if (!one || !two || !strcmp(one, two))
            continue;
        separate(b);
        buf_printf(b, "%s was '%s' %s and '%s' %s", fixed[i].words, one, when[0], two, when[1]);
    }
}

const char *host_state_verdict(struct mem *m, const struct facts *before, const struct facts *after)
{
    struct facts change;
    struct buf b = { 0 };
    host_state_change(m, before, after, &change);
    for (size_t i = 0; i < NLIMITS; i++) {
        const struct limit *l = &limits[i];
        double x = amount(l, &change);
        if (!(x > l->most) || !isfinite(x) || !enough(l, before, after))
            continue;
        separate(&b);
        show(&b, x, l->unit);
        buf_printf(&b, " %s (limit ", l->words);
        show(&b, l->most, l->unit);
        buf_puts(&b, ")");
    }
    add_changes(&b, before, after, (const char *[]){ "before", "after" });
    return take(m, &b);
}

const char *host_state_differs(struct mem *m, const struct facts *base, const struct facts *current)
{
    struct buf b = { 0 };
    add_changes(&b, base, current, (const char *[]){ "for the baseline", "for this run" });
    return take(m, &b);
}

/* --- findings --- */

enum fitness fitness_worst(const struct finding *f, size_t n)
{
    enum fitness worst = FITNESS_GOOD;
    for (size_t i = 0; i < n; i++)
        if (f[i].fitness == FITNESS_UNFIT || (f[i].fitness == FITNESS_ADVICE && worst == FITNESS_GOOD))
            worst = f[i].fitness;
    return worst;
}
