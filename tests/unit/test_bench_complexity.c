/* SPDX-License-Identifier: Apache-2.0
 * Complexity: each order is found again, the rows are named as theirs, and runs that fail crash nothing. */
#include "harness/bench/rows.h"
#include "tests/unit/bench_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static double curve(enum big_o order, double n)
{
    const double by[] = {
        [BIG_O_1] = 1,          [BIG_O_N] = n,           [BIG_O_N2] = n * n,
        [BIG_O_N3] = n * n * n, [BIG_O_LOG_N] = log2(n), [BIG_O_N_LOG_N] = n * log2(n),
    };
    return by[order];
}

static void each_order_is_found(void **state)
{
    (void)state;
    for (enum big_o order = BIG_O_1; order <= BIG_O_N_LOG_N; order++) {
        struct complexity_point p[10];
        for (int i = 0; i < 10; i++) {
            double n = ldexp(8, i);
            p[i] = (struct complexity_point){ n, 3e-9 * curve(order, n), 5e-9 * curve(order, n) };
        }
        struct fit cpu = complexity_fit(p, 10, false, BIG_O_AUTO, NULL);
        assert_int_equal(cpu.order, order);
        assert_true(fabs(cpu.coefficient / 5e-9 - 1) < 1e-9);
        assert_true(cpu.rms < 1e-9);
        struct fit real = complexity_fit(p, 10, true, order, NULL);
        assert_true(fabs(real.coefficient / 3e-9 - 1) < 1e-9);
    }
}

/* By hand: t = 2 and 4 at n = 1 and 3, order N: coefficient (2 + 12) / 10 = 1.4; residuals 0.6 and -0.2; rms sqrt(0.2) /
 * 3. */
static void least_squares_by_hand(void **state)
{
    (void)state;
    const struct complexity_point p[] = { { 1, 0, 2 }, { 3, 0, 4 } };
    struct fit f = complexity_fit(p, 2, false, BIG_O_N, NULL);
    assert_true(fabs(f.coefficient - 1.4) < 1e-12);
    assert_true(fabs(f.rms - sqrt(0.2) / 3) < 1e-12);
}

static void linear(struct km_state *state)
{
    int64_t n = km_state_range(state, 0);
    KM_LOOP(state) {
        bench_help_spend(2e-6 * (double)n, 1e-6 * (double)n);
    }
    km_set_complexity_n(state, n);
    km_set_label(state, "lab");
}

static double square(int64_t n)
{
    return (double)n * (double)n;
}

static void rows_of_a_family(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    struct km_benchmark *b = km_register("Cx", linear);
    km_range(b, 8, 512);
    km_iterations(b, 10);
    km_use_manual_time(b); /* no manual time is said: real times are 0 */
    km_complexity(b, KM_O_N);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.n, 5);
    const struct row *o = &c.rows[3], *rms = &c.rows[4];
    assert_string_equal(o->run_name, "Cx/iterations:10/manual_time");
    assert_string_equal(o->aggregate_name, "BigO");
    assert_int_equal(o->kind, ROW_BIG_O);
    assert_int_equal(o->big_o, BIG_O_N);
    assert_true(fabs(o->cpu_time / 1e-6 - 1) < 1e-9);
    assert_true(o->real_time == 0);
    assert_string_equal(o->label, "lab");
    assert_int_equal(rms->kind, ROW_RMS);
    assert_string_equal(rms->aggregate_name, "RMS");
    assert_true(rms->percentage && rms->cpu_time < 1e-9);
    bench_help_free(&c);
}

static void over_all_repetitions_and_threads_named(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 1;
    f.repetitions = 2;
    struct km_benchmark *b = km_register("Auto", linear);
    km_range(b, 8, 4096);
    km_complexity(b, KM_O_AUTO);
    km_unit(b, KM_MS);
    b = km_register("Mine", linear);
    km_range(b, 8, 64);
    km_complexity_by(b, square);
    bench_help_run(&c, &f, &bench_help_clock);
    const struct row *o = &c.rows[4 * 6]; /* four sizes: 2 rows and 4 aggregates each */
    assert_int_equal(o->kind, ROW_BIG_O);
    assert_int_equal(o->big_o, BIG_O_N);
    assert_true(fabs(o->real_time / 2e-6 - 1) < 1e-6);
    assert_int_equal(o->unit, UNIT_NS);
    assert_int_equal(o->repetitions, 2);
    assert_int_equal(c.rows[c.n - 2].big_o, BIG_O_LAMBDA);
    assert_int_equal(c.rows[c.n - 2].family_index, 1);
    bench_help_free(&c);
}

static void broken(struct km_state *state)
{
    if (km_state_range(state, 0) >= km_state_range(state, 1)) {
        km_skip_with_error(state, "broken");
        return;
    }
    linear(state);
}

static size_t rows_with(int64_t broken_from, enum km_big_o order)
{
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 1;
    struct km_benchmark *b = km_register("Broken", broken);
    for (int64_t n = 8; n <= 64; n *= 2)
        KM_ARGS(b, n, broken_from);
    km_complexity(b, order);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.rc, 0);
    size_t n = c.n;
    bench_help_free(&c);
    return n - 4;
}

/* Theirs dies of SIGSEGV where all fail. */
static void failing_runs_do_not_crash(void **state)
{
    (void)state;
    assert_int_equal(rows_with(0, KM_O_AUTO), 0);
    assert_int_equal(rows_with(9, KM_O_AUTO), 0); /* one point is none */
    assert_int_equal(rows_with(17, KM_O_N), 2);   /* two are enough */
    assert_int_equal(rows_with(1000, KM_O_NONE), 0);
}

static void without_n(struct km_state *state)
{
    KM_LOOP(state) {
    }
}

static void forgotten_n_gives_no_rows(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = bench_help_flags();
    f.min_iterations = 1;
    struct km_benchmark *b = km_register("No", without_n);
    km_range(b, 1, 64);
    km_complexity(b, KM_O_AUTO);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.n, 3);
    bench_help_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_order_is_found),       cmocka_unit_test(least_squares_by_hand),
        cmocka_unit_test(rows_of_a_family),          cmocka_unit_test(over_all_repetitions_and_threads_named),
        cmocka_unit_test(failing_runs_do_not_crash), cmocka_unit_test(forgotten_n_gives_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
