/* SPDX-License-Identifier: Apache-2.0
 * A repetition in a process of its own: what it does to the heap, to descriptors, to signal handlers stays there; if it
 * crashes, exits or never ends, that is its row, and the run goes on. The child writes its outcome into a pipe. */
#include "harness/bench/runner.h"

#include "harness/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A benchmark stops by itself soon after its time limit; one that does not hangs. */
static const double GRACE = 1.0, SLICE = 0.05;

/* --- outcome to bytes and back: parent and child are one program, so structs travel as they are ---------------------- */

struct head {
    struct outcome outcome; /* its pointers mean nothing here */
    int64_t next_iterations;
    bool searched, left_out, has_label, has_message;
};

static void put_text(struct buf *b, const char *s)
{
    if (s)
        buf_add(b, s, strlen(s) + 1);
}

static void put_outcome(struct buf *b, const struct bench_runner *r, const struct outcome *o)
{
    const struct tally *t = &o->tally;
    struct head h;
    memset(&h, 0, sizeof h);
    h.outcome = *o;
    h.next_iterations = r->iterations;
    h.searched = r->searched;
    h.left_out = r->left_out;
    h.has_label = t->label;
    h.has_message = t->skip_message;
    buf_add(b, &h, sizeof h);
    if (t->nsamples)
        buf_add(b, t->samples, t->nsamples * sizeof *t->samples);
    if (t->counters.n)
        buf_add(b, t->counters.v, t->counters.n * sizeof *t->counters.v);
    for (size_t i = 0; i < t->counters.n; i++)
        put_text(b, t->counters.v[i].name);
    put_text(b, t->label);
    put_text(b, t->skip_message);
}

struct reading {
    const char *at, *end;
    bool bad;
};

static void *take(struct reading *in, struct mem *m, size_t count, size_t size)
{
    size_t left = (size_t)(in->end - in->at);
    if (in->bad || count > left / size) {
        in->bad = true;
        return NULL;
    }
    void *copy = mem_array(m, count ? count : 1, size);
    memcpy(copy, in->at, count * size);
    in->at += count * size;
    return copy;
}

static const char *take_text(struct reading *in, struct mem *m)
{
    const char *nul = in->bad ? NULL : memchr(in->at, '\0', (size_t)(in->end - in->at));
    in->bad = !nul;
    return nul ? take(in, m, (size_t)(nul - in->at) + 1, 1) : NULL;
}

/* False where the child ended before it had said everything. */
static bool get_outcome(struct bench_runner *r, struct outcome *o, const struct buf *b)
{
    struct reading in = { .at = buf_text(b), .end = buf_text(b) + b->len };
    const struct head *h = take(&in, &r->mem, 1, sizeof *h);
    if (!h)
        return false;
    struct outcome got = h->outcome;
    struct tally *t = &got.tally;
    t->samples = take(&in, &r->mem, t->nsamples, sizeof *t->samples);
    t->counters.v = take(&in, &r->mem, t->counters.n, sizeof *t->counters.v);
    t->samples_cap = t->nsamples;
    t->counters.cap = t->counters.n;
    for (size_t i = 0; !in.bad && i < t->counters.n; i++)
        t->counters.v[i].name = take_text(&in, &r->mem);
    t->label = h->has_label ? take_text(&in, &r->mem) : NULL;
    t->skip_message = h->has_message ? take_text(&in, &r->mem) : NULL;
    if (in.bad || in.at != in.end)
        return false;
    *o = got;
    r->iterations = h->next_iterations;
    r->searched = h->searched;
    return true;
}

/* --- the child ---------------------------------------------------------------------------------------------------------- */

static void write_all(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->data + done, b->len - done);
        if (n < 0 && errno != EINTR)
            _exit(EXIT_INTERNAL);
        done += n > 0 ? (size_t)n : 0;
    }
}

/* Ours mean "stop, and report": in the child they are ends like any other. */
static void drop_handlers(void)
{
    static const int ours[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction now;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!sigaction(ours[i], NULL, &now) && now.sa_handler != SIG_IGN)
            signal(ours[i], SIG_DFL);
}

static _Noreturn void be_child(struct bench_runner *r, int fd, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    if (getppid() != parent)
        _exit(EXIT_INTERNAL);
    drop_handlers();
    struct buf b = { 0 };
    runner_repeat(r);
    runner_finish(r);
    fflush(NULL);
    put_outcome(&b, r, &r->outcomes[r->done - 1]);
    write_all(fd, &b);
    _exit(0);
}

/* --- the parent --------------------------------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum ending { ENDED, LATE, INTERRUPTED };

static bool has_ended(pid_t pid)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

/* Reads until the child closes its end. Where something it started keeps that open, until the child is gone. */
static enum ending listen_to(const struct bench_runner *r, pid_t pid, int fd, double deadline, struct buf *b)
{
    char chunk[65536];
    for (bool gone = false;;) {
        double left = deadline - now();
        if (runner_interrupted(r))
            return INTERRUPTED;
        if (left <= 0)
            return LATE;
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, gone ? 0 : (int)ceil(fmin(left, SLICE) * 1000)) <= 0) {
            if (gone)
                return ENDED;
            gone = has_ended(pid);
            continue;
        }
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            buf_add(b, chunk, (size_t)n);
        else if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return ENDED;
    }
}

static const char *how_it_ended(struct bench_runner *r, enum ending ending, int status)
{
    struct mem *m = &r->mem;
    if (ending == LATE && r->total_deadline < r->deadline)
        return "killed: it did not stop when the time limit of the whole run was spent";
    if (ending == LATE)
        return mem_printf(m, "killed: it did not stop within its time limit of %g s", r->opt->flags->max_time);
    if (ending == INTERRUPTED)
        return "interrupted";
    if (WIFSIGNALED(status))
        return mem_printf(m, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return mem_printf(m, "its process exited with status %d before the benchmark was done", WEXITSTATUS(status));
}

static double limit_of(const struct bench_runner *r)
{
    double left = fmin(r->deadline, r->total_deadline) - r->clock->real(r->clock->ctx);
    return left > 0 ? left : 0;
}

/* Its end of the pipe may be closed a moment before it is gone, and then how it ended would be our signal. The number
 * stays its own until it is waited for, so the signals cannot hit a stranger. */
static int end_child(pid_t pid, enum ending ending)
{
    int status = 0;
    for (int i = 0; ending == ENDED && i < 2000 && !has_ended(pid); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void attend(struct bench_runner *r, struct outcome *o, pid_t pid, int fd)
{
    struct buf said = { 0 };
    enum ending ending = listen_to(r, pid, fd, now() + limit_of(r) + GRACE, &said);
    int status = end_child(pid, ending);
    if (!get_outcome(r, o, &said)) {
        *o = (struct outcome){ .tally.skipped = ending == INTERRUPTED ? SKIP_MESSAGE : SKIP_ERROR };
        o->tally.skip_message = how_it_ended(r, ending, status);
    }
    buf_free(&said);
}

static void refuse(struct bench_runner *r, struct outcome *o)
{
    o->tally.skipped = SKIP_ERROR;
    o->tally.skip_message = mem_printf(&r->mem, "cannot start a process: %s", strerror(errno));
}

void runner_repeat_isolated(struct bench_runner *r)
{
    struct outcome *o = &r->outcomes[r->done];
    int ends[2];
    pid_t parent = getpid(), pid;
    runner_start_clock(r);
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC)) {
        refuse(r, o);
    } else if ((pid = fork()) == 0) {
        close(ends[0]);
        be_child(r, ends[1], parent);
    } else {
        close(ends[1]);
        if (pid < 0)
            refuse(r, o);
        else
            attend(r, o, pid, ends[0]);
        close(ends[0]);
    }
    r->done++;
}
