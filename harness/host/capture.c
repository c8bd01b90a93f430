/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/host/capture.h"

#include "harness/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUT, ERR, STATUS, STREAMS };

/* One running program, seen from the parent. */
struct child {
    pid_t pid;
    int fd[STREAMS]; /* -1 once closed */
    struct buf text[STREAMS];
    bool ended;
    int wait_status;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. The status pipe closes by itself when exec succeeds; otherwise it carries errno. */
static void start(const struct capture_request *r, int out, int err, int status)
{
    setpgid(0, 0);
    reset_signals();
    int null = open("/dev/null", O_RDONLY);
    bool ready = null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2;
    if (ready && (!r->dir || chdir(r->dir) == 0)) {
        char *const *argv = (char *const *)r->argv;
        if (r->env)
            execvpe(argv[0], argv, (char *const *)r->env);
        else
            execvp(argv[0], argv);
    }
    int error = errno;
    ssize_t n = write(status, &error, sizeof error);
    _exit(n == sizeof error ? 127 : 126);
}

static void close_all(int (*pipes)[2], int n)
{
    for (int i = 0; i < n; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

static int spawn(const struct capture_request *r, struct child *c)
{
    int pipes[STREAMS][2];
    for (int i = 0; i < STREAMS; i++)
        if (pipe2(pipes[i], O_CLOEXEC)) {
            int error = errno;
            close_all(pipes, i);
            return error;
        }
    c->pid = fork();
    if (c->pid == 0)
        start(r, pipes[OUT][1], pipes[ERR][1], pipes[STATUS][1]);
    if (c->pid < 0) {
        int error = errno;
        close_all(pipes, STREAMS);
        return error;
    }
    setpgid(c->pid, c->pid);
    for (int i = 0; i < STREAMS; i++) {
        close(pipes[i][1]);
        c->fd[i] = pipes[i][0];
        fcntl(c->fd[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

/* Reads what is there now; closes the stream at its end. */
static void drain(struct child *c, int stream, size_t limit, bool *cut)
{
    char data[16384];
    ssize_t n;
    while ((n = read(c->fd[stream], data, sizeof data)) > 0) {
        size_t have = c->text[stream].len, room = have < limit ? limit - have : 0;
        size_t take = (size_t)n < room ? (size_t)n : room;
        *cut = *cut || take < (size_t)n;
        buf_add(&c->text[stream], data, take);
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(c->fd[stream]);
        c->fd[stream] = -1;
    }
}

static bool any_open(const struct child *c)
{
    return c->fd[OUT] >= 0 || c->fd[ERR] >= 0 || c->fd[STATUS] >= 0;
}

static void reap(struct child *c, int flags)
{
    pid_t got;
    do
        got = c->ended ? c->pid : waitpid(c->pid, &c->wait_status, flags);
    while (got < 0 && errno == EINTR);
    c->ended = got != 0; /* also when someone else has waited for it */
}

/* Until all streams end, or the program has ended (something it left behind may hold them open), or time is up. */
static void follow(struct child *c, const struct capture_request *r, struct captured *out)
{
    double deadline = now() + r->timeout;
    bool last = false;
    while (any_open(c) && !last) {
        struct pollfd p[STREAMS];
        for (int i = 0; i < STREAMS; i++)
            p[i] = (struct pollfd){ .fd = c->fd[i], .events = POLLIN };
        last = c->ended;
        poll(p, STREAMS, last ? 0 : 20);
        for (int i = 0; i < STREAMS; i++)
            if (c->fd[i] >= 0 && (last || p[i].revents))
                drain(c, i, i == STATUS ? sizeof(int) : r->limit, &out->cut);
        reap(c, WNOHANG);
        if (now() >= deadline && !c->ended) {
            out->timed_out = true;
            return;
        }
    }
}

/* The streams are closed but the program lives on: it has what is left of its time to end. */
static void wait_end(struct child *c, double deadline, struct captured *out)
{
    const struct timespec nap = { .tv_nsec = 2000000 };
    reap(c, WNOHANG);
    while (!c->ended && now() < deadline) {
        nanosleep(&nap, NULL);
        reap(c, WNOHANG);
    }
    out->timed_out = !c->ended;
    kill(-c->pid, SIGKILL);
    reap(c, 0);
}

static void settle(struct mem *m, struct child *c, struct captured *out)
{
    int error = 0;
    if (c->text[STATUS].len == sizeof error)
        error = *(const int *)(const void *)c->text[STATUS].data;
    out->error = error;
    if (!error && !out->timed_out && WIFEXITED(c->wait_status))
        out->exit_code = WEXITSTATUS(c->wait_status);
    if (!error && WIFSIGNALED(c->wait_status))
        out->signal = WTERMSIG(c->wait_status);
    out->out_len = c->text[OUT].len;
    out->err_len = c->text[ERR].len;
    out->out = mem_dupn(m, buf_text(&c->text[OUT]), out->out_len);
    out->err = mem_dupn(m, buf_text(&c->text[ERR]), out->err_len);
    for (int i = 0; i < STREAMS; i++) {
        buf_free(&c->text[i]);
        if (c->fd[i] >= 0)
            close(c->fd[i]);
    }
}

void capture(struct mem *m, const struct capture_request *r, struct captured *out)
{
    struct child c = { .fd = { -1, -1, -1 } };
    *out = (struct captured){ .exit_code = -1, .out = mem_dup(m, ""), .err = mem_dup(m, "") };
    double deadline = now() + r->timeout;
    out->error = spawn(r, &c);
    if (out->error)
        return;
    follow(&c, r, out);
    wait_end(&c, out->timed_out ? 0 : deadline, out);
    settle(m, &c, out);
}
