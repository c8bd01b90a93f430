/* SPDX-License-Identifier: Apache-2.0
 * How many iterations, repetitions, batches: Google Benchmark's rule, exactly, on a clock that only we move. */
#include "harness/bench/runner.h"
#include "tests/unit/bench_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What the benchmarks below do, and did. */
static struct {
    double each, cpu_share; /* seconds of an iteration; CPU per real second */
    int64_t batches[64];
    size_t n;
    int setups, teardowns, setups_once, teardowns_once;
} script;

static void reset(double each, double cpu_share)
{
    memset(&script, 0, sizeof script);
    script.each = each;
    script.cpu_share = cpu_share;
}

static void spend(struct km_state *state)
{
    int64_t all = km_state_max_iterations(state);
    if (script.n < 64)
        script.batches[script.n++] = all;
    while (km_keep_running_batch(state, all))
        bench_help_spend(script.each * (double)all, script.each * (double)all * script.cpu_share);
}

static void spend_manually(struct km_state *state)
{
    spend(state);
    km_set_iteration_time(state, 1e-3 * (double)km_state_iterations(state));
}

static void expect_batches(const int64_t *want, size_t n)
{
    char text[1024] = "";
    for (size_t i = 0; i < script.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " %lld", (long long)script.batches[i]);
    if (script.n != n || memcmp(script.batches, want, n * sizeof *want) != 0)
        fail_msg("batches were%s", text);
}

#define EXPECT(...)                                                                                                    \
    expect_batches((const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static struct km_benchmark *family(void)
{
    return km_register("spend", spend);
}

static void prediction(void **state)
{
    (void)state;
    assert_int_equal(search_predict(1, 0, 0.5), 10);
    assert_int_equal(search_predict(100, 0.05, 0.5), 1000); /* a tenth is not yet significant */
    assert_int_equal(search_predict(100, 0.0501, 0.5), 1397);
    assert_int_equal(search_predict(100, 0.25, 0.5), 280);
    assert_int_equal(search_predict(1, 0.4999, 0.5), 2); /* always at least one more */
    assert_int_equal(search_predict(1e12, 0.01, 0.5), 1000000000000);
}

/* The anchor's example: 0.26 ns, 1 ms, 2 repetitions: 9 batches. */
static void ten_times_then_1_4(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_time = 0.001;
    f.repetitions = 2;
    reset(0.26e-9, 1);
    family();
    bench_help_run(&c, &f, &bench_help_clock);
    EXPECT(1, 10, 100, 1000, 10000, 100000, 1000000, 5384615, 5384615);
    assert_int_equal(c.n, 6);
    assert_int_equal(c.rows[0].iterations, 5384615);
    assert_true(fabs(c.rows[0].real_time / 0.26e-9 - 1) < 1e-6);
    assert_true(fabs(c.rows[0].cpu_time / 0.26e-9 - 1) < 1e-6);
    assert_int_equal(c.rows[1].repetition_index, 1);
    assert_int_equal(c.rows[1].repetitions, 2);
    assert_string_equal(c.rows[2].aggregate_name, "mean");
    assert_int_equal(c.begun, 2);
    bench_help_free(&c);
}

static void run_with(struct bench_flags *f)
{
    struct collected c;
    bench_help_run(&c, f, &bench_help_clock);
    assert_int_equal(c.rc, 0);
    assert_int_equal(c.totals.failed, 0);
    bench_help_free(&c);
}

static void real_time_ends_a_sleeper(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags();
    reset(0.3, 0.01); /* after 10 iterations: 3 s real >= 5 * 0.5 s, 0.03 s CPU */
    family();
    run_with(&f);
    EXPECT(1, 10);
    reset(0.3, 0.01);
    km_use_real_time(family()); /* 0.3 s of 0.5: 1.4 * 0.5 / 0.3 = 2.33 */
    run_with(&f);
    EXPECT(1, 2);
}

static void manual_time_has_no_such_end(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags();
    reset(100, 1);
    km_use_manual_time(km_register("manual", spend_manually)); /* 1 ms per iteration, says it */
    run_with(&f);
    EXPECT(1, 10, 100, 700);
}

static void an_endless_one_stops_at_1e12(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags();
    reset(0, 1);
    family();
    run_with(&f);
    EXPECT(1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
           1000000000000);
}

static void precedence(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags(), exact = f;
    exact.min_iterations = 7;
    exact.min_time = NAN;
    reset(0.1, 1);
    km_min_time(family(), 0.1); /* code beats the flag */
    run_with(&f);
    EXPECT(1);
    reset(0.1, 1);
    km_iterations(family(), 3);
    run_with(&exact);
    EXPECT(3);
    reset(0.1, 1);
    km_min_time(family(), 0.1); /* "7x" beats a minimum time in code, as theirs */
    run_with(&exact);
    EXPECT(7);
    reset(0.1, 1);
    f.repetitions = 3;
    km_repetitions(family(), 2);
    run_with(&f);
    EXPECT(1, 7, 7);
}

/* Theirs ignores a warm-up in code unless a minimum time is there, too. */
static void warm_up(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags();
    f.repetitions = 2;
    reset(0.1, 1);
    km_min_warmup_time(family(), 0.15);
    run_with(&f); /* warm: 1, 2; then 1, 7 (0.7 / 0.1) and 7 again */
    EXPECT(1, 2, 1, 7, 7);
    reset(0.1, 1);
    f.min_warmup_time = 0.05;
    family();
    run_with(&f);
    EXPECT(1, 1, 7, 7);
}

static void dry_run(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags();
    f.dry_run = true;
    f.min_warmup_time = 1;
    reset(1e-9, 1);
    km_repetitions(family(), 5);
    struct km_benchmark *b = family();
    km_iterations(b, 1000);
    run_with(&f);
    EXPECT(1, 1);
}

static void process_time_decides(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    reset(0.2, 1); /* the process uses three times that */
    km_measure_process_cpu_time(family());
    bench_help_run(&c, &f, &bench_help_clock);
    EXPECT(1);
    assert_true(fabs(c.rows[0].cpu_time - 0.6) < 1e-9);
    assert_true(fabs(c.rows[0].real_time - 0.2) < 1e-9);
    bench_help_free(&c);
}

static void set_up(struct km_state *state)
{
    script.setups++;
    assert_int_equal(km_state_max_iterations(state), 1);
    assert_int_equal(km_state_thread_index(state), 0);
}

static void tear_down(struct km_state *state)
{
    (void)state;
    script.teardowns++;
}

static void set_up_once(struct km_state *state)
{
    km_set_data(state, &script);
    script.setups_once++;
}

static void tear_down_once(struct km_state *state)
{
    assert_ptr_equal(km_data(state), &script);
    script.teardowns_once++;
}

static void set_up_per_batch_and_per_argument_set(void **state)
{
    (void)state;
    struct bench_flags f = bench_help_flags();
    f.repetitions = 2;
    reset(0.1, 1);
    struct km_benchmark *b = family();
    km_setup(b, set_up);
    km_teardown(b, tear_down);
    km_setup_once(b, set_up_once);
    km_teardown_once(b, tear_down_once);
    km_dense_range(b, 1, 3, 1);
    run_with(&f);
    assert_int_equal(script.setups, 9); /* 1, 7, 7 for each of three */
    assert_int_equal(script.teardowns, 9);
    assert_int_equal(script.setups_once, 3);
    assert_int_equal(script.teardowns_once, 3);
}

static void time_limits(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.max_time = 0.35;
    f.repetitions = 3;
    reset(0.1, 1); /* 7 wanted, but after the first 0.1 s only 2 fit */
    family();
    bench_help_run(&c, &f, &bench_help_clock);
    EXPECT(1, 2, 2); /* 0.1, 0.3, 0.5 s */
    assert_int_equal(c.rows[0].iterations, 2);
    assert_int_equal(c.rows[1].skipped, SKIP_NO);
    assert_int_equal(c.rows[2].skipped, SKIP_MESSAGE);
    assert_string_equal(c.rows[2].skip_message, "not run: the time limit of the benchmark is spent");
    assert_string_equal(c.rows[3].aggregate_name, "mean");
    bench_help_free(&c);
    f = bench_help_flags();
    f.total_time = 0.45;
    reset(0.25, 1);
    km_dense_range(family(), 1, 3, 1);
    bench_help_run(&c, &f, &bench_help_clock);
    EXPECT(1, 1); /* it would want 3, and not one more fits: what it has must do */
    assert_int_equal(c.rows[0].skipped, SKIP_NO);
    assert_int_equal(c.rows[1].skipped, SKIP_NO);
    assert_string_equal(c.rows[2].skip_message, "not run: the time limit of the whole run is spent");
    bench_help_free(&c);
}

/* Samples of a part each, all alike: known after the first look. */
static void spend_in_parts(struct km_state *state)
{
    if (script.n < 64)
        script.batches[script.n++] = km_state_max_iterations(state);
    KM_LOOP(state) {
        bench_help_spend(script.each, script.each);
    }
}

static void stopping_on_precision(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.target_ci = 0.01;
    f.keep_samples = true;
    reset(1e-3, 1);
    km_register("parts", spend_in_parts);
    bench_help_run(&c, &f, &bench_help_clock);
    EXPECT(1, 10, 70); /* a tenth of 0.5 s at a time */
    assert_int_equal(c.rows[0].iterations, 70);
    const struct row_extra *x = c.rows[0].extra;
    assert_non_null(x);
    assert_in_range(x->nsamples, 32, 64);
    assert_true(fabs(x->median - 1e-3) < 1e-8 && fabs(x->max - 1e-3) < 1e-8 && x->mad < 1e-8);
    bench_help_free(&c);
}

static int shuffled[60], nshuffled;

static void note(struct km_state *state)
{
    shuffled[nshuffled++] = (int)km_state_range(state, 0);
    KM_LOOP(state) {
    }
}

static void shuffle_with(uint64_t seed, int *order)
{
    struct bench_flags f = bench_help_flags();
    f.random_interleaving = true;
    f.min_iterations = 1;
    f.repetitions = 3;
    f.seed = seed;
    nshuffled = 0;
    km_dense_range(km_register("note", note), 0, 9, 1);
    run_with(&f);
    assert_int_equal(nshuffled, 30);
    memcpy(order, shuffled, 30 * sizeof *order);
}

static void interleaving_follows_its_seed(void **state)
{
    (void)state;
    int a[30], b[30], other[30], seen[10] = { 0 };
    shuffle_with(5, a);
    shuffle_with(5, b);
    shuffle_with(6, other);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, other, sizeof a);
    for (int i = 0; i < 30; i++)
        seen[a[i]]++;
    for (int i = 0; i < 10; i++)
        assert_int_equal(seen[i], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prediction),
        cmocka_unit_test(ten_times_then_1_4),
        cmocka_unit_test(real_time_ends_a_sleeper),
        cmocka_unit_test(manual_time_has_no_such_end),
        cmocka_unit_test(an_endless_one_stops_at_1e12),
        cmocka_unit_test(precedence),
        cmocka_unit_test(warm_up),
        cmocka_unit_test(dry_run),
        cmocka_unit_test(process_time_decides),
        cmocka_unit_test(set_up_per_batch_and_per_argument_set),
        cmocka_unit_test(time_limits),
        cmocka_unit_test(stopping_on_precision),
        cmocka_unit_test(interleaving_follows_its_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
