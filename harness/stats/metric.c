/* SPDX-License-Identifier: Apache-2.0
 * The table of metrics, and distances between values. */
#include "harness/stats/metric.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* What the end of a name or the whole unit says. The first row that fits counts. Names are compared as those of events:
 * case does not count, and '_' is '-'. */
static const struct {
    const char *name_end, *unit; /* one of them */
    enum direction direction;
} known[] = {
    { NULL, "/s", DIRECTION_HIGHER }, /* of units only the end is compared here */
    { "/s", NULL, DIRECTION_HIGHER },
    { "per-second", NULL, DIRECTION_HIGHER },
    { "per-sec", NULL, DIRECTION_HIGHER },
    { "throughput", NULL, DIRECTION_HIGHER },
    { "cosine", NULL, DIRECTION_HIGHER },
    { "ipc", NULL, DIRECTION_HIGHER },
    { "clock-resolution", NULL, DIRECTION_NONE }, /* of the machine, not of the benchmark */
    { "clock-cost", NULL, DIRECTION_NONE },
    { "rmse", NULL, DIRECTION_LOWER },
    { "error", NULL, DIRECTION_LOWER },
    { "divergence", NULL, DIRECTION_LOWER },
    { "instructions", NULL, DIRECTION_LOWER },
    { "instructions-stepped", NULL, DIRECTION_LOWER },
    { "cycles", NULL, DIRECTION_LOWER },
    { "stalled-cycles-frontend", NULL, DIRECTION_LOWER },
    { "stalled-cycles-backend", NULL, DIRECTION_LOWER },
    { "branches", NULL, DIRECTION_LOWER },
    { "misses", NULL, DIRECTION_LOWER },
    { "faults", NULL, DIRECTION_LOWER },
    { "switches", NULL, DIRECTION_LOWER },
    { "migrations", NULL, DIRECTION_LOWER },
    { "cache-references", NULL, DIRECTION_LOWER },
    { "latency", NULL, DIRECTION_LOWER },
    { "allocs-per-iter", NULL, DIRECTION_LOWER }, /* Google Benchmark's memory manager */
    { "max-bytes-used", NULL, DIRECTION_LOWER },
    { "total-allocated-bytes", NULL, DIRECTION_LOWER },
    { "net-heap-growth", NULL, DIRECTION_LOWER },
    { NULL, "instructions", DIRECTION_LOWER },
    { NULL, "cycles", DIRECTION_LOWER },
    { NULL, "misses", DIRECTION_LOWER },
    { NULL, "faults", DIRECTION_LOWER },
    { NULL, "switches", DIRECTION_LOWER },
    { NULL, "migrations", DIRECTION_LOWER },
    { NULL, "branches", DIRECTION_LOWER },
    { NULL, "accesses", DIRECTION_LOWER },
    { NULL, "bytes", DIRECTION_LOWER },
    { NULL, "B", DIRECTION_LOWER },
    { NULL, "J", DIRECTION_LOWER },
    { NULL, "s", DIRECTION_LOWER },
    { NULL, "ms", DIRECTION_LOWER },
    { NULL, "us", DIRECTION_LOWER },
    { NULL, "ns", DIRECTION_LOWER },
    { NULL, "nats", DIRECTION_LOWER },
};

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    if (len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = text[len - n + i];
        if (tolower((unsigned char)(c == '_' ? '-' : c)) != end[i])
            return false;
    }
    return len == n || *end == '/' || !isalnum((unsigned char)text[len - n - 1]);
}

static bool unit_is(const char *unit, const char *row)
{
    return *row == '/' ? ends_in(unit, row) : !strcmp(unit, row);
}

enum direction metric_direction(const char *name, const char *unit)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *end = known[i].name_end, *whole = known[i].unit;
        if ((end && name && ends_in(name, end)) || (whole && unit && unit_is(unit, whole)))
            return known[i].direction;
    }
    return DIRECTION_UNKNOWN;
}

bool metric_exact(const char *name)
{
    static const char *const names[] = { "instructions-stepped", "rmse", "max-error", "cosine", "kl-divergence" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* The array doubles when it is full, which its length tells. */
static double *room_for_one(struct mem *m, const struct metric *metric)
{
    size_t n = metric->nrounds;
    if (n & (n - 1))
        return metric->rounds;
    double *grown = mem_array(m, n ? 2 * n : 1, sizeof *grown);
    if (n)
        memcpy(grown, metric->rounds, n * sizeof *grown);
    return grown;
}

void metric_add(struct mem *m, struct metric *metric, double value)
{
    if (!isfinite(value))
        return;
    metric->rounds = room_for_one(m, metric);
    metric->rounds[metric->nrounds++] = value;
    double n = (double)metric->nrounds;
    metric->value = n > 1 ? metric->value + (value - metric->value) / n : value;
    metric->why = NULL;
}

bool metric_concerns(const struct metric_ask *ask, const struct entry *entry)
{
    return !ask->suite || (entry->suite && !strcmp(ask->suite, entry->suite));
}

/* --- rates ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *unit;
    size_t at; /* in struct km_cost; SIZE_MAX: an iteration is one */
} rates[] = {
    { "ops_per_second", "/s", SIZE_MAX },
    { "items_per_second", "/s", offsetof(struct km_cost, items) },
    { "bytes_per_second", "B/s", offsetof(struct km_cost, bytes) },
    { "flops_per_second", "flop/s", offsetof(struct km_cost, flops) },
};

const char *metric_rate_unit(const char *name)
{
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (!strcmp(name, rates[i].name))
            return rates[i].unit;
    return NULL;
}

bool metric_is_rate(const char *name)
{
    return metric_rate_unit(name) != NULL;
}

double metric_work(const char *name, const struct km_cost *cost)
{
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        if (strcmp(name, rates[i].name) != 0)
            continue;
        if (rates[i].at == SIZE_MAX)
            return 1;
        double work = *(const double *)(const void *)((const char *)cost + rates[i].at);
        return work > 0 ? work : NAN;
    }
    return NAN;
}

/* --- distances --------------------------------------------------------------------------------------------------- */

bool metric_has_ratio(double base, double current)
{
    return base > 0 && current > 0;
}

double metric_distance(double base, double current)
{
    if (!isfinite(base) || !isfinite(current))
        return NAN;
    if (base == current)
        return 0;
    if (metric_has_ratio(base, current))
        return log(current / base);
    double size = base == 0 ? METRIC_FAR : fmin(METRIC_FAR, log1p(fabs(current - base) / fabs(base)));
    return current > base ? size : -size;
}

double metric_worse(enum direction d)
{
    return d == DIRECTION_HIGHER ? -1 : 1;
}

const char *direction_name(enum direction d)
{
    static const char *const names[] = { [DIRECTION_LOWER] = "lower",
                                         [DIRECTION_HIGHER] = "higher",
                                         [DIRECTION_NONE] = "none",
                                         [DIRECTION_UNKNOWN] = "unknown" };
    return names[d];
}
