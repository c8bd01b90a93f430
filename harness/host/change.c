/* SPDX-License-Identifier: Apache-2.0
 * What happened on the host between two states. */
#include "harness/host/host.h"

#include <math.h>
#include <string.h>

/* How a number follows from before and after. */
enum rule {
    RULE_SHARE, /* growth of `key` over growth of all CPU time */
    RULE_BUSY,  /* 1 - share of idle and waiting */
    RULE_COUNT, /* growth of a counter, which cannot be negative */
    RULE_DELTA, /* difference, either sign */
    RULE_MAX,
    RULE_OTHERS, /* busy share less the growth of `key`, this run's own time */
    RULE_RATIO,  /* after over before, less 1 */
};

struct change {
    const char *key, *title, *of;
    enum rule rule;
};

static const struct change changes[] = {
    { "seconds", "Seconds between the two states", "uptime", RULE_COUNT },
    { "steal.share", "Share of CPU time stolen by the hypervisor", "cpu.jiffies.steal", RULE_SHARE },
    { "iowait.share", "Share of CPU time waiting for I/O", "cpu.jiffies.iowait", RULE_SHARE },
    { "busy.share", "Share of CPU time busy", "cpu.jiffies.idle", RULE_BUSY },
    { "throttle.events", "Core throttle events", "throttle.core", RULE_COUNT },
    { "cgroup.throttled.events", "Periods throttled by the control group", "cgroup.throttled", RULE_COUNT },
    { "temperature.rise", "Temperature rise (°C)", "temperature", RULE_DELTA },
    { "load.max", "Higher load average of both", "load.1", RULE_MAX },
    { "swap.growth", "Growth of used swap (bytes)", "swap.used", RULE_DELTA },
    { "others.share", "Share of CPU time used by others", "cpu.jiffies.own", RULE_OTHERS },
    { "throttle.package.events", "Package throttle events", "throttle.package", RULE_COUNT },
    { "frequency.change", "Change of the frequency", "cpu.mhz.now", RULE_RATIO },
};
enum { NCHANGES = sizeof changes / sizeof *changes };

static double growth(const struct facts *before, const struct facts *after, const char *key)
{
    return fact_number(after, key) - fact_number(before, key);
}

static double share(const struct facts *before, const struct facts *after, const char *key)
{
    double all = growth(before, after, "cpu.jiffies.total"), part = growth(before, after, key);
    return all > 0 && part >= 0 && part <= all ? part / all : NAN;
}

static double busy(const struct facts *before, const struct facts *after)
{
    return 1 - share(before, after, "cpu.jiffies.idle") - share(before, after, "cpu.jiffies.iowait");
}

/* Stolen time is nobody's work here, and the ticks of one process and of the machine are rounded apart. */
static double others(const struct facts *before, const struct facts *after, const char *own)
{
    double rest = busy(before, after) - share(before, after, own) - share(before, after, "cpu.jiffies.steal");
    return isnan(rest) ? NAN : fmax(0, rest);
}

static double derive(const struct change *c, const struct facts *before, const struct facts *after)
{
    double delta = growth(before, after, c->of);
    switch (c->rule) {
    case RULE_SHARE:
        return share(before, after, c->of);
    case RULE_BUSY:
        return busy(before, after);
    case RULE_COUNT:
        return delta >= 0 ? delta : NAN;
    case RULE_DELTA:
        return delta;
    case RULE_OTHERS:
        return others(before, after, c->of);
    case RULE_RATIO:
        return fact_number(before, c->of) > 0 ? delta / fact_number(before, c->of) : NAN;
    case RULE_MAX:
        return isnan(delta) ? NAN : fmax(fact_number(before, c->of), fact_number(after, c->of));
    }
    return NAN;
}

static const char *reason(struct mem *m, const struct change *c, const struct facts *before, const struct facts *after)
{
    if (isnan(fact_number(before, c->of)) || isnan(fact_number(after, c->of)))
        return mem_printf(m, "%s is not known on both sides", c->of);
    return mem_printf(m, "%s or the CPU time it is a share of did not grow as a counter does", c->of);
}

void host_state_change(struct mem *m, const struct facts *before, const struct facts *after, struct facts *out)
{
    out->n = NCHANGES;
    out->all = mem_array(m, NCHANGES, sizeof *out->all);
    for (size_t i = 0; i < NCHANGES; i++) {
        double x = derive(&changes[i], before, after);
        out->all[i] = (struct fact){ .key = changes[i].key, .title = changes[i].title };
        if (isnan(x))
            out->all[i].why = reason(m, &changes[i], before, after);
        else
            out->all[i].value = mem_printf(m, "%.10g", x);
    }
}
