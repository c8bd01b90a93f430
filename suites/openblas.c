/* SPDX-License-Identifier: Apache-2.0
 * OpenBLAS: the classic interface, whose functions keep their binary form since decades. */
#include "suites/binding_util.h"
#include "suites/peer.h"

#include <string.h>

/* Values of the interface's enumerations. */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

struct blas {
    float (*sdot)(int n, const float *x, int step_x, const float *y, int step_y);
    void (*saxpy)(int n, float a, const float *x, int step_x, float *y, int step_y);
    void (*sgemv)(int order, int trans, int m, int n, float alpha, const float *a, int lda, const float *x, int step_x,
                  float beta, float *y, int step_y);
    void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
                  const float *b, int ldb, float beta, float *c, int ldc);
    void (*set_threads)(int n);
};

static const struct peer_symbol symbols[] = {
    { "cblas_sdot", offsetof(struct blas, sdot) },
    { "cblas_saxpy", offsetof(struct blas, saxpy) },
    { "cblas_sgemv", offsetof(struct blas, sgemv) },
    { "cblas_sgemm", offsetof(struct blas, sgemm) },
    { "openblas_set_num_threads", offsetof(struct blas, set_threads) },
    { NULL, 0 },
};

struct openblas {
    struct peer head;
    struct blas blas;
    struct peer_job job;
    int m, n, k;
};

static void run_dot(struct peer *p, uint64_t iterations)
{
    struct openblas *o = (struct openblas *)p;
    float *y = o->job.y;
    for (; iterations; iterations--) {
        *y = o->blas.sdot(o->n, o->job.x, 1, o->job.w, 1);
        km_do_not_optimize(y);
    }
}

static void run_axpy(struct peer *p, uint64_t iterations)
{
    struct openblas *o = (struct openblas *)p;
    float factor = o->job.factor;
    for (; iterations; iterations--)
        o->blas.saxpy(o->n, iterations % 2 ? factor : -factor, o->job.x, 1, o->job.y, 1);
}

static void run_gemv(struct peer *p, uint64_t iterations)
{
    struct openblas *o = (struct openblas *)p;
    for (; iterations; iterations--)
        o->blas.sgemv(ROW_MAJOR, NO_TRANS, o->m, o->k, 1, o->job.w, o->k, o->job.x, 1, 0, o->job.y, 1);
}

static void run_gemm(struct peer *p, uint64_t iterations)
{
    struct openblas *o = (struct openblas *)p;
    int trans = o->job.transposed ? TRANS : NO_TRANS;
    for (; iterations; iterations--)
        o->blas.sgemm(ROW_MAJOR, NO_TRANS, trans, o->m, o->n, o->k, 1, o->job.x, o->k, o->job.w,
                      o->job.transposed ? o->k : o->n, 0, o->job.y, o->n);
}

static const struct {
    const char *op;
    void (*run)(struct peer *p, uint64_t iterations);
} runs[] = { { "dot", run_dot }, { "axpy", run_axpy }, { "gemv", run_gemv }, { "gemm", run_gemm } };

static void close_it(struct peer *p)
{
    bu_free(p);
}

enum km_answer openblas_open(struct km_case *c, struct peer **out, const struct peer_job *job)
{
    struct openblas *o = bu_alloc(sizeof *o, 0);
    if (!o)
        return bu_cannot(c, "not enough memory");
    enum km_answer answer = peer_library(c, "libopenblas.so.0", "libopenblas0", symbols, &o->blas);
    if (answer != KM_RIGHT) {
        bu_free(o);
        return answer;
    }
    o->blas.set_threads(1);
    o->job = *job;
    o->m = (int)job->m, o->n = (int)job->n, o->k = (int)job->k;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        if (strcmp(runs[i].op, job->op) == 0)
            o->head = (struct peer){ runs[i].run, close_it };
    *out = &o->head;
    return KM_RIGHT;
}
