/* SPDX-License-Identifier: Apache-2.0
 * Single steps. A mark is the process sending itself SIGSTOP, which its tracer sees before anything else happens and
 * takes away. */
#include "harness/measure/step.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#ifdef __linux__
#include "harness/measure/clock.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MICROSECONDS = 50000 }; /* between looks at the deadline */

/* Without the C library, whose raise() differs from version to version and is bound late. */
void step_mark(void)
{
    long pid = syscall(SYS_getpid), tid = syscall(SYS_gettid);
    syscall(SYS_tgkill, pid, tid, SIGSTOP);
}

int step_attach(pid_t pid)
{
    return ptrace(PTRACE_SEIZE, pid, NULL, NULL) ? -1 : 0;
}

/* --- waiting ----------------------------------------------------------------------------------------------------- */

/* A timer interrupts the wait now and then, because a wait has no deadline of its own and polling would cost more than
 * the steps. */
struct ticker {
    struct sigaction action;
    struct itimerval timer;
};

static void tick(int signal)
{
    (void)signal;
}

static void ticker_start(struct ticker *before)
{
    struct sigaction action = { .sa_handler = tick };
    struct timeval period = { .tv_usec = LOOK_MICROSECONDS };
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, &before->action);
    setitimer(ITIMER_REAL, &(struct itimerval){ period, period }, &before->timer);
}

static void ticker_stop(const struct ticker *before)
{
    setitimer(ITIMER_REAL, &before->timer, NULL);
    sigaction(SIGALRM, &before->action, NULL);
}

static bool out_of_time(const struct leash *leash, enum step_end *end)
{
    bool interrupted = leash->interrupted && *leash->interrupted;
    *end = interrupted ? STEP_INTERRUPTED : STEP_LATE;
    return interrupted || clock_seconds() >= leash->deadline;
}

/* Waits until the process stops; *what is the signal, with a ptrace event above the lowest byte. Its end is looked at
 * without being taken, because whoever started the process reaps it. */
static enum step_end wait_stop(pid_t pid, const struct leash *leash, int *what)
{
    siginfo_t info;
    enum step_end end;
    memset(&info, 0, sizeof info);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL))
        if (errno != EINTR)
            return STEP_BROKEN;
        else if (out_of_time(leash, &end))
            return end;
    *what = info.si_status;
    return info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED ? STEP_COUNTED : STEP_ENDED;
}

static enum step_end go(pid_t pid, bool step, int signal)
{
    long rc = ptrace(step ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL, (void *)(uintptr_t)signal);
    return rc ? errno == ESRCH ? STEP_ENDED : STEP_BROKEN : STEP_COUNTED;
}

/* --- stepping ---------------------------------------------------------------------------------------------------- */

/* Up to the first mark: the process runs, and gets the signals that are sent to it. */
static enum step_end reach_mark(pid_t pid, const struct leash *leash)
{
    int what = 0;
    enum step_end end;
    while (!(end = wait_stop(pid, leash, &what)) && what != SIGSTOP)
        if ((end = go(pid, false, what >> 8 ? 0 : what)))
            return end;
    return end;
}

static enum step_end step_to_mark(pid_t pid, const struct leash *leash, uint64_t most, uint64_t *count)
{
    enum step_end end, late;
    int signal = 0;
    for (*count = 0;;) {
        int what = 0;
        if ((end = go(pid, true, signal)) || (end = wait_stop(pid, leash, &what)))
            return end;
        if (what == SIGSTOP)
            return STEP_COUNTED;
        signal = what == SIGTRAP || what >> 8 ? 0 : what;
        if (what == SIGTRAP && ++*count > most)
            return STEP_TOO_MANY;
        if (*count % 65536 == 0 && out_of_time(leash, &late))
            return late;
    }
}

/* The two run in turns, and waking another CPU takes longer than a step: so both keep to that on which we are. */
struct place {
    cpu_set_t own, its;
    bool shared;
};

static void place_share(pid_t pid, struct place *before)
{
    cpu_set_t here;
    int cpu = sched_getcpu();
    before->shared = cpu >= 0 && !sched_getaffinity(0, sizeof before->own, &before->own) &&
                     !sched_getaffinity(pid, sizeof before->its, &before->its);
    if (!before->shared)
        return;
    CPU_ZERO(&here);
    CPU_SET((size_t)cpu, &here);
    sched_setaffinity(0, sizeof here, &here);
    sched_setaffinity(pid, sizeof here, &here);
}

static void place_leave(pid_t pid, const struct place *before)
{
    if (!before->shared)
        return;
    sched_setaffinity(0, sizeof before->own, &before->own);
    sched_setaffinity(pid, sizeof before->its, &before->its); /* fails if it has ended */
}

enum step_end step_count(pid_t pid, const struct leash *leash, uint64_t most, uint64_t *count)
{
    struct ticker before;
    struct place place;
    ticker_start(&before);
    place_share(pid, &place);
    enum step_end end = reach_mark(pid, leash);
    if (!end)
        end = step_to_mark(pid, leash, most, count);
    if (!end)
        end = go(pid, false, 0);
    place_leave(pid, &place);
    ticker_stop(&before);
    return end;
}
#else
void step_mark(void)
{
}

int step_attach(pid_t pid)
{
    (void)pid;
    errno = ENOSYS;
    return -1;
}

enum step_end step_count(pid_t pid, const struct leash *leash, uint64_t most, uint64_t *count)
{
    (void)pid, (void)leash, (void)most, (void)count;
    return STEP_BROKEN;
}
#endif
