/* SPDX-License-Identifier: Apache-2.0
 * Samples to summaries. */
#include "harness/stats/summary.h"
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
    if (fabs(got - want) > 1e-12 * fabs(want))
        fail_msg("got %.17g, want %.17g", got, want);
}

/* Two rounds of five: 1..10 us, out of order. */
static struct result ten(struct mem *m)
{
    static const double us[] = { 3, 1, 5, 2, 4, 10, 7, 9, 6, 8 };
    struct result r = { .nsamples = 10, .nrounds = 2, .cost = { .bytes = 11, .items = 5.5, .item = "byte" } };
    r.samples = mem_array(m, 10, sizeof(double));
    r.rounds = mem_array(m, 2, sizeof(struct round));
    for (size_t i = 0; i < 10; i++)
        r.samples[i] = us[i] * 1e-6;
    r.rounds[0] = (struct round){ .first = 0, .count = 5, .iterations = 100 };
    r.rounds[1] = (struct round){ .first = 5, .count = 5, .iterations = 200 };
    return r;
}

static void test_every_field(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct result r = ten(&m);
    summarize(&r);
    const struct summary *s = &r.summary;
    assert_int_equal(s->iterations, 1500);
    assert_int_equal(s->samples, 10);
    assert_int_equal(s->rounds, 2);
    const double got[] = {
        s->min, s->max, s->mean, s->median, s->stddev, s->mad, s->p5, s->p25, s->p75, s->p95, s->p99
    };
    const double want[] = { 1, 10, 5.5, 5.5, 3.0276503540974917, 2.5, 1.45, 3.25, 7.75, 9.55, 9.91 };
    for (int i = 0; i < 11; i++)
        near_to(got[i] * 1e6, want[i]);
    near_to(s->cv, 3.0276503540974917 / 5.5);
    near_to(s->ci_low * 1e6, 3); /* two rounds: their medians, and a coin's chance */
    near_to(s->ci_high * 1e6, 8);
    near_to(s->ci_level, 0.5);
    near_to(s->sample_ci_low * 1e6, 2); /* n = 10: ranks 2 and 9, 97.9% */
    near_to(s->sample_ci_high * 1e6, 9);
    near_to(s->ops_per_second, 1e6 / 5.5);
    near_to(s->bytes_per_second, 2e6);
    near_to(s->items_per_second, 1e6);
    assert_true(isnan(s->flops_per_second) && isnan(s->trend_slope));
    assert_true(s->mild_outliers == 0 && s->severe_outliers == 0 && !s->rule_outliers && !s->multimodal && !s->trend);
    mem_free(&m);
}

static void test_none_one_two(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct result r = { .nsamples = 0 };
    memset(&r.summary, 0xff, sizeof r.summary);
    summarize(&r);
    const struct summary *s = &r.summary;
    assert_true(s->samples == 0 && s->rounds == 0 && s->iterations == 0 && s->mild_outliers == 0);
    const double missing[] = { s->min,
                               s->max,
                               s->mean,
                               s->median,
                               s->stddev,
                               s->mad,
                               s->cv,
                               s->p5,
                               s->p99,
                               s->ci_low,
                               s->ci_high,
                               s->sample_ci_low,
                               s->sample_ci_high,
                               s->ops_per_second,
                               s->bytes_per_second,
                               s->trend_slope };
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        assert_true(isnan(missing[i]));
    assert_true(s->ci_level == 0 && !s->multimodal && !s->trend && !s->rule_outliers);

    const double x[] = { 2e-6, 4e-6 };
    r = one_result(&m, "one", x, 1);
    assert_true(s->median == 2e-6 && isnan(s->stddev) && isnan(s->cv) && s->mad == 0 && s->p99 == 2e-6);
    assert_true(s->ci_low == 2e-6 && s->ci_high == 2e-6 && s->ci_level == 0 && isnan(s->sample_ci_low));
    r = one_result(&m, "two", x, 2);
    near_to(s->median, 3e-6);
    assert_true(s->ci_low == 2e-6 && s->ci_high == 4e-6 && s->ci_level == 0.5);
    mem_free(&m);
}

/* Six rounds are the fewest for 95%; the level told is what the interval has. */
static void test_levels(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, level[] = { 0, 0.5, 0.75, 0.875, 0.9375, 0.96875, 0.984375 };
    for (size_t n = 1; n <= 7; n++) {
        struct result r = one_result(&m, "x", x, n);
        near_to(r.summary.ci_level, level[n - 1]);
        assert_true(r.summary.ci_low == 1 && r.summary.ci_high == (double)n);
    }
    struct result r = one_result(&m, "x", x, 9);
    assert_true(r.summary.ci_low == 2 && r.summary.ci_high == 8);
    near_to(r.summary.ci_level, 0.9609375);
    mem_free(&m);
}

static void test_bad_samples(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { NAN, 2e-6, INFINITY };
    struct result r = one_result(&m, "x", x, 3);
    assert_true(r.summary.samples == 1 && r.summary.rounds == 3 && r.summary.median == 2e-6);
    const double zero[] = { 0, 0, 0 };
    r = one_result(&m, "x", zero, 3);
    assert_true(r.summary.median == 0 && isnan(r.summary.cv) && isnan(r.summary.ops_per_second));
    r.nsamples = 0; /* rounds known, samples not loaded */
    summarize(&r);
    assert_true(isnan(r.summary.median) && isnan(r.summary.ci_low) && r.summary.rounds == 3);
    r.nsamples = 3;
    r.nrounds = 0; /* imported from elsewhere: samples without rounds */
    summarize(&r);
    assert_true(r.summary.iterations == 3 && r.summary.rounds == 0 && r.summary.ci_level == 0);
    mem_free(&m);
}

static void test_rule_of_the_reference(void **state)
{
    (void)state;
    struct mem m = { 0 };
    double x[30];
    for (int i = 0; i < 30; i++)
        x[i] = 100 + i % 3;
    struct result r = one_result(&m, "x", x, 30);
    assert_false(r.summary.rule_outliers);
    x[7] = 200;
    r = one_result(&m, "x", x, 30);
    assert_true(r.summary.rule_outliers && r.summary.severe_outliers == 1 && r.summary.mild_outliers == 0);
    mem_free(&m);
}

static void test_trend(void **state)
{
    (void)state;
    struct mem m = { 0 };
    double x[10];
    for (int i = 0; i < 10; i++)
        x[i] = 1e-6 * (1 + 0.01 * i); /* warming up: 9% over the run */
    struct result r = one_result(&m, "x", x, 10);
    assert_true(r.summary.trend);
    near_to(r.summary.trend_slope, 0.09 / 1.045);
    for (int i = 0; i < 10; i++)
        x[i] = 1e-6 * (1 + 0.0005 * i); /* certain, but below 1% */
    r = one_result(&m, "x", x, 10);
    assert_true(!r.summary.trend && isnan(r.summary.trend_slope));
    r = one_result(&m, "x", (const double[]){ 1, 2, 3, 4, 5 }, 5); /* five rounds prove nothing at 1% */
    assert_false(r.summary.trend);
    mem_free(&m);
}

/* Flags of unchanged noise stay at their stated rates: trend 1%, several modes 1%. */
static void test_false_flags(void **state)
{
    (void)state;
    struct rng g;
    size_t trend = 0, modes = 0, n = 1500;
    rng_seed(&g, 31);
    for (size_t k = 0; k < n; k++) {
        struct mem m = { 0 };
        double x[20];
        for (int i = 0; i < 20; i++)
            x[i] = 1e-6 * exp(0.1 * rng_normal(&g));
        struct result r = one_result(&m, "x", x, 20);
        trend += r.summary.trend;
        modes += r.summary.multimodal;
        mem_free(&m);
    }
    assert_false(too_many(trend, n, 0.01));
    assert_false(too_many(modes, n, 0.01));
    assert_true(trend > 0);
}

static void test_order_within_rounds_is_nothing(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct result a = ten(&m), b = ten(&m);
    for (int i = 0; i < 5; i++) {
        b.samples[i] = a.samples[4 - i];
        b.samples[5 + i] = a.samples[9 - i];
    }
    struct summary zero;
    memset(&zero, 0, sizeof zero);
    a.summary = b.summary = zero;
    summarize(&a);
    summarize(&b);
    assert_true(a.summary.mean == b.summary.mean && a.summary.stddev == b.summary.stddev);
    assert_true(a.summary.mad == b.summary.mad && a.summary.ci_low == b.summary.ci_low);
    for (int i = 0; i < 10; i++)
        b.samples[i] = a.samples[i] * 4; /* exact in binary */
    summarize(&b);
    assert_true(b.summary.mean == 4 * a.summary.mean && b.summary.stddev == 4 * a.summary.stddev);
    assert_true(b.summary.p95 == 4 * a.summary.p95 && b.summary.cv == a.summary.cv);
    mem_free(&m);
}

static void test_relative_precision(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { 98, 99, 100, 100, 101, 102, NAN };
    struct result r = one_result(&m, "x", x, 6);
    near_to(relative_precision(r.samples, r.rounds, 6, 0.95), 0.02);
    assert_true(isinf(relative_precision(r.samples, r.rounds, 5, 0.95)));
    near_to(relative_precision(r.samples, r.rounds, 5, 0.90), 1.5 / 100);
    assert_true(isinf(relative_precision(NULL, NULL, 0, 0.95)));
    r = one_result(&m, "x", x, 7); /* a round without a number counts for nothing */
    near_to(relative_precision(r.samples, r.rounds, 7, 0.95), 0.02);
    const double zero[7] = { 0 };
    r = one_result(&m, "x", zero, 7);
    assert_true(isinf(relative_precision(r.samples, r.rounds, 7, 0.95)));
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_none_one_two),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_bad_samples),
        cmocka_unit_test(test_rule_of_the_reference),
        cmocka_unit_test(test_trend),
        cmocka_unit_test(test_false_flags),
        cmocka_unit_test(test_order_within_rounds_is_nothing),
        cmocka_unit_test(test_relative_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
