/* SPDX-License-Identifier: Apache-2.0
 * Bindings of gemm/f32, f16 and bf16: one iteration is one product of an m × k matrix with a k × n matrix, packed once
 * in set-up as weights are; that of floats may be plain. A dense layer of n outputs and k inputs over m tokens is such a
 * product. 16-bit weights start as layers store them, n rows of k.
 *
 * Binding of gemm_epilogue/f32: the same with packed weights, a bias and an activation, either fused, which is what the
 * product itself offers, or in separate passes of the same variant's axpy and activation over what it has written. */
#include "suites/binding_util.h"
#include "suites/threads_util.h"

#include <kern/kern.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef void one_fn(float *y, const float *x, size_t n);

struct state {
    struct bu_state head;
    const struct dtype *dtype;
    struct kern_gemm g;
    struct kern_gemm_half half; /* the same of 16-bit numbers */
    void *a, *b, *packed, *work;
    float *c, *bias;
    struct tu_pool pool;
    enum kern_act act;
    kern_axpy_f32_fn *add; /* of the bias in a pass of its own, or NULL */
    one_fn *activate;      /* likewise */
};

/* A type of the matrices: how b is packed and the product split, its numbers, and what its error bound adds to k. */
struct dtype {
    const char *name;
    size_t size;
    size_t (*packed)(size_t k, size_t n);
    float (*widen)(uint16_t h); /* NULL: floats */
    void (*pack)(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
    void (*over_pool)(struct kern_pool *pool, kern_gemm_f16_fn *gemm, const struct kern_gemm_half *g);
    double roundings;
    unsigned mask, least; /* of the bits that fill_half() makes: sign and rest, to which the least is added */
};

static const struct dtype f32 = {
    .name = "f32", .size = sizeof(float), .packed = kern_gemm_packed_floats, .roundings = 2
};
static const struct dtype f16 = { .name = "f16",
                                  .size = sizeof(uint16_t),
                                  .packed = kern_gemm_packed_f16,
                                  .widen = kern_f16_to_f32,
                                  .pack = kern_gemm_pack_transposed_f16,
                                  .over_pool = kern_pool_gemm_f16,
                                  .roundings = 2,
                                  .mask = 0x9fff,
                                  .least = 0x2000 };
static const struct dtype bf16 = { .name = "bf16",
                                   .size = sizeof(uint16_t),
                                   .packed = kern_gemm_packed_bf16,
                                   .widen = kern_bf16_to_f32,
                                   .pack = kern_gemm_pack_transposed_bf16,
                                   .over_pool = kern_pool_gemm_bf16,
                                   .roundings = 3,
                                   .mask = 0x83ff,
                                   .least = 0x3c00 };

static const char *const weights[] = { "plain", "packed", NULL };

static const struct km_param_spec f32_params[] = {
    { .name = "m", .min = 1, .max = 1 << 16, .what = "rows of the result: tokens" },
    { .name = "n", .min = 1, .max = 1 << 16, .what = "columns of the result: outputs" },
    { .name = "k", .min = 1, .max = 1 << 16, .what = "length of each sum: inputs" },
    { .name = "weights", .words = weights, .what = "whether the right matrix was packed before" },
    KM_THREADS,
    { .name = NULL },
};

static const struct km_param_spec half_params[] = {
    { .name = "m", .min = 1, .max = 1 << 16, .what = "rows of the result: tokens" },
    { .name = "n", .min = 1, .max = 1 << 16, .what = "columns of the result: outputs" },
    { .name = "k", .min = 1, .max = 1 << 16, .what = "length of each sum: inputs" },
    KM_THREADS,
    { .name = NULL },
};

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    tu_stop(&s->pool);
    bu_end(c);
}

/* Random numbers for the first part, which is repeated: the matrices are large and set up again in every process. */
static void fill(float *x, size_t n, uint64_t *random)
{
    enum { FRESH = (1 << 18) - 5 };
    size_t fresh = n < FRESH ? n : FRESH;
    bu_fill(x, fresh, -1, 1, random);
    for (size_t i = fresh; i < n; i += fresh)
        memcpy(x + i, x, (n - i < fresh ? n - i : fresh) * sizeof *x);
}

/* Numbers of both signs, of bfloat16 between 2^-7 and 4 and of binary16 between 2^-7 and 2, four from each draw. */
static void fill_half(const struct dtype *type, uint16_t *x, size_t n, uint64_t *random)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++, bits >>= 16) {
        if (i % 4 == 0)
            bits = bu_random(random);
        x[i] = (uint16_t)((bits & type->mask) + type->least);
    }
}

static void allocate(struct km_case *c, int pack)
{
    struct state *s = c->state;
    const struct kern_gemm *g = &s->g;
    size_t size = s->dtype->size;
    s->a = bu_take(c, g->m * g->k * size, 0);
    s->b = bu_take(c, g->k * g->n * size, 16);
    s->c = bu_take(c, g->m * g->n * sizeof(float), 32);
    s->work = bu_take(c, kern_gemm_work_size(g->n, g->k, tu_threads(c)), 48);
    s->packed = pack ? bu_take(c, s->dtype->packed(g->k, g->n) * size, 0) : NULL;
}

static void make_inputs(struct state *s, uint64_t random)
{
    struct kern_gemm *g = &s->g;
    g->a = s->a, g->b = s->b, g->packed = s->packed, g->c = s->c, g->work = s->work;
    g->lda = g->k, g->ldb = g->ldc = g->n;
    if (s->dtype->widen) {
        s->half = (struct kern_gemm_half){ g->m, g->n,   g->k, s->a,          g->lda, s->packed,
                                           s->c, g->ldc, NULL, KERN_ACT_NONE, s->work };
        fill_half(s->dtype, s->a, g->m * g->k, &random);
        fill_half(s->dtype, s->b, g->k * g->n, &random);
        s->dtype->pack(s->packed, s->b, g->k, g->k, g->n);
        return;
    }
    fill(s->a, g->m * g->k, &random);
    fill(s->b, g->k * g->n, &random);
    if (s->packed)
        kern_gemm_pack_f32(s->packed, s->b, g->n, g->k, g->n);
}

static enum km_answer setup(struct km_case *c, const struct dtype *dtype, int pack)
{
    enum { MOST = 1 << 28 }; /* elements of one matrix: 1 GiB of floats */
    int64_t m = bu_number(c, "m"), n = bu_number(c, "n"), k = bu_number(c, "k");
    if (m * k > MOST || k * n > MOST || m * n > MOST)
        return bu_cannot(c, "a matrix of more than %d elements", MOST);
    struct state *s = bu_begin(c, sizeof *s, "gemm", dtype->name);
    if (!s)
        return KM_CANNOT;
    s->dtype = dtype;
    s->g = (struct kern_gemm){ .m = (size_t)m, .n = (size_t)n, .k = (size_t)k };
    allocate(c, pack);
    if (!s->head.starved)
        make_inputs(s, c->seed);
    if (tu_ready(c, !s->head.starved, &s->pool, teardown) != KM_RIGHT)
        return KM_CANNOT;
    return bu_ready_peer(c, 1, teardown,
                         &(struct peer_job){ .op = "gemm",
                                             .dtype = dtype->name,
                                             .x = s->a,
                                             .w = s->b,
                                             .y = s->c,
                                             .m = s->g.m,
                                             .n = s->g.n,
                                             .k = s->g.k,
                                             .transposed = dtype->widen != NULL,
                                             .packed = s->packed != NULL });
}

static int is_packed(const struct km_case *c)
{
    return strcmp(bu_word(c, "weights"), "packed") == 0;
}

/* --- epilogues ----------------------------------------------------------------------------------------------------*/

/* None, the bias alone, and with it each activation in the order of enum kern_act. */
static const char *const epilogues[] = { "none", "bias", "relu", "silu", "gelu", "gelu_erf", NULL };
static const char *const passes[] = { "fused", "separate", NULL };
enum { BIAS = 1 };
_Static_assert(sizeof epilogues / sizeof *epilogues == BIAS + KERN_ACT_COUNT + 1, "an activation has no word");

static const struct km_param_spec epilogue_params[] = {
    { .name = "m", .min = 1, .max = 1 << 16, .what = "rows of the result: tokens" },
    { .name = "n", .min = 1, .max = 1 << 16, .what = "columns of the result: outputs" },
    { .name = "k", .min = 1, .max = 1 << 16, .what = "length of each sum: inputs" },
    { .name = "epilogue", .words = epilogues, .what = "what follows the sums" },
    { .name = "passes", .words = passes, .what = "whether it is a part of the product" },
    { .name = NULL },
};

/* Four at a time, as the files of this folder are compiled without vectors of the variant's width. */
static void relu(float *y, const float *x, size_t n)
{
    typedef float four __attribute__((vector_size(16)));
    typedef int32_t four_words __attribute__((vector_size(16)));
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        four v;
        memcpy(&v, x + i, sizeof v);
        v = (four)((four_words)v & ~(v < 0));
        memcpy(y + i, &v, sizeof v);
    }
    for (; i < n; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

/* Looks up what makes the passes of epilogue number `which`. */
static int find_passes(struct km_case *c, size_t which)
{
    struct state *s = c->state;
    s->add = (kern_axpy_f32_fn *)bu_lookup(c, "axpy", "f32");
    if (s->act == KERN_ACT_RELU)
        s->activate = relu;
    else if (s->act != KERN_ACT_NONE)
        s->activate = (one_fn *)bu_lookup(c, epilogues[which], "f32");
    return s->add && (s->activate || s->act == KERN_ACT_NONE);
}

static enum km_answer epilogue_setup(struct km_case *c)
{
    size_t which = 0;
    enum km_answer answer = setup(c, &f32, 1);
    if (answer != KM_RIGHT)
        return answer;
    struct state *s = c->state;
    uint64_t random = c->seed + 1;
    while (strcmp(epilogues[which], bu_word(c, "epilogue")) != 0)
        which++;
    if (which < BIAS)
        return KM_RIGHT;
    s->act = (enum kern_act)(which - BIAS);
    s->bias = bu_floats(c, s->g.n, 24, -1, 1, &random);
    if (!s->bias)
        return bu_ready(c, 0, teardown);
    if (strcmp(bu_word(c, "passes"), "fused") == 0) {
        s->g.bias = s->bias;
        s->g.act = s->act;
    } else if (!find_passes(c, which)) {
        teardown(c);
        return KM_CANNOT;
    }
    return KM_RIGHT;
}

static void separate_passes(const struct state *s)
{
    size_t m = s->g.m, n = s->g.n;
    for (size_t i = 0; i < m; i++)
        s->add(s->c + i * n, 1, s->bias, n);
    if (s->activate)
        s->activate(s->c, s->c, m * n);
}

/* The activation, and in *z the argument of its logistic function. */
static double activated(double x, enum kern_act act, double *z)
{
    *z = act == KERN_ACT_SILU ? x : act == KERN_ACT_GELU ? 1.59576912160573071176 * (x + 0.044715 * x * x * x) : 0;
    switch (act) {
    case KERN_ACT_RELU:
        return fmax(x, 0);
    case KERN_ACT_SILU:
    case KERN_ACT_GELU:
        return *z < -700 ? 0 : x / (1 + exp(-*z));
    case KERN_ACT_GELU_ERF:
        return x / 2 * erfc(-0.70710678118654752440 * x);
    default:
        return x;
    }
}

/* ------------------------------------------------------------------------------------------------------------------*/

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    if (bu_run_peer(&s->head, iterations))
        return;
    for (; iterations; iterations--) {
        if (s->dtype->widen)
            s->dtype->over_pool(s->pool.pool, (kern_gemm_f16_fn *)s->head.fn, &s->half);
        else
            kern_pool_gemm_f32(s->pool.pool, (kern_gemm_f32_fn *)s->head.fn, &s->g);
        if (s->add)
            separate_passes(s);
        km_do_not_optimize(s->c);
    }
}

/* Element i of a, or of b. */
static double number(const struct state *s, const void *matrix, size_t i)
{
    return s->dtype->widen ? (double)s->dtype->widen(((const uint16_t *)matrix)[i])
                           : (double)((const float *)matrix)[i];
}

/* Tolerance: the bound that kern/gemm.h promises. */
static enum km_answer verify_element(struct km_case *c, size_t i, size_t j)
{
    const struct state *s = c->state;
    const struct kern_gemm *g = &s->g;
    double want = s->bias ? (double)s->bias[j] : 0, magnitude = fabs(want), z;
    char name[64];
    for (size_t p = 0; p < g->k; p++) {
        double product = number(s, s->a, i * g->k + p) * number(s, s->b, s->dtype->widen ? j * g->k + p : p * g->n + j);
        want += product;
        magnitude += fabs(product);
    }
    snprintf(name, sizeof name, "c[%zu][%zu]", i, j);
    double most = ((double)g->k + s->dtype->roundings) * BU_ROUNDOFF * magnitude + (double)(g->k + 1) * BU_TINY;
    want = activated(want, s->act, &z);
    if (s->act > KERN_ACT_RELU)
        most = 1.2 * most + 16 * BU_ROUNDOFF * (1 + fabs(z)) * fabs(want) + 0x1p-110;
    return bu_check(c, name, s->c[i * g->n + j], want, most);
}

/* All elements of a small product; of a large one the corners and as many at random as keep this under a second (every
 * element of every shape is checked by the tests of libkern), and all for being finite. */
static enum km_answer verify(struct km_case *c)
{
    enum { MOST = 1 << 22 }; /* products */
    struct state *s = c->state;
    size_t m = s->g.m, n = s->g.n, elements = m * n;
    size_t some = elements * s->g.k <= MOST ? elements : MOST / s->g.k + 4;
    enum km_answer answer = KM_RIGHT;
    uint64_t random = c->seed;
    for (size_t i = 0; i < elements; i++)
        s->c[i] = NAN;
    run(c, 1);
    for (size_t i = 0; i < elements; i++)
        if (!isfinite(s->c[i]))
            return bu_wrong(c, "c[%zu][%zu] is %g", i / n, i % n, (double)s->c[i]);
    for (size_t i = 0; i < some && answer == KM_RIGHT; i++) {
        size_t at = some == elements ? i : i == 0 ? 0 : i == 1 ? elements - 1 : (size_t)(bu_random(&random) % elements);
        answer = verify_element(c, at / n, at % n);
    }
    return answer;
}

static struct km_cost cost(const struct km_case *c, const struct dtype *dtype)
{
    double m = (double)bu_number(c, "m"), n = (double)bu_number(c, "n"), k = (double)bu_number(c, "k");
    return (struct km_cost){
        .flops = 2 * m * n * k, .bytes = (double)dtype->size * (m * k + k * n) + 4 * m * n, .items = m, .item = "token"
    };
}

#define BINDING(type, version, params, pack)                                                                           \
    static const char *const *type##_variants(void)                                                                    \
    {                                                                                                                  \
        return bu_variants("gemm", #type);                                                                             \
    }                                                                                                                  \
    static enum km_answer type##_setup(struct km_case *c)                                                              \
    {                                                                                                                  \
        return setup(c, &(type), pack);                                                                                \
    }                                                                                                                  \
    static struct km_cost type##_cost(const struct km_case *c)                                                         \
    {                                                                                                                  \
        return cost(c, &(type));                                                                                       \
    }                                                                                                                  \
    const struct km_op km_op_gemm_##type = { "gemm",       #type,  version, params,      type##_variants,              \
                                             type##_setup, verify, run,     type##_cost, teardown };
BINDING(f32, 2, f32_params, is_packed(c))
BINDING(f16, 1, half_params, 1)
BINDING(bf16, 1, half_params, 1)

const struct km_op km_op_gemm_epilogue_f32 = { "gemm_epilogue", "f32",  1,   epilogue_params, f32_variants,
                                               epilogue_setup,  verify, run, f32_cost,        teardown };
