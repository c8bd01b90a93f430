/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats/calibration.h"

#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.95;

static int by_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int by_number(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(b) - isnan(a); /* the suite's own threshold first */
    return (a > b) - (a < b);
}

/* 0: tests of the same thing. */
static int by_test(const struct calibration *a, const struct calibration *b)
{
    int order[] = { by_text(a->suites, b->suites), by_text(a->filter, b->filter), a->neighbour - b->neighbour,
                    by_number(a->threshold, b->threshold), by_number(a->effect, b->effect) };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (order[i])
            return order[i];
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct calibration *x = a, *y = b;
    int order = by_test(x, y);
    return order ? order : by_number(x->measured, y->measured);
}

static void add(struct calibration *to, const struct calibration *c)
{
    double gates = (double)(to->gates + c->gates);
    if (gates > 0)
        to->seconds = ((double)to->gates * to->seconds + (double)c->gates * c->seconds) / gates;
    to->measured = c->measured;
    to->version = c->version;
    to->seed = c->seed;
    to->gates += c->gates;
    to->red += c->red;
    to->unsettled += c->unsettled;
    to->asked += c->asked;
    to->regressed += c->regressed;
    to->equivalent += c->equivalent;
    to->inconclusive += c->inconclusive;
    to->other += c->other;
    for (int i = 0; i < RIVALS; i++) {
        to->rivals[i].red += c->rivals[i].red;
        to->rivals[i].called += c->rivals[i].called;
    }
}

size_t calibration_pool(struct calibration *lines, size_t n)
{
    size_t kept = 0;
    if (n)
        qsort(lines, n, sizeof *lines, compare);
    for (size_t i = 0; i < n; i++)
        if (kept && !by_test(&lines[kept - 1], &lines[i]))
            add(&lines[kept - 1], &lines[i]);
        else
            lines[kept++] = lines[i];
    for (size_t i = 0; i < kept; i++) {
        lines[i].red_most = stats_share_high(lines[i].red, lines[i].gates, level);
        lines[i].called_least = stats_share_low(lines[i].regressed, lines[i].asked, level);
    }
    return kept;
}
