/* SPDX-License-Identifier: Apache-2.0
 * The measuring process: one benchmark, set up once, run and timed on command. Everything that is timed is timed here;
 * nothing is decided here. */
#include "harness/counters/counters.h"
#include "harness/measure/clock.h"
#include "harness/measure/protocol.h"
#include "harness/measure/runner.h"
#include "harness/measure/step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct worker {
    int in, out;
    const struct km_op *const *ops;
    size_t nops;
    struct mem mem; /* of all commands, as strings of the job point into its line */
    struct buf reply;
    const struct km_op *op; /* NULL: not set up */
    struct km_case kase;
    bool verified, finished;
    double slow; /* planted: a batch lasts so many times as long; not above 1: as long as it does */
    struct clock clock;
    struct fake_clock fake;
    struct counters counters;
    uint64_t began;
};

/* --- running and timing ------------------------------------------------------------------------------------------ */

static void expect(struct worker *w, uint64_t iterations)
{
    if (w->clock.expect)
        w->clock.expect(w->clock.ctx, iterations);
}

/* Waits busily until the batch has lasted `slow` times as long as it has now. */
static uint64_t dawdle(const struct worker *w, uint64_t from, uint64_t lasted)
{
    uint64_t until = (uint64_t)((double)lasted * w->slow);
    if (w->clock.expect) /* nobody waits for a fake clock */
        return until;
    while (lasted < until)
        lasted = w->clock.now(w->clock.ctx) - from;
    return lasted;
}

/* One batch; its time. Between the two readings there is only the benchmark. */
static uint64_t time_batch(struct worker *w, uint64_t iterations)
{
    expect(w, iterations);
    uint64_t really = w->clock.expect ? 1 : iterations;
    uint64_t from = w->clock.now(w->clock.ctx);
    w->op->run(&w->kase, really);
    uint64_t lasted = w->clock.now(w->clock.ctx) - from;
    return w->slow > 1 ? dawdle(w, from, lasted) : lasted;
}

/* The next number of iterations to try: 1.2 times what would last long enough, at most ten times as many as now,
 * because short batches predict badly. */
static uint64_t more_iterations(uint64_t now, uint64_t lasted, uint64_t least)
{
    double wanted = lasted ? (double)now * 1.2 * (double)least / (double)lasted : INFINITY;
    if (wanted > (double)now * 10)
        wanted = (double)now * 10;
    if (wanted >= (double)WIRE_ITERATIONS_MAX)
        return WIRE_ITERATIONS_MAX;
    return (uint64_t)wanted > now ? (uint64_t)wanted : now + 1;
}

/* A batch counts as long enough when it was so twice: the first calls of a process touch cold memory, and one slow
 * batch must not pass for a slow benchmark. */
static uint64_t calibrate(struct worker *w, uint64_t least, uint64_t *lasted)
{
    uint64_t iterations = 1;
    int enough = 0;
    while (true) {
        *lasted = time_batch(w, iterations);
        enough = *lasted >= least ? enough + 1 : 0;
        if (enough == 2 || (iterations == WIRE_ITERATIONS_MAX && !enough))
            return iterations;
        if (!enough)
            iterations = more_iterations(iterations, *lasted, least);
    }
}

struct usage {
    uint64_t cpu, faults, switches;
};

static struct usage usage_now(struct worker *w)
{
    struct usage u = { .cpu = w->clock.cpu(w->clock.ctx) };
    struct rusage r;
    if (!w->clock.expect && !getrusage(RUSAGE_SELF, &r)) {
        u.faults = (uint64_t)r.ru_minflt + (uint64_t)r.ru_majflt;
        u.switches = (uint64_t)r.ru_nvcsw + (uint64_t)r.ru_nivcsw;
    }
    return u;
}

/* --- commands: each takes its words and writes its answer; -1 means the words were not understood --------------- */

static int answer_text(struct worker *w, const char *kind, const char *text)
{
    wire_word(&w->reply, kind);
    wire_word(&w->reply, text);
    return 0;
}

/* A refusal of the binding, in its own words. */
static int answer_refusal(struct worker *w, const char *what, enum km_answer answer)
{
    char text[sizeof w->kase.message + 64];
    w->kase.message[sizeof w->kase.message - 1] = '\0';
    if (w->kase.message[0])
        snprintf(text, sizeof text, "%s", w->kase.message);
    else
        snprintf(text, sizeof text, "%s returned %d without a message", what, (int)answer);
    static const char *const kinds[] = { [KM_WRONG] = "wrong", [KM_ABSENT] = "absent" };
    bool known = answer == KM_WRONG || answer == KM_ABSENT;
    return answer_text(w, known ? kinds[answer] : "cannot", text);
}

static const struct km_op *find_op(const struct worker *w, const struct wire_job *job)
{
    for (size_t i = 0; i < w->nops; i++)
        if (!strcmp(w->ops[i]->op, job->op) && !strcmp(w->ops[i]->dtype, job->dtype))
            return w->ops[i];
    return NULL;
}

static int start_clock(struct worker *w, const struct wire_job *job, struct err *e)
{
    if (*job->fake)
        clock_fake(&w->clock, &w->fake, job->fake, job->name, job->run_seed, job->round);
    else if (clock_real(&w->clock, e))
        return -1;
    w->began = w->clock.now(w->clock.ctx);
    return 0;
}

static int set_up(struct worker *w, const struct wire_job *job)
{
    const struct km_op *op = find_op(w, job);
    if (!op)
        return answer_text(w, "cannot", "this program has no such operation");
    w->kase = (struct km_case){ .params = job->params,
                                .nparams = job->nparams,
                                .variant = job->variant,
                                .data_dir = job->data_dir,
                                .seed = job->seed,
                                .threads = (int)job->threads };
    enum km_answer answer = op->setup(&w->kase);
    if (answer != KM_RIGHT)
        return answer_refusal(w, "set-up", answer);
    w->op = op;
    struct km_cost cost = op->cost ? op->cost(&w->kase) : (struct km_cost){ 0 };
    wire_put_ready(&w->reply, &(struct wire_ready){ .cost = cost,
                                                    .clock = w->clock.name,
                                                    .resolution = w->clock.resolution,
                                                    .clock_cost = w->clock.cost });
    return 0;
}

static int command_job(struct worker *w, struct wire *words)
{
    struct wire_job job;
    struct err e;
    if (w->op || wire_get_job(&w->mem, words, &job))
        return -1;
    if (start_clock(w, &job, &e))
        return answer_text(w, "cannot", e.text);
    /* Before set-up: threads that the benchmark starts there are counted too. */
    const char *names =
        *job.counters ? mem_printf(&w->mem, "%s,%s", COUNTERS_STANDARD, job.counters) : COUNTERS_STANDARD;
    counters_open_named(&w->counters, &counters_kernel, names);
    return set_up(w, &job);
}

static int command_verify(struct worker *w, struct wire *words)
{
    if (!w->op || !wire_done(words))
        return -1;
    if (!w->op->verify)
        return answer_text(w, "cannot", "this operation has no check of its answer");
    w->kase.nvalues = 0;
    enum km_answer answer = w->op->verify(&w->kase);
    if (answer != KM_RIGHT)
        return answer_refusal(w, "the check", answer);
    w->verified = true;
    wire_word(&w->reply, "ok");
    return 0;
}

static int command_trust(struct worker *w, struct wire *words)
{
    if (!w->op || !wire_done(words))
        return -1;
    w->verified = true;
    wire_word(&w->reply, "ok");
    return 0;
}

static int command_slow(struct worker *w, struct wire *words)
{
    if (!wire_take_real(words, &w->slow) || !wire_done(words) || !isfinite(w->slow))
        return -1;
    wire_word(&w->reply, "ok");
    return 0;
}

static int command_calibrate(struct worker *w, struct wire *words)
{
    uint64_t least, lasted;
    if (!w->verified || !wire_take_number(words, WIRE_TIME_MAX, &least) || !wire_done(words))
        return -1;
    uint64_t iterations = calibrate(w, least, &lasted);
    wire_word(&w->reply, "iterations");
    wire_number(&w->reply, iterations);
    wire_number(&w->reply, lasted);
    return 0;
}

/* Batches grow to the size they will have, so that a short warm-up of a long batch stays short. */
static int command_warmup(struct worker *w, struct wire *words)
{
    uint64_t least, batches, most, spent = 0;
    wire_take_number(words, WIRE_TIME_MAX, &least);
    wire_take_number(words, WIRE_ITERATIONS_MAX, &batches);
    if (!w->verified || !wire_take_number(words, WIRE_ITERATIONS_MAX, &most) || !most || !wire_done(words))
        return -1;
    for (uint64_t i = 0, iterations = 1; i < batches || spent < least; i++) {
        uint64_t took = time_batch(w, iterations);
        spent += took ? took : 1;
        iterations = iterations <= most / 2 ? iterations * 2 : most;
    }
    wire_word(&w->reply, "ok");
    return 0;
}

static int command_sample(struct worker *w, struct wire *words)
{
    uint64_t iterations, count;
    wire_take_number(words, WIRE_ITERATIONS_MAX, &iterations);
    if (!w->verified || !wire_take_number(words, WIRE_SAMPLES_MAX, &count) || !iterations || !wire_done(words))
        return -1;
    uint64_t *ns = mem_array(&w->mem, (size_t)count, sizeof *ns);
    memset(ns, 1, (size_t)count * sizeof *ns); /* its page faults are not the benchmark's */
    struct usage from = usage_now(w);
    for (uint64_t i = 0; i < count; i++)
        ns[i] = time_batch(w, iterations);
    struct usage to = usage_now(w);
    wire_put_samples(&w->reply, &(struct wire_samples){ .ns = ns,
                                                        .count = count,
                                                        .cpu = to.cpu - from.cpu,
                                                        .faults = to.faults - from.faults,
                                                        .switches = to.switches - from.switches });
    return 0;
}

/* The number of rows after those of what the binding has stated; a fake clock changes nothing about an answer. */
static size_t add_values(const struct km_case *c, struct metric *rows, size_t n)
{
    for (size_t i = 0; i < c->nvalues && i < KM_VALUES_MAX; i++) {
        const struct km_value *v = &c->values[i];
        rows[n++] = (struct metric){ .name = v->name,
                                     .unit = v->unit,
                                     .value = v->value,
                                     .why = isfinite(v->value) ? NULL : "not a finite number" };
    }
    return n;
}

/* The batch is run only if anything is counted. */
static int command_counters(struct worker *w, struct wire *words)
{
    uint64_t iterations;
    if (!w->verified || !wire_take_number(words, WIRE_ITERATIONS_MAX, &iterations) || !iterations || !wire_done(words))
        return -1;
    struct metric rows[COUNTER_ROWS_MAX + KM_VALUES_MAX];
    bool fake = w->clock.expect != NULL;
    if (!fake && counters_any(&w->counters)) {
        counters_start(&w->counters);
        w->op->run(&w->kase, iterations);
        counters_stop(&w->counters);
    }
    size_t n = counters_read(&w->counters, iterations, rows);
    for (size_t i = 0; fake && i < n; i++) {
        rows[i].value = NAN;
        rows[i].why = "fake clock";
    }
    wire_put_metrics(&w->reply, rows, add_values(&w->kase, rows, n));
    return 0;
}

/* Only for a runner that traces this process: without one, the first mark would stop it. */
static int command_step(struct worker *w, struct wire *words)
{
    uint64_t iterations;
    if (!w->verified || !wire_take_number(words, WIRE_ITERATIONS_MAX, &iterations) || !iterations || !wire_done(words))
        return -1;
    step_mark();
    w->op->run(&w->kase, iterations);
    step_mark();
    wire_word(&w->reply, "ok");
    return 0;
}

static void tear_down(struct worker *w)
{
    if (w->op && w->op->teardown)
        w->op->teardown(&w->kase);
    if (w->op)
        counters_close(&w->counters);
    w->op = NULL;
    w->verified = false;
}

static int command_quit(struct worker *w, struct wire *words)
{
    if (!wire_done(words))
        return -1;
    uint64_t took = w->op ? w->clock.now(w->clock.ctx) - w->began : 0;
    tear_down(w);
    wire_word(&w->reply, "bye");
    wire_number(&w->reply, took);
    w->finished = true;
    return 0;
}

static const struct command {
    const char *name;
    int (*run)(struct worker *w, struct wire *words);
} commands[] = {
    { "job", command_job },       { "verify", command_verify }, { "calibrate", command_calibrate },
    { "warmup", command_warmup }, { "sample", command_sample }, { "counters", command_counters },
    { "step", command_step },     { "quit", command_quit },     { "trust", command_trust },
    { "slow", command_slow },
};

/* --- the conversation -------------------------------------------------------------------------------------------- */

/* Reads up to the newline; returns the line in w->mem without it, or NULL at the end of input. Byte by byte: there is
 * one short command at a time, and nothing of the next one may be taken. */
static char *read_command(struct worker *w)
{
    struct buf line = { 0 };
    char c = 0;
    while (line.len < WIRE_LINE_MAX) {
        ssize_t n = read(w->in, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || c == '\n')
            break;
        buf_putc(&line, c);
    }
    char *copy = c == '\n' ? mem_dupn(&w->mem, buf_text(&line), line.len) : NULL;
    buf_free(&line);
    return copy;
}

static int send_reply(struct worker *w)
{
    wire_end(&w->reply);
    for (size_t sent = 0; sent < w->reply.len;) {
        ssize_t n = write(w->out, w->reply.data + sent, w->reply.len - sent);
        if (n < 0 && errno != EINTR)
            return -1;
        sent += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int obey(struct worker *w, struct wire *words)
{
    const char *name = wire_take(words);
    for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, name))
            return commands[i].run(w, words);
    return -1;
}

static int answer_one(struct worker *w, char *line)
{
    uint64_t number;
    struct wire words = wire_read(line);
    if (!wire_take_number(&words, UINT64_MAX, &number))
        return -1;
    w->reply.len = 0;
    wire_number(&w->reply, number);
    size_t start = w->reply.len;
    if (obey(w, &words)) {
        w->reply.len = start;
        answer_text(w, "cannot", "the worker did not understand this command");
    }
    return send_reply(w);
}

int worker_main(int in_fd, int out_fd, const struct km_op *const *ops, size_t nops)
{
    struct worker w = { .in = in_fd, .out = out_fd, .ops = ops, .nops = nops };
    char *line;
    int broken = 0;
    while (!w.finished && !broken && (line = read_command(&w)))
        broken = answer_one(&w, line);
    bool finished = w.finished;
    tear_down(&w);
    buf_free(&w.reply);
    mem_free(&w.mem);
    return finished ? EXIT_PASS : EXIT_INTERNAL;
}
