/* SPDX-License-Identifier: Apache-2.0
 * The runner, with real child processes and with a fake clock: how much is run, when it stops, in what order. */
#include "tests/unit/runner_help.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void ok(const struct help_run *h, size_t i)
{
    if (h->results[i].status != STATUS_OK)
        fail_msg("%s: status %d: %s", h->results[i].bench.name, (int)h->results[i].status,
                 h->results[i].message ? h->results[i].message : "(no message)");
}

static const struct metric *metric(const struct result *r, const char *name)
{
    for (size_t i = 0; i < r->nmetrics; i++)
        if (!strcmp(r->metrics[i].name, name))
            return &r->metrics[i];
    fail_msg("no metric %s", name);
    return NULL;
}

static void a_right_benchmark_has_samples_and_all_else(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    const struct result *r = &h.results[0];
    assert_int_equal(r->nrounds, 2);
    assert_int_equal(r->nsamples, 6);
    assert_int_equal(r->rounds[1].first, 3);
    assert_int_equal(r->stop, STOP_COUNT);
    assert_null(r->message);
    assert_true(r->rounds[0].iterations > 1000); /* 0.2 ms of a few ns */
    assert_int_equal(r->rounds[0].iterations, r->rounds[1].iterations);
    for (size_t i = 0; i < 6; i++)
        assert_true(r->samples[i] > 0 && r->samples[i] < 1e-5);
    assert_true(r->cost.flops == 16 && r->cost.bytes == 32 && r->cost.items == 8);
    assert_string_equal(r->cost.item, "element");
    assert_true(r->sampling_seconds > 0 && r->sampling_seconds < r->wall_seconds);
    assert_true(r->rounds[0].cpu_seconds > 0 && r->rounds[1].started > r->rounds[0].started);
    assert_int_equal(r->summary.samples, 6);
    assert_true(metric(r, "clock-cost")->value > 0 && metric(r, "clock-cost")->value < 1e-3);
    assert_true(metric(r, "context-switches")->value >= 0);
    const struct metric *ipc = metric(r, "ipc");
    assert_true(isnan(ipc->value) ? ipc->why != NULL : ipc->value > 0 && !ipc->why);
    assert_int_equal(h.log.nfinished, 1);
    help_close(&h);
}

static void a_sample_is_long_enough_for_the_clock(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    job.settings.sample_seconds = 0;
    job.settings.max_rounds = 1;
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    const struct result *r = &h.results[0];
    double batch = r->samples[0] * (double)r->rounds[0].iterations;
    /* A tenth: a slow moment during calibration makes later batches shorter. */
    assert_true(batch > 100 * metric(r, "clock-resolution")->value);
    assert_true(batch > 100 * metric(r, "clock-cost")->value);
    help_close(&h);
}

/* The mean over processes, which all say the same; what is no number has a reason and no value. */
static void what_a_benchmark_states_is_stored(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("stating");
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nrounds, 2);
    const struct metric *stated = metric(&h.results[0], "kl-divergence");
    assert_true(fabs(stated->value - 0.1) < 1e-15);
    assert_string_equal(stated->unit, "nats");
    assert_null(stated->why);
    assert_true(isnan(metric(&h.results[0], "cosine")->value));
    assert_string_equal(metric(&h.results[0], "cosine")->why, "not a finite number");
    help_close(&h);
}

static void per_call_calls_exactly_as_often_as_said(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("tally");
    job.settings.mode = MODE_PER_CALL;
    job.settings.warmup_calls = 100;
    job.settings.calls = 1000;
    job.settings.max_rounds = 1;
    h.edges.fake_clock = "x"; /* counters would run the benchmark once more */
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nsamples, 1000);
    assert_int_equal(h.results[0].rounds[0].iterations, 1);
    assert_int_equal(help_note(&h, "calls"), 1100);
    assert_int_equal(help_note(&h, "iterations"), 1100);
    help_close(&h);
}

static void many_calls_come_in_portions(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("tally");
    job.settings.mode = MODE_PER_CALL;
    job.settings.warmup_calls = 0;
    job.settings.calls = 100000;
    job.settings.max_rounds = 1;
    h.edges.fake_clock = "x";
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nsamples, 100000);
    assert_int_equal(help_note(&h, "calls"), 100000);
    help_close(&h);
}

static void fixed_iterations_are_one_sample_of_so_many(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    h.options.fixed_iterations = 777;
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nrounds, 2);
    assert_int_equal(h.results[0].nsamples, 2);
    assert_int_equal(h.results[0].rounds[1].iterations, 777);
    help_close(&h);
}

static void repetitions_are_exact(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    job.settings.precision = 10; /* reached at once, and of no account */
    job.settings.budget_seconds = 1e-9;
    h.options.repetitions = 7;
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nrounds, 7);
    assert_int_equal(h.results[0].stop, STOP_COUNT);
    help_close(&h);
}

static void a_round_lasts_the_least_time(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    h.options.min_time = 0.02;
    h.options.repetitions = 2;
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_true(h.results[0].sampling_seconds >= 0.04);
    help_close(&h);
}

static void verify_only_takes_no_time(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job jobs[] = { help_job("tally"), help_job("wrong") };
    h.options.verify_only = true;
    assert_int_equal(help_go(&h, jobs, 2), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nsamples, 0);
    assert_int_equal(help_note(&h, "calls"), 0);
    assert_int_equal(h.results[1].status, STATUS_WRONG);
    assert_int_equal(h.log.nvisits, 2);
    help_close(&h);
}

static void unsupported_starts_nothing(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job jobs[] = { help_job("abort"), help_job("right") };
    jobs[0].unsupported = "this CPU has no AVX-512";
    assert_int_equal(help_go(&h, jobs, 2), 0);
    assert_int_equal(h.results[0].status, STATUS_UNSUPPORTED);
    assert_string_equal(h.results[0].message, "this CPU has no AVX-512");
    ok(&h, 1);
    assert_int_equal(h.log.nfinished, 2);
    help_close(&h);
}

static void an_empty_plan_is_no_error(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    assert_int_equal(help_go(&h, NULL, 0), 0);
    help_close(&h);
}

/* --- when it stops (fake clock) ---------------------------------------------------------------------------------- */

static void precision_stops(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    job.settings.max_rounds = 60;
    job.settings.min_rounds = 3;
    job.settings.precision = 0.02;
    h.edges.fake_clock = "x";
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].stop, STOP_PRECISION);
    assert_in_range(h.results[0].nrounds, 3, 59);
    help_close(&h);
}

static void budget_stops(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("right");
    job.settings.max_rounds = 1000;
    job.settings.budget_seconds = 0.05;
    h.edges.fake_clock = "x";
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    const struct result *r = &h.results[0];
    assert_int_equal(r->stop, STOP_BUDGET);
    assert_true(r->wall_seconds >= 0.05 && r->wall_seconds < 0.06);
    assert_in_range(r->nrounds, 2, 49); /* a turn costs a fake millisecond and its batches */
    help_close(&h);
}

/* With an edge that says it is later than it is, the real clock's budget is spent too. */
static double hurried(void *ctx)
{
    double *t = ctx;
    return *t += 1;
}

static void budget_is_read_from_the_edge(void **state)
{
    (void)state;
    struct help_run h;
    double t = 0;
    help_open(&h);
    struct job job = help_job("right");
    job.settings.max_rounds = 1000;
    job.settings.budget_seconds = 2.5;
    h.edges.now = hurried;
    h.edges.ctx = &t;
    assert_int_equal(help_go(&h, &job, 1), 0);
    ok(&h, 0);
    assert_int_equal(h.results[0].nrounds, 3);
    assert_int_equal(h.results[0].stop, STOP_BUDGET);
    help_close(&h);
}

/* --- the same every time ----------------------------------------------------------------------------------------- */

enum { SOME = 8 };

static void run_some(struct help_run *h, uint64_t seed, const char *fake)
{
    static const char *const names[SOME] = { "a", "b", "c", "d", "e", "f", "g", "h" };
    struct job jobs[SOME];
    for (int i = 0; i < SOME; i++) {
        jobs[i] = help_job("right");
        jobs[i].bench.name = names[i];
    }
    help_open(h);
    h->options.seed = seed;
    h->edges.fake_clock = fake;
    assert_int_equal(help_go(h, jobs, SOME), 0);
    assert_int_equal(h->log.nvisits, 2 * SOME);
}

static bool same_order(const struct help_run *a, const struct help_run *b)
{
    for (size_t i = 0; i < a->log.nvisits; i++)
        if (strcmp(a->log.visits[i], b->log.visits[i]) != 0)
            return false;
    return true;
}

static void the_seed_is_the_order(void **state)
{
    (void)state;
    struct help_run a, b, c;
    run_some(&a, 5, "x");
    run_some(&b, 5, "x");
    run_some(&c, 6, "x");
    assert_true(same_order(&a, &b));
    assert_false(same_order(&a, &c));
    /* A generation visits every job once. */
    for (int i = 0; i < SOME; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(a.log.visits[i], a.log.visits[k]);
    help_close(&a);
    help_close(&b);
    help_close(&c);
}

static void a_fake_clock_gives_the_same_bytes(void **state)
{
    (void)state;
    struct help_run a, b, c, slower;
    run_some(&a, 5, "x");
    run_some(&b, 5, "x");
    run_some(&c, 6, "x");
    run_some(&slower, 5, "x*2@d");
    for (int i = 0; i < SOME; i++) {
        const struct result *p = &a.results[i], *q = &b.results[i];
        assert_int_equal(p->nsamples, q->nsamples);
        assert_memory_equal(p->samples, q->samples, p->nsamples * sizeof *p->samples);
        assert_memory_equal(p->rounds, q->rounds, p->nrounds * sizeof *p->rounds);
        assert_memory_equal(&p->wall_seconds, &q->wall_seconds, sizeof p->wall_seconds);
        assert_memory_equal(&p->sampling_seconds, &q->sampling_seconds, sizeof p->sampling_seconds);
        for (size_t k = 0; k < p->nmetrics; k++)
            assert_memory_equal(&p->metrics[k].value, &q->metrics[k].value, sizeof(double));
        assert_true(p->samples[0] != c.results[i].samples[0]);
        double ratio = slower.results[i].summary.median / p->summary.median;
        assert_true(fabs(ratio - (i == 3 ? 2 : 1)) < 0.01);
        assert_true(fabs(c.results[i].summary.median / p->summary.median - 1) < 0.06);
    }
    help_close(&a);
    help_close(&b);
    help_close(&c);
    help_close(&slower);
}

static void every_round_is_another_process_and_has_an_estimate(void **state)
{
    (void)state;
    struct help_run a;
    run_some(&a, 5, NULL);
    assert_int_equal(a.log.estimates, 2 * SOME - 1); /* all but the first */
    assert_true(a.log.least_left >= 0);
    help_close(&a);
}

/* --- Ctrl-C ------------------------------------------------------------------------------------------------------ */

static void an_interrupt_between_turns_keeps_what_there_is(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job jobs[] = { help_job("right"), help_job("right"), help_job("right") };
    h.log.interrupt_after = 1; /* during the second turn */
    assert_int_equal(help_go(&h, jobs, 3), 0);
    int with = 0;
    for (int i = 0; i < 3; i++) {
        const struct result *r = &h.results[i];
        assert_int_equal(r->stop, STOP_INTERRUPT);
        assert_int_equal(r->status, r->nsamples ? STATUS_OK : STATUS_INTERRUPTED);
        with += r->nsamples > 0;
    }
    assert_int_equal(with, 1);
    assert_int_equal(h.log.nfinished, 3);
    help_close(&h);
}

static struct help_log *alarmed;

static void on_alarm(int number)
{
    (void)number;
    alarmed->interrupted = 1;
}

static void an_interrupt_ends_a_hanging_turn(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job jobs[] = { help_job("hang"), help_job("hang") };
    alarmed = &h.log;
    struct sigaction on = { .sa_handler = on_alarm }, before;
    sigaction(SIGALRM, &on, &before);
    alarm(1);
    assert_int_equal(help_go(&h, jobs, 2), 0);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(h.log.nvisits, 1);
    assert_int_equal(h.log.nfinished, 2);
    assert_int_equal(h.results[0].status, STATUS_INTERRUPTED);
    assert_int_equal(h.results[1].status, STATUS_INTERRUPTED);
    assert_false(help_alive(help_note(&h, "hung")));
    help_close(&h);
}

static void an_observer_that_fails_ends_the_run(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job jobs[] = { help_job("right"), help_job("right"), help_job("right") };
    for (int i = 0; i < 3; i++)
        jobs[i].settings.max_rounds = 1;
    h.log.fail_after = 2;
    assert_int_equal(help_go(&h, jobs, 3), -1);
    assert_int_equal(h.err.kind, EXIT_STORE);
    assert_int_equal(h.log.nfinished, 2);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    help_close(&h);
}

/* --- housekeeping ------------------------------------------------------------------------------------------------ */

enum { MANY = 200 };

static void two_hundred_jobs_leak_nothing(void **state)
{
    (void)state;
    struct help_run h;
    static struct job jobs[MANY];
    help_open(&h);
    for (int i = 0; i < MANY; i++)
        jobs[i] = help_job(i % 4 == 3 ? "leave" : "clean");
    h.options.repetitions = 1;
    h.edges.fake_clock = "x";
    size_t before = help_open_files();
    assert_int_equal(help_go(&h, jobs, MANY), 0);
    assert_int_equal(help_open_files(), before);
    for (size_t i = 0; i < MANY; i++)
        if (i % 4 == 3)
            assert_int_equal(h.results[i].status, STATUS_FAILED);
        else
            ok(&h, i);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    help_close(&h);
}

static void children_die_with_their_parent(void **state)
{
    (void)state;
    struct help_run h;
    help_open(&h);
    struct job job = help_job("hang");
    pid_t runner = fork();
    if (!runner)
        _exit(help_go(&h, &job, 1) ? 1 : 0);
    long hung = -1;
    for (int i = 0; i < 500 && hung < 0; i++, usleep(10000))
        hung = help_note(&h, "hung");
    assert_true(hung > 0);
    assert_true(help_alive(hung));
    kill(runner, SIGKILL);
    waitpid(runner, NULL, 0);
    for (int i = 0; i < 500 && help_alive(hung); i++)
        usleep(10000);
    assert_false(help_alive(hung));
    help_close(&h);
}

int main(int argc, char **argv)
{
    help_worker(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_benchmark_has_samples_and_all_else),
        cmocka_unit_test(a_sample_is_long_enough_for_the_clock),
        cmocka_unit_test(what_a_benchmark_states_is_stored),
        cmocka_unit_test(per_call_calls_exactly_as_often_as_said),
        cmocka_unit_test(many_calls_come_in_portions),
        cmocka_unit_test(fixed_iterations_are_one_sample_of_so_many),
        cmocka_unit_test(repetitions_are_exact),
        cmocka_unit_test(a_round_lasts_the_least_time),
        cmocka_unit_test(verify_only_takes_no_time),
        cmocka_unit_test(unsupported_starts_nothing),
        cmocka_unit_test(an_empty_plan_is_no_error),
        cmocka_unit_test(precision_stops),
        cmocka_unit_test(budget_stops),
        cmocka_unit_test(budget_is_read_from_the_edge),
        cmocka_unit_test(the_seed_is_the_order),
        cmocka_unit_test(a_fake_clock_gives_the_same_bytes),
        cmocka_unit_test(every_round_is_another_process_and_has_an_estimate),
        cmocka_unit_test(an_interrupt_between_turns_keeps_what_there_is),
        cmocka_unit_test(an_interrupt_ends_a_hanging_turn),
        cmocka_unit_test(an_observer_that_fails_ends_the_run),
        cmocka_unit_test(two_hundred_jobs_leak_nothing),
        cmocka_unit_test(children_die_with_their_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
