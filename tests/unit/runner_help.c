/* SPDX-License-Identifier: Apache-2.0
 * Operations and plans for the tests of the runner. */
#include "tests/unit/runner_help.h"

#include "harness/measure/protocol.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- operations -------------------------------------------------------------------------------------------------- */

static const char *const *only_ref(void)
{
    static const char *const names[] = { "ref", NULL };
    return names;
}

static void note(const struct km_case *c, const char *name, long number)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", c->data_dir, name);
    FILE *f = fopen(path, "w");
    if (!f)
        abort();
    fprintf(f, "%ld", number);
    fclose(f);
}

static enum km_answer fine(struct km_case *c)
{
    (void)c;
    return KM_RIGHT;
}

static void work(struct km_case *c, uint64_t iterations)
{
    double x = (double)c->params[0].number;
    for (uint64_t i = 0; i < iterations; i++) {
        x = x * 0.5 + 1;
        km_do_not_optimize(&x);
    }
}

static struct km_cost cost(const struct km_case *c)
{
    double n = (double)c->params[0].number;
    return (struct km_cost){ 2 * n, 4 * n, n, "element" };
}

static void nothing(struct km_case *c)
{
    (void)c;
}

static enum km_answer verify_wrong(struct km_case *c)
{
    snprintf(c->message, sizeof c->message, "element 3 is 2,\nexpected 1 %% \"quoted\"");
    return KM_WRONG;
}

static enum km_answer setup_missing(struct km_case *c)
{
    snprintf(c->message, sizeof c->message, "no file 'x'");
    return KM_CANNOT;
}

static enum km_answer setup_absent(struct km_case *c)
{
    snprintf(c->message, sizeof c->message, "not available: libother.so.1 not found, and no memory is short");
    return KM_ABSENT;
}

static enum km_answer setup_starved(struct km_case *c)
{
    snprintf(c->message, sizeof c->message, "4 GiB: %s", strerror(ENOMEM));
    return KM_CANNOT;
}

static enum km_answer verify_mute(struct km_case *c)
{
    (void)c;
    return (enum km_answer)77;
}

static void die_abort(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    fputs("first line\nassertion `x' failed\n", stderr);
    abort();
}

static void die_segv(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void die_killed(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    raise(SIGKILL);
}

static void hang(struct km_case *c, uint64_t iterations)
{
    (void)iterations;
    note(c, "hung", getpid());
    while (true)
        pause();
}

static void leave(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    _exit(3);
}

static void leave_quietly(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    _exit(0);
}

static void eat(struct km_case *c, uint64_t iterations)
{
    (void)c, (void)iterations;
    while (true) {
        char *p = malloc(1 << 20);
        if (!p)
            abort();
        memset(p, 1, 1 << 20);
    }
}

static void say(const char *text)
{
    if (write(WORKER_OUT, text, strlen(text)) < 0)
        abort();
}

static enum km_answer verify_chatty(struct km_case *c)
{
    (void)c;
    say("2 ok\n3 iterations 1 1\n");
    return KM_RIGHT;
}

static enum km_answer verify_stray(struct km_case *c)
{
    (void)c;
    say("debug: here\n");
    return KM_RIGHT;
}

static enum km_answer verify_closing(struct km_case *c)
{
    (void)c;
    for (int fd = 0; fd < 100; fd++)
        close(fd);
    return KM_RIGHT;
}

/* Standard output goes nowhere, and must not be a broken pipe. */
static void print(struct km_case *c, uint64_t iterations)
{
    (void)c;
    for (uint64_t i = 0; i < iterations && i < 100; i++)
        if (printf("hello\n") < 0 || fflush(stdout))
            abort();
}

static void print_closed(struct km_case *c, uint64_t iterations)
{
    close(STDOUT_FILENO);
    if (write(STDOUT_FILENO, "x", 1) >= 0)
        abort();
    work(c, iterations);
}

static enum km_answer setup_loud(struct km_case *c)
{
    (void)c;
    char line[1001];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 2000; i++)
        fwrite(line, 1, sizeof line, stderr);
    fputs("the \x1b[31mlast\x01 \xff line\n", stderr);
    return KM_RIGHT;
}

static enum km_answer setup_forking(struct km_case *c)
{
    pid_t pid = fork();
    if (!pid)
        while (true)
            pause();
    note(c, "orphan", pid);
    return KM_RIGHT;
}

static void *sleep_for_ever(void *nobody)
{
    while (true)
        pause();
    return nobody;
}

static enum km_answer setup_threaded(struct km_case *c)
{
    (void)c;
    pthread_t thread;
    return pthread_create(&thread, NULL, sleep_for_ever, NULL) ? KM_CANNOT : KM_RIGHT;
}

static void teardown_crash(struct km_case *c)
{
    (void)c;
    abort();
}

/* How often it was called, and with how many iterations altogether. */
static enum km_answer setup_tally(struct km_case *c)
{
    c->state = calloc(2, sizeof(long));
    return c->state ? KM_RIGHT : KM_CANNOT;
}

static void tally(struct km_case *c, uint64_t iterations)
{
    long *counts = c->state;
    counts[0]++;
    counts[1] += (long)iterations;
    work(c, iterations);
}

static void teardown_tally(struct km_case *c)
{
    long *counts = c->state;
    note(c, "calls", counts[0]);
    note(c, "iterations", counts[1]);
    free(counts);
}

/* Two instructions for each of the parameter, in each iteration, where we know the processor's language. */
static void loop(struct km_case *c, uint64_t iterations)
{
    for (uint64_t i = 0; i < iterations; i++) {
        uint64_t n = (uint64_t)c->params[0].number;
#if defined(__x86_64__)
        __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
#elif defined(__aarch64__)
        __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(n) : : "cc");
#else
        for (volatile uint64_t k = 0; k < n; k++)
            ;
#endif
    }
}

/* Dies in its process of fixed layout only: where it is traced. */
static void shy(struct km_case *c, uint64_t iterations)
{
    char line[128];
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "TracerPid:", 10) && atol(line + 10))
            abort();
    if (f)
        fclose(f);
    work(c, iterations);
}

static void slow(struct km_case *c, uint64_t iterations)
{
    (void)c;
    for (uint64_t i = 0; i < iterations; i++)
        usleep(2000);
}

/* Right only if everything arrived as the test sent it. */
static enum km_answer verify_strange(struct km_case *c)
{
    bool same = c->nparams == 3 && c->params[2].number == INT64_MIN && !strcmp(c->params[0].name, "a b\n\"%") &&
                c->params[0].number == 8 && !c->params[0].word &&
                !strcmp(c->params[1].word, "\xc3\xa4 $(touch x)`|\t") && !strcmp(c->variant, "");
    return same ? KM_RIGHT : KM_WRONG;
}

/* Right only if nothing but the five descriptors of a worker (and counters) is open and no core can be written. */
static enum km_answer verify_clean(struct km_case *c)
{
    char path[64], target[256];
    for (int fd = WORKER_OUT + 1; fd < 256; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0)
            continue;
        target[n] = '\0';
        snprintf(c->message, sizeof c->message, "descriptor %d is %s", fd, target);
        if (!strstr(target, "perf_event"))
            return KM_WRONG;
    }
    return getsid(0) == getpid() ? KM_RIGHT : KM_WRONG;
}

/* States two numbers, of which one is missing. */
static enum km_answer verify_stating(struct km_case *c)
{
    c->values[c->nvalues++] = (struct km_value){ "kl-divergence", "nats", 0.1 };
    c->values[c->nvalues++] = (struct km_value){ "cosine", "1", NAN };
    return KM_RIGHT;
}

/* What is NULL is as in "right"; only "unchecked" has no verify at all. */
static const struct {
    const char *op;
    enum km_answer (*setup)(struct km_case *c);
    enum km_answer (*verify)(struct km_case *c);
    void (*run)(struct km_case *c, uint64_t iterations);
    void (*teardown)(struct km_case *c);
} table[] = {
    { "right", NULL, NULL, NULL, NULL },
    { "wrong", NULL, verify_wrong, NULL, NULL },
    { "missing", setup_missing, NULL, NULL, NULL },
    { "starved", setup_starved, NULL, NULL, NULL },
    { "absent", setup_absent, NULL, NULL, NULL },
    { "mute", NULL, verify_mute, NULL, NULL },
    { "unchecked", NULL, NULL, NULL, NULL },
    { "abort", NULL, NULL, die_abort, NULL },
    { "segv", NULL, NULL, die_segv, NULL },
    { "killed", NULL, NULL, die_killed, NULL },
    { "hang", NULL, NULL, hang, NULL },
    { "leave", NULL, NULL, leave, NULL },
    { "leave0", NULL, NULL, leave_quietly, NULL },
    { "eat", NULL, NULL, eat, NULL },
    { "chatty", NULL, verify_chatty, NULL, NULL },
    { "stray", NULL, verify_stray, NULL, NULL },
    { "closing", NULL, verify_closing, NULL, NULL },
    { "print", NULL, NULL, print, NULL },
    { "closed", NULL, NULL, print_closed, NULL },
    { "loud", setup_loud, NULL, NULL, NULL },
    { "loudcrash", setup_loud, NULL, die_segv, NULL },
    { "forking", setup_forking, NULL, NULL, NULL },
    { "threaded", setup_threaded, NULL, NULL, NULL },
    { "endcrash", NULL, NULL, NULL, teardown_crash },
    { "tally", setup_tally, NULL, tally, teardown_tally },
    { "slow", NULL, NULL, slow, NULL },
    { "loop", NULL, NULL, loop, NULL },
    { "shy", NULL, NULL, shy, NULL },
    { "strange", NULL, verify_strange, NULL, NULL },
    { "clean", NULL, verify_clean, NULL, NULL },
    { "stating", NULL, verify_stating, NULL, NULL },
};

enum { OPS = sizeof table / sizeof *table };

void help_worker(int argc, char **argv)
{
    struct km_op ops[OPS];
    const struct km_op *list[OPS];
    if (argc != 2 || strcmp(argv[1], "worker") != 0)
        return;
    for (size_t i = 0; i < OPS; i++) {
        ops[i] = (struct km_op){ .op = table[i].op, .dtype = "f32", .version = 1, .variants = only_ref, .cost = cost };
        ops[i].setup = table[i].setup ? table[i].setup : fine;
        ops[i].verify = table[i].verify ? table[i].verify : fine;
        ops[i].run = table[i].run ? table[i].run : work;
        ops[i].teardown = table[i].teardown ? table[i].teardown : nothing;
        if (!strcmp(ops[i].op, "unchecked"))
            ops[i].verify = NULL;
        list[i] = &ops[i];
    }
    exit(worker_main(WORKER_IN, WORKER_OUT, list, OPS));
}

/* --- plans and runs ---------------------------------------------------------------------------------------------- */

struct job help_job(const char *op)
{
    static const struct km_param params[] = { { "n", NULL, 8 } };
    struct job j = { .bench = {
                         .name = op, .op = op, .dtype = "f32", .variant = "ref", .params = params, .nparams = 1 } };
    j.settings = (struct settings){ .sample_seconds = 2e-4,
                                    .samples = 3,
                                    .min_rounds = 1,
                                    .max_rounds = 2,
                                    .timeout_seconds = 20,
                                    .warmup_calls = 2,
                                    .calls = 5 };
    return j;
}

static void on_progress(void *ctx, const struct job *job, size_t finished, size_t total, double left)
{
    struct help_log *log = ctx;
    if (log->interrupt_after && log->nvisits == log->interrupt_after)
        log->interrupted = 1;
    if (log->nvisits < HELP_VISITS)
        log->visits[log->nvisits++] = job->bench.name;
    if (finished >= total)
        abort();
    if (isnan(left))
        return;
    log->least_left = log->estimates++ ? fmin(log->least_left, left) : left;
}

static int on_finished(void *ctx, struct result *result, struct err *e)
{
    struct help_log *log = ctx;
    (void)result;
    if (++log->nfinished == log->fail_after)
        return err_set(e, EXIT_STORE, "disk full");
    return 0;
}

void help_open(struct help_run *h)
{
    static const char *const self[] = { "/proc/self/exe", "worker", NULL };
    *h = (struct help_run){ .options = { .seed = 1, .min_time = NAN }, .edges = { .worker = self } };
    strcpy(h->dir, "/tmp/kernmark-test-XXXXXX");
    if (!mkdtemp(h->dir))
        abort();
}

int help_go(struct help_run *h, struct job *jobs, size_t n)
{
    struct plan plan = { jobs, n };
    struct observer obs = { &h->log, on_progress, on_finished };
    h->options.data_dir = h->dir;
    h->options.interrupted = &h->log.interrupted;
    return run_plan(&h->mem, &plan, &h->options, &h->edges, &obs, &h->results, &h->err);
}

void help_close(struct help_run *h)
{
    DIR *d = opendir(h->dir);
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
    rmdir(h->dir);
    mem_free(&h->mem);
}

long help_note(const struct help_run *h, const char *name)
{
    char path[128];
    long number = -1;
    snprintf(path, sizeof path, "%s/%s", h->dir, name);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%ld", &number) != 1)
        number = -1;
    if (f)
        fclose(f);
    return number;
}

bool help_alive(long pid)
{
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    fclose(f);
    return state != 'Z' && state != 'X';
}

size_t help_open_files(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}
