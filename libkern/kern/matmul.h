/* SPDX-License-Identifier: Apache-2.0
 * Quantised weights times many vectors of floats: the products of prefill, with weights packed once. Included by kern.h,
 * whose rules for all operations hold here too; formats are those of quant.h.
 *
 * kern_matmul_<type>(g): y[j][i] = sum over p of value(a)[i][p] * xq[j][p], for the m rows i of a and the n columns j
 *     a: m rows of k weights as kern_pack_<type>() laid them out, for q8_0, q4_0, q4_k, i8 and i4. k is a multiple of
 *     the type's block; for i8 and i4 any k up to 2^17. Any m and n, 0 included; k = 0 gives zeros (of i8 and i4: where d
 *     is finite).
 *     x: n rows of k floats, ldx apart, row j being one column of the product: a token. Each is first quantised, as by
 *         kern_quantize_q8_0() for q8_0 and q4_0, kern_quantize_q8_k() for q4_k, and as one row of kern_quantize_i8()
 *         for i8 and i4.
 *     y: n rows of m floats, ldy apart, overwritten, overlapping nothing; the gap between rows is left alone.
 *     y[j][i] depends on row i of a and row j of x alone, not on m, n or the other rows: a NaN is in the answers that it
 *     belongs to and no others, and a product that is split gives the same bits.
 *     q8_0, q4_0: error at most (k / 16 + 8) u * sum |value(a)[i][p] xq[j][p]|: each block of 32 is summed in integers
 *         and then scaled with one rounding and added with another.
 *     q4_k: at most (k / 10 + 12) u * sum |xq[p]| (|d s q[p]| + |dmin m|): three roundings per 32, and one of the product
 *         of the vector's scale and sum.
 *     i8, i4: float(sum over p of q[i][p] * xq[j][p]) * (d[i] * dx[j]), the sum in integers without error, and one
 *         rounding per operation; the same bits in every variant.
 *
 * The blocking is that of K. Goto and R. van de Geijn (see gemm.h); weights are widened to bytes tile by tile where they
 * are used, so that memory is read in four bits.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_MATMUL_H
#define KERN_MATMUL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kern_pool;
struct kern_q4_k;

/* Blocks of Q4_K of 16 rows interleaved, as the structs of quant.h and of the same size as 16 blocks. */
struct kern_q4_kx16 {
    uint16_t d[16], dmin[16];
    uint32_t scales[3][16]; /* [i / 4][row]: scales[i] of the row at bits 8 (i % 4) */
    uint8_t qs[32][16][4];  /* [i / 4][row][i % 4]: qs[i] of the row */
};

/* Packs m rows of k values into kern_pack_blocks(m, k) / 8 blocks at to, as kern_pack_q4_0() does. k is a multiple of
 * 256. */
void kern_pack_q4_k(struct kern_q4_kx16 *to, const struct kern_q4_k *a, size_t m, size_t k);

/* Bytes that m packed rows of k INT8 or INT4 values need, any k: 0 if a size is 0 or they do not fit in size_t; and
 * packing them. q: m rows of k bytes for i8, of kern_i4_row(k) bytes for i4 (see quant.h). */
size_t kern_pack_i8_size(size_t m, size_t k);
size_t kern_pack_i4_size(size_t m, size_t k);
void kern_pack_i8(uint8_t *to, const int8_t *q, size_t m, size_t k);
void kern_pack_i4(uint8_t *to, const uint8_t *q, size_t m, size_t k);

/* A product has two steps, so that threads can share the work of both: first all of x is quantised into work, then it
 * is multiplied. Each step can be done in parts, in any order and at the same time, but all parts of the first before
 * any of the second. */
enum kern_matmul_step { KERN_MATMUL_BOTH, KERN_MATMUL_PREPARE, KERN_MATMUL_MULTIPLY };

struct kern_matmul {
    size_t m, n, k;
    const void *a;  /* packed weights */
    const float *d; /* i8 and i4: the m scales of the rows; otherwise not read */
    const float *x; /* n rows of k */
    size_t ldx;
    float *y; /* n rows of m */
    size_t ldy;
    void *work; /* kern_matmul_work_size(n, k, parts) bytes, aligned to 64 */
    enum kern_matmul_step step;
    size_t part, parts; /* part `part` of `parts`; 0 of 0 is all of it, as is 0 of 1 */
};

/* Bytes of scratch for a product of any m and these n and k in `parts` parts. 0 if that does not fit in size_t. */
size_t kern_matmul_work_size(size_t n, size_t k, size_t parts);

/* A product in as many parts as there are threads in the pool (NULL: one), by a variant such as kern_matmul_q4_0. step,
 * part and parts of g are ignored; g->work holds kern_matmul_work_size(n, k, kern_pool_threads(pool)) bytes. */
typedef void kern_matmul_fn(const struct kern_matmul *g);
void kern_pool_matmul(struct kern_pool *pool, kern_matmul_fn *matmul, const struct kern_matmul *g);

#ifdef __cplusplus
}
#endif
#endif
