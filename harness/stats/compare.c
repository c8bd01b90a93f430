/* SPDX-License-Identifier: Apache-2.0
 * Comparisons: of stored results, and of paired rounds. */
#include "harness/stats/compare.h"

#include "harness/base/buf.h"
#include "harness/stats/noise.h"
#include "harness/stats/rounds.h"
#include "harness/stats/stats.h"

#include <math.h>

static const double power = 0.80;

/* Run-to-run noise has heavier tails than a normal distribution, however many runs its spread was learnt from. At 90% to
 * 95% that hardly matters; at the small p that Holm asks of a whole suite it does, so there t has at most this df. */
static const double tail_df = 5, tail_level = 0.95;
static const double too_many_ties = 0.20;

/* One side: ln of the median of its round medians, how the rounds scatter around it, and what that says about it. */
struct side {
    double median, log_median;
    size_t rounds;
    double sd, variance, df; /* of ln(round median); of log_median; NAN under 2 rounds */
};

static struct side side_of(struct mem *m, const struct result *r)
{
    struct side s = { .median = NAN, .log_median = NAN, .sd = NAN, .variance = NAN, .df = NAN };
    double *x = rounds_medians(m, r->samples, r->nsamples, r->rounds, r->nrounds, &s.rounds);
    stats_sort(x, s.rounds);
    s.median = stats_median(x, s.rounds);
    if (s.rounds == 0 || !(x[0] > 0)) /* also where the clock saw nothing */
        return s;
    s.log_median = log(s.median);
    for (size_t i = 0; i < s.rounds; i++)
        x[i] = log(x[i]);
    s.sd = stats_winsor_sd(m, x, s.rounds, &s.df);
    s.variance = M_PI / 2 * s.sd * s.sd / (double)s.rounds;
    return s;
}

struct error {
    double sd, df;
};

/* Variance components, as compare.h says. The run-to-run estimate is the same one on both sides, so where both use it
 * the degrees of freedom are its own and not twice that. */
static struct error error_of(const struct side *a, const struct side *b, struct noise noise)
{
    const struct side *sides[2] = { a, b };
    double run = 0, rounds = 0, squares = 0;
    for (int i = 0; i < 2; i++) {
        double v = sides[i]->variance;
        if (v > noise.sd * noise.sd) {
            rounds += v;
            squares += v * v / sides[i]->df;
        } else {
            run += noise.sd * noise.sd;
        }
    }
    double all = run + rounds;
    return (struct error){ sqrt(all), all * all / (run * run / noise.df + squares) };
}

static const char *or_null(struct mem *m, struct buf *b)
{
    const char *text = b->len ? mem_dupn(m, b->data, b->len) : NULL;
    buf_free(b);
    return text;
}

static void add(struct buf *b, const char *text)
{
    if (b->len)
        buf_puts(b, "; ");
    buf_puts(b, text);
}

static const char *stored_warning(struct mem *m, const struct side *a, const struct side *b, struct noise noise)
{
    struct buf text = { 0 };
    if (!isfinite(a->log_median) || !isfinite(b->log_median))
        add(&text, "a time is zero, negative or missing: nothing to compare");
    else if (a->rounds < 2 || b->rounds < 2)
        add(&text, "only one round on a side: its own scatter is unknown");
    if (noise.source == NOISE_ASSUMED) {
        add(&text, "");
        buf_printf(&text, "fewer than %d earlier runs: run-to-run variation assumed to be %.1f%% (1 sd)", NOISE_RUNS,
                   100 * noise.sd);
    } else if (noise.source == NOISE_SUITE) {
        add(&text, "");
        buf_printf(&text,
                   "fewer than %d earlier runs: run-to-run variation of %.1f%% (1 sd) taken from the whole suite",
                   NOISE_RUNS, 100 * noise.sd);
    }
    return or_null(m, &text);
}

struct comparison compare_with_noise(struct mem *m, const struct result *base, const struct result *current,
                                     struct noise noise, double level)
{
    struct side a = side_of(m, base), b = side_of(m, current);
    struct error error = error_of(&a, &b, noise);
    double d = b.log_median - a.log_median, alpha = (1 - level) / 2;
    double tail = fmin(error.df, tail_df), reach = isnan(d) ? NAN : error.sd;
    double t = stats_t_quantile(1 - alpha, level > tail_level ? tail : error.df);
    return (struct comparison){
        .name = current->bench.name,
        .base = a.median,
        .current = b.median,
        .ratio = exp(d),
        .low = exp(d - t * reach),
        .high = exp(d + t * reach),
        .level = level,
        .p = stats_t_cdf(-d / reach, tail),
        .base_rounds = a.rounds,
        .current_rounds = b.rounds,
        .floor = expm1(stats_t_quantile(0.975, error.df) * reach),
        .mde = expm1((stats_t_quantile(1 - alpha, tail) + stats_t_quantile(power, tail)) * reach),
        .warning = stored_warning(m, &a, &b, noise),
    };
}

struct comparison compare_stored(struct mem *m, const struct result *base, const struct result *current,
                                 const struct history_noise *noise, double level)
{
    return compare_with_noise(m, base, current, noise_of_history(m, noise, noise_assumed()), level);
}

struct counts {
    size_t up, down, tied;
};

static struct counts count_signs(const double *d, size_t n)
{
    struct counts c = { 0, 0, 0 };
    for (size_t i = 0; i < n; i++) {
        c.up += d[i] > 0;
        c.down += d[i] < 0;
        c.tied += d[i] == 0;
    }
    return c;
}

static const char *paired_warning(struct mem *m, size_t n, struct counts c, bool enough)
{
    struct buf text = { 0 };
    if (!enough) {
        add(&text, "");
        buf_printf(&text, "%zu paired rounds are too few for an interval", n);
    }
    if (n && (double)c.tied > too_many_ties * (double)n) {
        add(&text, "");
        buf_printf(&text, "%zu of %zu rounds are exactly equal: the clock is too coarse", c.tied, n);
    }
    return or_null(m, &text);
}

struct comparison compare_paired(struct mem *m, const char *name, const double *log_ratios, size_t n, double level)
{
    size_t kept;
    const double *d = stats_sorted(m, log_ratios, n, &kept);
    struct stats_interval ci = stats_median_interval(d, kept, level);
    struct counts c = count_signs(d, kept);
    double sd = stats_median_error(m, d, kept);
    return (struct comparison){
        .name = name,
        .base = NAN,
        .current = NAN,
        .ratio = exp(stats_median(d, kept)),
        .low = ci.enough ? exp(ci.low) : NAN,
        .high = ci.enough ? exp(ci.high) : NAN,
        .level = ci.enough ? ci.level : level,
        .p = kept ? stats_sign_test(c.up, c.down).p_greater : NAN,
        .base_rounds = kept,
        .current_rounds = kept,
        .floor = expm1(stats_normal_quantile(0.975) * sd),
        .mde = expm1((stats_normal_quantile(1 - (1 - level) / 2) + stats_normal_quantile(power)) * sd),
        .warning = paired_warning(m, kept, c, ci.enough),
    };
}

double compare_paired_rounds(struct mem *m, const struct result *base, const struct result *current, double gap,
                             double level)
{
    struct side a = side_of(m, base), b = side_of(m, current);
    double z = stats_normal_quantile(1 - (1 - level) / 2) + stats_normal_quantile(power);
    double variance = M_PI / 2 * (a.sd * a.sd + b.sd * b.sd);
    return isnan(variance) ? NAN : fmax(6, ceil(z * z * variance / (gap * gap)));
}
