/* SPDX-License-Identifier: Apache-2.0
 * Child processes: start, talk, wait, kill, reap. */
#include "harness/measure/child.h"

#include "harness/measure/clock.h"
#include "harness/measure/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SHADOWED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SHADOWED 1
#endif
#endif
#ifndef SHADOWED
#define SHADOWED 0 /* 1: a sanitizer maps terabytes, so the address space cannot be limited */
#endif

enum { WORDS_KEPT = 4096, ABOVE_STANDARD = 10, INBOX_MAX = CHILD_TEXT_MAX + WIRE_LINE_MAX };

static const double SLICE = 0.05; /* seconds between looks at `interrupted` */

/* --- start ------------------------------------------------------------------------------------------------------- */

struct pipes {
    int fd[3][2]; /* to, from, log: [0] is read, [1] is written */
};

static void close_pipes(struct pipes *p)
{
    for (int i = 0; i < 6; i++)
        if (p->fd[i / 2][i % 2] >= 0)
            close(p->fd[i / 2][i % 2]);
}

/* Pipes above the descriptors that the child will have, so that dup2() there never meets its own source. */
static int open_pipes(struct pipes *p)
{
    memset(p, -1, sizeof *p);
    for (int i = 0; i < 3; i++) {
        int low[2];
        if (pipe2(low, O_CLOEXEC))
            return -1;
        for (int side = 0; side < 2; side++) {
            p->fd[i][side] = fcntl(low[side], F_DUPFD_CLOEXEC, ABOVE_STANDARD);
            close(low[side]);
        }
        if (p->fd[i][0] < 0 || p->fd[i][1] < 0)
            return -1;
    }
    return 0;
}

static void limit_memory(double bytes)
{
    struct rlimit now;
    if (SHADOWED || !(bytes > 0 && bytes < 0x1p62) || getrlimit(RLIMIT_AS, &now))
        return;
    rlim_t most = (rlim_t)bytes < now.rlim_max ? (rlim_t)bytes : now.rlim_max;
    setrlimit(RLIMIT_AS, &(struct rlimit){ most, most });
}

static void connect_streams(const struct pipes *p, bool program)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(program ? p->fd[1][1] : null, STDOUT_FILENO);
    dup2(p->fd[2][1], STDERR_FILENO);
    if (!program) {
        dup2(p->fd[0][0], WORKER_IN);
        dup2(p->fd[1][1], WORKER_OUT);
    }
#ifdef SYS_close_range
    /* Also what we inherited without close-on-exec. */
    syscall(SYS_close_range, (program ? STDERR_FILENO : WORKER_OUT) + 1, ~0U, 0);
#endif
}

static void pin(int cpu_plus_1)
{
#ifdef __linux__
    cpu_set_t one;
    CPU_ZERO(&one);
    if (cpu_plus_1 > 0 && cpu_plus_1 <= CPU_SETSIZE) {
        CPU_SET((size_t)cpu_plus_1 - 1, &one);
        sched_setaffinity(0, sizeof one, &one);
    }
#else
    (void)cpu_plus_1;
#endif
}

/* Between fork and exec: only async-signal-safe calls. */
static void settle(const struct pipes *p, pid_t parent, const struct child_how *how)
{
    setsid();
#ifdef __linux__
    if (how->fixed_layout)
        personality(ADDR_NO_RANDOMIZE);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_INTERNAL); /* it died before the line above */
#else
    (void)parent;
#endif
    pin(how->pin);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    if (!how->shadowed)
        limit_memory(how->memory_bytes);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    connect_streams(p, how->program);
}

static _Noreturn void become(const char *const *argv)
{
    /* execv() does not write to its argument; the cast drops a const it should have had. */
    execv(argv[0], (char *const *)(uintptr_t)argv);
    const char *parts[] = { "cannot execute ", argv[0], ": ", strerror(errno), "\n" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
            break;
    _exit(127);
}

int child_start_as(struct child *c, const char *const *argv, const struct child_how *how, struct err *e)
{
    struct pipes p;
    *c = (struct child){ .to = -1, .from = -1, .log = -1 };
    pid_t parent = getpid(), pid = open_pipes(&p) ? -1 : fork();
    if (pid < 0) {
        err_set(e, EXIT_INTERNAL, "cannot start a process: %s", strerror(errno));
        close_pipes(&p);
        return -1;
    }
    if (!pid) {
        settle(&p, parent, how);
        become(argv);
    }
    *c = (struct child){ .pid = pid, .to = p.fd[0][1], .from = p.fd[1][0], .log = p.fd[2][0] };
    c->most = how->shadowed ? how->memory_bytes : 0;
    p.fd[0][1] = p.fd[1][0] = p.fd[2][0] = -1;
    close_pipes(&p);
    fcntl(c->to, F_SETFL, O_NONBLOCK);
    fcntl(c->from, F_SETFL, O_NONBLOCK);
    fcntl(c->log, F_SETFL, O_NONBLOCK);
    return 0;
}

int child_start(struct child *c, const char *const *argv, double memory_bytes, struct err *e)
{
    return child_start_as(c, argv, &(struct child_how){ .memory_bytes = memory_bytes }, e);
}

/* --- talk -------------------------------------------------------------------------------------------------------- */

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Reads what is there, but not for ever: a child may write faster than we read. */
static void drain(int *fd, struct buf *to, size_t keep)
{
    char chunk[16384];
    for (int i = 0; i < 16 && *fd >= 0; i++) {
        ssize_t n = read(*fd, chunk, sizeof chunk);
        if (n > 0)
            buf_add(to, chunk, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            break;
        else
            shut(fd);
        if (to->len > keep) { /* the newest count */
            memmove(to->data, to->data + to->len - keep, keep + 1);
            to->len = keep;
        }
    }
}

/* The inbox is never cut: child_line() and child_follow() give up first. */
static void drain_inbox(struct child *c)
{
    if (c->inbox.len <= INBOX_MAX)
        drain(&c->from, &c->inbox, SIZE_MAX);
}

static void check_memory(const struct child *c)
{
    char path[40];
    unsigned long long pages = 0;
    if (!(c->most > 0))
        return;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)c->pid);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%*u %llu", &pages) == 1 && (double)pages * (double)sysconf(_SC_PAGESIZE) > c->most)
        kill(-c->pid, SIGKILL);
    if (f)
        fclose(f);
}

/* Waits until the child wants or says something, for a slice at most, and takes what it said. */
static enum child_io attend(struct child *c, const struct leash *leash, bool writing)
{
    if (leash->interrupted && *leash->interrupted)
        return CHILD_INTERRUPTED;
    double left = leash->deadline - clock_seconds();
    if (left <= 0)
        return CHILD_LATE;
    struct pollfd fds[3] = { { .fd = c->from, .events = POLLIN },
                             { .fd = c->log, .events = POLLIN },
                             { .fd = writing ? c->to : -1, .events = POLLOUT } };
    poll(fds, 3, (int)ceil(fmin(left, SLICE) * 1000));
    check_memory(c);
    if (fds[1].revents)
        drain(&c->log, &c->words, WORDS_KEPT);
    if (fds[0].revents)
        drain_inbox(c);
    return CHILD_OK;
}

enum child_io child_send(struct child *c, const struct leash *leash, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(c->to, bytes, len);
        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return CHILD_ENDED;
        enum child_io io = attend(c, leash, true);
        if (io)
            return io;
    }
    return CHILD_OK;
}

/* The line given out last stays in front of the inbox until now. */
static void drop_line(struct child *c)
{
    struct buf *in = &c->inbox;
    memmove(in->data, in->data + c->taken, in->len - c->taken + 1);
    in->len -= c->taken;
    c->taken = 0;
}

enum child_io child_line(struct child *c, const struct leash *leash, char **line)
{
    if (c->taken)
        drop_line(c);
    char *end;
    while (!(end = c->inbox.len ? memchr(c->inbox.data, '\n', c->inbox.len) : NULL)) {
        if (c->inbox.len > WIRE_LINE_MAX)
            return CHILD_GARBAGE;
        if (c->from < 0)
            return CHILD_ENDED;
        enum child_io io = attend(c, leash, false);
        if (io)
            return io;
    }
    *end = '\0';
    c->taken = (size_t)(end - c->inbox.data) + 1;
    *line = c->inbox.data;
    return strlen(*line) + 1 == c->taken ? CHILD_OK : CHILD_GARBAGE;
}

bool child_has_said_more(struct child *c)
{
    drain_inbox(c);
    return c->inbox.len > c->taken;
}

/* --- end --------------------------------------------------------------------------------------------------------- */

static bool has_ended(const struct child *c)
{
    siginfo_t info = { .si_pid = 0 };
    int rc = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    return rc ? errno != EINTR : info.si_pid != 0;
}

bool child_wait(struct child *c, const struct leash *leash)
{
    long pause = 20000; /* ns; a worker is gone within a millisecond of its last word */
    while (!has_ended(c)) {
        if ((leash->interrupted && *leash->interrupted) || clock_seconds() >= leash->deadline)
            return false;
        drain(&c->log, &c->words, WORDS_KEPT); /* or it could wait for us to read */
        check_memory(c);
        nanosleep(&(struct timespec){ .tv_nsec = pause }, NULL);
        pause = pause < 5000000 ? pause * 3 / 2 : pause;
    }
    return true;
}

int child_end(struct child *c)
{
    int status = 0;
    if (c->pid > 0) {
        /* The leader is not reaped yet, so its number is still ours: the group's signal cannot hit a stranger. The
         * second kill is for a child that did not reach setsid(). */
        kill(-c->pid, SIGKILL);
        kill(c->pid, SIGKILL);
        struct rusage used = { .ru_maxrss = 0 };
        while (wait4(c->pid, &status, 0, &used) < 0 && errno == EINTR)
            ;
        c->peak = (double)used.ru_maxrss * 1024;
    }
    drain(&c->log, &c->words, WORDS_KEPT);
    shut(&c->to);
    shut(&c->from);
    shut(&c->log);
    buf_free(&c->inbox);
    c->pid = 0;
    c->taken = 0;
    return status;
}

enum child_io child_follow(struct child *c, const struct leash *leash, size_t most)
{
    bool ended = false;
    while (!ended && (c->from >= 0 || c->log >= 0)) { /* what it left behind may hold them open when it has ended */
        enum child_io io = attend(c, leash, false);
        if (io)
            return io;
        ended = has_ended(c);
        if (ended)
            drain(&c->from, &c->inbox, SIZE_MAX);
        if (most && c->inbox.len > most)
            return CHILD_GARBAGE;
        if (!most)
            c->inbox.len = 0;
    }
    if (child_wait(c, leash))
        return CHILD_OK;
    return leash->interrupted && *leash->interrupted ? CHILD_INTERRUPTED : CHILD_LATE;
}
