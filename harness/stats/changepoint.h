/* SPDX-License-Identifier: Apache-2.0
 * Where the level of a series changed for good, and whether it creeps. Pure and deterministic.
 *
 * Both look back over a history. Neither decides about the newest run, which the gate does (stats/verdict.h). */
#ifndef KM_CHANGEPOINT_H
#define KM_CHANGEPOINT_H

#include "harness/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A step between two points of the series. Changes are relative: 0.12 is 12% slower than before. */
struct stats_change {
    size_t at;                /* index of the first point of the new level */
    size_t before;            /* index of the last measured point of the old level */
    double change, low, high; /* Hodges and Lehmann's, with the interval at 95% (Moses) over the two levels */
    double p;                 /* of the permutation test that found it */
};

struct change_policy {
    double alpha;     /* chance that a series without a step is given one */
    double least;     /* smaller steps are not worth a word: 0.01 */
    int shortest;     /* points of a level; a disturbance of fewer is no step */
    int most;         /* steps */
    int permutations; /* of a test */
    uint64_t seed;
};

extern const struct change_policy change_policy_default;

enum { CHANGE_POINTS_MAX = 150 }; /* of a series, its last ones, are looked at: the cost grows with their square */

/* Steps of x[0..n), values above 0; others (a failed run is NAN) are passed over. Oldest first, in m; *count of them.
 * NULL policy: the default.
 *
 * Circular binary segmentation (Olshen, Venkatraman, Lucito, Wigler 2004) on clipped logarithms: of all stretches of the
 * series the one whose distance from the rest explains most of the variance is tested by permutation, so a level that
 * comes back is found as well as one that stays. Values are clipped at 5 standard deviations (of neighbours) from the
 * median, so a spike counts for little. Where neighbouring runs resemble each other, the permuted series are given the
 * same resemblance (first-order autoregression of what the stretch leaves). Each part is searched again. In the end a
 * step between two levels that the U test cannot tell apart at 5% is taken back. */
struct stats_change *stats_changes(struct mem *m, const double *x, size_t n, const struct change_policy *policy,
                                   size_t *count);

/* A copy of x with every level at that of the last one, so that its scatter is noise and no step. *count: of the steps
 * taken out. */
double *stats_unstepped(struct mem *m, const double *x, size_t n, size_t *count);

/* Slow change away from a level. */
struct stats_creep {
    bool alarm;
    double change; /* level of the last points over that at `reference`, relative; NAN: too few points */
    size_t points; /* measured after the reference */
};

/* Two-sided CUSUM of x after x[reference], against the median of up to 5 points that end there (or begin, where there are
 * fewer before it): k = 0.5 and h = 5 standard deviations, as estimated from neighbouring points, with single values
 * clipped at 3. The alarm also wants the last 5 points to lie 3 standard errors and 1% from that level, because the level
 * is known from few points only. */
struct stats_creep stats_creep(struct mem *m, const double *x, size_t n, size_t reference);

/* Whether x from index `from` on looks like a slope rather than the steps found in it; true where there are none. */
bool stats_is_gradual(struct mem *m, const double *x, size_t n, size_t from, const struct stats_change *c,
                      size_t count);

#endif
