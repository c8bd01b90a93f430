/* SPDX-License-Identifier: Apache-2.0
 * Every way a benchmark or a worker can misbehave is one bad row, and the rest goes on. */
#include "tests/unit/runner_help.h"

#include "harness/measure/clock.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if SANITIZED
/* A crash stays a crash instead of an exit after a report. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_segv=0:handle_abort=0";
}
#endif

struct fault {
    const char *op;
    enum status status;
    int signal;
    const char *message; /* part of it */
};

static const struct fault faults[] = {
    { "wrong", STATUS_WRONG, 0, "element 3 is 2, expected 1 % \"quoted\"" },
    { "missing", STATUS_FAILED, 0, "no file 'x'" },
    { "starved", STATUS_OOM, 0, "Cannot allocate memory" },
    { "mute", STATUS_FAILED, 0, "the check returned 77 without a message" },
    { "unchecked", STATUS_FAILED, 0, "has no check of its answer" },
    { "abort", STATUS_CRASHED, SIGABRT, "killed by SIGABRT (Aborted) during calibration: first line | assertion `x'" },
    { "segv", STATUS_CRASHED, SIGSEGV, "killed by SIGSEGV" },
    { "killed", STATUS_OOM, SIGKILL, "killed by SIGKILL" },
    { "hang", STATUS_TIMEOUT, 0, "no answer within 0.7 s during calibration" },
    { "leave", STATUS_FAILED, 0, "exited with code 3 during calibration" },
    { "leave0", STATUS_FAILED, 0, "exited with code 0 during calibration" },
    { "chatty", STATUS_FAILED, 0, "unreadable answer" },
    { "stray", STATUS_FAILED, 0, "unreadable answer 'debug: here' during verification" },
    { "closing", STATUS_FAILED, 0, "during verification" },
    { "loudcrash", STATUS_CRASHED, SIGSEGV, "the  [31mlast  ? line" },
    { "endcrash", STATUS_CRASHED, SIGABRT, "during tear-down" },
    { "no-such", STATUS_FAILED, 0, "no such operation" },
};

enum { FAULTS = sizeof faults / sizeof *faults };

static void expect_fault(const struct fault *f, const struct result *r)
{
    if (r->status != f->status || !r->message || !strstr(r->message, f->message))
        fail_msg("%s: status %d, message: %s", f->op, (int)r->status, r->message ? r->message : "(none)");
    assert_int_equal(r->signal, f->signal);
    assert_int_equal(r->stop, STOP_FAILURE);
    assert_int_equal(r->nsamples, 0);
    for (const char *p = r->message; *p; p++)
        assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void each_fault_is_one_bad_row(void **state)
{
    (void)state;
    struct help_run h;
    struct job jobs[FAULTS + 2];
    help_open(&h);
    jobs[0] = jobs[FAULTS + 1] = help_job("right");
    for (size_t i = 0; i < FAULTS; i++) {
        jobs[i + 1] = help_job(faults[i].op);
        if (!strcmp(faults[i].op, "hang"))
            jobs[i + 1].settings.timeout_seconds = 0.7;
    }
    size_t files = help_open_files();
    double from = clock_seconds();
    assert_int_equal(help_go(&h, jobs, FAULTS + 2), 0);
    assert_true(clock_seconds() - from < 60);
    for (size_t i = 0; i < FAULTS; i++)
        expect_fault(&faults[i], &h.results[i + 1]);
    assert_int_equal(h.results[0].status, STATUS_OK);
    assert_int_equal(h.results[FAULTS + 1].status, STATUS_OK);
    assert_int_equal(h.log.nfinished, FAULTS + 2);
    assert_int_equal(help_open_files(), files);
    assert_false(help_alive(help_note(&h, "hung")));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    help_close(&h);
}

/* What this machine does not have is a row that says so, and no failure. */
static void what_is_absent_is_not_available(void **state)
{
    (void)state;
    struct help_run h;
    struct job jobs[] = { help_job("absent"), help_job("right") };
    help_open(&h);
    assert_int_equal(help_go(&h, jobs, 2), 0);
    assert_int_equal(h.results[0].status, STATUS_UNSUPPORTED);
    assert_int_equal(h.results[0].stop, STOP_NONE);
    assert_int_equal(h.results[0].nsamples, 0);
    assert_string_equal(h.results[0].message, "not available: libother.so.1 not found, and no memory is short");
    assert_int_equal(h.results[1].status, STATUS_OK);
    help_close(&h);
}

/* Odd, but no business of the runner. */
static void odd_but_right(void **state)
{
    (void)state;
    static const char *const ops[] = { "print", "closed", "loud", "threaded" };
    struct help_run h;
    struct job jobs[4];
    help_open(&h);
    for (int i = 0; i < 4; i++)
        jobs[i] = help_job(ops[i]);
    assert_int_equal(help_go(&h, jobs, 4), 0);
    for (int i = 0; i < 4; i++)
        if (h.results[i].status != STATUS_OK)
            fail_msg("%s: %s", ops[i], h.results[i].message);
    help_close(&h);
}

static void what_a_benchmark_started_ends_with_it(void **state)
{
    (void)state;
    struct help_run h;
    struct job job = help_job("forking");
    help_open(&h);
    job.settings.max_rounds = 1;
    assert_int_equal(help_go(&h, &job, 1), 0);
    assert_int_equal(h.results[0].status, STATUS_OK);
    long orphan = help_note(&h, "orphan");
    assert_true(orphan > 0);
    for (int i = 0; i < 500 && help_alive(orphan); i++)
        usleep(10000);
    assert_false(help_alive(orphan));
    help_close(&h);
}

static void memory_is_limited(void **state)
{
    (void)state;
    if (SANITIZED)
        skip(); /* their runtimes map terabytes, or cannot die without memory */
    struct help_run h;
    struct job jobs[] = { help_job("eat"), help_job("right") };
    help_open(&h);
    jobs[0].settings.memory_bytes = jobs[1].settings.memory_bytes = 128e6;
    assert_int_equal(help_go(&h, jobs, 2), 0);
    assert_int_equal(h.results[0].status, STATUS_OOM);
    assert_non_null(strstr(h.results[0].message, "out of memory (limit 122 MiB), killed by SIGABRT"));
    assert_int_equal(h.results[1].status, STATUS_OK);
    help_close(&h);
}

static void strange_names_arrive(void **state)
{
    (void)state;
    static const struct km_param params[] = { { "a b\n\"%", NULL, 8 },
                                              { "", "\xc3\xa4 $(touch x)`|\t", 0 },
                                              { "m", NULL, INT64_MIN } };
    struct help_run h;
    struct job job = help_job("strange");
    help_open(&h);
    job.bench.name = "line\nbreak \"quoted\" 100% %0a";
    job.bench.variant = "";
    job.bench.params = params;
    job.bench.nparams = 3;
    assert_int_equal(help_go(&h, &job, 1), 0);
    assert_int_equal(h.results[0].status, STATUS_OK);
    help_close(&h);
}

static void a_worker_that_is_not_there(void **state)
{
    (void)state;
    static const char *const nowhere[] = { "/nonexistent/kernmark", "worker", NULL };
    struct help_run h;
    struct job job = help_job("right");
    help_open(&h);
    h.edges.worker = nowhere;
    assert_int_equal(help_go(&h, &job, 1), 0);
    assert_int_equal(h.results[0].status, STATUS_FAILED);
    assert_non_null(strstr(h.results[0].message, "cannot execute /nonexistent/kernmark: No such file"));
    help_close(&h);
}

/* --- workers that lie: shell scripts that answer anything --------------------------------------------------------- */

#define READY      "echo 1 ready 0000000000000000 0000000000000000 0000000000000000 % clock 1 20 >&4; read l <&3; "
#define VERIFIED   READY "echo 2 ok >&4; read l <&3; "
#define CALIBRATED VERIFIED "echo 3 iterations 10 1000 >&4; read l <&3; "
#define WARM       CALIBRATED "echo 4 ok >&4; read l <&3; "
#define SAMPLED    WARM "echo 5 samples 3 30 0 0 10 10 10 >&4; read l <&3; "

static const struct {
    const char *script, *message;
} lies[] = {
    { "echo >&4", "unreadable answer ''" },
    { "echo hello >&4", "unreadable answer 'hello'" },
    { "echo 2 ready >&4", "unreadable answer '2 ready'" },
    { "echo 1 ok >&4", "unreadable answer '1 ok'" },
    { "echo 1 ready >&4", "unreadable" },
    { "echo 1 ready 7ff8000000000000 0000000000000000 0000000000000000 % clock 1 20 >&4", "unreadable" }, /* NaN */
    { "echo 1 ready bff0000000000000 0000000000000000 0000000000000000 % clock 1 20 >&4", "unreadable" }, /* -1 */
    { "echo 1 ready 0000000000000000 0000000000000000 0000000000000000 % clock 1 99999999999 >&4", "unreadable" },
    { "printf '1 ready\\0\\n' >&4", "unreadable" },
    { "echo '1 wrong a b' >&4", "unreadable" },
    { "echo '1 wrong %zz' >&4", "unreadable" },
    { "echo 1 cannot %e2%82%ac%0a%1b%5b31mred >&4", "\xe2\x82\xac  [31mred" },
    { "head -c 3000000 /dev/zero | tr '\\0' x >&4", "unreadable" },
    { "exec 3<&- 4>&-; sleep 60", "closed its connection" },
    { READY "echo 2 ok extra >&4", "unreadable" },
    { VERIFIED "echo 3 iterations 0 1000 >&4", "unreadable" },
    { VERIFIED "echo 3 iterations -5 1000 >&4", "unreadable" },
    { VERIFIED "echo 3 iterations 99999999999999999999 1000 >&4", "unreadable" },
    { WARM "echo 5 samples 3 30 0 0 10 10 nan >&4", "unreadable" },
    { WARM "echo 5 samples 3 30 0 0 10 10 -1 >&4", "unreadable" },
    { WARM "echo 5 samples 3 30 0 0 10 10 1e3 >&4", "unreadable" },
    { WARM "echo 5 samples 3 30 0 0 10 10 >&4", "unreadable" },
    { WARM "echo 5 samples 4 30 0 0 10 10 10 10 >&4", "unreadable" },
    { WARM "echo 5 samples 2 30 0 0 10 10 >&4", "unreadable" },
    { WARM "echo 5 samples 99999999 30 0 0 10 10 >&4", "unreadable" },
    { SAMPLED "echo 6 counters 1 ipc % 7ff8000000000000 % >&4", "unreadable" }, /* missing without a reason */
    { SAMPLED "echo 6 counters 99 ipc % 7ff8000000000000 why >&4", "unreadable" },
    { SAMPLED "echo 6 counters 0 >&4; read l <&3; echo 7 bye 5 >&4; exit 9", "exited with code 9 during tear-down" },
    { SAMPLED "echo 6 counters 0 >&4; read l <&3; echo 7 bye 5 >&4; kill -ILL $$", "killed by SIGILL" },
};

static void lies_are_not_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char script[1024];
        const char *argv[] = { "/bin/sh", "-c", script, NULL };
        struct help_run h;
        struct job job = help_job("right");
        snprintf(script, sizeof script, "read l <&3; %s", lies[i].script);
        help_open(&h);
        h.edges.worker = argv;
        assert_int_equal(help_go(&h, &job, 1), 0);
        const struct result *r = &h.results[0];
        if (r->status == STATUS_OK || !r->message || !strstr(r->message, lies[i].message))
            fail_msg("%s: status %d, message: %s", lies[i].script, (int)r->status, r->message ? r->message : "(none)");
        assert_int_equal(r->nsamples, 0);
        help_close(&h);
    }
}

/* The script that says all the right things is believed, so the lies above fail for the reason they should. */
static void the_truth_is_believed(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/sh", "-c",
                                        "read l <&3; " SAMPLED "echo 6 counters 0 >&4; read l <&3; echo 7 bye 5 >&4",
                                        NULL };
    struct help_run h;
    struct job job = help_job("right");
    help_open(&h);
    h.edges.worker = argv;
    job.settings.max_rounds = 1;
    assert_int_equal(help_go(&h, &job, 1), 0);
    assert_int_equal(h.results[0].status, STATUS_OK);
    assert_true(h.results[0].samples[2] == 10e-9 / 10);
    help_close(&h);
}

static void sigpipe_is_given_back(void **state)
{
    (void)state;
    static const char *const argv[] = { "/bin/sh", "-c", "exit 0", NULL };
    struct help_run h;
    struct job job = help_job("right");
    struct sigaction now;
    help_open(&h);
    h.edges.worker = argv;
    assert_int_equal(help_go(&h, &job, 1), 0);
    assert_int_equal(h.results[0].status, STATUS_FAILED);
    sigaction(SIGPIPE, NULL, &now);
    assert_true(now.sa_handler == SIG_DFL);
    help_close(&h);
}

/* A fault in a later turn keeps the samples of the earlier ones; a wrong answer does not. */
static void a_late_fault(void **state)
{
    (void)state;
    static const char *const endings[] = { "kill -SEGV $$", "echo 2 wrong x >&4" };
    static const enum status status[] = { STATUS_CRASHED, STATUS_WRONG };
    for (int i = 0; i < 2; i++) {
        char script[1024];
        const char *argv[] = { "/bin/sh", "-c", script, NULL };
        struct help_run h;
        struct job job = help_job("right");
        help_open(&h);
        /* The first round is calibrated; the second asks to sample at once. */
        snprintf(script, sizeof script,
                 "read l <&3; if [ -e %s/again ]; then %s%s; exit; fi; : >%s/again; %s"
                 "echo 6 counters 0 >&4; read l <&3; echo 7 bye 5 >&4",
                 h.dir, READY, endings[i], h.dir, SAMPLED);
        h.edges.worker = argv;
        assert_int_equal(help_go(&h, &job, 1), 0);
        const struct result *r = &h.results[0];
        if (r->status != status[i])
            fail_msg("status %d, message: %s", (int)r->status, r->message);
        assert_int_equal(r->nsamples, r->status == STATUS_WRONG ? 0 : 3);
        assert_int_equal(r->summary.samples, r->nsamples);
        help_close(&h);
    }
}

int main(int argc, char **argv)
{
    help_worker(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_one_bad_row),
        cmocka_unit_test(odd_but_right),
        cmocka_unit_test(what_is_absent_is_not_available),
        cmocka_unit_test(what_a_benchmark_started_ends_with_it),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(strange_names_arrive),
        cmocka_unit_test(a_worker_that_is_not_there),
        cmocka_unit_test(lies_are_not_believed),
        cmocka_unit_test(the_truth_is_believed),
        cmocka_unit_test(sigpipe_is_given_back),
        cmocka_unit_test(a_late_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
