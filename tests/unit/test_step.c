/* SPDX-License-Identifier: Apache-2.0
 * Counting instructions one by one: exact, bounded, and safe against whatever the process does. */
#include "harness/measure/clock.h"
#include "harness/measure/step.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 100000 };

/* A loop of a known number of instructions: `times` rounds of two, and two around them. */
static __attribute__((noinline)) void spin(uint64_t times)
{
#if defined(__x86_64__)
    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(times) : : "cc");
#elif defined(__aarch64__)
    __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(times) : : "cc");
#else
    for (volatile uint64_t i = 0; i < times; i++)
        ;
#endif
}

static void loop(uint64_t n)
{
    spin(n);
}

#if defined(__x86_64__)
/* Eight instructions of AVX-512 per round beside the loop's two. */
__attribute__((target("avx512f"), noinline)) static void wide(uint64_t n)
{
    __asm__ volatile(
        "1: vaddps %%zmm0, %%zmm1, %%zmm2\n\tvmulps %%zmm2, %%zmm1, %%zmm3\n\t"
        "vfmadd231ps %%zmm3, %%zmm2, %%zmm1\n\tvpaddd %%zmm1, %%zmm2, %%zmm4\n\t"
        "vmovaps %%zmm4, %%zmm5\n\tvxorps %%ymm6, %%ymm6, %%ymm6\n\tvpternlogd $7, %%zmm4, %%zmm5, %%zmm6\n\t"
        "vmaxps %%zmm6, %%zmm5, %%zmm7\n\tdec %0\n\tjnz 1b"
        : "+r"(n)
        :
        : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
}
#endif

static void calls_system(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        getppid();
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static void signals_itself(uint64_t n)
{
    signal(SIGUSR1, on_signal);
    for (uint64_t i = 0; i < n; i++)
        raise(SIGUSR1);
    if (!caught)
        abort();
}

static void dies(uint64_t n)
{
    (void)n;
    raise(SIGKILL);
}

static void leaves(uint64_t n)
{
    (void)n;
    _exit(3);
}

static void sleeps(uint64_t n)
{
    (void)n;
    pause();
}

/* A child that waits until we are its tracer and then runs the body between marks, once per number. */
static pid_t start(void (*body)(uint64_t), const uint64_t *numbers, size_t n)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        if (read(ready[0], &byte, 1) != 1)
            _exit(9);
        for (size_t i = 0; i < n; i++) {
            step_mark();
            body(numbers[i]);
            step_mark();
        }
        _exit(0);
    }
    if (step_attach(pid)) {
        int error = errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        print_message("ptrace is not permitted here: %s\n", strerror(error));
        pid = -1;
    } else {
        assert_int_equal(write(ready[1], &byte, 1), 1);
    }
    close(ready[0]);
    close(ready[1]);
    if (pid < 0)
        skip();
    return pid;
}

static int finish(pid_t pid)
{
    int status = 0;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, __WALL), pid);
    return status;
}

static const struct leash patient = { INFINITY, NULL };

/* Counts each stretch; the child then ends well. */
static void count_all(void (*body)(uint64_t), const uint64_t *numbers, size_t n, uint64_t *counts)
{
    int status;
    pid_t pid = start(body, numbers, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(step_count(pid, &patient, MOST, &counts[i]), STEP_COUNTED);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void counts_are_exact(void **state)
{
    (void)state;
    static const uint64_t numbers[] = { 1, 1, 2, 3, 1000 };
    uint64_t counts[5], again[5];
    count_all(loop, numbers, 5, counts);
    count_all(loop, numbers, 5, again);
    assert_memory_equal(&counts[1], &again[1], 4 * sizeof *counts); /* the first binds functions */
#if defined(__x86_64__) || defined(__aarch64__)
    assert_int_equal(counts[2] - counts[1], 2);
    assert_int_equal(counts[3] - counts[2], 2);
    assert_int_equal(counts[4] - counts[1], 999 * 2);
#else
    assert_true(counts[4] > counts[3]);
#endif
}

static void wide_vectors_count_too(void **state)
{
    (void)state;
#if defined(__x86_64__)
    static const uint64_t numbers[] = { 1, 1, 101 };
    uint64_t counts[3];
    if (!__builtin_cpu_supports("avx512f"))
        skip();
    count_all(wide, numbers, 3, counts);
    assert_int_equal(counts[2] - counts[1], 100 * 10);
#else
    skip();
#endif
}

static void the_kernel_is_one_instruction(void **state)
{
    (void)state;
    static const uint64_t numbers[] = { 1, 1, 2, 3 };
    uint64_t counts[4];
    count_all(calls_system, numbers, 4, counts);
    assert_int_equal(counts[3] - counts[2], counts[2] - counts[1]);
    assert_in_range(counts[2] - counts[1], 2, 60);
}

static void signals_are_delivered(void **state)
{
    (void)state;
    static const uint64_t numbers[] = { 1, 1, 2 };
    uint64_t counts[3];
    count_all(signals_itself, numbers, 3, counts);
    assert_true(counts[2] > counts[1]);
}

static void too_many_is_an_end(void **state)
{
    (void)state;
    static const uint64_t number = 1000000;
    uint64_t count;
    pid_t pid = start(loop, &number, 1);
    assert_int_equal(step_count(pid, &patient, 1000, &count), STEP_TOO_MANY);
    assert_true(WIFSIGNALED(finish(pid)));
}

static void death_is_an_end_and_left_to_be_reaped(void **state)
{
    (void)state;
    static const uint64_t number = 1;
    uint64_t count;
    int status;
    pid_t pid = start(dies, &number, 1);
    assert_int_equal(step_count(pid, &patient, MOST, &count), STEP_ENDED);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    pid = start(leaves, &number, 1);
    assert_int_equal(step_count(pid, &patient, MOST, &count), STEP_ENDED);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static void a_sleeper_is_late(void **state)
{
    (void)state;
    static const uint64_t number = 1;
    volatile int interrupted = 1;
    uint64_t count;
    pid_t pid = start(sleeps, &number, 1);
    struct leash leash = { clock_seconds() + 0.3, NULL };
    double from = clock_seconds();
    assert_int_equal(step_count(pid, &leash, MOST, &count), STEP_LATE);
    assert_true(clock_seconds() - from < 20);
    finish(pid);
    pid = start(sleeps, &number, 1);
    leash = (struct leash){ INFINITY, &interrupted };
    assert_int_equal(step_count(pid, &leash, MOST, &count), STEP_INTERRUPTED);
    finish(pid);
}

static void the_timer_is_put_back(void **state)
{
    (void)state;
    static const uint64_t number = 1;
    uint64_t count;
    struct sigaction action;
    signal(SIGALRM, on_signal);
    count_all(loop, &number, 1, &count);
    sigaction(SIGALRM, NULL, &action);
    assert_true(action.sa_handler == on_signal);
    signal(SIGALRM, SIG_DFL);
}

static void both_may_run_where_they_might_before(void **state)
{
    (void)state;
    static const uint64_t number = 1;
    cpu_set_t before, after, its;
    uint64_t count;
    struct leash leash = { clock_seconds() + 60, NULL };
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    pid_t pid = start(loop, &number, 1);
    assert_int_equal(step_count(pid, &leash, MOST, &count), STEP_COUNTED);
    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    if (!sched_getaffinity(pid, sizeof its, &its)) /* it may have ended */
        assert_true(CPU_EQUAL(&its, &before));
    assert_true(CPU_EQUAL(&before, &after));
    finish(pid);
}

static void nobody_else_can_be_traced(void **state)
{
    (void)state;
    assert_int_equal(step_attach(getpid()), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact),
        cmocka_unit_test(wide_vectors_count_too),
        cmocka_unit_test(the_kernel_is_one_instruction),
        cmocka_unit_test(signals_are_delivered),
        cmocka_unit_test(too_many_is_an_end),
        cmocka_unit_test(death_is_an_end_and_left_to_be_reaped),
        cmocka_unit_test(a_sleeper_is_late),
        cmocka_unit_test(the_timer_is_put_back),
        cmocka_unit_test(both_may_run_where_they_might_before),
        cmocka_unit_test(nobody_else_can_be_traced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
