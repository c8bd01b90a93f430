/* SPDX-License-Identifier: Apache-2.0
 * Weights of a stack of decoder layers, and what it answers by definition. */
#include "suites/decoder.h"

#include "suites/binding_util.h"

#include <math.h>
#include <string.h>

enum { LINE = 64 };

size_t decoder_weights(const struct decoder_shape *s)
{
    size_t q = s->heads * s->dim, kv = s->kv_heads * s->dim;
    return s->hidden * (2 * q + 2 * kv + 3 * s->mlp + 2);
}

/* Arrays of a layer, and those of all together, each up to a line longer than it is. */
enum { ARRAYS = 11, COMMON = 6 };

size_t decoder_bytes(const struct decoder_shape *s)
{
    size_t history = 2 * s->kv_heads * s->positions * s->dim;
    size_t layer = (decoder_weights(s) + history) * sizeof(float) + ARRAYS * LINE + sizeof(struct decoder_layer);
    return s->layers * layer + (3 * s->hidden + 2 * s->dim) * sizeof(float) + COMMON * LINE;
}

/* n numbers from low to high; decoder_bytes() has room for all of them. */
static float *draw(struct decoder *d, size_t n, float low, float high, uint64_t *random)
{
    float *x = kern_arena_alloc_u8(&d->memory, n * sizeof *x, LINE);
    bu_fill(x, n, low, high, random);
    return x;
}

/* Weights whose products have about the size of what goes in. */
static float *matrix(struct decoder *d, size_t rows, size_t columns, uint64_t *random)
{
    float most = sqrtf(3 / (float)columns);
    return draw(d, rows * columns, -most, most, random);
}

static void begin_layer(struct decoder *d, struct decoder_layer *l, uint64_t *random)
{
    const struct decoder_shape *s = &d->shape;
    size_t q = s->heads * s->dim, kv = s->kv_heads * s->dim;
    l->norm_attention = draw(d, s->hidden, 0.5F, 1.5F, random);
    l->norm_mlp = draw(d, s->hidden, 0.5F, 1.5F, random);
    l->q = matrix(d, q, s->hidden, random);
    l->k = matrix(d, kv, s->hidden, random);
    l->v = matrix(d, kv, s->hidden, random);
    l->o = matrix(d, s->hidden, q, random);
    l->gate = matrix(d, s->mlp, s->hidden, random);
    l->up = matrix(d, s->mlp, s->hidden, random);
    l->down = matrix(d, s->hidden, s->mlp, random);
    l->keys = draw(d, kv * s->positions, -2, 2, random);
    l->values = draw(d, kv * s->positions, -2, 2, random);
}

int decoder_begin(struct decoder *d, const struct decoder_shape *shape, uint64_t seed)
{
    uint64_t random = seed;
    size_t bytes = decoder_bytes(shape);
    d->shape = *shape;
    d->room = bu_alloc(bytes, 0);
    if (!d->room)
        return -1;
    kern_arena_init(&d->memory, d->room, bytes);
    d->layers = kern_arena_alloc_u8(&d->memory, shape->layers * sizeof *d->layers, LINE);
    for (size_t i = 0; i < shape->layers; i++)
        begin_layer(d, &d->layers[i], &random);
    d->norm_last = draw(d, shape->hidden, 0.5F, 1.5F, &random);
    d->in = draw(d, shape->hidden, -2, 2, &random);
    d->out = draw(d, shape->hidden, 0, 0, &random);
    float *freq = draw(d, shape->dim / 2, 0, 0, &random);
    d->turn = draw(d, shape->dim, 0, 0, &random);
    kern_rope_freq(freq, shape->dim, 10000, 1);
    kern_rope_table_f32_ref(d->turn, freq, shape->positions - 1, 1, shape->dim);
    return 0;
}

void decoder_end(struct decoder *d)
{
    buffers_end(&d->buffers);
    bu_free(d->room);
}

static void forget(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = NAN;
}

void decoder_forget(struct decoder *d)
{
    const struct decoder_shape *s = &d->shape;
    forget(d->out, s->hidden);
    for (size_t row = 0; row < s->layers * s->kv_heads; row++) {
        const struct decoder_layer *l = &d->layers[row / s->kv_heads];
        size_t last = ((row % s->kv_heads + 1) * s->positions - 1) * s->dim;
        forget(l->keys + last, s->dim);
        forget(l->values + last, s->dim);
    }
}

/* --- by definition ------------------------------------------------------------------------------------------------ */

/* What lies between two steps of the definition. */
struct between {
    double *stream, *x; /* hidden each */
    double *q, *a;      /* heads * dim each */
    double *k, *v;      /* kv_heads * dim each */
    double *p;          /* positions */
    double *gate, *up;  /* mlp each */
    const struct decoder_shape *s;
};

static void norm(double *y, const double *x, const float *gains, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += x[i] * x[i];
    double root = sqrt(squares / (double)n + (double)DECODER_EPS);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] / root * (double)gains[i];
}

/* y = w x, added to what y is */
static void add_product(double *y, const float *w, const double *x, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            y[i] += (double)w[i * columns + k] * x[k];
}

static void set_product(double *y, const float *w, const double *x, size_t rows, size_t columns)
{
    memset(y, 0, rows * sizeof *y);
    add_product(y, w, x, rows, columns);
}

/* One head. */
static void rotate(double *x, const float *turn, size_t dim)
{
    size_t half = dim / 2;
    for (size_t i = 0; i < half; i++) {
        double c = (double)turn[i], s = (double)turn[half + i], u = x[i], v = x[i + half];
        x[i] = u * c - v * s;
        x[i + half] = v * c + u * s;
    }
}

/* Element i of position p of a head: the history's, or the token's own. */
static double element(const struct decoder_shape *s, const float *history, const double *own, size_t head, size_t p,
                      size_t i)
{
    if (p + 1 == s->positions)
        return own[head * s->dim + i];
    return (double)history[(head * s->positions + p) * s->dim + i];
}

static void weigh(const struct between *t, const struct decoder_layer *l, size_t head, size_t kv_head)
{
    const struct decoder_shape *s = t->s;
    double sum = 0;
    for (size_t p = 0; p < s->positions; p++) {
        double score = 0;
        for (size_t i = 0; i < s->dim; i++)
            score += t->q[head * s->dim + i] * element(s, l->keys, t->k, kv_head, p, i);
        sum += t->p[p] = exp(score / sqrt((double)s->dim));
    }
    for (size_t p = 0; p < s->positions; p++)
        t->p[p] /= sum;
}

static void look(const struct between *t, const struct decoder_layer *l)
{
    const struct decoder_shape *s = t->s;
    for (size_t h = 0; h < s->heads; h++) {
        size_t kv_head = h / (s->heads / s->kv_heads);
        weigh(t, l, h, kv_head);
        for (size_t i = 0; i < s->dim; i++) {
            double sum = 0;
            for (size_t p = 0; p < s->positions; p++)
                sum += t->p[p] * element(s, l->values, t->v, kv_head, p, i);
            t->a[h * s->dim + i] = sum;
        }
    }
}

static void layer(const struct between *t, const struct decoder_layer *l, const float *turn)
{
    const struct decoder_shape *s = t->s;
    size_t q = s->heads * s->dim, kv = s->kv_heads * s->dim;
    norm(t->x, t->stream, l->norm_attention, s->hidden);
    set_product(t->q, l->q, t->x, q, s->hidden);
    set_product(t->k, l->k, t->x, kv, s->hidden);
    set_product(t->v, l->v, t->x, kv, s->hidden);
    for (size_t at = 0; at < q; at += s->dim)
        rotate(t->q + at, turn, s->dim);
    for (size_t at = 0; at < kv; at += s->dim)
        rotate(t->k + at, turn, s->dim);
    look(t, l);
    add_product(t->stream, l->o, t->a, s->hidden, q);
    norm(t->x, t->stream, l->norm_mlp, s->hidden);
    set_product(t->gate, l->gate, t->x, s->mlp, s->hidden);
    set_product(t->up, l->up, t->x, s->mlp, s->hidden);
    for (size_t i = 0; i < s->mlp; i++)
        t->gate[i] *= t->up[i] / (1 + exp(-t->gate[i]));
    add_product(t->stream, l->down, t->gate, s->hidden, s->mlp);
}

int decoder_reference(const struct decoder *d, double *out)
{
    const struct decoder_shape *s = &d->shape;
    size_t q = s->heads * s->dim, kv = s->kv_heads * s->dim;
    double *room = bu_alloc((2 * s->hidden + 2 * q + 2 * kv + s->positions + 2 * s->mlp) * sizeof *room, 0);
    if (!room)
        return -1;
    struct between t = { .stream = room, .s = s };
    t.x = t.stream + s->hidden;
    t.q = t.x + s->hidden;
    t.a = t.q + q;
    t.k = t.a + q;
    t.v = t.k + kv;
    t.p = t.v + kv;
    t.gate = t.p + s->positions;
    t.up = t.gate + s->mlp;
    for (size_t i = 0; i < s->hidden; i++)
        t.stream[i] = (double)d->in[i];
    for (size_t i = 0; i < s->layers; i++)
        layer(&t, &d->layers[i], d->turn);
    norm(out, t.stream, d->norm_last, s->hidden);
    bu_free(room);
    return 0;
}
