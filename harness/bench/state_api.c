/* SPDX-License-Identifier: Apache-2.0
 * What a benchmark function may ask its state, and tell it. */
#include "harness/bench/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct run_state *of(struct km_state *state)
{
    return (struct run_state *)(void *)state;
}

static const struct run_state *peek(const struct km_state *state)
{
    return (const struct run_state *)(const void *)state;
}

int64_t km_state_range(const struct km_state *state, size_t i)
{
    const struct arg_set *set = &peek(state)->batch->instance->args;
    return i < set->n ? set->args[i].whole : 0;
}

double km_state_real(const struct km_state *state, size_t i)
{
    const struct arg_set *set = &peek(state)->batch->instance->args;
    return i < set->n ? set->args[i].real : 0;
}

int64_t km_state_max_iterations(const struct km_state *state)
{
    return peek(state)->iterations;
}

int km_state_threads(const struct km_state *state)
{
    return peek(state)->batch->threads;
}

int km_state_thread_index(const struct km_state *state)
{
    return peek(state)->thread_index;
}

const char *km_state_name(const struct km_state *state)
{
    return peek(state)->batch->instance->family->name;
}

void *km_argument(const struct km_state *state)
{
    /* The one who registered it knows whether it may be written to. */
    return (void *)(uintptr_t)peek(state)->batch->instance->family->argument;
}

void *km_self(const struct km_state *state)
{
    return peek(state)->self;
}

void km_set_data(struct km_state *state, void *data)
{
    struct batch *b = of(state)->batch;
    pthread_mutex_lock(&b->lock);
    *b->data = data;
    pthread_mutex_unlock(&b->lock);
}

void *km_data(const struct km_state *state)
{
    struct batch *b = peek(state)->batch;
    pthread_mutex_lock(&b->lock);
    void *data = *b->data;
    pthread_mutex_unlock(&b->lock);
    return data;
}

static void skip(struct km_state *state, enum row_skip how, const char *fmt, va_list args)
{
    struct run_state *s = of(state);
    if (s->skipped)
        return;
    char text[1024];
    vsnprintf(text, sizeof text, fmt, args);
    s->skip_message = mem_dup(&s->mem, text);
    s->skipped = how;
    state->left_ = 0;
    s->unhanded = 0;
    struct batch *b = s->batch; /* at once, because the first of all threads wins */
    pthread_mutex_lock(&b->lock);
    if (!b->tally->skipped) {
        b->tally->skipped = how;
        b->tally->skip_message = mem_dup(b->mem, text);
    }
    pthread_mutex_unlock(&b->lock);
}

void km_skip_with_error(struct km_state *state, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    skip(state, SKIP_ERROR, fmt, args);
    va_end(args);
}

void km_skip_with_message(struct km_state *state, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    skip(state, SKIP_MESSAGE, fmt, args);
    va_end(args);
}

bool km_skipped(const struct km_state *state)
{
    return peek(state)->skipped != SKIP_NO;
}

void km_set_label(struct km_state *state, const char *label)
{
    struct run_state *s = of(state);
    if (!s->label || strcmp(s->label, label ? label : "") != 0)
        s->label = mem_dup(&s->mem, label ? label : "");
}

void km_set_complexity_n(struct km_state *state, int64_t n)
{
    of(state)->complexity_n = n;
}

void km_counter_k(struct km_state *state, const char *name, double value, unsigned flags, enum km_one_k one_k)
{
    struct counter *c = counters_get(&of(state)->mem, &of(state)->counters, name);
    c->value = value;
    c->flags = flags;
    c->one_k = (int)one_k;
}

void km_counter(struct km_state *state, const char *name, double value, unsigned flags)
{
    km_counter_k(state, name, value, flags, KM_IS_1000);
}

void km_counter_add(struct km_state *state, const char *name, double value)
{
    counters_get(&of(state)->mem, &of(state)->counters, name)->value += value;
}

void km_set_bytes_processed(struct km_state *state, int64_t bytes)
{
    km_counter_k(state, "bytes_per_second", (double)bytes, KM_COUNTER_IS_RATE, KM_IS_1024);
}

void km_set_items_processed(struct km_state *state, int64_t items)
{
    km_counter(state, "items_per_second", (double)items, KM_COUNTER_IS_RATE);
}

void km_set_flops_processed(struct km_state *state, double flops)
{
    km_counter(state, "flops_per_second", flops, KM_COUNTER_IS_RATE);
}
