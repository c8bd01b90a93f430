/* SPDX-License-Identifier: Apache-2.0
 * oneDNN, version 2 (libdnnl.so.2): matrix products, layer normalisation and softmax as primitives that are made once,
 * at set-up, and the products of vectors and of bytes of its BLAS-like part. Version 3 has other functions under other names in a library
 * of another soname, so a system that has only that is told that version 2 is missing. */
#include "suites/binding_util.h"
#include "suites/peer.h"

#include <kern/kern.h>

#include <string.h>

/* Values of the interface's enumerations. */
enum { SUCCESS = 0, CPU = 1, IN_ORDER = 1, BF16 = 2, F32 = 3, FORMAT_ANY = 1, INFERENCE = 96, USE_SCALE_SHIFT = 0x18 };
enum { QUERY_WEIGHTS = 131 };
enum { ARG_SRC = 1, ARG_DST = 17, ARG_WEIGHTS = 33, ARG_SCALE = 51, ARG_SHIFT = 52 };

/* The descriptors are structs of the caller whose size is the library's affair; these have room to spare (a memory's takes
 * about 0.7 KiB, an operation's up to six of them). */
struct memory_desc {
    _Alignas(16) char room[2048];
};
struct op_desc {
    _Alignas(16) char room[16384];
};

struct argument {
    int what;
    void *memory;
};

struct dnnl {
    int (*engine_create)(void **engine, int kind, size_t index);
    int (*engine_destroy)(void *engine);
    int (*stream_create)(void **stream, void *engine, unsigned flags);
    int (*stream_destroy)(void *stream);
    int (*stream_wait)(void *stream);
    int (*desc_by_strides)(struct memory_desc *d, int ndims, const int64_t *dims, int type, const int64_t *strides);
    int (*desc_by_tag)(struct memory_desc *d, int ndims, const int64_t *dims, int type, int tag);
    int (*memory_create)(void **memory, const struct memory_desc *d, void *engine, void *data);
    int (*memory_destroy)(void *memory);
    size_t (*desc_size)(const struct memory_desc *d);
    int (*matmul_desc)(struct op_desc *d, const struct memory_desc *src, const struct memory_desc *weights,
                       const struct memory_desc *bias, const struct memory_desc *dst);
    int (*softmax_desc)(struct op_desc *d, int kind, const struct memory_desc *data, int axis);
    int (*layernorm_desc)(struct op_desc *d, int kind, const struct memory_desc *data, const struct memory_desc *stats,
                          float epsilon, unsigned flags);
    int (*plan_create)(void **plan, const struct op_desc *d, const void *attributes, void *engine, const void *hint);
    int (*plan_destroy)(void *plan);
    const struct memory_desc *(*plan_query)(const void *plan, int what, int index);
    int (*reorder_plan)(void **plan, const struct memory_desc *src, void *src_engine, const struct memory_desc *dst,
                        void *dst_engine, const void *attributes);
    int (*primitive_create)(void **primitive, const void *plan);
    int (*primitive_destroy)(void *primitive);
    int (*execute)(const void *primitive, void *stream, int n, const struct argument *arguments);
    int (*sgemm)(char trans_a, char trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                 const float *b, int64_t ldb, float beta, float *c, int64_t ldc);
    int (*gemm_s8s8s32)(char trans_a, char trans_b, char offset_c, int64_t m, int64_t n, int64_t k, float alpha,
                        const int8_t *a, int64_t lda, int8_t offset_a, const int8_t *b, int64_t ldb, int8_t offset_b,
                        float beta, int32_t *c, int64_t ldc, const int32_t *offsets_c);
};

#define SYMBOL(name, member)                                                                                           \
    {                                                                                                                  \
        "dnnl_" name, offsetof(struct dnnl, member)                                                                    \
    }
static const struct peer_symbol symbols[] = {
    SYMBOL("engine_create", engine_create),
    SYMBOL("engine_destroy", engine_destroy),
    SYMBOL("stream_create", stream_create),
    SYMBOL("stream_destroy", stream_destroy),
    SYMBOL("stream_wait", stream_wait),
    SYMBOL("memory_desc_init_by_strides", desc_by_strides),
    SYMBOL("memory_desc_init_by_tag", desc_by_tag),
    SYMBOL("memory_create", memory_create),
    SYMBOL("memory_destroy", memory_destroy),
    SYMBOL("memory_desc_get_size", desc_size),
    SYMBOL("matmul_desc_init", matmul_desc),
    SYMBOL("softmax_forward_desc_init", softmax_desc),
    SYMBOL("layer_normalization_forward_desc_init", layernorm_desc),
    SYMBOL("primitive_desc_create", plan_create),
    SYMBOL("primitive_desc_destroy", plan_destroy),
    SYMBOL("primitive_desc_query_md", plan_query),
    SYMBOL("reorder_primitive_desc_create", reorder_plan),
    SYMBOL("primitive_create", primitive_create),
    SYMBOL("primitive_destroy", primitive_destroy),
    SYMBOL("primitive_execute", execute),
    SYMBOL("sgemm", sgemm),
    SYMBOL("gemm_s8s8s32", gemm_s8s8s32),
    { NULL, 0 },
};

enum { MEMORIES = 4 };

struct onednn {
    struct peer head;
    struct dnnl dnnl;
    struct peer_job job;
    void *engine, *stream, *primitive;
    struct argument arguments[MEMORIES];
    int narguments;
    void *packed;  /* weights in the library's own layout */
    int8_t *bytes; /* of 8-bit products: the vector */
    int32_t *sums;
};

static void run_primitive(struct peer *p, uint64_t iterations)
{
    struct onednn *o = (struct onednn *)p;
    for (; iterations; iterations--)
        o->dnnl.execute(o->primitive, o->stream, o->narguments, o->arguments);
    o->dnnl.stream_wait(o->stream);
}

/* The BLAS-like product: of a vector it is several times as fast as the primitive. */
static void run_gemv(struct peer *p, uint64_t iterations)
{
    struct onednn *o = (struct onednn *)p;
    int64_t m = (int64_t)o->job.m, k = (int64_t)o->job.k;
    for (; iterations; iterations--)
        o->dnnl.sgemm('N', 'N', m, 1, k, 1, o->job.w, k, o->job.x, 1, 0, o->job.y, 1);
}

/* The library has no product that quantises the vector, so libkern does that, and scales the sums. */
static void run_bytes(struct peer *p, uint64_t iterations)
{
    struct onednn *o = (struct onednn *)p;
    int64_t m = (int64_t)o->job.m, k = (int64_t)o->job.k;
    const float *scales = o->job.b;
    const int32_t zero = 0;
    float *y = o->job.y, scale;
    for (; iterations; iterations--) {
        kern_quantize_i8(o->bytes, &scale, o->job.x, 1, o->job.k);
        o->dnnl.gemm_s8s8s32('N', 'N', 'F', m, 1, k, 1, o->job.w, k, 0, o->bytes, 1, 0, 0, o->sums, 1, &zero);
        for (size_t i = 0; i < o->job.m; i++)
            y[i] = (float)o->sums[i] * scales[i] * scale;
        km_do_not_optimize(y);
    }
}

static void close_it(struct peer *p)
{
    struct onednn *o = (struct onednn *)p;
    for (int i = 0; i < o->narguments; i++)
        o->dnnl.memory_destroy(o->arguments[i].memory);
    if (o->primitive)
        o->dnnl.primitive_destroy(o->primitive);
    if (o->stream)
        o->dnnl.stream_destroy(o->stream);
    if (o->engine)
        o->dnnl.engine_destroy(o->engine);
    bu_free(o->packed);
    bu_free(o->bytes);
    bu_free(o->sums);
    bu_free(o);
}

/* --- set-up: each step returns 0, or not 0 where the library or the memory refuses --------------------------------- */

static int add_argument(struct onednn *o, int what, const struct memory_desc *d, const void *data)
{
    void *memory;
    if (o->dnnl.memory_create(&memory, d, o->engine, (void *)(uintptr_t)data))
        return -1;
    o->arguments[o->narguments++] = (struct argument){ what, memory };
    return 0;
}

/* Makes the primitive of a plan, and gives the plan back. */
static int finish_plan(struct onednn *o, void *plan, void **primitive)
{
    int rc = o->dnnl.primitive_create(primitive, plan);
    o->dnnl.plan_destroy(plan);
    return rc;
}

/* A matrix of `rows` by `columns`, the next row `row` elements and the next column `column` elements on. */
static int matrix(struct onednn *o, struct memory_desc *d, int type, size_t rows, size_t columns, size_t row,
                  size_t column)
{
    const int64_t dims[] = { (int64_t)rows, (int64_t)columns }, strides[] = { (int64_t)row, (int64_t)column };
    return o->dnnl.desc_by_strides(d, 2, dims, type, strides);
}

/* Copies the weights into the layout that the plan wants. */
static int pack(struct onednn *o, const struct memory_desc *from, const struct memory_desc *to)
{
    void *plan, *primitive, *memories[2] = { NULL, NULL };
    o->packed = bu_alloc(o->dnnl.desc_size(to), 0);
    if (!o->packed || o->dnnl.reorder_plan(&plan, from, o->engine, to, o->engine, NULL) ||
        finish_plan(o, plan, &primitive))
        return -1;
    int rc = o->dnnl.memory_create(&memories[0], from, o->engine, (void *)(uintptr_t)o->job.w) ||
             o->dnnl.memory_create(&memories[1], to, o->engine, o->packed);
    const struct argument arguments[] = { { ARG_SRC, memories[0] }, { ARG_DST, memories[1] } };
    rc = rc || o->dnnl.execute(primitive, o->stream, 2, arguments) || o->dnnl.stream_wait(o->stream);
    for (int i = 0; i < 2; i++)
        if (memories[i])
            o->dnnl.memory_destroy(memories[i]);
    o->dnnl.primitive_destroy(primitive);
    return rc;
}

static int make_product(struct onednn *o, int type)
{
    const struct peer_job *j = &o->job;
    const size_t n = j->n;
    const int64_t dims[] = { (int64_t)j->k, (int64_t)n };
    struct memory_desc src, weights, wanted, dst;
    struct op_desc d;
    void *plan;
    int rc = matrix(o, &src, type, j->m, j->k, j->k, 1) || matrix(o, &dst, F32, j->m, n, n, 1) ||
             (j->transposed ? matrix(o, &weights, type, j->k, n, 1, j->k) : matrix(o, &weights, type, j->k, n, n, 1)) ||
             o->dnnl.desc_by_tag(&wanted, 2, dims, type, FORMAT_ANY) ||
             o->dnnl.matmul_desc(&d, &src, j->packed ? &wanted : &weights, NULL, &dst) ||
             o->dnnl.plan_create(&plan, &d, NULL, o->engine, NULL);
    if (rc)
        return -1;
    /* The library's own descriptor is the plan's, smaller than ours and aligned as it likes: it is only handed on. */
    const struct memory_desc *held = j->packed ? o->dnnl.plan_query(plan, QUERY_WEIGHTS, 0) : &weights;
    rc = (j->packed && pack(o, &weights, held)) || add_argument(o, ARG_WEIGHTS, held, j->packed ? o->packed : j->w);
    return finish_plan(o, plan, &o->primitive) || rc || add_argument(o, ARG_SRC, &src, j->x) ||
           add_argument(o, ARG_DST, &dst, j->y);
}

static int make_softmax(struct onednn *o)
{
    struct memory_desc row;
    struct op_desc d;
    void *plan;
    return matrix(o, &row, F32, 1, o->job.n, o->job.n, 1) || o->dnnl.softmax_desc(&d, INFERENCE, &row, 1) ||
           o->dnnl.plan_create(&plan, &d, NULL, o->engine, NULL) || finish_plan(o, plan, &o->primitive) ||
           add_argument(o, ARG_SRC, &row, o->job.x) || add_argument(o, ARG_DST, &row, o->job.y);
}

static int make_layernorm(struct onednn *o)
{
    const int64_t n = (int64_t)o->job.n, one = 1;
    struct memory_desc row, gains, stats;
    struct op_desc d;
    void *plan;
    return matrix(o, &row, F32, 1, o->job.n, o->job.n, 1) || o->dnnl.desc_by_strides(&gains, 1, &n, F32, &one) ||
           o->dnnl.desc_by_strides(&stats, 1, &one, F32, &one) ||
           o->dnnl.layernorm_desc(&d, INFERENCE, &row, &stats, o->job.factor, USE_SCALE_SHIFT) ||
           o->dnnl.plan_create(&plan, &d, NULL, o->engine, NULL) || finish_plan(o, plan, &o->primitive) ||
           add_argument(o, ARG_SRC, &row, o->job.x) || add_argument(o, ARG_SCALE, &gains, o->job.w) ||
           add_argument(o, ARG_SHIFT, &gains, o->job.b) || add_argument(o, ARG_DST, &row, o->job.y);
}

static int make_bytes(struct onednn *o)
{
    o->head.run = run_bytes;
    o->bytes = bu_alloc(o->job.k, 0);
    o->sums = bu_alloc(o->job.m * sizeof *o->sums, 0);
    return !o->bytes || !o->sums || kern_init(NULL);
}

/* Without VNNI, oneDNN adds two products of bytes in 16 bits, which large ones overflow: its documentation asks for weights
 * of 7 bits there. Such an answer is wrong for what is measured here, and fast for that reason. */
static int saturates(struct onednn *o)
{
    enum { LONG = 64, LARGE = 127 };
    int8_t bytes[LONG];
    int32_t sum = 0, zero = 0;
    memset(bytes, LARGE, sizeof bytes);
    return o->dnnl.gemm_s8s8s32('N', 'N', 'F', 1, 1, LONG, 1, bytes, LONG, 0, bytes, 1, 0, 0, &sum, 1, &zero) !=
               SUCCESS ||
           sum != LONG * LARGE * LARGE;
}

static int make(struct onednn *o)
{
    const struct peer_job *j = &o->job;
    if (o->dnnl.engine_create(&o->engine, CPU, 0) || o->dnnl.stream_create(&o->stream, o->engine, IN_ORDER))
        return -1;
    if (strcmp(j->dtype, "i8") == 0)
        return make_bytes(o);
    if (strcmp(j->op, "gemv") == 0) {
        o->head.run = run_gemv;
        return 0;
    }
    if (strcmp(j->op, "softmax") == 0)
        return make_softmax(o);
    if (strcmp(j->op, "layernorm") == 0)
        return make_layernorm(o);
    return make_product(o, strcmp(j->dtype, "bf16") == 0 ? BF16 : F32);
}

enum km_answer onednn_open(struct km_case *c, struct peer **out, const struct peer_job *job)
{
    struct onednn *o = bu_alloc(sizeof *o, 0);
    if (!o)
        return bu_cannot(c, "not enough memory");
    enum km_answer answer = peer_library(c, "libdnnl.so.2", "libdnnl2", symbols, &o->dnnl);
    if (answer != KM_RIGHT) {
        bu_free(o);
        return answer;
    }
    o->head = (struct peer){ run_primitive, close_it };
    o->job = *job;
    if (make(o) != SUCCESS) {
        close_it(&o->head);
        return bu_absent(c, "not available: libdnnl.so.2 has no %s/%s for this CPU", job->op, job->dtype);
    }
    if (o->bytes && saturates(o)) {
        close_it(&o->head);
        return bu_absent(c, "not available: products of int8 in libdnnl.so.2 overflow on this CPU, which has no VNNI");
    }
    *out = &o->head;
    return KM_RIGHT;
}
