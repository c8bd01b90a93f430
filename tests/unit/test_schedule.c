/* SPDX-License-Identifier: Apache-2.0
 * Who is next and who is done. */
#include "harness/measure/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void stops_for_the_right_reason(void **state)
{
    (void)state;
    static const struct {
        struct limits limits;
        struct standing at;
        enum stop_reason stop;
    } rows[] = {
        { { 0, 3, 9, 0.01, 5 }, { 3, 1, 0.01 }, STOP_PRECISION },
        { { 0, 3, 9, 0.01, 5 }, { 2, 1, 0.001 }, STOP_NONE }, /* too few rounds to believe it */
        { { 0, 3, 9, 0.01, 5 }, { 3, 1, 0.02 }, STOP_NONE },
        { { 0, 3, 9, 0.01, 5 }, { 3, 1, INFINITY }, STOP_NONE },
        { { 0, 3, 9, 0.01, 5 }, { 3, 1, NAN }, STOP_NONE },
        { { 0, 3, 9, 0.01, 5 }, { 9, 1, INFINITY }, STOP_COUNT },
        { { 0, 3, 9, 0.01, 5 }, { 9, 1, 0.005 }, STOP_PRECISION }, /* not for want of rounds */
        { { 0, 3, 9, 0.01, 5 }, { 1, 5, INFINITY }, STOP_BUDGET },
        { { 0, 3, 9, 0.01, 5 }, { 1, 4.9, INFINITY }, STOP_NONE },
        { { 0, 3, 9, 0, 0 }, { 8, 1e9, 0 }, STOP_NONE },       /* neither precision nor budget */
        { { 4, 3, 9, 0.01, 5 }, { 3, 99, 0.001 }, STOP_NONE }, /* exactly four */
        { { 4, 3, 2, 0.01, 5 }, { 4, 0, INFINITY }, STOP_COUNT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (schedule_stop(&rows[i].limits, &rows[i].at) != rows[i].stop)
            fail_msg("row %zu", i);
}

static void limits_are_made_sensible(void **state)
{
    (void)state;
    struct runner_options o = { .min_time = NAN };
    struct settings s = { .min_rounds = 5, .max_rounds = 3, .precision = NAN, .budget_seconds = -1 };
    struct limits l = schedule_limits(&s, &o);
    assert_true(l.min_rounds == 3 && l.max_rounds == 3 && l.precision == 0 && l.budget == 0 && l.exact_rounds == 0);
    s = (struct settings){ .max_rounds = -7 };
    l = schedule_limits(&s, &o);
    assert_true(l.min_rounds == 1 && l.max_rounds == 1);
    o.repetitions = 8;
    assert_int_equal(schedule_limits(&s, &o).exact_rounds, 8);
    o.verify_only = true;
    assert_int_equal(schedule_limits(&s, &o).exact_rounds, 1);
}

enum { N = 50 };

static void an_order_is_a_permutation_of_its_seed(void **state)
{
    (void)state;
    size_t a[N], b[N], seen[N] = { 0 };
    schedule_order(7, 3, a, N);
    schedule_order(7, 3, b, N);
    assert_memory_equal(a, b, sizeof a);
    for (int i = 0; i < N; i++)
        seen[a[i]]++;
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    schedule_order(7, 4, b, N);
    assert_memory_not_equal(a, b, sizeof a);
    schedule_order(8, 3, b, N);
    assert_memory_not_equal(a, b, sizeof a);
    schedule_order(7, 3, a, 0);
}

/* Over many generations every job is first about equally often: 2,000 draws of 5, within 6 standard deviations. */
static void no_job_is_favoured(void **state)
{
    (void)state;
    size_t first[5] = { 0 }, order[5];
    for (uint64_t g = 0; g < 2000; g++) {
        schedule_order(42, g, order, 5);
        first[order[0]]++;
    }
    for (int i = 0; i < 5; i++)
        assert_in_range(first[i], 400 - 108, 400 + 108);
}

static void time_left_is_an_estimate(void **state)
{
    (void)state;
    struct limits l = { 0, 4, 20, 0.01, 10 };
    /* Unknown yet: as many rounds as there may be, within the budget. */
    assert_true(isnan(schedule_left(&l, &(struct standing){ 0, 0, INFINITY }, NAN)));
    assert_true(schedule_left(&l, &(struct standing){ 0, 0, INFINITY }, 0.1) == 2);
    assert_true(schedule_left(&l, &(struct standing){ 0, 0, INFINITY }, 100) == 10);
    /* Twice too wide after 4 rounds of 0.1 s: 16 rounds in all. */
    assert_true(fabs(schedule_left(&l, &(struct standing){ 4, 0.4, 0.02 }, NAN) - 1.2) < 1e-9);
    /* Never negative, and at least one round while it is not done. */
    assert_true(schedule_left(&l, &(struct standing){ 4, 12, 0.02 }, NAN) == 0);
    assert_true(fabs(schedule_left(&l, &(struct standing){ 5, 0.5, 0.001 }, NAN) - 0.1) < 1e-9);
    l.exact_rounds = 3;
    assert_true(schedule_left(&l, &(struct standing){ 5, 5, INFINITY }, NAN) == 0);
    assert_true(schedule_left(&l, &(struct standing){ 0, 0, INFINITY }, 7) == 21);
}

static void long_batches_are_fewer(void **state)
{
    (void)state;
    struct settings s = { .samples = 10 };
    struct limits l = { 0, 5, 20, 0.01, 10 };
    assert_int_equal(schedule_batches(&s, &l, 0.001), 10);
    assert_int_equal(schedule_batches(&s, &l, 0.5), 4); /* 5 rounds of 2 s */
    assert_int_equal(schedule_batches(&s, &l, 60), 1);
    assert_int_equal(schedule_batches(&s, &l, 0), 10);
    l.exact_rounds = 2; /* no budget then */
    assert_int_equal(schedule_batches(&s, &l, 60), 10);
    s.samples = 0;
    assert_int_equal(schedule_batches(&s, &l, 0.001), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_for_the_right_reason),
        cmocka_unit_test(limits_are_made_sensible),
        cmocka_unit_test(an_order_is_a_permutation_of_its_seed),
        cmocka_unit_test(no_job_is_favoured),
        cmocka_unit_test(time_left_is_an_estimate),
        cmocka_unit_test(long_batches_are_fewer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
