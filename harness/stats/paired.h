/* SPDX-License-Identifier: Apache-2.0
 * Verdicts from paired rounds, looked at a few times while they come in. Pure: what to measure next, and in the end what
 * to say, are functions of the rounds alone.
 *
 * A round is a fresh pair of processes, baseline and candidate, that took turns within milliseconds; its d is
 * ln(current/base). Fresh processes make rounds independent, so that the luck of one address layout is scatter between
 * rounds and not a hidden constant.
 *
 * Rounds are looked at when a benchmark has looks[0], looks[1], ... of them, each time with the K-th part of alpha
 * (Bonferroni over K looks). At a look, with t the threshold, f the noise floor, on the log scale:
 *   suspect     the median of d lies beyond max(t, f), and the exact one-sided sign test of "no slower" (or "no faster"),
 *               corrected over all benchmarks (Holm), rejects at alpha/K
 *   equivalent  the exact order-statistic interval of the median at 1 - 2 alpha/K lies within -t .. t, and f <= t
 *               or the differences in all of it are smaller than the clock tells
 *   open        otherwise: measured further, up to the last look; but beyond `patience` rounds only if the rounds so far
 *               say that the last look could settle it
 * Suspects, and only they, are measured again in fresh rounds: twice as many as made them suspects, and at least
 * `confirm`, because what needed many rounds to be seen cannot be refuted by few. They are REGRESSED or IMPROVED if those
 * rounds alone reject at `confirm_alpha` (Holm over the suspects) and the median of all rounds still lies beyond
 * max(t, f). The interval shown is that of all rounds. */
#ifndef KM_PAIRED_H
#define KM_PAIRED_H

#include "harness/stats/verdict.h"

enum { PAIR_LOOKS_MAX = 8 };

struct pair_policy {
    struct policy rule; /* alpha is that of the whole suite, over all looks */
    int looks[PAIR_LOOKS_MAX];
    int nlooks;
    int patience;         /* rounds after which an open benchmark needs a prospect of being settled */
    int confirm;          /* least rounds of a confirmation */
    double confirm_alpha; /* of all confirmations together */
};

extern const struct pair_policy pair_policy_default;

/* The evidence about one benchmark, or about one metric of it. */
struct pair_series {
    const char *name;
    const char *metric, *unit; /* NULL: time */
    enum direction direction;  /* d is ln(current/base) in the metric's own terms, whatever is better */
    bool own_threshold;        /* the threshold is the metric's own: the policy's does not override it */
    bool exact;       /* base and current are exact counts, and d[0] their distance: they need no more rounds */
    const char *op;   /* benchmarks with the same one are related (stats/shift.h) */
    double threshold; /* relative: 0.10; the policy's, if it has one, overrides it */
    const double *d;  /* of the first n rounds, in order */
    size_t n;
    const double *again; /* of the rounds of the confirmation */
    size_t nagain;
    double base, current; /* medians, seconds per iteration or in the metric's unit */
    double floor;         /* relative: what identical programs differ by however many rounds (floor.h); NAN: unknown */
    double least;         /* absolute: smaller differences are below what the clock tells, or anybody cares; 0: none */
    bool identical;       /* both sides run the same code */
    double round_seconds; /* what a round costs; NAN: unknown */
    double base_work, current_work; /* instructions per iteration, the second witness; NAN: not counted */
};

enum pair_next {
    PAIR_DONE,
    PAIR_MORE,    /* up to the next look */
    PAIR_CONFIRM, /* pair_fresh() rounds again */
};

/* Metrics beside time are series like any other, in the same family. Theirs is the direction that is worse: the decision
 * looks at d with its sign turned where higher is better, and the numbers shown are turned back. A series whose medians
 * have no ratio (a 0 on one side, a value below 0) is judged by the distances of metric.h and shown without a ratio. One
 * without any value in the rounds of the first look is done. A metric that nobody judges is never confirmed. Exact counts
 * stand outside the family: beyond the threshold they have changed. */

/* What each benchmark needs next; a suspect is confirmed only when no benchmark needs more rounds, so ask again until all
 * are done. next[] has n places. NULL policy: the default. */
void pair_next(struct mem *m, const struct pair_series *s, size_t n, const struct pair_policy *policy,
               enum pair_next *next);

/* Rounds that this series has at its next look. */
int pair_goal(const struct pair_series *s, const struct pair_policy *policy);

/* Rounds of its confirmation. */
size_t pair_fresh(const struct pair_series *s, const struct pair_policy *policy);

/* The verdicts on the rounds there are, complete or not: what is still open is INCONCLUSIVE, and says how many rounds and
 * minutes it would take. Identical code is never REGRESSED or IMPROVED: what moved then is ENVIRONMENT. When unrelated
 * benchmarks moved together (stats/shift.h) it is ENVIRONMENT too. */
struct verdict *pair_verdicts(struct mem *m, const struct pair_series *s, size_t n, const struct pair_policy *policy);

#endif
