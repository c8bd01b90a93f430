/* SPDX-License-Identifier: Apache-2.0
 * Binding of kv_read/f32: one iteration copies the key and the value of one position of one layer out of the cache.
 * The positions come in a fixed pseudo-random order over all layers, so that no prefetcher knows the next one. */
#include "suites/binding_util.h"

#include <kern/kern.h>

#include <string.h>

enum { GUARD = 16 }; /* floats behind each output that must stay untouched */

struct visit {
    uint32_t layer, pos;
};

struct state {
    struct bu_state head;
    struct kern_kv cache;
    float *keys, *values; /* of the cache */
    float *k, *v;         /* where one position is read to */
    struct visit *order;
    size_t visits, next;
};

static const struct km_param_spec params[] = {
    { .name = "layers", .min = 1, .max = 1024, .what = "layers of the model" },
    { .name = "positions", .min = 1, .max = 1 << 20, .what = "positions there is room for" },
    { .name = "width", .min = 1, .max = 1 << 16, .what = "floats of one key" },
    { .name = "filled", .min = 1, .max = 1 << 20, .what = "positions that hold data, at most as many as there are" },
    { .name = NULL },
};

static const char *const *variants(void)
{
    return bu_variants("kv_read", "f32");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bu_free(s->keys);
    bu_free(s->values);
    bu_free(s->k);
    bu_free(s->v);
    bu_free(s->order);
    bu_free(s);
}

/* Key and value of one position, a function of seed and place, so that verify needs no second copy. */
static void position_data(const struct km_case *c, size_t layer, size_t pos, float *k, float *v)
{
    const struct state *s = c->state;
    uint64_t random = c->seed + (layer * s->cache.capacity + pos) * UINT64_C(0xd1342543de82ef95);
    bu_fill(k, s->cache.width, -1, 1, &random);
    bu_fill(v, s->cache.width, -1, 1, &random);
}

/* Fills through the cache's own functions, a position at a time, as a model does. */
static void fill_cache(struct km_case *c, size_t filled)
{
    struct state *s = c->state;
    for (size_t pos = 0; pos < filled; pos++) {
        for (size_t layer = 0; layer < s->cache.layers; layer++) {
            position_data(c, layer, pos, s->k, s->v);
            kern_kv_put(&s->cache, layer, s->k, s->v);
        }
        kern_kv_advance(&s->cache);
    }
}

/* Every filled position of every layer once, shuffled (Fisher and Yates). */
static void fill_order(struct km_case *c, size_t filled)
{
    struct state *s = c->state;
    uint64_t random = ~c->seed;
    for (size_t i = 0; i < s->visits; i++) {
        size_t j = (size_t)(bu_random(&random) % (i + 1));
        s->order[i] = s->order[j];
        s->order[j] = (struct visit){ (uint32_t)(i / filled), (uint32_t)(i % filled) };
    }
}

static int allocate(struct state *s, size_t layers, size_t positions, size_t width)
{
    size_t floats = kern_kv_floats(layers, positions, width);
    s->keys = bu_alloc(floats * sizeof *s->keys, 0);
    s->values = bu_alloc(floats * sizeof *s->values, 16);
    s->k = bu_alloc((width + GUARD) * sizeof *s->k, 32);
    s->v = bu_alloc((width + GUARD) * sizeof *s->v, 48);
    s->order = bu_alloc(s->visits * sizeof *s->order, 8);
    return s->keys && s->values && s->k && s->v && s->order &&
           kern_kv_init(&s->cache, s->keys, s->values, layers, positions, width) == 0;
}

static enum km_answer setup(struct km_case *c)
{
    enum { MOST = 1 << 30 }; /* floats: 4 GiB each of keys and values */
    size_t layers = (size_t)bu_number(c, "layers"), positions = (size_t)bu_number(c, "positions");
    size_t width = (size_t)bu_number(c, "width"), filled = (size_t)bu_number(c, "filled");
    if (filled > positions)
        return bu_cannot(c, "filled:%zu is more than positions:%zu", filled, positions);
    if (layers * positions > MOST / width)
        return bu_cannot(c, "a cache of more than %d floats", MOST);
    struct state *s = bu_begin(c, sizeof *s, "kv_read", "f32");
    if (!s)
        return KM_CANNOT;
    s->visits = layers * filled;
    int ok = allocate(s, layers, positions, width);
    if (ok) {
        fill_cache(c, filled);
        fill_order(c, filled);
    }
    return bu_ready(c, ok, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_kv_read_f32_fn *read = (kern_kv_read_f32_fn *)s->head.fn;
    size_t next = s->next;
    for (; iterations; iterations--) {
        struct visit at = s->order[next];
        next = next + 1 == s->visits ? 0 : next + 1;
        read(s->k, s->v, &s->cache, at.layer, at.pos);
        km_do_not_optimize(s->k);
        km_do_not_optimize(s->v);
    }
    s->next = next;
}

static int guarded(const float *x, size_t width)
{
    unsigned char bytes[GUARD * sizeof(float)];
    memset(bytes, 0xa5, sizeof bytes);
    return memcmp(x + width, bytes, sizeof bytes) == 0;
}

static enum km_answer verify_visit(struct km_case *c, struct visit at, float *want_k, float *want_v)
{
    struct state *s = c->state;
    size_t width = s->cache.width, bytes = width * sizeof(float);
    position_data(c, at.layer, at.pos, want_k, want_v);
    memset(s->k, 0xa5, bytes + GUARD * sizeof(float));
    memset(s->v, 0xa5, bytes + GUARD * sizeof(float));
    run(c, 1);
    if (memcmp(s->k, want_k, bytes) != 0 || memcmp(s->v, want_v, bytes) != 0)
        return bu_wrong(c, "layer %u, position %u does not read back what was written", at.layer, at.pos);
    if (!guarded(s->k, width) || !guarded(s->v, width))
        return bu_wrong(c, "layer %u, position %u: written beyond the %zu floats", at.layer, at.pos, width);
    return KM_RIGHT;
}

/* Exact: it is a copy. Reads every position of every layer in the order in which they will be timed. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    float *want = bu_alloc(2 * s->cache.width * sizeof *want, 0);
    enum km_answer answer = want ? KM_RIGHT : bu_cannot(c, "not enough memory");
    for (size_t i = 0; i < s->visits && answer == KM_RIGHT; i++)
        answer = verify_visit(c, s->order[s->next], want, want + s->cache.width);
    bu_free(want);
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    double width = (double)bu_number(c, "width");
    return (struct km_cost){ .bytes = 4 * width * (double)sizeof(float), .items = 1, .item = "read" };
}

const struct km_op km_op_kv_read_f32 = { "kv_read", "f32", 1, params, variants, setup, verify, run, cost, teardown };
