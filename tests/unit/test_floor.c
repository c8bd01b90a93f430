/* SPDX-License-Identifier: Apache-2.0
 * The noise floor from sessions of identical programs. */
#include "harness/stats/floor.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct noise_point point(const char *name, const char *hash, double change)
{
    struct noise_point p = { .bench = { .name = name }, .change = change, .error = NAN, .rounds = 8 };
    snprintf(p.bench.hash, sizeof p.bench.hash, "%s", hash);
    return p;
}

static struct bench bench(const char *name, const char *hash)
{
    return point(name, hash, 0).bench;
}

static void near(double got, double want)
{
    if (!(fabs(got - want) < 1e-12))
        fail_msg("%.15g is not %.15g", got, want);
}

/* 21 sessions of "a", whose |change| is 0, 1, .. 20 permille: the 95th percentile is the 20th of 21, 19 permille. */
static void of_a_benchmark_with_enough_sessions(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct noise_point p[61];
    size_t n = 0;
    bool own;
    for (int i = 0; i < 21; i++)
        p[n++] = point("a", "1", (i % 2 ? -1 : 1) * 0.001 * ((i * 8) % 21));
    for (int i = 0; i < 40; i++)
        p[n++] = point("b", "1", 0.1);
    struct floors f = floors_of(&m, p, n);
    struct bench a = bench("a", "1"), b = bench("b", "1");
    near(floor_of(&m, &f, &a, &own), expm1(0.019));
    assert_true(own);
    near(floor_of(&m, &f, &b, &own), expm1(0.1));
    near(floor_of(&m, &f, &b, NULL), expm1(0.1));
    mem_free(&m);
}

static void of_others_it_is_the_pooled_one(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct noise_point p[60];
    size_t n = 0;
    bool own = true;
    for (int i = 0; i < 19; i++)
        p[n++] = point("a", "1", 0.01);
    for (int i = 0; i < 20; i++)
        p[n++] = point("a", "2", -0.02); /* another definition is another series */
    struct floors f = floors_of(&m, p, n);
    near(f.pooled, 1.5 * expm1(0.02));
    const struct bench few = bench("a", "1"), many = bench("a", "2"), none = bench("never seen", "1");
    near(floor_of(&m, &f, &few, &own), 1.5 * expm1(0.02));
    assert_false(own);
    near(floor_of(&m, &f, &none, &own), 1.5 * expm1(0.02));
    assert_false(own);
    near(floor_of(&m, &f, &many, &own), expm1(0.02));
    assert_true(own);
    mem_free(&m);
}

static void of_too_few_points_nothing_is_known(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct noise_point p[19];
    for (int i = 0; i < 19; i++)
        p[i] = point("a", "1", 0.01);
    struct floors f = floors_of(&m, p, 19), none = floors_of(&m, NULL, 0);
    struct bench a = bench("a", "1");
    bool own = true;
    assert_true(isnan(f.pooled) && isnan(none.pooled));
    assert_true(isnan(floor_of(&m, &f, &a, &own)) && isnan(floor_of(&m, &none, &a, &own)));
    assert_false(own);
    mem_free(&m);
}

/* The order within |change| does not matter, and the points are not touched. */
static void the_points_stay_as_they_are(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct noise_point p[20];
    for (int i = 0; i < 20; i++)
        p[i] = point("a", "1", -0.001 * (20 - i));
    struct floors f = floors_of(&m, p, 20);
    struct bench a = bench("a", "1");
    near(floor_of(&m, &f, &a, NULL), expm1(0.001 * sqrt(19 * 19 + 0.05 * (20 * 20 - 19 * 19))));
    for (int i = 0; i < 20; i++)
        near(p[i].change, -0.001 * (20 - i));
    mem_free(&m);
}

/* 30 sessions whose true changes and scatters are normal, at the quantiles of both, paired so that they are independent. */
static double floor_with(double apart, double scatter, double told)
{
    enum { SESSIONS = 30, STRIDE = 7 };
    struct mem m = { 0 };
    struct noise_point p[SESSIONS];
    for (int i = 0; i < SESSIONS; i++) {
        double u = stats_normal_quantile((i + 0.5) / SESSIONS);
        double v = stats_normal_quantile(((i * STRIDE) % SESSIONS + 0.5) / SESSIONS);
        p[i] = point("a", "1", apart * u + scatter * v);
        p[i].error = told;
    }
    struct floors f = floors_of(&m, p, SESSIONS);
    const struct bench a = bench("a", "1");
    double floor = log1p(floor_of(&m, &f, &a, NULL)) / stats_normal_quantile(0.975);
    mem_free(&m);
    return floor; /* as a standard deviation, on the log scale */
}

/* What the rounds' own scatter explains is no floor; what it does not explain is one, and is not hidden by it. */
static void the_scatter_of_the_rounds_is_no_floor(void **state)
{
    (void)state;
    assert_true(floor_with(0, 0.02, 0.02) < 0.005);
    assert_true(fabs(floor_with(0.04, 0.001, 0.001) - 0.04) < 0.004);
    assert_true(fabs(floor_with(0.04, 0.02, 0.02) - 0.04) < 0.010);
    assert_true(fabs(floor_with(0, 0.02, NAN) - 0.02) < 0.002); /* not told: all of it counts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_benchmark_with_enough_sessions),   cmocka_unit_test(of_others_it_is_the_pooled_one),
        cmocka_unit_test(of_too_few_points_nothing_is_known),    cmocka_unit_test(the_points_stay_as_they_are),
        cmocka_unit_test(the_scatter_of_the_rounds_is_no_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
