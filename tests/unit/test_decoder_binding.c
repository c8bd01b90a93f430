/* SPDX-License-Identifier: Apache-2.0
 * The binding of a stack of decoder layers: right in every variant with every allocator, and it says what they did; a
 * wrong kernel or allocator in it is caught. */
#include "suites/binding_util.h"
#include "suites/bindings.h"
#include "suites/decoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

#define N(name, number)                                                                                                \
    {                                                                                                                  \
        name, NULL, number                                                                                             \
    }
#define MODEL(layers, hidden, heads, kv_heads, mlp, positions)                                                         \
    {                                                                                                                  \
        N("layers", layers), N("hidden", hidden), N("heads", heads), N("kv_heads", kv_heads), N("mlp", mlp),           \
            N("positions", positions),                                                                                 \
        {                                                                                                              \
            "allocator", "malloc", 0                                                                                   \
        }                                                                                                              \
    }
enum { NPARAMS = 7, ALLOCATOR = 6 };
typedef struct km_param model[NPARAMS];

static const char *const allocators[] = { "malloc", "arena", "pool" };

static const struct km_op *decoder(void)
{
    size_t n;
    const struct km_op *const *ops = km_ops(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(ops[i]->op, "decoder") == 0)
            return ops[i];
    fail_msg("no binding for decoder");
    return NULL;
}

static struct km_case case_of(const struct km_param *params, const char *variant, uint64_t seed)
{
    return (struct km_case){ .params = params, .nparams = NPARAMS, .variant = variant, .seed = seed };
}

static struct km_case begin(struct km_param *params, const char *allocator, const char *variant, uint64_t seed)
{
    params[ALLOCATOR].word = allocator;
    struct km_case c = case_of(params, variant, seed);
    if (decoder()->setup(&c) != KM_RIGHT)
        fail_msg("decoder/%s from %s: setup: %s", variant, allocator, c.message);
    return c;
}

static void one_life(struct km_param *params, const char *allocator, const char *variant, uint64_t seed)
{
    const struct km_op *op = decoder();
    struct km_case c = begin(params, allocator, variant, seed);
    struct km_cost cost = op->cost(&c);
    assert_true(cost.items >= 1 && cost.item && cost.flops > 0 && cost.bytes > 0);
    for (int turn = 0; turn < 2; turn++) {
        if (op->verify(&c) != KM_RIGHT)
            fail_msg("decoder/%s from %s: verify: %s", variant, allocator, c.message);
        op->run(&c, 0);
        op->run(&c, 3);
    }
    op->teardown(&c);
}

static void every_variant_and_allocator(void **state)
{
    model models[] = { MODEL(1, 16, 1, 1, 1, 1), MODEL(3, 48, 3, 1, 7, 5), MODEL(2, 128, 4, 2, 352, 33),
                       MODEL(8, 64, 2, 2, 96, 16) };
    (void)state;
    for (size_t i = 0; i < COUNT(models); i++)
        for (const char *const *v = decoder()->variants(); *v; v++)
            for (size_t a = 0; a < COUNT(allocators); a++)
                for (uint64_t seed = 1; seed <= 3; seed++)
                    one_life(models[i], allocators[a], *v, seed);
}

/* --- what it says ------------------------------------------------------------------------------------------------- */

static double stated(const struct km_case *c, const char *name)
{
    for (size_t i = 0; i < c->nvalues; i++)
        if (strcmp(c->values[i].name, name) == 0)
            return c->values[i].value;
    fail_msg("%s is not stated", name);
    return 0;
}

static void allocations_are_counted(void **state)
{
    enum { LAYERS = 3, BUFFERS = 2 + 12 * LAYERS, HIDDEN = 64, MLP = 160 };
    model m = MODEL(LAYERS, HIDDEN, 4, 2, MLP, 48);
    /* Of floats, most are there in the MLP: the stream, gate, up, and what is made of them. */
    const double most = sizeof(float) * (HIDDEN + 3 * MLP), line = 64;
    double allocations[3], bytes[3], peak[3];
    (void)state;
    for (size_t a = 0; a < COUNT(allocators); a++) {
        struct km_case c = begin(m, allocators[a], "ref", 5);
        decoder()->run(&c, 7); /* verify counts its own step only */
        assert_int_equal(decoder()->verify(&c), KM_RIGHT);
        assert_true(stated(&c, "requests") == BUFFERS);
        allocations[a] = stated(&c, "allocations");
        bytes[a] = stated(&c, "requested-bytes");
        peak[a] = stated(&c, "peak-bytes");
        decoder()->teardown(&c);
    }
    assert_true(allocations[0] == BUFFERS && allocations[1] == 0 && allocations[2] == 0);
    assert_true(bytes[0] == bytes[1] && bytes[0] == bytes[2]);
    assert_true(peak[0] == most);
    assert_true(peak[1] >= bytes[1] && peak[1] < bytes[1] + line * BUFFERS);
    assert_true(peak[2] >= peak[0] && peak[2] < peak[1]);
}

/* An arena and a pool of just the size they say: a step more than fits would end the process. */
static void nothing_is_in_reserve(void **state)
{
    model m = MODEL(2, 64, 4, 2, 160, 48);
    (void)state;
    struct km_case c = begin(m, "arena", "ref", 5);
    const struct decoder *d = c.state;
    decoder()->run(&c, 5);
    assert_true(kern_arena_peak(&d->buffers.arena) == d->buffers.size && d->buffers.arena.used == 0);
    decoder()->teardown(&c);
    c = begin(m, "pool", "ref", 5);
    d = c.state;
    decoder()->run(&c, 5);
    assert_true(d->buffers.slab.peak == d->buffers.slab.count && d->buffers.slab.used == 0);
    decoder()->teardown(&c);
}

/* --- wrong kernels and allocators ---------------------------------------------------------------------------------- */

static void rmsnorm_wrong(float *y, const float *x, const float *w, size_t n, float eps)
{
    kern_rmsnorm_f32_ref(y, x, w, n, eps);
    y[n / 2] /= w[n / 2];
}

static void rmsnorm_add_wrong(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    kern_rmsnorm_add_f32_ref(y, r, x, w, n, eps);
    r[0] -= x[0]; /* the stream forgets what came */
}

static void gemv_wrong(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k - 1);
}

static void rope_wrong(float *x, const float *table, const struct kern_rope *r)
{
    struct kern_rope other = *r;
    other.layout = KERN_ROPE_PAIRS;
    kern_rope_apply_f32_ref(x, table, &other);
}

static void append_wrong(const struct kern_kv_rows *c, const float *x)
{
    (void)c, (void)x; /* the token does not see itself */
}

static void attention_wrong(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                            float scale, float *work)
{
    kern_attention_f32_ref(out, q, k, v, n - 1, dim, scale, work);
}

static void swiglu_wrong(float *y, const float *gate, const float *up, size_t n)
{
    kern_swiglu_f32_ref(y, up, gate, n);
}

static const struct decoder wrong[] = {
    { .rmsnorm = rmsnorm_wrong }, { .rmsnorm_add = rmsnorm_add_wrong }, { .gemv = gemv_wrong },
    { .rope = rope_wrong },       { .append = append_wrong },           { .attention = attention_wrong },
    { .swiglu = swiglu_wrong },
};

static void put(struct decoder *d, const struct decoder *from)
{
    d->rmsnorm = from->rmsnorm ? from->rmsnorm : d->rmsnorm;
    d->rmsnorm_add = from->rmsnorm_add ? from->rmsnorm_add : d->rmsnorm_add;
    d->gemv = from->gemv ? from->gemv : d->gemv;
    d->rope = from->rope ? from->rope : d->rope;
    d->append = from->append ? from->append : d->append;
    d->attention = from->attention ? from->attention : d->attention;
    d->swiglu = from->swiglu ? from->swiglu : d->swiglu;
}

static void wrong_kernels_are_caught(void **state)
{
    model m = MODEL(4, 256, 4, 2, 704, 128); /* as the suite has it */
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct km_case c = begin(m, "arena", "ref", 7);
        put(c.state, &wrong[i]);
        if (decoder()->verify(&c) != KM_WRONG)
            fail_msg("wrong kernel %zu was not caught", i);
        assert_non_null(strstr(c.message, "out["));
        assert_int_equal(c.nvalues, 0);
        decoder()->teardown(&c);
    }
}

static void overlapping_buffers_are_caught(void **state)
{
    model m = MODEL(2, 64, 4, 2, 160, 48);
    (void)state;
    struct km_case c = begin(m, "pool", "ref", 7);
    ((struct decoder *)c.state)->buffers.slab.block = 64;
    assert_int_equal(decoder()->verify(&c), KM_WRONG);
    decoder()->teardown(&c);
}

static struct decoder *leaky;
static struct buffer leaked;

static void swiglu_leaky(float *y, const float *gate, const float *up, size_t n)
{
    if (!leaked.x)
        leaked = buffers_take(&leaky->buffers, 1);
    kern_swiglu_f32_ref(y, gate, up, n);
}

static void lost_buffers_are_caught(void **state)
{
    model m = MODEL(2, 64, 4, 2, 160, 48);
    (void)state;
    struct km_case c = begin(m, "malloc", "ref", 7);
    leaky = c.state;
    leaky->swiglu = swiglu_leaky;
    assert_int_equal(decoder()->verify(&c), KM_WRONG);
    assert_string_equal(c.message, "1 buffers were not given back");
    free(leaked.x);
    decoder()->teardown(&c);
}

static void impossible_models(void **state)
{
    static const struct {
        model params;
        const char *variant, *message;
    } all[] = {
        { MODEL(1, 48, 3, 2, 8, 4), "ref", "kv_heads:2 does not divide heads:3" },
        { MODEL(1, 64, 3, 1, 8, 4), "ref", "hidden:64 over heads:3" },
        { MODEL(1, 64, 8, 1, 8, 4), "ref", "hidden:64 over heads:8 is no multiple of 16" },
        { MODEL(256, 1 << 14, 128, 8, 1 << 16, 4), "ref", "a model of more than" },
        { MODEL(1, 16, 1, 1, 1, 1), "no-such", "this build has no" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        struct km_case c = case_of(all[i].params, all[i].variant, 1);
        assert_int_equal(decoder()->setup(&c), KM_CANNOT);
        if (!strstr(c.message, all[i].message))
            fail_msg("message \"%s\"", c.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_and_allocator),
        cmocka_unit_test(allocations_are_counted),
        cmocka_unit_test(nothing_is_in_reserve),
        cmocka_unit_test(wrong_kernels_are_caught),
        cmocka_unit_test(overlapping_buffers_are_caught),
        cmocka_unit_test(lost_buffers_are_caught),
        cmocka_unit_test(impossible_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
