/* SPDX-License-Identifier: Apache-2.0
 * Instructions per iteration as the runner gives them: exact, the same in every run, or a reason. */
#include "tests/unit/runner_help.h"

#include "harness/measure/clock.h"
#include "harness/measure/turn_step.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 50000 };

static const struct metric *stepped(const struct result *r)
{
    for (size_t i = 0; i < r->nmetrics; i++)
        if (!strcmp(r->metrics[i].name, "instructions-stepped"))
            return &r->metrics[i];
    return NULL;
}

/* Skips where the system lets nobody trace. */
static double value(const struct result *r)
{
    const struct metric *m = stepped(r);
    assert_int_equal(r->status, STATUS_OK);
    assert_non_null(m);
    if (m->why && strstr(m->why, "ptrace is not permitted"))
        skip();
    assert_null(m->why);
    return m->value;
}

static struct help_run go(struct job *jobs, size_t n)
{
    struct help_run h;
    help_open(&h);
    h.options.steps_max = MOST;
    assert_int_equal(help_go(&h, jobs, n), 0);
    return h;
}

static void known_loops_are_counted_exactly(void **state)
{
    (void)state;
    static const struct km_param longer = { "n", NULL, 108 };
    struct job jobs[] = { help_job("loop"), help_job("loop") };
    jobs[1].bench.name = "longer";
    jobs[1].bench.params = &longer;
    double first[2];
    for (int run = 0; run < 2; run++) {
        struct help_run h = go(jobs, 2);
        double counts[] = { value(&h.results[0]), value(&h.results[1]) };
        assert_int_equal(h.results[0].nrounds, 2); /* the second without a count of its own changes nothing */
#if defined(__x86_64__) || defined(__aarch64__)
        assert_true(counts[1] - counts[0] == 2 * (108 - 8));
        assert_in_range(counts[0], 2 * 8, 2 * 8 + (SANITIZED ? 200 : 20));
#else
        assert_true(counts[1] > counts[0]);
#endif
        if (run)
            assert_memory_equal(counts, first, sizeof counts);
        memcpy(first, counts, sizeof counts);
        help_close(&h);
    }
}

static void without_a_count_there_is_a_reason(void **state)
{
    (void)state;
    static const struct km_param large = { "n", NULL, MOST };
    static const char *const whys[] = { "several threads", "more than 50000 instructions; lower the size", "SIGABRT" };
    struct job jobs[] = { help_job("threaded"), help_job("loop"), help_job("shy") };
    jobs[1].bench.params = &large;
    struct help_run h = go(jobs, 3);
    for (int i = 0; i < 3; i++) {
        const struct metric *m = stepped(&h.results[i]);
        assert_int_equal(h.results[i].status, STATUS_OK);
        assert_int_equal(h.results[i].nrounds, 2);
        assert_true(isnan(m->value));
        if (!strstr(m->why, "ptrace is not permitted"))
            assert_non_null(strstr(m->why, whys[i]));
    }
    help_close(&h);
}

static void nobody_steps_without_being_asked(void **state)
{
    (void)state;
    struct job job = help_job("right");
    struct help_run h;
    help_open(&h);
    assert_int_equal(help_go(&h, &job, 1), 0);
    assert_null(stepped(&h.results[0]));
    help_close(&h);
}

/* Stepping takes far longer than measuring, and the budget is for measuring. */
static void stepping_is_not_charged_to_the_budget(void **state)
{
    (void)state;
    static const struct km_param large = { "n", NULL, 15000 };
    struct job job = help_job("loop");
    job.bench.params = &large;
    double from = clock_seconds();
    struct help_run h = go(&job, 1);
    double took = clock_seconds() - from;
    assert_true(value(&h.results[0]) > 30000);
    assert_true(h.results[0].wall_seconds < took / 2);
    help_close(&h);
}

int main(int argc, char **argv)
{
    help_worker(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_loops_are_counted_exactly),
        cmocka_unit_test(without_a_count_there_is_a_reason),
        cmocka_unit_test(nobody_steps_without_being_asked),
        cmocka_unit_test(stepping_is_not_charged_to_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
