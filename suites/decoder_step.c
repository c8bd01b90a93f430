/* SPDX-License-Identifier: Apache-2.0
 * One token through a stack of decoder layers, by kernels. Buffers are given back after their last use, whatever the
 * allocator makes of it. */
#include "suites/decoder.h"

#include <math.h>
#include <string.h>

static struct buffer product(struct decoder *d, const float *w, struct buffer x, size_t rows)
{
    struct buffer y = buffers_take(&d->buffers, rows);
    d->gemv(y.x, w, x.x, rows, x.bytes / sizeof(float));
    return y;
}

static void turn(const struct decoder *d, struct buffer x, size_t heads)
{
    struct kern_rope r = { 1, heads, d->shape.dim, KERN_ROPE_HALVES };
    d->rope(x.x, d->turn, &r);
}

/* At the last position. */
static void append(const struct decoder *d, float *history, struct buffer x)
{
    const struct decoder_shape *s = &d->shape;
    struct kern_kv_rows rows = { history + (s->positions - 1) * s->dim, NULL, s->kv_heads, s->dim,
                                 s->positions * s->dim };
    d->append(&rows, x.x);
}

static void attend(const struct decoder *d, const struct decoder_layer *l, float *out, const float *q, float *work)
{
    const struct decoder_shape *s = &d->shape;
    size_t group = s->heads / s->kv_heads, history = s->positions * s->dim;
    float scale = 1 / sqrtf((float)s->dim);
    for (size_t h = 0; h < s->heads; h++)
        d->attention(out + h * s->dim, q + h * s->dim, l->keys + h / group * history, l->values + h / group * history,
                     s->positions, s->dim, scale, work);
}

static struct buffer attention_block(struct decoder *d, const struct decoder_layer *l, struct buffer x)
{
    const struct decoder_shape *s = &d->shape;
    struct buffers *b = &d->buffers;
    struct buffer q = product(d, l->q, x, s->heads * s->dim), k = product(d, l->k, x, s->kv_heads * s->dim),
                  v = product(d, l->v, x, s->kv_heads * s->dim);
    buffers_give(b, x);
    turn(d, q, s->heads);
    turn(d, k, s->kv_heads);
    append(d, l->keys, k);
    append(d, l->values, v);
    buffers_give(b, k);
    buffers_give(b, v);
    struct buffer work = buffers_take(b, kern_attention_floats(s->positions)), a = buffers_take(b, s->heads * s->dim);
    attend(d, l, a.x, q.x, work.x);
    buffers_give(b, work);
    buffers_give(b, q);
    struct buffer o = product(d, l->o, a, s->hidden);
    buffers_give(b, a);
    return o;
}

static struct buffer mlp_block(struct decoder *d, const struct decoder_layer *l, struct buffer x)
{
    const struct decoder_shape *s = &d->shape;
    struct buffers *b = &d->buffers;
    struct buffer gate = product(d, l->gate, x, s->mlp), up = product(d, l->up, x, s->mlp);
    buffers_give(b, x);
    struct buffer inner = buffers_take(b, s->mlp);
    d->swiglu(inner.x, gate.x, up.x, s->mlp);
    buffers_give(b, gate);
    buffers_give(b, up);
    struct buffer down = product(d, l->down, inner, s->hidden);
    buffers_give(b, inner);
    return down;
}

/* The stream takes x, and what goes into the next block comes out. */
static struct buffer add_and_norm(struct decoder *d, struct buffer stream, struct buffer x, const float *gains)
{
    struct buffer y = buffers_take(&d->buffers, d->shape.hidden);
    d->rmsnorm_add(y.x, stream.x, x.x, gains, d->shape.hidden, DECODER_EPS);
    buffers_give(&d->buffers, x);
    return y;
}

void decoder_step(struct decoder *d)
{
    const struct decoder_shape *s = &d->shape;
    struct buffer stream = buffers_take(&d->buffers, s->hidden), x = buffers_take(&d->buffers, s->hidden);
    memcpy(stream.x, d->in, stream.bytes);
    d->rmsnorm(x.x, stream.x, d->layers[0].norm_attention, s->hidden, DECODER_EPS);
    for (size_t i = 0; i < s->layers; i++) {
        const struct decoder_layer *l = &d->layers[i];
        x = add_and_norm(d, stream, attention_block(d, l, x), l->norm_mlp);
        x = add_and_norm(d, stream, mlp_block(d, l, x), i + 1 < s->layers ? l[1].norm_attention : d->norm_last);
    }
    memcpy(d->out, x.x, x.bytes);
    buffers_give(&d->buffers, x);
    buffers_give(&d->buffers, stream);
    buffers_step(&d->buffers);
}
