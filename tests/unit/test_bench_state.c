/* SPDX-License-Identifier: Apache-2.0
 * The state and its loops: iterations counted, pauses left out, samples, ways to skip and ways to get it wrong. */
#include "harness/bench/run.h"
#include "tests/unit/bench_help.h"

#include <kernmark/binding.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char didnt_run[] = "The benchmark didn't run, nor was it explicitly skipped. Please call 'SkipWithXXX` in "
                                "your benchmark as appropriate.";

/* One row of one function at so many iterations. */
static struct row run_one(struct collected *c, km_function *fn, int64_t iterations)
{
    struct bench_flags f = bench_help_flags();
    f.keep_samples = true;
    km_iterations(km_register("one", fn), iterations);
    bench_help_run(c, &f, &bench_help_clock);
    assert_int_equal(c->rc, 0);
    assert_int_equal(c->n, 1);
    return c->rows[0];
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-6 * fabs(want) + 1e-12))
        fail_msg("%.17g is not %.17g", got, want);
}

/* --- loops --------------------------------------------------------------------------------------------------------- */

static int64_t ran, said_before, said_after;

static void loop(struct km_state *state)
{
    ran = 0;
    said_before = km_state_iterations(state);
    KM_LOOP(state) {
        if (ran++ % 3 == 0)
            continue;
    }
    said_after = km_state_iterations(state);
}

static void keep(struct km_state *state)
{
    ran = 0;
    said_before = km_state_iterations(state);
    while (km_keep_running(state)) {
        assert_int_equal(km_state_iterations(state), ran + 1);
        ran++;
    }
    said_after = km_state_iterations(state);
}

static void in_thousands(struct km_state *state)
{
    ran = 0;
    while (km_keep_running_batch(state, 1000))
        ran += 1000;
    said_after = km_state_iterations(state);
}

static void loops_run_as_often_as_asked(void **state)
{
    (void)state;
    static const int64_t counts[] = { 1, 2, 3, 31, 32, 33, 63, 64, 65, 100, 1000, 4096, 99999 };
    km_function *const kinds[] = { loop, keep };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t k = 0; k < 2; k++) {
            struct collected c;
            struct row row = run_one(&c, kinds[k], counts[i]);
            assert_int_equal(row.skipped, SKIP_NO);
            assert_int_equal(ran, counts[i]);
            assert_int_equal(row.iterations, counts[i]);
            assert_int_equal(said_before, 0);
            assert_int_equal(said_after, counts[i]);
            bench_help_free(&c);
        }
}

static void batches_may_go_beyond(void **state)
{
    (void)state;
    static const int64_t counts[][2] = { { 10, 1000 }, { 1000, 1000 }, { 1001, 2000 }, { 64000, 64000 } };
    for (size_t i = 0; i < 4; i++) {
        struct collected c;
        struct row row = run_one(&c, in_thousands, counts[i][0]);
        assert_int_equal(ran, counts[i][1]);
        assert_int_equal(said_after, counts[i][1]);
        assert_int_equal(row.iterations, counts[i][1]);
        bench_help_free(&c);
    }
}

/* --- time ---------------------------------------------------------------------------------------------------------- */

static void paused_half(struct km_state *state)
{
    KM_LOOP(state) {
        bench_help_spend(1e-3, 1e-3);
        km_pause(state);
        bench_help_spend(3e-3, 3e-3);
        km_pause(state); /* twice is once */
        bench_help_spend(1e-3, 1e-3);
        km_resume(state);
        km_resume(state);
    }
}

static void paused_to_the_end(struct km_state *state)
{
    km_pause(state); /* before the loop: nothing to pause */
    KM_LOOP(state) {
        bench_help_spend(2e-3, 1e-3);
        km_pause(state);
        bench_help_spend(2e-3, 1e-3);
    }
    km_resume(state);
}

static void pauses_are_left_out(void **state)
{
    (void)state;
    struct collected c;
    struct row row = run_one(&c, paused_half, 100);
    near(row.real_time, 1e-3);
    near(row.cpu_time, 1e-3);
    assert_non_null(row.extra);
    near(row.extra->median, 1e-3);
    near(row.extra->max, 1e-3);
    bench_help_free(&c);
    row = run_one(&c, paused_to_the_end, 4); /* from the first iteration's middle on */
    near(row.real_time, 0.5e-3);
    near(row.cpu_time, 0.25e-3);
    bench_help_free(&c);
}

static void manual(struct km_state *state)
{
    KM_LOOP(state) {
        bench_help_spend(1, 1);
        km_set_iteration_time(state, 0.25);
    }
}

static void manual_time_is_what_was_said(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    struct km_benchmark *b = km_register("manual", manual);
    km_use_manual_time(b);
    km_iterations(b, 40);
    bench_help_run(&c, &f, &bench_help_clock);
    near(c.rows[0].real_time, 0.25);
    near(c.rows[0].cpu_time, 1);
    near(c.rows[0].extra->median, 0.25);
    bench_help_free(&c);
}

/* Iteration i takes i microseconds. */
static void rising(struct km_state *state)
{
    int64_t i = 0;
    KM_LOOP(state) {
        i++;
        bench_help_spend(1e-6 * (double)i, 1e-6);
    }
}

static void samples_cover_the_batch(void **state)
{
    (void)state;
    struct collected c;
    struct row row = run_one(&c, rising, 3200);
    const struct row_extra *x = row.extra;
    assert_non_null(x);
    assert_in_range(x->nsamples, 30, 64);
    near(row.real_time, 1600.5e-6);
    assert_true(x->min < 60e-6 && x->max > 3100e-6);
    assert_true(x->ci_low < 1600e-6 && x->ci_high > 1600e-6);
    assert_true(x->p5 < x->p25 && x->p25 < x->median && x->median < x->p75 && x->p95 < x->p99);
    bench_help_free(&c);
    row = run_one(&c, rising, 1);
    assert_int_equal(row.extra->nsamples, 1);
    assert_true(isnan(row.extra->ci_low)); /* one sample gives no interval */
    bench_help_free(&c);
}

static void three_milliseconds(struct km_state *state)
{
    KM_LOOP(state) {
        bench_help_spend(3e-3, 1e-9);
    }
}

static void unit_by_itself(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 4;
    f.time_unit = "us";
    km_unit(km_register("auto", three_milliseconds), KM_AUTO);
    km_unit(km_register("s", paused_half), KM_S);
    km_register("flag", paused_half);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.rows[0].unit, UNIT_MS);
    assert_int_equal(c.rows[1].unit, UNIT_S);
    assert_int_equal(c.rows[2].unit, UNIT_US);
    bench_help_free(&c);
}

/* --- skipping and mistakes ------------------------------------------------------------------------------------------ */

static void error_in_third(struct km_state *state)
{
    ran = 0;
    while (km_keep_running(state))
        if (++ran == 3)
            km_skip_with_error(state, "third of %d", 10);
    km_counter(state, "c", 1, 0);
    km_set_label(state, "kept");
}

static void error_and_break(struct km_state *state)
{
    KM_LOOP(state) {
        km_skip_with_message(state, "not here");
        km_skip_with_error(state, "the first wins");
        break;
    }
}

static void error_and_go_on(struct km_state *state)
{
    KM_LOOP(state) {
        if (!km_skipped(state))
            km_skip_with_error(state, "went on");
    }
}

static void skip_before(struct km_state *state)
{
    km_skip_with_message(state, "no such device");
    KM_LOOP(state) {
        fail();
    }
    KM_LOOP(state) {
        fail();
    }
}

static void skip_and_return(struct km_state *state)
{
    km_skip_with_message(state, "nothing to do");
}

static void no_loop(struct km_state *state)
{
    (void)state;
}

static void break_out(struct km_state *state)
{
    KM_LOOP(state) {
        break;
    }
}

static void twice(struct km_state *state)
{
    KM_LOOP(state) {
    }
    KM_LOOP(state) {
        fail();
    }
}

static void odd_message(struct km_state *state)
{
    km_skip_with_error(state, "%s", "50% \x01 \xff \"quoted\"");
}

static void long_message(struct km_state *state)
{
    km_skip_with_error(state, "%05000d", 1);
}

static void ways_to_end_without_a_time(void **state)
{
    (void)state;
    static const struct {
        km_function *fn;
        enum row_skip skipped;
        const char *message;
        int64_t iterations;
    } cases[] = {
        { error_in_third, SKIP_ERROR, "third of 10", 10 },
        { error_and_break, SKIP_MESSAGE, "not here", 10 },
        { error_and_go_on, SKIP_ERROR, "went on", 10 },
        { skip_before, SKIP_MESSAGE, "no such device", 10 },
        { skip_and_return, SKIP_MESSAGE, "nothing to do", 0 },
        { no_loop, SKIP_ERROR, didnt_run, 0 },
        { break_out, SKIP_ERROR, "The benchmark left its timed loop before the last iteration, and was not skipped.",
          10 },
        { twice, SKIP_ERROR, "The benchmark ran a timed loop twice. Each run of its function has one loop.", 10 },
        { odd_message, SKIP_ERROR, "50% \x01 \xff \"quoted\"", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct collected c;
        struct row row = run_one(&c, cases[i].fn, 10);
        assert_int_equal(row.skipped, cases[i].skipped);
        assert_string_equal(row.skip_message, cases[i].message);
        assert_int_equal(row.iterations, cases[i].iterations);
        assert_true(row.real_time == 0 && row.cpu_time == 0 && row.ncounters == 0 && !row.extra);
        assert_int_equal(c.totals.failed, cases[i].skipped == SKIP_ERROR);
        assert_int_equal(c.totals.skipped, cases[i].skipped == SKIP_MESSAGE);
        bench_help_free(&c);
    }
    struct collected c;
    assert_int_equal(strlen(run_one(&c, long_message, 1).skip_message), 1023);
    bench_help_free(&c);
    assert_string_equal(run_one(&c, error_in_third, 10).label, "kept");
    assert_int_equal(ran, 3);
    bench_help_free(&c);
}

static int torn;

static void tear(struct km_state *state)
{
    (void)state;
    torn++;
}

static void a_set_up_that_skips_leaves_it_out(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.repetitions = 2;
    torn = 0;
    struct km_benchmark *b = km_register("left", twice);
    km_setup_once(b, skip_and_return);
    km_teardown_once(b, tear);
    b = km_register("batch", twice);
    km_setup(b, skip_and_return);
    km_teardown(b, tear);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.n, 4);
    assert_string_equal(c.rows[0].skip_message, "nothing to do");
    assert_string_equal(c.rows[1].skip_message, "not run: its set-up skipped it");
    assert_string_equal(c.rows[2].skip_message, "nothing to do");
    assert_int_equal(torn, 0);
    bench_help_free(&c);
}

/* --- what it can ask ------------------------------------------------------------------------------------------------ */

struct thing {
    int made;
    char zero[100];
};

static void thing_set_up(struct km_state *state)
{
    struct thing *t = km_self(state);
    assert_int_equal(t->made, 0);
    assert_int_equal(t->zero[99], 0);
    t->made = 1;
}

static void thing_tear_down(struct km_state *state)
{
    struct thing *t = km_self(state);
    torn += t->made == 2;
}

static const struct km_fixture thing = { sizeof(struct thing), thing_set_up, thing_tear_down };

static void asks(struct km_state *state)
{
    struct thing *t = km_self(state);
    assert_int_equal(t->made++, 1);
    assert_int_equal(km_state_range(state, 0), 7);
    assert_int_equal(km_state_range(state, 1), -3);
    assert_int_equal(km_state_range(state, 2), 0); /* there is none */
    assert_true(km_state_real(state, 1) == -2.5);
    assert_int_equal(km_state_threads(state), 1);
    assert_int_equal(km_state_thread_index(state), 0);
    assert_string_equal(km_state_name(state), "asks");
    assert_null(km_argument(state));
    KM_LOOP(state) {
    }
}

static void fixtures_and_arguments(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 5;
    torn = 0;
    KM_ARGS_REAL(km_register_fixture("asks", asks, &thing), 7, -2.5);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.rows[0].skipped, SKIP_NO);
    assert_string_equal(c.rows[0].run_name, "asks/7/-2.5");
    assert_int_equal(torn, 1);
    bench_help_free(&c);
}

/* --- hooks ---------------------------------------------------------------------------------------------------------- */

static int64_t hooked, started, stopped;

static void hooked_loop(struct km_state *state)
{
    hooked = km_state_max_iterations(state);
    KM_LOOP(state) {
    }
}

static void hook_start(void *ctx)
{
    started += *(int *)ctx;
}

static void hook_stop(void *ctx)
{
    stopped += *(int *)ctx;
    assert_int_equal(started, stopped);
}

static void memory_stop(void *ctx, struct km_memory_result *result)
{
    hook_stop(ctx);
    assert_int_equal(hooked, 16);
    assert_true(result->net_heap_growth == KM_MEMORY_UNKNOWN);
    result->num_allocs = 40;
    result->max_bytes_used = 1234;
    result->total_allocated_bytes = 5;
}

static void memory_manager_and_profiler(void **state)
{
    (void)state;
    int one = 1;
    const struct km_memory_manager memory = { hook_start, memory_stop, &one };
    const struct km_profiler_manager profiler = { hook_start, hook_stop, &one };
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 100;
    f.repetitions = 2;
    started = stopped = 0;
    km_register_memory_manager(&memory);
    km_register("hooked", hooked_loop);
    bench_help_run(&c, &f, &bench_help_clock);
    km_register_memory_manager(NULL);
    assert_int_equal(started, 2);
    assert_non_null(c.rows[1].memory);
    near(c.rows[1].memory->allocs_per_iteration, 2.5);
    assert_int_equal(c.rows[1].memory->max_bytes_used, 1234);
    assert_int_equal(c.rows[1].memory->total_allocated_bytes, 5);
    assert_int_equal(c.rows[1].memory->net_heap_growth, -1);
    bench_help_free(&c);
    km_register_profiler_manager(&profiler);
    km_register("hooked", hooked_loop);
    bench_help_run(&c, &f, &bench_help_clock);
    km_register_profiler_manager(NULL);
    assert_int_equal(started, 4);
    assert_int_equal(hooked, 100); /* as many as were measured */
    assert_null(c.rows[0].memory);
    bench_help_free(&c);
}

/* --- keeping values ------------------------------------------------------------------------------------------------- */

struct three {
    char c[3];
};
struct big {
    double d[100];
};

static void values_survive_being_kept(void **state)
{
    (void)state;
    bool b = true;
    char ch = 'c';
    int64_t whole = -5;
    float f = 1.5f;
    double d = 2.5;
    long double ld = 3.5L;
    const char *text = "text";
    struct three three = { { 1, 2, 3 } };
    struct big big = { { 0 } };
    big.d[99] = 4;
    KM_HIDE(b);
    KM_HIDE(ch);
    KM_HIDE(whole);
    KM_HIDE(f);
    KM_HIDE(d);
    KM_HIDE(ld);
    KM_HIDE(text);
    KM_HIDE(three);
    KM_HIDE(big);
    KM_DO_NOT_OPTIMIZE(whole * 2);
    KM_DO_NOT_OPTIMIZE(f + d);
    KM_DO_NOT_OPTIMIZE(ld);
    KM_DO_NOT_OPTIMIZE(three);
    KM_DO_NOT_OPTIMIZE(big);
    KM_DO_NOT_OPTIMIZE(&big);
    KM_DO_NOT_OPTIMIZE(NAN);
    km_do_not_optimize(&whole); /* also where binding.h is included */
    KM_CLOBBER_MEMORY();
    assert_true(b && ch == 'c' && whole == -5 && f == 1.5f && d == 2.5 && ld == 3.5L);
    assert_string_equal(text, "text");
    assert_true(three.c[0] == 1 && three.c[2] == 3 && big.d[99] == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_run_as_often_as_asked), cmocka_unit_test(batches_may_go_beyond),
        cmocka_unit_test(pauses_are_left_out),         cmocka_unit_test(manual_time_is_what_was_said),
        cmocka_unit_test(samples_cover_the_batch),     cmocka_unit_test(unit_by_itself),
        cmocka_unit_test(ways_to_end_without_a_time),  cmocka_unit_test(a_set_up_that_skips_leaves_it_out),
        cmocka_unit_test(fixtures_and_arguments),      cmocka_unit_test(memory_manager_and_profiler),
        cmocka_unit_test(values_survive_being_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
