/* SPDX-License-Identifier: Apache-2.0
 * The timed loop. A batch is handed to it in a few dozen parts, with one reading of a counter between two, so that there
 * are samples without any repetition. Parts are long enough that the readings do not show. */
#include "harness/bench/state.h"

#include <string.h>

/* A part lasts at least so many ticks: thousands of times what reading the counter takes. */
enum { PART_TICKS = 50000, PARTS_WANTED = 32 };

static struct run_state *of(struct km_state *state)
{
    return (struct run_state *)(void *)state;
}

static void start(struct run_state *s)
{
    s->started = true;
    s->unhanded = s->skipped ? 0 : s->iterations;
    const struct km_profiler_manager *p = s->batch->profiler;
    if (p && p->after_setup_start)
        p->after_setup_start(p->ctx);
    batch_meet(s->batch);
    if (s->skipped)
        return;
    perf_start(s->perf);
    bench_timer_start(&s->timer);
}

static void finish(struct run_state *s)
{
    if (s->timer.running)
        bench_timer_stop(&s->timer);
    perf_stop(s->perf);
    s->finished = true;
    batch_meet(s->batch);
    const struct km_profiler_manager *p = s->batch->profiler;
    if (p && p->before_teardown_stop)
        p->before_teardown_stop(p->ctx);
}

static void end_part(struct run_state *s)
{
    if (!s->part_iterations || !s->timer.running)
        return;
    uint64_t now = bench_timer_ticks(&s->timer);
    s->parts[s->nparts++] = (struct part){ now - s->part_from, s->part_iterations, s->manual - s->part_manual };
    s->part_from = now;
    s->part_manual = s->manual;
    s->part_iterations = 0;
}

/* How many iterations to hand out next: a share of all, but not less than takes PART_TICKS at the pace so far. */
static int64_t next_part(const struct run_state *s)
{
    int64_t part = s->iterations / PARTS_WANTED;
    if (s->nparts) {
        double each = (double)s->part_from / (double)(s->iterations - s->unhanded);
        double least = each > 0 ? PART_TICKS / each : (double)s->unhanded;
        if (least >= (double)s->unhanded)
            return s->unhanded;
        if (least > (double)part)
            part = (int64_t)least;
    }
    if (part < 1)
        part = 1;
    return s->unhanded < part + part / 2 || s->nparts + 1 >= PARTS_MOST ? s->unhanded : part;
}

/* Gives the loop its next part; 0 when it is done. Where the loop asks for `least` at once (a body that does many
 * iterations itself), it gets all there is. */
static int64_t hand_out(struct run_state *s, int64_t least)
{
    if (s->finished) {
        s->twice = s->twice || !s->skipped;
        return 0;
    }
    if (!s->started)
        start(s);
    end_part(s);
    if (s->skipped || !s->unhanded) {
        finish(s);
        return 0;
    }
    int64_t part = least > 1 ? s->unhanded : next_part(s);
    s->unhanded -= part;
    s->part_iterations = part;
    return part;
}

int64_t km_loop_next_(struct km_state *state)
{
    of(state)->in_loop = true;
    return hand_out(of(state), 1) - 1;
}

bool km_keep_running_next_(struct km_state *state, int64_t n)
{
    struct run_state *s = of(state);
    if (state->left_ == 0 || s->skipped)
        state->left_ = hand_out(s, n);
    else
        state->left_ += s->unhanded, s->part_iterations += s->unhanded, s->unhanded = 0;
    if (state->left_ == 0)
        return false;
    if (state->left_ >= n) {
        state->left_ -= n;
    } else { /* the last one goes beyond */
        s->overshoot = n - state->left_;
        s->part_iterations += s->overshoot;
        state->left_ = 0;
    }
    return true;
}

int64_t km_state_iterations(const struct km_state *state)
{
    const struct run_state *s = (const struct run_state *)(const void *)state;
    if (!s->started)
        return 0;
    if (s->in_loop || s->skipped)
        return s->iterations;
    return s->iterations - s->unhanded - state->left_ + s->overshoot;
}

void km_pause(struct km_state *state)
{
    struct bench_timer *t = &of(state)->timer;
    if (t->paused || !t->running)
        return;
    t->paused = true;
    t->pause_from = bench_clock_ticks(t->clock);
}

void km_resume(struct km_state *state)
{
    struct bench_timer *t = &of(state)->timer;
    if (!t->paused)
        return;
    t->paused = false;
    t->ticks_paused += bench_clock_ticks(t->clock) - t->pause_from;
}

void km_set_iteration_time(struct km_state *state, double seconds)
{
    of(state)->manual += seconds;
}
