/* SPDX-License-Identifier: Apache-2.0
 * Only what a signal handler may call is called here once a benchmark runs. Signal handlers and exit handlers have no
 * argument, so what they need is in one struct of this file. No thread: a second one makes malloc() slower. */
#include "harness/bench/watch.h"

#include "harness/base/err.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN = 200 };

static struct {
    const char *program, *closing, *lead;
    int fd;
    volatile pid_t pid; /* of the process in which a benchmark runs; 0: none does. A copy of it is not watched */
    char benchmark[SHOWN + 4], limit[64];
    timer_t timer;
    bool open, registered, timed;
} watch;

/* Signals that end a process, but for SIGKILL and those that mean "stop, and report" (main.c). */
static const int deadly[] = { SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,    SIGFPE,  SIGUSR1, SIGSEGV,  SIGUSR2,
                              SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGSYS,  SIGSTKFLT };
enum { NDEADLY = sizeof deadly / sizeof *deadly };

static char alternate[1 << 16]; /* a stack for what overflowed its own */

static int time_is_up(void)
{
    return SIGRTMAX - 2;
}

static void say(int fd, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t n = write(fd, text, left);
        if (n <= 0)
            return;
        text += n;
        left -= (size_t)n;
    }
}

static void tell(const char *what, const char *more)
{
    const char *parts[] = { watch.lead, watch.program, ": ", watch.benchmark, ": ", what, more, "\n" };
    watch.pid = 0;
    if (watch.closing)
        say(watch.fd, watch.closing);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        say(STDERR_FILENO, parts[i]);
}

static const char *digits(char out[12], int number)
{
    char *p = out + 11;
    *p = '\0';
    do
        *--p = (char)('0' + number % 10);
    while (number /= 10);
    return p;
}

/* The signal comes again when the handler returns, and then finds the default action: the exit status is its. */
static void on_deadly(int number)
{
    char text[12];
    if (watch.pid == getpid())
        tell("killed by signal ", digits(text, number));
    raise(number);
}

static void on_time(int number)
{
    (void)number;
    if (watch.pid != getpid())
        return;
    tell("it did not stop within ", watch.limit);
    _exit(EXIT_BENCH_FAILED);
}

static void on_exit_called(void)
{
    if (watch.pid != getpid())
        return;
    fflush(NULL);
    tell("it called exit(), so what comes after it was not run", "");
    _exit(EXIT_BENCH_FAILED);
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, old;
    if (!sigaction(number, NULL, &old) && !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

void watch_open(const char *program, int fd, const char *closing)
{
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;
    watch.program = program;
    watch.fd = fd;
    watch.lead = isatty(STDERR_FILENO) ? "\n" : ""; /* after the progress line */
    watch.closing = closing;
    watch.open = true;
    if (!sigaltstack(NULL, &old) && old.ss_flags & SS_DISABLE)
        sigaltstack(&stack, NULL);
    for (size_t i = 0; i < NDEADLY; i++)
        handle(deadly[i], on_deadly, (int)SA_RESETHAND | SA_ONSTACK);
    if (!watch.registered)
        watch.registered = !atexit(on_exit_called);
}

void watch_close(void)
{
    struct sigaction now;
    for (size_t i = 0; i < NDEADLY; i++)
        if (!sigaction(deadly[i], NULL, &now) && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == on_deadly)
            signal(deadly[i], SIG_DFL);
    if (watch.timed)
        timer_delete(watch.timer);
    watch.timed = watch.open = false;
}

static void set_timer(double seconds)
{
    struct itimerspec when = { .it_value.tv_nsec = 0 };
    if (isfinite(seconds)) {
        seconds = fmin(fmax(seconds, 1e-3), 1e9);
        when.it_value.tv_sec = (time_t)seconds;
        when.it_value.tv_nsec = (long)((seconds - floor(seconds)) * 1e9);
    }
    timer_settime(watch.timer, 0, &when, NULL);
}

static void start_timer(double seconds, double limit)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = time_is_up() };
    if (limit > 0)
        snprintf(watch.limit, sizeof watch.limit, "its time limit of %g s", limit);
    else
        snprintf(watch.limit, sizeof watch.limit, "the time limit of the whole run");
    if (!watch.timed) {
        handle(time_is_up(), on_time, SA_ONSTACK);
        watch.timed = !timer_create(CLOCK_MONOTONIC, &event, &watch.timer);
    }
    if (watch.timed)
        set_timer(seconds);
}

void watch_begin(const char *benchmark, double seconds, double limit)
{
    if (!watch.open)
        return;
    size_t n = strnlen(benchmark, SHOWN + 1);
    snprintf(watch.benchmark, sizeof watch.benchmark, "%.*s%s", SHOWN, benchmark, n > SHOWN ? "..." : "");
    for (char *p = watch.benchmark; *p; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p >= 127)
            *p = '?';
    if (isfinite(seconds))
        start_timer(seconds, limit);
    watch.pid = getpid();
}

void watch_end(void)
{
    watch.pid = 0;
    if (watch.timed)
        set_timer(INFINITY);
}
