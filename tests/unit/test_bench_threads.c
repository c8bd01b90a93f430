/* SPDX-License-Identifier: Apache-2.0
 * Threads: they start together, are added up as Google Benchmark adds them, and may fail one by one. */
#include "harness/bench/run.h"
#include "tests/unit/bench_help.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A clock that stands still for every thread: each reading of the fake one is a step of a millisecond. */
static atomic_int readings;

static double stepping(void *ctx)
{
    (void)ctx;
    return (double)atomic_fetch_add(&readings, 1) * 1e-3;
}

static double standing(void *ctx)
{
    (void)ctx;
    return 7;
}

static uint64_t ticks(void *ctx)
{
    (void)ctx;
    return 5;
}

static const struct bench_clock clock_of_steps = { stepping, standing, standing, ticks, NULL };

static void run(struct collected *c, km_function *fn, int threads, const struct bench_clock *clock)
{
    struct bench_flags f = bench_help_flags();
    struct km_benchmark *b = km_register("t", fn);
    km_threads(b, threads);
    km_iterations(b, 100);
    bench_help_run(c, &f, clock);
    assert_int_equal(c->rc, 0);
    assert_int_equal(c->n, 1);
    assert_int_equal(c->rows[0].threads, threads);
}

static atomic_int inside, most_inside, indexes;

static void count(struct km_state *state)
{
    assert_int_equal(km_state_threads(state), 8);
    atomic_fetch_add(&indexes, 1 << km_state_thread_index(state));
    KM_LOOP(state) {
    }
    km_counter(state, "sum", 2, 0);
    km_counter(state, "avg", 2, KM_COUNTER_AVG_THREADS);
    km_counter(state, "invariant", 2, KM_COUNTER_IS_ITERATION_INVARIANT);
    km_set_complexity_n(state, 1);
}

static void threads_are_added_up(void **state)
{
    (void)state;
    struct collected c;
    atomic_store(&indexes, 0);
    run(&c, count, 8, &bench_help_clock);
    assert_int_equal(atomic_load(&indexes), 255);
    assert_int_equal(c.rows[0].iterations, 800);
    assert_true(bench_help_counter(&c.rows[0], "sum") == 16);
    assert_true(bench_help_counter(&c.rows[0], "avg") == 2);
    assert_true(bench_help_counter(&c.rows[0], "invariant") == 16 * 800);
    bench_help_free(&c);
}

/* Manual time of 0.5 s in each of 4 threads: 2 s in all, per iteration 2 / 400; a rate divides by the time of one. */
static void half_a_second(struct km_state *state)
{
    KM_LOOP(state) {
    }
    km_set_iteration_time(state, 0.5);
    km_set_items_processed(state, 100);
}

static void times_are_per_thread_and_rates_of_all(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    struct km_benchmark *b = km_register("t", half_a_second);
    km_threads(b, 4);
    km_iterations(b, 100);
    km_use_manual_time(b);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_string_equal(c.rows[0].run_name, "t/iterations:100/manual_time/threads:4");
    assert_true(fabs(c.rows[0].real_time - 2.0 / 400) < 1e-12);
    assert_true(fabs(bench_help_counter(&c.rows[0], "items_per_second") - 400 / 0.5) < 1e-9);
    bench_help_free(&c);
}

/* The clock steps a millisecond at each reading. If the threads' batches overlap, as the meetings at both ends make
 * them, each thread sees the other's first reading only before it goes. */
static void meet(struct km_state *state)
{
    KM_LOOP(state) {
        int now = atomic_fetch_add(&inside, 1) + 1, most = atomic_load(&most_inside);
        while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now))
            ;
        while (km_state_iterations(state) == 100 && atomic_load(&most_inside) < 3)
            usleep(10); /* would never end if the others had not started */
        atomic_fetch_sub(&inside, 1);
    }
}

static void threads_start_together(void **state)
{
    (void)state;
    struct collected c;
    atomic_store(&most_inside, 0);
    run(&c, meet, 3, &clock_of_steps);
    assert_int_equal(atomic_load(&most_inside), 3);
    assert_true(c.rows[0].real_time > 0);
    bench_help_free(&c);
}

static void one_fails(struct km_state *state)
{
    if (km_state_thread_index(state) == 1) {
        km_skip_with_error(state, "thread 1");
        return; /* never comes to the loop */
    }
    KM_LOOP(state) {
    }
}

static void one_breaks(struct km_state *state)
{
    KM_LOOP(state) {
        if (km_state_thread_index(state) == 2)
            break;
    }
}

static void one_forgets(struct km_state *state)
{
    if (km_state_thread_index(state) == 0)
        return;
    KM_LOOP(state) {
    }
}

static void all_fail(struct km_state *state)
{
    km_skip_with_error(state, "thread");
    KM_LOOP(state) {
    }
}

static void failing_threads_hold_nobody_up(void **state)
{
    (void)state;
    static const struct {
        km_function *fn;
        const char *message;
    } cases[] = { { one_fails, "thread 1" },
                  { one_breaks, "The benchmark left" },
                  { one_forgets, "The benchmark didn't run" },
                  { all_fail, "thread" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct collected c;
        run(&c, cases[i].fn, 4, &bench_help_clock);
        assert_int_equal(c.rows[0].skipped, SKIP_ERROR);
        assert_non_null(strstr(c.rows[0].skip_message, cases[i].message));
        bench_help_free(&c);
    }
}

static void *sleeper(void *arg)
{
    (void)arg;
    for (;;)
        pause();
    return NULL;
}

static void leaves_a_thread(struct km_state *state)
{
    pthread_t id;
    assert_int_equal(pthread_create(&id, NULL, sleeper, NULL), 0);
    pthread_detach(id);
    KM_LOOP(state) {
    }
}

static void threads_left_behind_do_no_harm(void **state)
{
    (void)state;
    struct collected c;
    run(&c, leaves_a_thread, 2, &bench_help_clock);
    assert_int_equal(c.rows[0].skipped, SKIP_NO);
    bench_help_free(&c);
}

/* Pauses, labels, data and counters from all threads at once, on the real clock: for the thread sanitizer. */
static void busy(struct km_state *state)
{
    km_set_data(state, state);
    KM_LOOP(state) {
        km_pause(state);
        km_resume(state);
    }
    km_set_label(state, "busy");
    km_counter(state, "n", 1, 0);
    assert_non_null(km_data(state));
}

static void everything_at_once(void **state)
{
    (void)state;
    struct collected c;
    run(&c, busy, 6, NULL);
    assert_int_equal(c.rows[0].skipped, SKIP_NO);
    assert_true(c.rows[0].real_time > 0 && c.rows[0].cpu_time > 0);
    assert_string_equal(c.rows[0].label, "busy");
    assert_non_null(c.rows[0].extra);
    bench_help_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_are_added_up),           cmocka_unit_test(times_are_per_thread_and_rates_of_all),
        cmocka_unit_test(threads_start_together),         cmocka_unit_test(failing_threads_hold_nobody_up),
        cmocka_unit_test(threads_left_behind_do_no_harm), cmocka_unit_test(everything_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
