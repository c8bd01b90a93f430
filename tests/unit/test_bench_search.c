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

/* --- precision --- */

/* Batch k, of seconds per iteration times what the script says of it. */
static double wobble[64];
static double beside; /* seconds of set-up in each batch */

static void spend_wobbling(struct km_state *state)
{
    double factor = script.n < 64 ? wobble[script.n] : 1;
    if (script.n < 64)
        script.batches[script.n++] = km_state_max_iterations(state);
    bench_help_spend(beside, beside);
    KM_LOOP(state) {
        bench_help_spend(script.each * factor, script.each * factor / 2);
    }
}

static void even(double each)
{
    reset(each, 1);
    beside = 0;
    for (int i = 0; i < 64; i++)
        wobble[i] = 1;
    km_register("wobbling", spend_wobbling);
}

static struct bench_flags precise(double target)
{
    struct bench_flags f = bench_help_flags();
    f.target_ci = target;
    f.keep_samples = true;
    return f;
}

static void all_alike(size_t first, int64_t iterations, size_t n)
{
    assert_int_equal(script.n, n);
    for (size_t i = first; i < n; i++)
        assert_int_equal(script.batches[i], iterations);
}

static void stopping_on_precision(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = precise(0.01);
    even(8e-6);
    bench_help_run(&c, &f, &bench_help_clock);
    all_alike(3, 175, 23); /* 1, 10, 100, 175: CPU time, half of real time, decides: half a millisecond of it */
    bench_help_free(&c);
}

static void stopping_on_precision_with_a_time(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = precise(0.01);
    f.min_time_given = true;
    even(2e-3);
    bench_help_run(&c, &f, &bench_help_clock);
    all_alike(2, 70, 22); /* 1, 10, 70: a tenth of 0.5 s */
    assert_int_equal(c.rows[0].iterations, 20 * 70);
    const struct row_extra *x = c.rows[0].extra;
    assert_non_null(x);
    assert_int_equal(x->nsamples, 20);
    assert_true(fabs(x->median - 2e-3) < 1e-8 && fabs(x->max - 2e-3) < 1e-8 && x->mad < 1e-8);
    bench_help_free(&c);
}

/* Half of the first batches are a tenth slower, later ones are even: 20 do not tell, 30 do not either, 45 do. */
static void looks_are_fixed(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = precise(0.01);
    even(2e-3);
    for (size_t i = 1; i < 30; i += 2)
        wobble[i] = 1.1;
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(script.n, 45);
    assert_true(fabs(c.rows[0].real_time - 2e-3) < 1e-9); /* of the median, not of the total */
    assert_true(fabs(c.rows[0].cpu_time - 1e-3) < 1e-9);
    assert_true(c.rows[0].extra->nsamples == 45 && c.rows[0].extra->max > 2.1e-3);
    bench_help_free(&c);
}

static void an_imprecise_one_ends_by_time(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = precise(0.01);
    even(0.05);
    for (size_t i = 0; i < 64; i++)
        wobble[i] = i % 2 ? 1.5 : 0.5;
    f.max_time = 1;
    bench_help_run(&c, &f, &bench_help_clock);
    assert_in_range(script.n, 19, 21);
    assert_int_equal(c.rows[0].skipped, SKIP_NO);
    bench_help_free(&c);
}

static void set_up_is_weighed(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = precise(0.01);
    even(2e-3);
    beside = 0.02;
    bench_help_run(&c, &f, &bench_help_clock);
    all_alike(2, 10, 22); /* one iteration is enough for the clock, ten take as long as setting up */
    bench_help_free(&c);
    even(2e-3);
    beside = 60;
    f.max_time = 1e6;
    bench_help_run(&c, &f, &bench_help_clock);
    all_alike(2, 25, 22); /* but no more than 0.05 s */
    bench_help_free(&c);
}

/* Repetitions that stop after different numbers of iterations: statistics are of the time of one. */
static void precise_repetitions(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = precise(0.01);
    f.repetitions = 2;
    even(2e-3);
    for (size_t i = 1; i < 20; i += 2)
        wobble[i] = 1.1;
    bench_help_run(&c, &f, &bench_help_clock);
    assert_true(c.rows[0].iterations > c.rows[1].iterations);
    assert_string_equal(c.rows[2].aggregate_name, "mean");
    assert_true(fabs(c.rows[2].real_time - (c.rows[0].real_time + c.rows[1].real_time) / 2) < 1e-9);
    assert_true(fabs(c.rows[2].cpu_time - (c.rows[0].cpu_time + c.rows[1].cpu_time) / 2) < 1e-9);
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
        cmocka_unit_test(stopping_on_precision_with_a_time),
        cmocka_unit_test(looks_are_fixed),
        cmocka_unit_test(an_imprecise_one_ends_by_time),
        cmocka_unit_test(set_up_is_weighed),
        cmocka_unit_test(precise_repetitions),
        cmocka_unit_test(interleaving_follows_its_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
