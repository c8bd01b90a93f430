/* SPDX-License-Identifier: Apache-2.0
 * Counters: the order in which flags apply; adding up threads; aggregates, of counters and of time. */
#include "harness/bench/counter.h"
#include "tests/unit/bench_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static double finished(double value, unsigned flags)
{
    struct mem m = { 0 };
    struct counters c = { 0 };
    *counters_get(&m, &c, "x") = (struct counter){ "x", value, flags, KM_IS_1000 };
    counters_finish(&c, &(struct counter_basis){ .iterations = 100, .seconds = 2, .threads = 4 });
    double result = c.v[0].value;
    mem_free(&m);
    return result;
}

static void flags_apply_in_order(void **state)
{
    (void)state;
    assert_true(finished(8, KM_COUNTER_DEFAULTS) == 8);
    assert_true(finished(8, KM_COUNTER_IS_RATE) == 4);
    assert_true(finished(8, KM_COUNTER_AVG_THREADS) == 2);
    assert_true(finished(8, KM_COUNTER_AVG_THREADS_RATE) == 1);
    assert_true(finished(8, KM_COUNTER_IS_ITERATION_INVARIANT) == 800);
    assert_true(finished(8, KM_COUNTER_IS_ITERATION_INVARIANT_RATE) == 400);
    assert_true(finished(8, KM_COUNTER_AVG_ITERATIONS) == 0.08);
    assert_true(finished(8, KM_COUNTER_AVG_ITERATIONS_RATE) == 0.04);
    assert_true(finished(8, KM_COUNTER_INVERT) == 0.125);
    assert_true(finished(8, KM_COUNTER_IS_RATE | KM_COUNTER_INVERT) == 0.25);
    assert_true(isinf(finished(0, KM_COUNTER_INVERT)));
    assert_true(KM_COUNTER_IS_RATE == 1 && KM_COUNTER_AVG_THREADS == 2 && KM_COUNTER_IS_ITERATION_INVARIANT == 4 &&
                KM_COUNTER_AVG_ITERATIONS == 8 && KM_COUNTER_INVERT == 1U << 31);
}

static void threads_are_added_by_name(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct counters a = { 0 }, b = { 0 };
    *counters_get(&m, &a, "z") = (struct counter){ "z", 1, KM_COUNTER_IS_RATE, KM_IS_1024 };
    *counters_get(&m, &b, "z") = (struct counter){ "z", 2, 0, KM_IS_1000 };
    *counters_get(&m, &b, "a") = (struct counter){ "a", 5, KM_COUNTER_INVERT, KM_IS_1000 };
    struct counters sum = { 0 };
    counters_add(&m, &sum, &a);
    counters_add(&m, &sum, &b);
    assert_int_equal(sum.n, 2);
    counters_finish(&sum, &(struct counter_basis){ 1, 0.5, 1 });
    assert_string_equal(sum.v[0].name, "a");
    assert_true(sum.v[0].value == 0.2);
    assert_true(sum.v[1].value == 6); /* the first one's flags: a rate */
    assert_int_equal(sum.v[1].one_k, KM_IS_1024);
    mem_free(&m);
}

/* Repetition i (from 1) takes i seconds of real time, 2 i of CPU, in 2 iterations. */
static int repetition;

static void growing(struct km_state *state)
{
    repetition++;
    KM_LOOP(state) {
        bench_help_spend(repetition / 2.0, repetition);
    }
    km_set_bytes_processed(state, 4096 * km_state_iterations(state));
    km_set_items_processed(state, 10);
    km_set_flops_processed(state, 2e9);
    km_counter_add(state, "plain", 1);
    km_counter_add(state, "plain", repetition);
    km_counter_k(state, "kilo", 3, KM_COUNTER_AVG_ITERATIONS, KM_IS_1024);
    if (repetition < 100)
        km_set_label(state, "same");
}

static double largest(const double *v, size_t n)
{
    double most = v[0];
    for (size_t i = 1; i < n; i++)
        most = fmax(most, v[i]);
    return most;
}

static double ratio(const double *v, size_t n)
{
    return v[n - 1] / v[0];
}

static const struct row *find(const struct collected *c, const char *aggregate)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i].aggregate_name && !strcmp(c->rows[i].aggregate_name, aggregate))
            return &c->rows[i];
    return NULL;
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fabs(want)))
        fail_msg("%.17g is not %.17g", got, want);
}

static void rows_and_aggregates(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    repetition = 0;
    struct km_benchmark *b = km_register("growing", growing);
    km_iterations(b, 2);
    km_repetitions(b, 3);
    km_statistic(b, "max", largest, KM_TIME);
    km_statistic(b, "ratio", ratio, KM_PERCENTAGE);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.n, 9);
    const struct row *first = &c.rows[0];
    near(first->real_time, 0.5);
    near(first->cpu_time, 1);
    assert_int_equal(first->ncounters, 5);
    assert_string_equal(first->counters[0].name, "bytes_per_second"); /* sorted */
    assert_int_equal(first->counters[0].one_k, KM_IS_1024);
    near(bench_help_counter(first, "bytes_per_second"), 4096); /* by CPU time: 2 s */
    near(bench_help_counter(first, "items_per_second"), 5);
    near(bench_help_counter(first, "flops_per_second"), 1e9);
    near(bench_help_counter(first, "plain"), 2);
    near(bench_help_counter(first, "kilo"), 1.5);
    static const char *const order[] = { "mean", "median", "stddev", "cv", "max", "ratio" };
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(c.rows[3 + i].aggregate_name, order[i]);
        assert_int_equal(c.rows[3 + i].iterations, 3);
        assert_string_equal(c.rows[3 + i].label, "same");
    }
    near(find(&c, "mean")->real_time, 1); /* 1, 2, 3 s of 2 iterations each */
    near(find(&c, "mean")->cpu_time, 2);
    near(find(&c, "median")->real_time, 1);
    near(find(&c, "stddev")->real_time, 0.5);
    near(find(&c, "cv")->real_time, 0.5);
    assert_true(find(&c, "cv")->percentage);
    near(find(&c, "max")->real_time, 1.5);
    near(find(&c, "ratio")->cpu_time, 3);
    near(bench_help_counter(find(&c, "mean"), "plain"), 3);
    near(bench_help_counter(find(&c, "ratio"), "plain"), 2);
    bench_help_free(&c);
}

/* A tiny spread on a large value: the formula with sums of squares gives 0 or nonsense. */
static void steady(struct km_state *state)
{
    static const double values[] = { 1e9, 1e9 + 1, 1e9 + 2 };
    KM_LOOP(state) {
    }
    km_counter(state, "v", values[repetition++ % 3], 0);
}

static void stddev_does_not_cancel(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    repetition = 0;
    struct km_benchmark *b = km_register("steady", steady);
    km_iterations(b, 1);
    km_repetitions(b, 3);
    bench_help_run(&c, &f, &bench_help_clock);
    near(bench_help_counter(find(&c, "stddev"), "v"), 1);
    near(bench_help_counter(find(&c, "cv"), "v"), 1 / (1e9 + 1));
    assert_true(find(&c, "cv")->real_time == 0); /* of times that are all 0 */
    bench_help_free(&c);
}

/* The first and the fourth of five fail; what counts are the others. */
static void failing(struct km_state *state)
{
    int now = repetition++;
    if (now == 0 || now == 3) {
        km_skip_with_error(state, "number %d", now);
        return;
    }
    KM_LOOP(state) {
        bench_help_spend(now, now);
    }
    km_set_label(state, now == 1 ? "one" : "other");
}

static void failed_repetitions_are_left_out(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    repetition = 0;
    struct km_benchmark *b = km_register("failing", failing);
    km_iterations(b, 1);
    km_repetitions(b, 5);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.totals.failed, 2);
    assert_int_equal(c.n, 9);
    assert_string_equal(c.rows[3].skip_message, "number 3");
    assert_int_equal(c.rows[3].iterations, 0);
    near(find(&c, "mean")->real_time, 7.0 / 3);
    assert_int_equal(find(&c, "mean")->iterations, 3);
    assert_null(find(&c, "mean")->label);
    bench_help_free(&c);
}

static void twice_as_slow(struct km_state *state)
{
    KM_LOOP(state) {
        bench_help_spend((double)km_state_range(state, 0), 1);
    }
}

static void rows_relative_to_a_baseline(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 1;
    struct km_benchmark *b = km_register("old", twice_as_slow);
    km_baseline(b);
    km_dense_range(b, 1, 2, 1);
    b = km_register("new", twice_as_slow);
    km_args(b, 1, (const int64_t[]){ 2 });
    km_args(b, 1, (const int64_t[]){ 4 });
    bench_help_run(&c, &f, &bench_help_clock);
    assert_true(isnan(bench_help_counter(&c.rows[0], "vs_baseline")));
    near(bench_help_counter(&c.rows[2], "vs_baseline"), 1);            /* new/2 to old/2 */
    assert_true(isnan(bench_help_counter(&c.rows[3], "vs_baseline"))); /* there is no old/4 */
    bench_help_free(&c);
    f.baseline = "old/1";
    km_dense_range(km_register("old", twice_as_slow), 1, 2, 1);
    bench_help_run(&c, &f, &bench_help_clock);
    near(bench_help_counter(&c.rows[1], "vs_baseline"), 2);
    bench_help_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_apply_in_order),
        cmocka_unit_test(threads_are_added_by_name),
        cmocka_unit_test(rows_and_aggregates),
        cmocka_unit_test(stddev_does_not_cancel),
        cmocka_unit_test(failed_repetitions_are_left_out),
        cmocka_unit_test(rows_relative_to_a_baseline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
