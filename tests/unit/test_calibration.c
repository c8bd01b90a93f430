/* SPDX-License-Identifier: Apache-2.0
 * Tests of the gate added up, and the bounds of what they show. */
#include "harness/stats/calibration.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void near(double got, double want)
{
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.12g is not %.12g", got, want);
}

static struct calibration line(double measured, double effect, size_t gates, size_t regressed)
{
    return (struct calibration){ .measured = measured,
                                 .version = measured > 1 ? "new" : "old",
                                 .suites = "core",
                                 .seed = (uint64_t)measured,
                                 .threshold = NAN,
                                 .effect = effect,
                                 .gates = gates,
                                 .red = 1,
                                 .unsettled = 2,
                                 .asked = gates,
                                 .regressed = regressed,
                                 .equivalent = 3,
                                 .inconclusive = 4,
                                 .other = 5,
                                 .seconds = 10 * measured,
                                 .rivals = { [RIVAL_MEAN] = { 6, 7 }, [RIVAL_MINIMUM] = { 8, 9 } } };
}

static void the_same_test_adds_up(void **state)
{
    (void)state;
    struct calibration l[] = { line(2, 0.12, 30, 29), line(1, 0.12, 10, 10), line(1, 0, 10, 0) };
    assert_int_equal(calibration_pool(l, 3), 2);
    assert_true(l[0].effect == 0 && l[1].effect == 0.12);
    const struct calibration *sum = &l[1];
    const size_t got[] = { sum->gates,
                           sum->red,
                           sum->unsettled,
                           sum->asked,
                           sum->regressed,
                           sum->equivalent,
                           sum->inconclusive,
                           sum->other,
                           sum->rivals[RIVAL_MEAN].red,
                           sum->rivals[RIVAL_MEAN].called,
                           sum->rivals[RIVAL_MINIMUM].called };
    const size_t want[] = { 40, 2, 4, 40, 39, 6, 8, 10, 12, 14, 18 };
    assert_memory_equal(got, want, sizeof got);
    near(sum->seconds, (10 * 10 + 30 * 20) / 40.0);
    assert_true(sum->measured == 2 && sum->seed == 2);
    assert_string_equal(sum->version, "new");
}

/* Whatever the answer depends on keeps tests apart. */
static void other_tests_stay_apart(void **state)
{
    (void)state;
    struct calibration l[] = { line(1, 0, 1, 0), line(1, 0, 1, 0), line(1, 0, 1, 0), line(1, 0, 1, 0),
                               line(1, 0, 1, 0) };
    l[1].neighbour = true;
    l[2].threshold = 0.03;
    l[3].suites = "norms";
    l[4].filter = "gemv";
    assert_int_equal(calibration_pool(l, 5), 5);
    assert_int_equal(calibration_pool(NULL, 0), 0);
}

/* Against the closed forms: nothing seen, everything seen; and the definition in between. */
static void bounds_of_shares(void **state)
{
    (void)state;
    near(stats_share_high(0, 100, 0.95), 1 - pow(0.05, 0.01));
    near(stats_share_low(60, 60, 0.95), pow(0.05, 1 / 60.0));
    near(stats_share_high(5, 5, 0.95), 1);
    near(stats_share_low(0, 5, 0.95), 0);
    near(stats_binomial_cdf(3, 40, stats_share_high(3, 40, 0.975)), 0.025);
    near(1 - stats_binomial_cdf(2, 40, stats_share_low(3, 40, 0.975)), 0.025);
    assert_true(isnan(stats_share_high(0, 0, 0.95)) && isnan(stats_share_low(0, 0, 0.95)));
}

static void lines_get_their_bounds(void **state)
{
    (void)state;
    struct calibration l[] = { line(1, 0.25, 60, 60), line(1, 0, 100, 0) };
    l[1].red = l[1].asked = 0;
    assert_int_equal(calibration_pool(l, 2), 2);
    near(l[0].red_most, stats_share_high(0, 100, 0.95));
    assert_true(isnan(l[0].called_least));
    near(l[1].called_least, stats_share_low(60, 60, 0.95));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_test_adds_up),
        cmocka_unit_test(other_tests_stay_apart),
        cmocka_unit_test(bounds_of_shares),
        cmocka_unit_test(lines_get_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
