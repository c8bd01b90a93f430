/* SPDX-License-Identifier: Apache-2.0
 * The statistics against numpy, scipy and brute force (tests/data/stats_golden.tsv), and by their properties. */
#include "harness/stats/stats.h"
#include "tests/unit/stats_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void near_to(double got, double want, double relative)
{
    if (isnan(want) ? isnan(got) : fabs(got - want) <= relative * fabs(want))
        return;
    fail_msg("got %.17g, want %.17g", got, want);
}

/* Calls check on every golden row of that name; there must be some. */
static void each(const char *name, void (*check)(struct mem *m, const double *v, size_t n))
{
    struct mem m = { 0 };
    size_t n;
    struct golden *rows = golden_rows(&m, name, &n);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        check(&m, rows[i].value, rows[i].n);
    mem_free(&m);
}

/* --- golden values ---------------------------------------------------------------------------------------------- */

static void check_moments(struct mem *m, const double *v, size_t n)
{
    const double q[] = { 0.05, 0.25, 0.5, 0.75, 0.95, 0.99 };
    size_t count;
    const double *x = v + 9, *sorted = stats_sorted(m, x, n - 9, &count);
    near_to(stats_mean(x, count), v[0], 1e-14);
    near_to(stats_stddev(x, count), v[1], 1e-12);
    near_to(stats_mad(m, sorted, count), v[2], 1e-9);
    for (int i = 0; i < 6; i++)
        near_to(stats_quantile(sorted, count, q[i]), v[3 + i], 1e-13);
    near_to(stats_median(sorted, count), v[5], 1e-15);
}

static void check_tukey(struct mem *m, const double *v, size_t n)
{
    size_t count;
    struct stats_outliers out = stats_tukey(stats_sorted(m, v + 2, n - 2, &count), n - 2);
    assert_int_equal(out.mild, (int)v[0]);
    assert_int_equal(out.severe, (int)v[1]);
}

static void check_winsor(struct mem *m, const double *v, size_t n)
{
    size_t count;
    double df;
    near_to(stats_winsor_sd(m, stats_sorted(m, v + 2, n - 2, &count), n - 2, &df), v[0], 1e-13);
    near_to(df, v[1], 0);
}

static void check_normal_cdf(struct mem *m, const double *v, size_t n)
{
    (void)m, (void)n;
    near_to(stats_normal_cdf(v[1]), v[0], 1e-12);
}

static void check_normal_quantile(struct mem *m, const double *v, size_t n)
{
    (void)m, (void)n;
    near_to(stats_normal_quantile(v[1]), v[0], 1e-12);
}

static void check_t_cdf(struct mem *m, const double *v, size_t n)
{
    (void)m, (void)n;
    near_to(stats_t_cdf(v[1], v[2]), v[0], 1e-11);
}

static void check_t_quantile(struct mem *m, const double *v, size_t n)
{
    (void)m, (void)n;
    near_to(stats_t_quantile(v[1], v[2]), v[0], 1e-10);
}

static void check_binomial(struct mem *m, const double *v, size_t n)
{
    (void)m, (void)n;
    near_to(stats_binomial_cdf((int64_t)v[1], (int64_t)v[2], v[3]), v[0], 1e-9);
}

static void check_interval(struct mem *m, const double *v, size_t n)
{
    size_t count = (size_t)v[3];
    double *x = mem_array(m, count, sizeof *x);
    for (size_t i = 0; i < count; i++)
        x[i] = (double)(i + 1);
    struct stats_interval ci = stats_median_interval(x, count, v[4]);
    near_to(ci.low, v[0], 0);
    near_to(ci.high, (double)count + 1 - v[0], 0);
    near_to(ci.level, v[1], 1e-10);
    assert_int_equal(ci.enough, (int)v[2]);
    (void)n;
}

static void check_wilcoxon(struct mem *m, const double *v, size_t n)
{
    struct stats_test t = stats_wilcoxon(m, v + 3, n - 3);
    near_to(t.statistic, v[0], 0);
    near_to(t.p_greater, v[1], 1e-12);
    near_to(t.p_less, v[2], 1e-12);
    assert_true(t.exact);
}

static void check_mann_whitney(struct mem *m, const double *v, size_t n)
{
    size_t nx = (size_t)v[3], ny = n - 4 - nx;
    struct stats_test t = stats_mann_whitney(m, v + 4, nx, v + 4 + nx, ny);
    near_to(t.statistic, v[0], 0);
    near_to(t.p_greater, v[1], 1e-12);
    near_to(t.p_less, v[2], 1e-12);
    assert_int_equal(t.exact, nx * ny <= 400);
    struct stats_test back = stats_mann_whitney(m, v + 4 + nx, ny, v + 4, nx); /* the other way round */
    near_to(back.p_less, t.p_greater, 1e-13);
    near_to(back.statistic, (double)(nx * ny) - t.statistic, 0);
}

static void check_hodges_lehmann(struct mem *m, const double *v, size_t n)
{
    size_t nx = (size_t)v[1];
    near_to(stats_hodges_lehmann(m, v + 2, nx, v + 2 + nx, n - 2 - nx), v[0], 1e-15);
}

static void check_adjust(struct mem *m, const double *v, size_t n)
{
    size_t count = (size_t)v[0];
    double *got = mem_array(m, count, sizeof *got);
    stats_holm(m, v + 1, count, got);
    for (size_t i = 0; i < count; i++)
        near_to(got[i], v[1 + count + i], 1e-15);
    stats_bh(m, v + 1, count, got);
    for (size_t i = 0; i < count; i++)
        near_to(got[i], v[1 + 2 * count + i], 1e-15);
    (void)n;
}

static void check_trend(struct mem *m, const double *v, size_t n)
{
    struct stats_trend t = stats_trend(m, v + 2, n - 2);
    assert_true(fabs(t.p - v[0]) < 1e-14);
    near_to(t.change, v[1], 1e-11);
}

static void check_dip(struct mem *m, const double *v, size_t n)
{
    (void)m;
    near_to(stats_dip(v + 1, n - 1), v[0], 1e-7);
}

static void check_xoshiro(struct mem *m, const double *v, size_t n)
{
    (void)m;
    struct rng r;
    rng_seed(&r, 42);
    for (size_t i = 0; i + 1 < n; i += 2)
        assert_true(rng_next(&r) == ((uint64_t)v[i] << 32 | (uint64_t)v[i + 1]));
}

static const struct {
    const char *name;
    void (*check)(struct mem *m, const double *v, size_t n);
} tables[] = {
    { "moments", check_moments },
    { "tukey", check_tukey },
    { "winsor", check_winsor },
    { "normal_cdf", check_normal_cdf },
    { "normal_quantile", check_normal_quantile },
    { "t_cdf", check_t_cdf },
    { "t_quantile", check_t_quantile },
    { "binomial_cdf", check_binomial },
    { "interval", check_interval },
    { "wilcoxon", check_wilcoxon },
    { "mann_whitney", check_mann_whitney },
    { "hodges_lehmann", check_hodges_lehmann },
    { "adjust", check_adjust },
    { "trend", check_trend },
    { "dip", check_dip },
    { "xoshiro", check_xoshiro },
};

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        print_message("golden: %s\n", tables[i].name);
        each(tables[i].name, tables[i].check);
    }
}

/* --- edges ------------------------------------------------------------------------------------------------------ */

static void test_nothing(void **state)
{
    (void)state;
    struct mem m = { 0 };
    double none = 0, df;
    assert_true(isnan(stats_mean(&none, 0)) && isnan(stats_stddev(&none, 0)) && isnan(stats_cv(&none, 0)));
    assert_true(isnan(stats_median(&none, 0)) && isnan(stats_mad(&m, &none, 0)) && isnan(stats_dip(&none, 0)));
    assert_true(isnan(stats_winsor_sd(&m, &none, 1, &df)) && isnan(df));
    assert_int_equal(stats_tukey(&none, 0).severe, 0);
    struct stats_interval ci = stats_median_interval(&none, 0, 0.95);
    assert_true(isnan(ci.low) && !ci.enough && ci.level == 0);
    assert_true(stats_sign_test(0, 0).p == 1 && stats_wilcoxon(&m, &none, 1).p == 1);
    assert_true(stats_mann_whitney(&m, &none, 0, &none, 1).p == 1);
    assert_true(isnan(stats_hodges_lehmann(&m, &none, 0, &none, 1)));
    assert_true(!stats_multimodal(&m, &none, 0) && stats_trend(&m, &none, 0).p == 1);
    stats_holm(&m, &none, 0, &none);
    mem_free(&m);
}

static void test_one_and_two(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { 3, 5 };
    assert_true(isnan(stats_stddev(x, 1)) && stats_mad(&m, x, 1) == 0 && stats_median(x, 1) == 3);
    struct stats_interval one = stats_median_interval(x, 1, 0.95), two = stats_median_interval(x, 2, 0.95);
    assert_true(one.low == 3 && one.high == 3 && one.level == 0 && !one.enough);
    assert_true(two.low == 3 && two.high == 5 && two.level == 0.5 && !two.enough);
    assert_true(stats_quantile(x, 2, 0.25) == 3.5 && stats_quantile(x, 2, 1) == 5 && isnan(stats_quantile(x, 2, 1.1)));
    assert_true(stats_dip(x, 1) == 0.5 && stats_dip(x, 2) == 0.25);
    mem_free(&m);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    assert_true(isnan(stats_t_quantile(0, 5)) && isnan(stats_t_quantile(1, 5)) && isnan(stats_t_quantile(NAN, 5)));
    assert_true(isnan(stats_t_quantile(0.5, 0)) && isnan(stats_t_cdf(1, -1)) && isnan(stats_t_cdf(NAN, 1)));
    assert_true(isnan(stats_binomial_cdf(1, 2, 1.5)) && isnan(stats_binomial_cdf(1, -1, 0.5)));
    assert_true(stats_binomial_cdf(-1, 5, 0.5) == 0 && stats_binomial_cdf(5, 5, 0.5) == 1);
    assert_true(stats_t_cdf(INFINITY, 3) == 1 && stats_t_cdf(-INFINITY, 3) == 0);
}

static void test_not_numbers_are_dropped(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { NAN, 2, INFINITY, 1, -INFINITY };
    size_t n;
    const double *sorted = stats_sorted(&m, x, 5, &n);
    assert_int_equal(n, 2);
    assert_true(sorted[0] == 1 && sorted[1] == 2);
    const double p[] = { 0.01, NAN, 0.02 };
    double adjusted[3];
    stats_holm(&m, p, 3, adjusted);
    near_to(adjusted[0], 0.02, 1e-15);
    assert_true(isnan(adjusted[1]));
    mem_free(&m);
}

static void test_coarse_clock_makes_no_outliers(void **state)
{
    (void)state;
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = i < 80 ? 20 : 30; /* one tick apart; quartiles both 20 */
    struct stats_outliers out = stats_tukey(x, 100);
    assert_int_equal(out.mild + out.severe, 0);
    x[99] = 100;
    out = stats_tukey(x, 100);
    assert_int_equal(out.severe, 1);
}

/* --- properties ------------------------------------------------------------------------------------------------- */

static void shuffle(struct rng *r, double *x, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(r, i);
        double t = x[i - 1];
        x[i - 1] = x[j];
        x[j] = t;
    }
}

static void test_holm_is_monotone_and_above(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct rng r;
    rng_seed(&r, 3);
    for (int k = 0; k < 200; k++) {
        double p[12], holm[12], bh[12];
        for (int i = 0; i < 12; i++)
            p[i] = pow(rng_uniform(&r), 3);
        stats_holm(&m, p, 12, holm);
        stats_bh(&m, p, 12, bh);
        for (int i = 0; i < 12; i++) {
            assert_true(holm[i] >= bh[i] * (1 - 1e-15) && bh[i] >= p[i] * (1 - 1e-15) && holm[i] <= 1);
            for (int j = 0; j < 12; j++)
                assert_true(p[i] > p[j] || (holm[i] <= holm[j] && bh[i] <= bh[j]));
        }
    }
    mem_free(&m);
}

/* A valid p is at most alpha with a chance of at most alpha; here checked at three alphas, with and without ties. */
static void check_validity(double (*p_of)(struct mem *m, struct rng *r, bool ties), bool ties)
{
    const double alpha[] = { 0.01, 0.05, 0.25 };
    size_t hits[3] = { 0, 0, 0 }, n = 3000;
    struct rng r;
    rng_seed(&r, 11);
    for (size_t k = 0; k < n; k++) {
        struct mem m = { 0 };
        double p = p_of(&m, &r, ties);
        assert_true(p >= 0 && p <= 1);
        for (int i = 0; i < 3; i++)
            hits[i] += p <= alpha[i];
        mem_free(&m);
    }
    for (int i = 0; i < 3; i++)
        assert_false(too_many(hits[i], n, alpha[i]));
    assert_false(too_few(hits[1], n, 0.01)); /* and it is no constant */
}

static double coarse(struct rng *r, bool ties)
{
    double z = rng_normal(r);
    return ties ? round(2 * z) : z;
}

static double p_wilcoxon(struct mem *m, struct rng *r, bool ties)
{
    double d[12];
    for (int i = 0; i < 12; i++)
        d[i] = coarse(r, ties);
    return stats_wilcoxon(m, d, 12).p;
}

static double p_mann_whitney(struct mem *m, struct rng *r, bool ties)
{
    double x[15];
    for (int i = 0; i < 15; i++)
        x[i] = coarse(r, ties);
    return stats_mann_whitney(m, x, 7, x + 7, 8).p;
}

static double p_sign(struct mem *m, struct rng *r, bool ties)
{
    (void)m;
    size_t up = 0, down = 0;
    for (int i = 0; i < 20; i++) {
        double d = coarse(r, ties);
        up += d > 0;
        down += d < 0;
    }
    return stats_sign_test(up, down).p;
}

static double p_trend(struct mem *m, struct rng *r, bool ties)
{
    double x[12];
    for (int i = 0; i < 12; i++)
        x[i] = 100 + coarse(r, ties);
    return stats_trend(m, x, ties ? 8 : 12).p;
}

static double p_trend_long(struct mem *m, struct rng *r, bool ties)
{
    double x[70];
    for (int i = 0; i < 70; i++)
        x[i] = 100 + coarse(r, ties);
    return stats_trend(m, x, ties ? 20 : 70).p;
}

static void test_p_values_are_valid(void **state)
{
    (void)state;
    for (int ties = 0; ties < 2; ties++) {
        check_validity(p_wilcoxon, ties);
        check_validity(p_mann_whitney, ties);
        check_validity(p_sign, ties);
        check_validity(p_trend, ties);
        check_validity(p_trend_long, ties);
    }
}

/* Coverage is at least the level stated, and for data without ties not above it either. */
static void test_interval_covers(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 5);
    const size_t sizes[] = { 6, 11, 30 };
    for (int s = 0; s < 3; s++) {
        size_t covered = 0, n = 4000;
        double level = 0;
        for (size_t k = 0; k < n; k++) {
            double x[30];
            for (size_t i = 0; i < sizes[s]; i++)
                x[i] = exp(rng_normal(&r)); /* median 1 */
            stats_sort(x, sizes[s]);
            struct stats_interval ci = stats_median_interval(x, sizes[s], 0.95);
            covered += ci.low <= 1 && 1 <= ci.high;
            level = ci.level;
        }
        assert_true(level >= 0.95);
        assert_false(too_few(covered, n, level));
        assert_false(too_many(covered, n, level));
    }
}

static void test_order_and_scale(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct rng r;
    double x[64], y[64];
    size_t n;
    rng_seed(&r, 9);
    for (int i = 0; i < 64; i++)
        x[i] = 1e-6 * (1 + 0.05 * fabs(rng_normal(&r)));
    const double *a = stats_sorted(&m, x, 64, &n);
    shuffle(&r, x, 64);
    const double *b = stats_sorted(&m, x, 64, &n);
    assert_memory_equal(a, b, sizeof x);
    for (int i = 0; i < 64; i++)
        y[i] = 1024 * a[i]; /* a power of two: exact */
    assert_true(stats_stddev(y, 64) == 1024 * stats_stddev(a, 64) && stats_mean(y, 64) == 1024 * stats_mean(a, 64));
    assert_true(stats_mad(&m, y, 64) == 1024 * stats_mad(&m, a, 64) && stats_dip(y, 64) == stats_dip(a, 64));
    assert_true(stats_cv(y, 64) == stats_cv(a, 64));
    assert_true(stats_multimodal(&m, y, 64) == stats_multimodal(&m, a, 64));
    mem_free(&m);
}

/* --- modes ------------------------------------------------------------------------------------------------------ */

enum { UNIFORM, GAUSS, LOGNORM, EXPONENTIAL, TICKS, COARSE, BATCHES, SHAPES };

static double one_mode(struct rng *r, int shape)
{
    switch (shape) {
    case UNIFORM:
        return 1 + rng_uniform(r);
    case LOGNORM:
        return exp(0.5 * rng_normal(r));
    case EXPONENTIAL:
        return 1 - 0.3 * log(rng_uniform(r));
    case TICKS: /* a clock of 10 ns, a call of about 50 ns */
        return 10 * round(5 + 0.8 * rng_normal(r));
    case COARSE: /* two or three different readings */
        return 30 * round(2.5 + 0.3 * rng_normal(r));
    case BATCHES: /* readings 0.6% apart, 2% spread */
        return 0.006 * round((1 + 0.02 * rng_normal(r)) / 0.006);
    default:
        return 10 + rng_normal(r);
    }
}

static void test_one_mode_is_one(void **state)
{
    (void)state;
    const size_t sizes[] = { 20, 60, 300 };
    struct rng r;
    rng_seed(&r, 21);
    for (int shape = 0; shape < SHAPES; shape++)
        for (int s = 0; s < 3; s++) {
            size_t flagged = 0, n = sizes[s] > 100 ? 300 : 1000;
            for (size_t k = 0; k < n; k++) {
                struct mem m = { 0 };
                double x[300];
                for (size_t i = 0; i < sizes[s]; i++)
                    x[i] = one_mode(&r, shape);
                stats_sort(x, sizes[s]);
                flagged += stats_multimodal(&m, x, sizes[s]);
                mem_free(&m);
            }
            if (too_many(flagged, n, 0.01))
                fail_msg("shape %d, n %zu: %zu of %zu flagged", shape, sizes[s], flagged, n);
        }
}

static size_t flagged_pairs(size_t size, double share, double apart, size_t n)
{
    struct rng r;
    rng_seed(&r, 22);
    size_t flagged = 0;
    for (size_t k = 0; k < n; k++) {
        struct mem m = { 0 };
        double x[400];
        for (size_t i = 0; i < size; i++)
            x[i] = 100 + rng_normal(&r) + (rng_uniform(&r) < share ? apart : 0);
        stats_sort(x, size);
        flagged += stats_multimodal(&m, x, size);
        mem_free(&m);
    }
    return flagged;
}

static void test_two_modes_are_two(void **state)
{
    (void)state;
    assert_false(too_few(flagged_pairs(60, 0.5, 20, 200), 200, 0.99));
    assert_false(too_few(flagged_pairs(400, 0.3, 8, 200), 200, 0.99));
    assert_false(too_few(flagged_pairs(400, 0.15, 20, 200), 200, 0.95));
}

/* --- random numbers --------------------------------------------------------------------------------------------- */

static void test_random_numbers(void **state)
{
    (void)state;
    struct rng r;
    size_t die[6] = { 0 }, n = 60000;
    double sum = 0, squares = 0;
    rng_seed(&r, 1);
    for (size_t i = 0; i < n; i++) {
        double u = rng_uniform(&r), z = rng_normal(&r);
        assert_true(u > 0 && u < 1);
        sum += z;
        squares += z * z;
        die[rng_below(&r, 6)]++;
    }
    for (int i = 0; i < 6; i++)
        assert_false(too_many(die[i], n, 1.0 / 6) || too_few(die[i], n, 1.0 / 6));
    assert_true(fabs(sum / (double)n) < 4 / sqrt((double)n));
    assert_true(fabs(squares / (double)n - 1) < 4 * sqrt(2 / (double)n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_one_and_two),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_not_numbers_are_dropped),
        cmocka_unit_test(test_coarse_clock_makes_no_outliers),
        cmocka_unit_test(test_holm_is_monotone_and_above),
        cmocka_unit_test(test_p_values_are_valid),
        cmocka_unit_test(test_interval_covers),
        cmocka_unit_test(test_order_and_scale),
        cmocka_unit_test(test_one_mode_is_one),
        cmocka_unit_test(test_two_modes_are_two),
        cmocka_unit_test(test_random_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
