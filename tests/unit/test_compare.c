/* SPDX-License-Identifier: Apache-2.0
 * Comparisons of stored results and of paired rounds. */
#include "harness/stats/compare.h"
#include "harness/stats/noise.h"
#include "harness/stats/shift.h"
#include "harness/stats/stats.h"
#include "tests/unit/stats_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void near_to(double got, double want)
{
    if (fabs(got - want) > 1e-8 * fabs(want)) /* scipy gives t quantiles to 9 digits */
        fail_msg("got %.17g, want %.17g", got, want);
}

static const double steady[] = { 1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6 };
static const double slower[] = { 1.2e-6, 1.2e-6, 1.2e-6, 1.2e-6, 1.2e-6, 1.2e-6 };

/* Without scatter and history only the assumed 3% per run is left: sd of the change 3% * sqrt(2), 4 degrees of freedom.
 * Expected values: scipy.stats.t.ppf(.95, 4) = 2.13184678133629, ppf(.975, 4) = 2.7764451051977987,
 * ppf(.8, 4) = 0.94096457719753, t.sf(log(1.2) / (.03 * 2 ** .5), 4) = 0.00633603184133475. */
static void test_numbers_by_hand(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct result a = one_result(&m, "x", steady, 6), b = one_result(&m, "x", slower, 6);
    struct comparison c = compare_stored(&m, &a, &b, NULL, 0.90);
    double sd = 0.03 * sqrt(2);
    assert_string_equal(c.name, "x");
    near_to(c.base, 1e-6);
    near_to(c.current, 1.2e-6);
    near_to(c.ratio, 1.2);
    near_to(c.low, 1.2 * exp(-2.13184678133629 * sd));
    near_to(c.high, 1.2 * exp(2.13184678133629 * sd));
    near_to(c.p, 0.00633603184133475);
    near_to(c.floor, expm1(2.7764451051977987 * sd));
    near_to(c.mde, expm1((2.13184678133629 + 0.94096457719753) * sd));
    assert_true(c.base_rounds == 6 && c.current_rounds == 6 && c.level == 0.90);
    assert_non_null(strstr(c.warning, "fewer than 5 earlier runs"));
    assert_non_null(strstr(c.warning, "3.0%"));
    mem_free(&m);
}

/* Swapping the sides turns everything over. */
static void test_symmetry(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double noisy[] = { 1.1e-6, 1.4e-6, 1.2e-6, 1.0e-6, 1.3e-6 };
    struct result a = one_result(&m, "x", steady, 6), b = one_result(&m, "x", noisy, 5);
    struct comparison ab = compare_stored(&m, &a, &b, NULL, 0.90), ba = compare_stored(&m, &b, &a, NULL, 0.90);
    near_to(ab.ratio, 1 / ba.ratio);
    near_to(ab.low, 1 / ba.high);
    near_to(ab.high, 1 / ba.low);
    near_to(ab.p, 1 - ba.p);
    near_to(ab.floor, ba.floor);
    mem_free(&m);
}

/* Order of rounds and unit of time do not matter. */
static void test_invariance(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { 5, 6, 7, 8, 9.5 }, y[] = { 9.5, 7, 5, 8, 6 };
    double z[5];
    for (int i = 0; i < 5; i++)
        z[i] = 3e-9 * x[i];
    struct result base = one_result(&m, "x", steady, 6),
                  far = one_result(&m, "x", (const double[]){ 3e-15, 3e-15, 3e-15 }, 3);
    struct result a = one_result(&m, "x", x, 5), b = one_result(&m, "x", y, 5), c = one_result(&m, "x", z, 5);
    struct comparison ca = compare_stored(&m, &base, &a, NULL, 0.9), cb = compare_stored(&m, &base, &b, NULL, 0.9);
    assert_true(ca.ratio == cb.ratio && ca.low == cb.low && ca.p == cb.p && ca.mde == cb.mde);
    struct comparison scaled = compare_stored(&m, &far, &c, NULL, 0.9);
    near_to(scaled.ratio, ca.ratio);
    near_to(scaled.low, ca.low);
    mem_free(&m);
}

static void test_scatter_widens(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double some[] = { 0.95e-6, 0.97e-6, 1e-6, 1e-6, 1.03e-6, 1.05e-6 };
    const double wild[] = { 0.5e-6, 0.7e-6, 1e-6, 1e-6, 1.4e-6, 2e-6 };
    struct result a = one_result(&m, "x", steady, 6), b = one_result(&m, "x", some, 6),
                  c = one_result(&m, "x", wild, 6);
    struct comparison ab = compare_stored(&m, &a, &b, NULL, 0.9), ac = compare_stored(&m, &a, &c, NULL, 0.9);
    struct comparison aa = compare_stored(&m, &a, &a, NULL, 0.9);
    assert_true(ab.high >= aa.high && ac.high > 1.5 * ab.high && ac.floor > ab.floor);
    /* one stray round is no scatter */
    const double stray[] = { 1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 5e-6 };
    struct result d = one_result(&m, "x", stray, 6);
    near_to(compare_stored(&m, &a, &d, NULL, 0.9).high, aa.high);
    mem_free(&m);
}

static void test_degenerate(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double bad[][3] = { { 0, 0, 0 }, { NAN, NAN, NAN }, { 1e-9, 0, 1e-9 }, { -1, -1, -1 } };
    struct result a = one_result(&m, "x", steady, 6);
    for (size_t i = 0; i < 4; i++) {
        struct result b = one_result(&m, "x", bad[i], 3);
        for (int turn = 0; turn < 2; turn++) {
            struct comparison c = turn ? compare_stored(&m, &b, &a, NULL, 0.9) : compare_stored(&m, &a, &b, NULL, 0.9);
            assert_true(isnan(c.ratio) && isnan(c.low) && isnan(c.high) && isnan(c.p) && isnan(c.floor) &&
                        isnan(c.mde));
            assert_non_null(strstr(c.warning, "nothing to compare"));
        }
    }
    struct result none = { .bench = { .name = "x" } };
    assert_true(isnan(compare_stored(&m, &a, &none, NULL, 0.9).ratio));
    struct result one = one_result(&m, "x", steady, 1);
    struct comparison c = compare_stored(&m, &one, &one, NULL, 0.9);
    assert_true(c.ratio == 1 && c.low < 0.95 && c.high > 1.05 && c.p == 0.5);
    assert_non_null(strstr(c.warning, "only one round"));
    assert_true(isnan(compare_paired_rounds(&m, &one, &a, 0.05, 0.9)));
    assert_true(compare_paired_rounds(&m, &a, &a, 0.05, 0.9) == 6);
    mem_free(&m);
}

/* --- run-to-run noise ------------------------------------------------------------------------------------------- */

static double history_sd(const double *medians, size_t n)
{
    struct mem m = { 0 };
    struct history_noise h = { "x", medians, n };
    struct noise noise = noise_of_history(&m, &h, noise_assumed());
    assert_int_equal(noise.source, n >= NOISE_RUNS ? NOISE_HISTORY : NOISE_ASSUMED);
    mem_free(&m);
    return noise.sd;
}

static void test_history(void **state)
{
    (void)state;
    double x[60];
    struct rng r;
    rng_seed(&r, 2);
    for (int i = 0; i < 60; i++)
        x[i] = 1e-6 * exp(0.08 * rng_normal(&r));
    near_to(history_sd(x, 0), 0.03);
    near_to(history_sd(x, 4), 0.03); /* too few */
    double sd = history_sd(x, 60);
    assert_true(sd > 0.055 && sd < 0.105);
    for (int i = 30; i < 60; i++)
        x[i] *= 2; /* an accepted step is no noise */
    assert_true(history_sd(x, 60) < 1.2 * sd);
    for (int i = 0; i < 60; i++)
        x[i] = 1e-6;
    double quiet = history_sd(x, 60); /* no series is trusted to be free of noise */
    assert_true(quiet > 0.005 && quiet < 0.015);
    for (int i = 0; i < 60; i++)
        x[i] = i % 2 ? NAN : 0;
    struct mem m = { 0 };
    struct history_noise h = { "x", x, 60 };
    assert_int_equal(noise_of_history(&m, &h, noise_assumed()).source, NOISE_ASSUMED);
    mem_free(&m);
}

static void test_suite_noise(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct rng r;
    double d[40];
    rng_seed(&r, 4);
    for (int i = 0; i < 40; i++)
        d[i] = 0.5 + 0.1 * rng_normal(&r); /* the common part is no scatter */
    struct noise noise = noise_of_suite(&m, d, 40, 20);
    assert_true(noise.source == NOISE_SUITE && noise.df == 23);
    assert_true(noise.sd > 0.04 && noise.sd < 0.1); /* 0.1 / sqrt(2), a little towards 3% */
    double before = noise.sd;
    for (int i = 0; i < 8; i++)
        d[i] += 3; /* a fifth really changed */
    assert_true(noise_of_suite(&m, d, 40, 20).sd < 1.5 * before);
    assert_int_equal(noise_of_suite(&m, d, 40, 3).source, NOISE_ASSUMED);
    assert_int_equal(noise_of_suite(&m, d, 0, 0).source, NOISE_ASSUMED);
    mem_free(&m);
}

/* With a history the interval holds the truth about as often as it says, runs and processes scattering. */
static void test_coverage(void **state)
{
    (void)state;
    struct rng r;
    struct world w = quiet_world;
    w.ops = 1, w.variants = 1, w.run = 0.05, w.process = 0.05;
    size_t covered = 0, n = 1500;
    rng_seed(&r, 6);
    for (size_t k = 0; k < n; k++) {
        struct mem m = { 0 };
        double medians[12];
        for (int i = 0; i < 12; i++)
            medians[i] =
                compare_stored(&m, simulate(&m, &r, &w, NULL)->results, simulate(&m, &r, &w, NULL)->results, NULL, 0.9)
                    .base;
        struct history_noise h = { "op0/f32/v0", medians, 12 };
        struct run *a = simulate(&m, &r, &w, NULL), *b = simulate(&m, &r, &w, (const double[]){ 1.3 });
        struct comparison c = compare_stored(&m, a->results, b->results, &h, 0.90);
        covered += c.low <= 1.3 && 1.3 <= c.high;
        mem_free(&m);
    }
    print_message("90%% interval held the truth in %.1f%% of %zu\n", 100 * (double)covered / (double)n, n);
    assert_false(too_few(covered, n, 0.90));
    assert_false(too_many(covered, n, 0.96));
}

/* --- the suite as a whole --------------------------------------------------------------------------------------- */

static struct shift shift_of(const double *d, size_t n)
{
    struct mem m = { 0 };
    struct movement mv[16];
    char op[16][8];
    for (size_t i = 0; i < n; i++) {
        op[i][0] = (char)('a' + i);
        op[i][1] = 0;
        mv[i] = (struct movement){ op[i], d[i], 0.05 };
    }
    struct shift s = suite_shift(&m, mv, n);
    mem_free(&m);
    return s;
}

static void test_shift(void **state)
{
    (void)state;
    const double all[] = { 0.2, 0.22, 0.19, 0.21 }, one[] = { 0, 0.3, 0.001, -0.001, 0 };
    const double most[] = { 0.1, 0.4, 0.2, -0.3, 0.06, 0.07, 0 }, spread[] = { -0.04, 0.04, 0.03, -0.02, 0.01 };
    assert_true(shift_of(all, 4).found && !shift_of(all, 3).found); /* three may be related by chance */
    near_to(shift_of(all, 4).d, 0.205);
    assert_false(shift_of(one, 5).found);
    assert_true(shift_of(most, 7).found && shift_of(most, 7).moved == 5);
    assert_false(shift_of(spread, 5).found);
    struct shift none = shift_of(all, 0);
    assert_true(!none.found && none.ops == 0 && isnan(none.d));
}

static void test_variants_count_once(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct movement mv[8];
    for (int i = 0; i < 8; i++)
        mv[i] = (struct movement){ i < 5 ? "dot" : i < 6 ? "norm" : i < 7 ? "bpe" : "cache", i < 5 ? 0.3 : 0, 0.05 };
    struct shift s = suite_shift(&m, mv, 8);
    assert_true(s.ops == 4 && s.moved == 0 && !s.found && s.d == 0);
    assert_int_equal(suite_ops(mv, 8), 4);
    mem_free(&m);
}

/* --- paired rounds ---------------------------------------------------------------------------------------------- */

static void test_paired(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double d[] = { 0.09, 0.11, NAN, 0.10, 0.12, 0.08, 0.10 };
    struct comparison c = compare_paired(&m, "x", d, 7, 0.95);
    near_to(c.ratio, exp(0.10));
    near_to(c.low, exp(0.08));
    near_to(c.high, exp(0.12));
    near_to(c.level, 0.96875);
    near_to(c.p, 1.0 / 64);
    assert_true(c.base_rounds == 6 && c.warning == NULL && isnan(c.base));
    near_to(c.floor, expm1(1.959963984540054 * STATS_MAD_TO_SD * 0.01 * sqrt(M_PI / 12)));
    assert_true(c.mde > c.floor);
    mem_free(&m);
}

static void test_paired_degenerate(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double d[] = { 0, 0, 0.1, 0, 0, 0 };
    struct comparison c = compare_paired(&m, "x", d, 6, 0.9);
    assert_non_null(strstr(c.warning, "clock is too coarse"));
    near_to(c.p, 0.5); /* the ties are dropped */
    assert_true(c.ratio == 1);
    c = compare_paired(&m, "x", d, 4, 0.9);
    assert_true(isnan(c.low) && isnan(c.high) && c.level == 0.9);
    assert_non_null(strstr(c.warning, "too few"));
    c = compare_paired(&m, "x", d, 0, 0.9);
    assert_true(isnan(c.ratio) && isnan(c.p) && isnan(c.mde) && c.warning);
    mem_free(&m);
}

static void test_paired_coverage(void **state)
{
    (void)state;
    struct rng r;
    size_t covered = 0, hits = 0, n = 3000;
    double level = 0;
    rng_seed(&r, 8);
    for (size_t k = 0; k < n; k++) {
        struct mem m = { 0 };
        double d[12];
        for (int i = 0; i < 12; i++)
            d[i] = 0.05 * rng_normal(&r);
        struct comparison c = compare_paired(&m, "x", d, 12, 0.9);
        covered += c.low <= 1 && 1 <= c.high;
        hits += c.p <= 0.05;
        level = c.level;
        mem_free(&m);
    }
    assert_true(level >= 0.9);
    assert_false(too_few(covered, n, level) || too_many(covered, n, level));
    assert_false(too_many(hits, n, 0.05));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_by_hand), cmocka_unit_test(test_symmetry),
        cmocka_unit_test(test_invariance),      cmocka_unit_test(test_scatter_widens),
        cmocka_unit_test(test_degenerate),      cmocka_unit_test(test_history),
        cmocka_unit_test(test_suite_noise),     cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_shift),           cmocka_unit_test(test_variants_count_once),
        cmocka_unit_test(test_paired),          cmocka_unit_test(test_paired_degenerate),
        cmocka_unit_test(test_paired_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
