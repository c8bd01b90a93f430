/* SPDX-License-Identifier: Apache-2.0
 * One batch: its threads start together, run the benchmark's function, and are added up. */
#include "harness/bench/state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- meeting ------------------------------------------------------------------------------------------------------- */

/* Under the lock: lets everybody go once nobody is missing. */
static void go_if_complete(struct batch *b)
{
    if (b->waiting && b->waiting >= b->present) {
        b->waiting = 0;
        b->generation++;
        pthread_cond_broadcast(&b->moved);
    }
}

/* A copy of the process that the benchmark made and let come back has none of the other threads and must not report. */
static void end_copy(const struct batch *b)
{
    if (getpid() == b->pid)
        return;
    static const char text[] = "a process that the benchmark forked came back from it; it ends here\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(EXIT_INTERNAL);
    _exit(EXIT_INTERNAL);
}

void batch_meet(struct batch *b)
{
    end_copy(b);
    pthread_mutex_lock(&b->lock);
    uint64_t generation = b->generation;
    b->waiting++;
    go_if_complete(b);
    while (b->generation == generation)
        pthread_cond_wait(&b->moved, &b->lock);
    pthread_mutex_unlock(&b->lock);
}

void batch_leave(struct batch *b)
{
    pthread_mutex_lock(&b->lock);
    b->present--;
    go_if_complete(b);
    pthread_mutex_unlock(&b->lock);
}

/* --- adding up ----------------------------------------------------------------------------------------------------- */

static const char didnt_run[] = "The benchmark didn't run, nor was it explicitly skipped. Please call 'SkipWithXXX` in "
                                "your benchmark as appropriate.";
static const char left_early[] = "The benchmark left its timed loop before the last iteration, and was not skipped.";
static const char ran_twice[] = "The benchmark ran a timed loop twice. Each run of its function has one loop.";

/* Why its result does not count; NULL: it does. */
static const char *objection(const struct run_state *s)
{
    if (s->skipped)
        return NULL;
    return !s->started ? didnt_run : !s->finished ? left_early : s->twice ? ran_twice : NULL;
}

static void add_samples(struct batch *b, const struct run_state *s)
{
    struct tally *t = b->tally;
    bool manual = b->instance->family->decides == BY_MANUAL_TIME;
    t->samples = mem_grow(b->mem, t->samples, &t->samples_cap, t->nsamples + s->nparts, sizeof *t->samples);
    for (size_t i = 0; i < s->nparts; i++) {
        const struct part *p = &s->parts[i];
        double seconds = manual ? p->manual : (double)p->ticks * s->timer.seconds_per_tick;
        t->samples[t->nsamples++] = seconds / (double)p->iterations;
    }
}

static void add_up(struct batch *b, const struct run_state *s)
{
    struct tally *t = b->tally;
    const char *why = objection(s);
    if (why && !t->skipped) {
        t->skipped = SKIP_ERROR;
        t->skip_message = why;
    }
    t->iterations += km_state_iterations(&s->state);
    t->real += s->timer.real;
    t->cpu += s->timer.cpu;
    t->manual += s->manual;
    t->complexity_n += s->complexity_n;
    if (s->label)
        t->label = mem_dup(b->mem, s->label);
    counters_add(b->mem, &t->counters, &s->counters);
    if (s->nparts)
        add_samples(b, s);
}

/* --- one thread ---------------------------------------------------------------------------------------------------- */

static struct run_state *state_new(struct batch *b, int thread_index, int64_t iterations)
{
    struct mem mem = { 0 };
    struct run_state *s = mem_alloc(&mem, sizeof *s);
    s->batch = b;
    s->thread_index = thread_index;
    s->iterations = iterations;
    s->timer.clock = b->clock;
    s->timer.process_cpu = b->instance->family->process_cpu;
    s->mem = mem;
    return s;
}

static void state_free(struct run_state *s)
{
    struct mem mem = s->mem; /* the state itself lives in it */
    mem_free(&mem);
}

static void call(const struct instance *in, struct run_state *s)
{
    const struct km_fixture *f = in->family->fixture;
    if (f)
        s->self = mem_alloc(&s->mem, f->size ? f->size : 1);
    if (f && f->set_up)
        f->set_up(&s->state);
    if (!s->skipped)
        in->family->fn(&s->state);
    if (s->timer.running) { /* it left its loop */
        bench_timer_stop(&s->timer);
        perf_stop(s->perf);
    }
    if (f && f->tear_down)
        f->tear_down(&s->state);
}

/* Pauses are not taken out of what was counted. */
static void add_event(void *state, const char *name, double value)
{
    km_counter(state, name, value, KM_COUNTER_AVG_ITERATIONS);
}

static void run_thread(struct batch *b, int thread_index)
{
    struct run_state *s = state_new(b, thread_index, b->iterations);
    s->perf = perf_open(&s->mem, b->perf_events);
    call(b->instance, s);
    end_copy(b);
    perf_close(s->perf, (uint64_t)km_state_iterations(&s->state), add_event, &s->state);
    pthread_mutex_lock(&b->lock);
    add_up(b, s);
    pthread_mutex_unlock(&b->lock);
    batch_leave(b);
    state_free(s);
}

struct worker {
    struct batch *batch;
    int index;
    pthread_t id;
    bool runs;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    run_thread(w->batch, w->index);
    return NULL;
}

static void cannot_start(struct batch *b, int index, int why)
{
    batch_leave(b);
    pthread_mutex_lock(&b->lock);
    if (!b->tally->skipped) {
        b->tally->skipped = SKIP_ERROR;
        b->tally->skip_message =
            mem_printf(b->mem, "cannot start thread %d of %d: %s", index + 1, b->threads, strerror(why));
    }
    pthread_mutex_unlock(&b->lock);
}

static void run_threads(struct batch *b)
{
    struct mem mem = { 0 };
    struct worker *workers = mem_array(&mem, (size_t)b->threads, sizeof *workers);
    for (int i = 1; i < b->threads; i++) {
        workers[i] = (struct worker){ .batch = b, .index = i };
        int why = pthread_create(&workers[i].id, NULL, work, &workers[i]);
        workers[i].runs = !why;
        if (why)
            cannot_start(b, i, why);
    }
    run_thread(b, 0);
    for (int i = 1; i < b->threads; i++)
        if (workers[i].runs)
            pthread_join(workers[i].id, NULL);
    mem_free(&mem);
}

/* --- the batch ----------------------------------------------------------------------------------------------------- */

static void open_batch(struct batch *b, int present)
{
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->moved, NULL);
    b->present = present;
    b->pid = getpid();
    b->waiting = 0;
    b->generation = 0;
}

static void close_batch(struct batch *b)
{
    pthread_cond_destroy(&b->moved);
    pthread_mutex_destroy(&b->lock);
}

void batch_call(struct batch *b, km_function *fn)
{
    if (!fn)
        return;
    open_batch(b, 1);
    struct run_state *s = state_new(b, 0, 1);
    fn(&s->state);
    end_copy(b);
    if (s->label)
        b->tally->label = mem_dup(b->mem, s->label);
    state_free(s);
    close_batch(b);
}

void batch_run(struct batch *b)
{
    const struct km_benchmark *f = b->instance->family;
    *b->tally = (struct tally){ 0 };
    batch_call(b, f->setup);
    if (b->tally->skipped)
        return;
    if (b->memory)
        b->memory->start(b->memory->ctx);
    open_batch(b, b->threads);
    run_threads(b);
    close_batch(b);
    b->memory_result = (struct km_memory_result){ 0, 0, KM_MEMORY_UNKNOWN, KM_MEMORY_UNKNOWN };
    if (b->memory)
        b->memory->stop(b->memory->ctx, &b->memory_result);
    batch_call(b, f->teardown);
}
