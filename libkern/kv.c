/* SPDX-License-Identifier: Apache-2.0
 * The key-value cache but for its copying read, which is an operation with variants (kv_read). */
#include <string.h>

#include <kern/kern.h>

size_t kern_kv_floats(size_t layers, size_t capacity, size_t width)
{
    size_t rows, floats, bytes;

    if (__builtin_mul_overflow(layers, capacity, &rows) || __builtin_mul_overflow(rows, width, &floats) ||
        __builtin_mul_overflow(floats, sizeof(float), &bytes))
        return 0;
    return floats;
}

int kern_kv_init(struct kern_kv *c, float *k, float *v, size_t layers, size_t capacity, size_t width)
{
    if (!k || !v || kern_kv_floats(layers, capacity, width) == 0)
        return -1;
    *c = (struct kern_kv){ .k = k, .v = v, .layers = layers, .capacity = capacity, .width = width };
    return 0;
}

/* Where the row of a layer and position starts. */
static size_t row(const struct kern_kv *c, size_t layer, size_t pos)
{
    return (layer * c->capacity + pos) * c->width;
}

int kern_kv_put(struct kern_kv *c, size_t layer, const float *k, const float *v)
{
    if (layer >= c->layers || c->filled >= c->capacity)
        return -1;
    memcpy(c->k + row(c, layer, c->filled), k, c->width * sizeof *k);
    memcpy(c->v + row(c, layer, c->filled), v, c->width * sizeof *v);
    return 0;
}

int kern_kv_advance(struct kern_kv *c)
{
    if (c->filled >= c->capacity)
        return -1;
    c->filled++;
    return 0;
}

int kern_kv_append(struct kern_kv *c, const float *k, const float *v)
{
    if (c->filled >= c->capacity)
        return -1;
    for (size_t layer = 0; layer < c->layers; layer++)
        kern_kv_put(c, layer, k + layer * c->width, v + layer * c->width);
    return kern_kv_advance(c);
}

const float *kern_kv_key(const struct kern_kv *c, size_t layer, size_t pos)
{
    return layer < c->layers && pos < c->filled ? c->k + row(c, layer, pos) : NULL;
}

const float *kern_kv_value(const struct kern_kv *c, size_t layer, size_t pos)
{
    return layer < c->layers && pos < c->filled ? c->v + row(c, layer, pos) : NULL;
}
