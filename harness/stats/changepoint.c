/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats/changepoint.h"

#include "harness/stats/rng.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct change_policy change_policy_default = {
    .alpha = 0.01, .least = 0.01, .shortest = 4, .most = 8, .permutations = 499, .seed = 0x6b6d73746570
};

static const double tell_apart = 0.05, interval_z = 1.959963984540054, sigma_least = 0.001, clip = 5;

/* --- measured points ------------------------------------------------------------------------------------------------ */

/* Logarithms of the last measured points, and where they were. */
struct points {
    double *y;
    size_t *index;
    size_t n;
};

static struct points measured(struct mem *m, const double *x, size_t n)
{
    struct points p = { mem_array(m, n + 1, sizeof *p.y), mem_array(m, n + 1, sizeof *p.index), 0 };
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && x[i] > 0) {
            p.y[p.n] = log(x[i]);
            p.index[p.n++] = i;
        }
    return p;
}

/* --- the statistic -------------------------------------------------------------------------------------------------- */

static double median_of(struct mem *m, const double *y, size_t n)
{
    size_t finite;
    const double *sorted = stats_sorted(m, y, n, &finite);
    return stats_median(sorted, finite);
}

/* Differences of neighbours do not see the level or its steps; Winsorised, a few spikes neither. */
static double neighbour_sd(struct mem *m, const double *y, size_t n)
{
    double *d = mem_array(m, n, sizeof *d), df;
    for (size_t i = 1; i < n; i++)
        d[i - 1] = y[i] - y[i - 1];
    stats_sort(d, n - 1);
    double sd = stats_winsor_sd(m, d, n - 1, &df) / sqrt(2);
    return sd > sigma_least ? sd : sigma_least;
}

/* Values about their median, clipped, so that a spike counts for little and a step still for all its points. */
static double *clipped(struct mem *m, const double *y, size_t n)
{
    double *v = mem_array(m, n, sizeof *v), middle = median_of(m, y, n), most = clip * neighbour_sd(m, y, n);
    for (size_t i = 0; i < n; i++)
        v[i] = fmax(-most, fmin(y[i] - middle, most));
    return v;
}

struct stretch {
    size_t from, to;
    double share; /* of the variance that its distance from the rest explains */
};

/* Both the stretch and what is left of it on either side must be long enough to be a level, or empty. */
static struct stretch most_different(const double *v, size_t n, size_t shortest, double *sums)
{
    struct stretch best = { 0, 0, 0 };
    double mean = stats_mean(v, n), squares = 0;
    sums[0] = 0;
    for (size_t i = 0; i < n; i++) {
        sums[i + 1] = sums[i] + (v[i] - mean);
        squares += (v[i] - mean) * (v[i] - mean);
    }
    for (size_t from = 0; from + shortest <= n && squares > 0; from = from ? from + 1 : shortest)
        for (size_t to = from + shortest; to <= n; to++) {
            if ((to < n && n - to < shortest) || (!from && to == n))
                continue;
            double s = sums[to] - sums[from], k = (double)(to - from);
            double share = s * s / (k * (1 - k / (double)n)) / squares;
            if (share > best.share)
                best = (struct stretch){ from, to, share };
        }
    return best;
}

/* --- the test ------------------------------------------------------------------------------------------------------- */

struct search {
    struct mem *m;
    const struct change_policy *policy;
    struct rng rng;
    const double *y;
    size_t n;
    size_t *cuts; /* sorted; each begins a level */
    double *p;
    size_t ncuts;
};

struct null {
    double *y; /* what is permuted */
    double rho;
};

/* What the stretch leaves: differences from the medians inside and outside it. */
static double *residuals(struct mem *m, const double *y, size_t n, const struct stretch *s)
{
    double *r = mem_array(m, n, sizeof *r), *outside = mem_array(m, n, sizeof *outside);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (i < s->from || i >= s->to)
            outside[k++] = y[i];
    double in = median_of(m, y + s->from, s->to - s->from), out = median_of(m, outside, k);
    for (size_t i = 0; i < n; i++)
        r[i] = y[i] - (i < s->from || i >= s->to ? out : in);
    return r;
}

/* Lag-one correlation of the residuals, with the bias of a short series and of its fitted levels taken off: about
 * (2 + 4 rho)/n. */
static double resemblance(const double *r, size_t n)
{
    double up = 0, down = 0, mean = stats_mean(r, n);
    for (size_t i = 0; i < n; i++)
        down += (r[i] - mean) * (r[i] - mean);
    for (size_t i = 1; i < n; i++)
        up += (r[i] - mean) * (r[i - 1] - mean);
    double rho = down > 0 ? up / down : 0;
    rho += (2 + 4 * rho) / (double)n;
    return fmax(0, fmin(rho, 0.8));
}

/* What would be there without a step: the values themselves in any order, or, where neighbours resemble each other, the
 * innovations of the residuals in any order. */
static struct null null_of(struct mem *m, const double *y, size_t n, const struct stretch *s)
{
    double *r = residuals(m, y, n, s), rho = resemblance(r, n);
    struct null null = { mem_array(m, n, sizeof *null.y), rho };
    memcpy(null.y, rho > 0 ? r : y, n * sizeof *y);
    for (size_t i = n; rho > 0 && i-- > 1;)
        null.y[i] -= rho * r[i - 1];
    return null;
}

static void permute(struct rng *rng, const struct null *null, size_t n, double *y)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rng_below(rng, i);
        double t = null->y[i - 1];
        null->y[i - 1] = null->y[k];
        null->y[k] = t;
    }
    y[0] = null->y[0] / sqrt(1 - null->rho * null->rho); /* as wide as the later ones */
    for (size_t i = 1; i < n; i++)
        y[i] = null->y[i] + null->rho * y[i - 1];
}

/* Share of series without a step that look at least as different. It ends as soon as it cannot become significant. */
static double test(struct search *s, const double *y, size_t n, const struct stretch *found)
{
    struct null null = null_of(s->m, y, n, found);
    double *z = mem_array(s->m, n, sizeof *z), *sums = mem_array(s->m, n + 1, sizeof *sums);
    int total = s->policy->permutations, hits = 1;
    double enough = s->policy->alpha * (total + 1);
    for (int i = 0; i < total && hits <= enough; i++) {
        permute(&s->rng, &null, n, z);
        hits += most_different(z, n, (size_t)s->policy->shortest, sums).share >= found->share * (1 - 1e-9);
    }
    return hits > enough ? 1 : (double)hits / (total + 1);
}

/* --- the search ----------------------------------------------------------------------------------------------------- */

static void add_cut(struct search *s, size_t at, double p)
{
    size_t i = s->ncuts;
    for (; i && s->cuts[i - 1] > at; i--) {
        s->cuts[i] = s->cuts[i - 1];
        s->p[i] = s->p[i - 1];
    }
    s->cuts[i] = at;
    s->p[i] = p;
    s->ncuts++;
}

/* Splits y[from..to) where it differs most, and its parts. */
static void split(struct search *s, size_t from, size_t to)
{
    size_t n = to - from, shortest = (size_t)s->policy->shortest;
    if (n < 2 * shortest || s->ncuts + 2 > (size_t)s->policy->most)
        return;
    const double *v = clipped(s->m, s->y + from, n);
    struct stretch found = most_different(v, n, shortest, mem_array(s->m, n + 1, sizeof(double)));
    double p = found.share > 0 ? test(s, v, n, &found) : 1;
    if (p > s->policy->alpha)
        return;
    const size_t ends[] = { from, from + found.from, from + found.to, to };
    for (int i = 1; i < 3; i++)
        if (ends[i] > from && ends[i] < to)
            add_cut(s, ends[i], p);
    for (int i = 0; i < 3; i++)
        if (ends[i + 1] > ends[i])
            split(s, ends[i], ends[i + 1]);
}

/* --- the levels ----------------------------------------------------------------------------------------------------- */

static size_t level_start(const struct search *s, size_t cut)
{
    return cut ? s->cuts[cut - 1] : 0;
}

static size_t level_end(const struct search *s, size_t cut)
{
    return cut + 1 < s->ncuts ? s->cuts[cut + 1] : s->n;
}

/* The order statistics of all differences between two levels that bound their shift at 95% (Moses), relative. */
static void measure_step(struct mem *m, const double *a, size_t na, const double *b, size_t nb,
                         struct stats_change *out)
{
    double *d = mem_array(m, na * nb, sizeof *d), n = (double)na, k = (double)nb;
    for (size_t i = 0; i < na * nb; i++)
        d[i] = b[i % nb] - a[i / nb];
    stats_sort(d, na * nb);
    double rank = floor(n * k / 2 - interval_z * sqrt(n * k * (n + k + 1) / 12));
    size_t edge = rank > 0 ? (size_t)rank : 0;
    out->change = expm1(stats_median(d, na * nb));
    out->low = expm1(d[edge]);
    out->high = expm1(d[na * nb - 1 - edge]);
}

static double strength(struct search *s, size_t cut, struct stats_change *out)
{
    size_t from = level_start(s, cut), at = s->cuts[cut], to = level_end(s, cut);
    measure_step(s->m, s->y + from, at - from, s->y + at, to - at, out);
    return stats_mann_whitney(s->m, s->y + from, at - from, s->y + at, to - at).p;
}

static void drop_cut(struct search *s, size_t cut)
{
    s->ncuts--;
    memmove(s->cuts + cut, s->cuts + cut + 1, (s->ncuts - cut) * sizeof *s->cuts);
    memmove(s->p + cut, s->p + cut + 1, (s->ncuts - cut) * sizeof *s->p);
}

/* Takes back the weakest step until all that are left hold between their neighbours. */
static void prune(struct search *s)
{
    for (;;) {
        size_t worst = s->ncuts;
        double worst_p = tell_apart;
        struct stats_change c;
        for (size_t i = 0; i < s->ncuts; i++) {
            double p = strength(s, i, &c);
            if (fabs(log1p(c.change)) < log1p(s->policy->least))
                p = 1;
            if (p > worst_p) {
                worst = i;
                worst_p = p;
            }
        }
        if (worst == s->ncuts)
            return;
        drop_cut(s, worst);
    }
}

struct stats_change *stats_changes(struct mem *m, const double *x, size_t n, const struct change_policy *policy,
                                   size_t *count)
{
    struct points p = measured(m, x, n);
    size_t skip = p.n > CHANGE_POINTS_MAX ? p.n - CHANGE_POINTS_MAX : 0;
    struct mem scratch = { 0 };
    struct search s = {
        .m = &scratch, .policy = policy ? policy : &change_policy_default, .y = p.y + skip, .n = p.n - skip
    };
    s.cuts = mem_array(&scratch, (size_t)s.policy->most + 1, sizeof *s.cuts);
    s.p = mem_array(&scratch, (size_t)s.policy->most + 1, sizeof *s.p);
    rng_seed(&s.rng, s.policy->seed);
    split(&s, 0, s.n);
    prune(&s);
    struct stats_change *out = mem_array(m, s.ncuts + 1, sizeof *out);
    for (size_t i = 0; i < s.ncuts; i++) {
        strength(&s, i, &out[i]);
        out[i].at = p.index[skip + s.cuts[i]];
        out[i].before = p.index[skip + s.cuts[i] - 1];
        out[i].p = s.p[i];
    }
    *count = s.ncuts;
    mem_free(&scratch);
    return out;
}

double *stats_unstepped(struct mem *m, const double *x, size_t n, size_t *count)
{
    const struct stats_change *c = stats_changes(m, x, n, NULL, count);
    double *out = mem_array(m, n + 1, sizeof *out), factor = 1;
    size_t k = *count;
    for (size_t i = n; i-- > 0;) {
        out[i] = x[i] * factor;
        if (k && c[k - 1].at == i)
            factor *= 1 + c[--k].change;
    }
    return out;
}

/* --- creep ---------------------------------------------------------------------------------------------------------- */

enum { CREEP_LEVEL = 5 };
static const double creep_k = 0.5, creep_h = 5, creep_clip = 3, creep_least = 0.01;

static bool cusum_alarm(const double *y, size_t n, double level, double sd)
{
    double up = 0, down = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fmax(-creep_clip, fmin((y[i] - level) / sd, creep_clip));
        up = fmax(0, up + d - creep_k);
        down = fmax(0, down - d - creep_k);
    }
    return up > creep_h || down > creep_h;
}

/* Mean distance of y from a straight line. */
static double line_misfit(const double *y, size_t n)
{
    double mx = (double)(n - 1) / 2, my = stats_mean(y, n), sxy = 0, sxx = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        sxy += ((double)i - mx) * (y[i] - my);
        sxx += ((double)i - mx) * ((double)i - mx);
    }
    for (size_t i = 0; i < n; i++)
        sum += fabs(y[i] - my - sxy / sxx * ((double)i - mx));
    return sum / (double)n;
}

/* Mean distance of y from the medians of its levels; index[i] is where point i stands in the series. */
static double steps_misfit(struct mem *m, const struct points *p, size_t from, const struct stats_change *c, size_t n)
{
    double sum = 0;
    for (size_t i = from, k = 0, end; i < p->n; i = end) {
        while (k < n && c[k].at <= p->index[i])
            k++;
        for (end = i + 1; end < p->n && (k == n || p->index[end] < c[k].at);)
            end++;
        double level = median_of(m, p->y + i, end - i);
        for (size_t t = i; t < end; t++)
            sum += fabs(p->y[t] - level);
    }
    return sum / (double)(p->n - from);
}

bool stats_is_gradual(struct mem *m, const double *x, size_t n, size_t from, const struct stats_change *c, size_t count)
{
    struct points p = measured(m, x, n);
    size_t first = 0, later = 0;
    while (first < p.n && p.index[first] < from)
        first++;
    for (size_t i = 0; i < count; i++)
        later += c[i].at > from;
    return !later || p.n - first < 3 ||
           line_misfit(p.y + first, p.n - first) < 1.25 * steps_misfit(m, &p, first, c, count);
}

struct stats_creep stats_creep(struct mem *m, const double *x, size_t n, size_t reference)
{
    struct points p = measured(m, x, n);
    size_t known = 0; /* points up to the reference */
    while (known < p.n && p.index[known] <= reference)
        known++;
    struct stats_creep out = { false, NAN, p.n - known };
    size_t from = known > CREEP_LEVEL ? known - CREEP_LEVEL : 0, to = known < CREEP_LEVEL ? CREEP_LEVEL : known;
    if (!known || to + CREEP_LEVEL > p.n)
        return out;
    double level = median_of(m, p.y + from, to - from), sd = neighbour_sd(m, p.y, p.n);
    double now = median_of(m, p.y + p.n - CREEP_LEVEL, CREEP_LEVEL) - level;
    double error = 1.2533 * sd * sqrt(1.0 / (double)(to - from) + 1.0 / CREEP_LEVEL);
    out.change = expm1(now);
    out.alarm = fabs(now) > 3 * error && fabs(now) > log1p(creep_least) && cusum_alarm(p.y + to, p.n - to, level, sd);
    return out;
}
