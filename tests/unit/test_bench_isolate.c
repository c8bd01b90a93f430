/* SPDX-License-Identifier: Apache-2.0
 * Each repetition in a process of its own: what it does stays there, and how it ends is its row. */
#include "harness/bench/run.h"
#include "tests/unit/bench_help.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int remembered;

static void good(struct km_state *state)
{
    remembered++;
    KM_LOOP(state) {
        bench_help_spend(1e-3, 1e-3);
    }
    km_counter(state, "seen", remembered, 0);
    km_counter(state, "other counter", 2.5, KM_COUNTER_IS_ITERATION_INVARIANT);
    km_set_label(state, "label");
    km_set_complexity_n(state, km_state_range(state, 0));
}

static void crash(struct km_state *state)
{
    KM_LOOP(state) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
        raise(SIGSEGV);
    }
}

static void leave(struct km_state *state)
{
    KM_LOOP(state) {
        _exit(3);
    }
}

static void leave_well(struct km_state *state)
{
    (void)state;
    _exit(0);
}

static void hang(struct km_state *state)
{
    KM_LOOP(state) {
        for (;;)
            pause();
    }
}

static void close_all(struct km_state *state)
{
    for (int fd = 0; fd < 100; fd++)
        close(fd);
    KM_LOOP(state) {
    }
}

/* The grandchild holds every descriptor, the pipe, too, and outlives the benchmark by far. */
static void fork_and_leave(struct km_state *state)
{
    if (fork() == 0) {
        sleep(600);
        _exit(0);
    }
    KM_LOOP(state) {
    }
}

static void say_why(struct km_state *state)
{
    km_skip_with_message(state, "told \"why\"");
}

static struct bench_flags isolated(void)
{
    struct bench_flags f = bench_help_flags();
    f.isolate = true;
    f.min_iterations = 5;
    f.keep_samples = true;
    return f;
}

static void results_come_back(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = isolated();
    f.repetitions = 3;
    struct km_benchmark *b = km_register("good", good);
    km_range(b, 8, 64);
    km_complexity(b, KM_O_1);
    remembered = 0;
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.rc, 0);
    assert_int_equal(c.n, 2 * 7 + 2);
    for (size_t i = 0; i < 3; i++) {
        const struct row *row = &c.rows[i];
        assert_int_equal(row->skipped, SKIP_NO);
        assert_int_equal(row->iterations, 5);
        assert_true(fabs(row->real_time - 1e-3) < 1e-9);
        assert_true(bench_help_counter(row, "seen") == 1); /* each starts from the parent's memory */
        assert_true(bench_help_counter(row, "other counter") == 12.5);
        assert_string_equal(row->label, "label");
        assert_non_null(row->extra);
        assert_true(row->extra->nsamples >= 1);
    }
    assert_int_equal(remembered, 0);
    assert_string_equal(c.rows[c.n - 1].aggregate_name, "RMS");
    bench_help_free(&c);
}

static void the_search_is_handed_on(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = isolated();
    f.min_iterations = 0;
    f.repetitions = 2;
    km_arg(km_register("good", good), 1);
    bench_help_run(&c, &f, &bench_help_clock);
    assert_int_equal(c.rows[0].iterations, 700); /* 1, 10, 100, 700 */
    assert_true(bench_help_counter(&c.rows[0], "seen") == 4);
    assert_int_equal(c.rows[1].iterations, 700);
    assert_true(bench_help_counter(&c.rows[1], "seen") == 1);
    bench_help_free(&c);
}

static void bad_ends(void **state)
{
    (void)state;
    static const struct {
        km_function *fn;
        const char *message;
        enum row_skip skipped;
    } cases[] = {
        { crash, "killed by signal 11 (Segmentation fault)", SKIP_ERROR },
        { leave, "its process exited with status 3 before the benchmark was done", SKIP_ERROR },
        { leave_well, "its process exited with status 0 before the benchmark was done", SKIP_ERROR },
        { close_all, "its process exited with status 70 before the benchmark was done", SKIP_ERROR },
        { fork_and_leave, NULL, SKIP_NO },
        { say_why, "told \"why\"", SKIP_MESSAGE },
        { good, NULL, SKIP_NO },
    };
    enum { N = sizeof cases / sizeof *cases };
    struct collected c;
    struct bench_flags f = isolated();
    for (int i = 0; i < N; i++)
        km_register("case", cases[i].fn);
    bench_help_run(&c, &f, NULL);
    assert_int_equal(c.rc, 0);
    assert_int_equal(c.n, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(c.rows[i].skipped, cases[i].skipped);
        if (cases[i].message)
            assert_string_equal(c.rows[i].skip_message, cases[i].message);
    }
    assert_int_equal(c.totals.failed, 4);
    assert_int_equal(c.totals.skipped, 1);
    bench_help_free(&c);
}

static void one_that_hangs_is_killed(void **state)
{
    (void)state;
    struct collected c;
    struct bench_flags f = isolated();
    f.max_time = 0.1;
    km_register("hang", hang);
    km_register("good", good);
    bench_help_run(&c, &f, NULL);
    assert_int_equal(c.rows[0].skipped, SKIP_ERROR);
    assert_string_equal(c.rows[0].skip_message, "killed: it did not stop within its time limit of 0.1 s");
    assert_int_equal(c.rows[1].skipped, SKIP_NO);
    bench_help_free(&c);
}

static void cpus(void **state)
{
    (void)state;
    static const char *const bad[] = { ",", "x", "1-", "-1", "3-2", "0,,1", "0 ", "99999", "1-99999999999999999999" };
    struct collected c;
    struct bench_flags f = isolated();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f.cpus = bad[i];
        bench_help_run(&c, &f, NULL);
        assert_int_equal(c.rc, -1);
        assert_int_equal(c.error.kind, EXIT_USAGE);
        bench_help_free(&c);
    }
    f.cpus = "1000-1010"; /* well-formed, but not here */
    bench_help_run(&c, &f, NULL);
    assert_int_equal(c.error.kind, EXIT_ENVIRONMENT);
    bench_help_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_back),
        cmocka_unit_test(the_search_is_handed_on),
        cmocka_unit_test(bad_ends),
        cmocka_unit_test(one_that_hangs_is_killed),
        cmocka_unit_test(cpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
