/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix: the product that kern_gemm_f32 computes, packed weights, scratch, and splitting among threads.
 * The kernel's prototypes are expanded from kern.def in kern.h.
 *
 * kern_gemm_f32(g): c[i][j] = act(bias[j] + sum over p of a[i][p] * b[p][j])
 *     All matrices are row-major; row i of c starts at c + i * ldc, and so on. c is overwritten and overlaps nothing.
 *     Any m, n and k, 0 included: k = 0 gives act(bias), m = 0 or n = 0 writes nothing. ldc >= n, lda >= k, ldb >= n.
 *     Only the elements named here are read or written, never the gap between rows.
 *     Each sum is added up from p = 0 to k - 1 in an order that depends on k alone, never on m, n, i, j, the leading
 *     dimensions or on how b is given: a product split into rows and columns gives the same bits. Rows of a do not
 *     influence each other, nor do columns of b; NaN and infinity are treated as in dot.
 *     With x the exact sum and u = 2^-24, the error before the activation is at most
 *         (k + 2) u (|bias[j]| + sum |a[i][p] b[p][j]|) + (k + 1) 2^-149
 *     (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1). relu adds nothing to it; silu and
 *     both forms of gelu multiply it by at most 1.2 and add 16 u (1 + |z|) |y| + 2^-110, where z is the argument of their
 *     logistic function, if they have one. Infinite sums are as the limit: silu and gelu of -infinity are -0.
 *
 * The method is that of K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS
 * 34(3), 2008, and F. Van Zee and R. van de Geijn, "BLIS", ACM TOMS 41(3), 2015.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_GEMM_H
#define KERN_GEMM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is applied to each sum. With s(z) = 1 / (1 + exp(-z)): */
enum kern_act {
    KERN_ACT_NONE,
    KERN_ACT_RELU, /* max(x, 0); a NaN stays one */
    KERN_ACT_SILU, /* x s(x); Elfwing et al., arXiv:1702.03118 */
    KERN_ACT_GELU, /* x s(2 sqrt(2 / pi) (x + 0.044715 x^3)): the tanh form of Hendrycks and Gimpel, arXiv:1606.08415 */
    KERN_ACT_GELU_ERF, /* x Phi(x), Phi(x) = (1 + erf(x / sqrt(2))) / 2: the exact form */
    KERN_ACT_COUNT
};

struct kern_gemm {
    size_t m, n, k;
    const float *a; /* m rows of k */
    size_t lda;
    const float *b; /* k rows of n; not read if packed is given */
    size_t ldb;
    const float *packed; /* b as kern_gemm_pack_f32() lays it out, or NULL */
    float *c;            /* m rows of n */
    size_t ldc;
    const float *bias; /* n floats, or NULL for zeros; may be read while c is written */
    enum kern_act act;
    void *work; /* kern_gemm_work_size() bytes, aligned to 64; contents before and after mean nothing */
};

/* Bytes of scratch that a product of any m and at most these n and k needs, with b packed or not, when split into
 * `parts` parts (1: not split). 0 if that does not fit in size_t. */
size_t kern_gemm_work_size(size_t n, size_t k, size_t parts);

/* Floats that b takes when packed: k times n, n rounded up to KERN_GEMM_PANEL. 0 if the bytes do not fit in size_t (or
 * k or n is 0). Packed data are the same for every variant. */
enum { KERN_GEMM_PANEL = 32 };
size_t kern_gemm_packed_floats(size_t k, size_t n);

/* Packs b once for many products: weights. Column panels of KERN_GEMM_PANEL, each k rows long, the last filled with
 * zeros. The second form takes b transposed, n rows of k, as dense layers store their weights: [outputs][inputs]. */
void kern_gemm_pack_f32(float *packed, const float *b, size_t ldb, size_t k, size_t n);
void kern_gemm_pack_transposed_f32(float *packed, const float *b, size_t ldb, size_t k, size_t n);

/* kern_gemm_f16(g), kern_gemm_bf16(g): the same of binary16, and of bfloat16, the upper halves of floats, summed as
 * floats: c, bias and act are as above. b is always packed. binary16 has the bound above. That of bfloat16 has k + 3 for
 * k + 2, and smallest normal floats, 2^-126, for 2^-149: products and sums below that may be taken for 0, as the
 * instructions of AVX-512 BF16 and AMX do; a variant without those gives the bits of kern_gemm_f32 of the same numbers. */
struct kern_gemm_half {
    size_t m, n, k;
    const uint16_t *a; /* m rows of k */
    size_t lda;
    const uint16_t *packed; /* as the function below for the type lays it out; bfloat16 aligned to 4 */
    float *c;
    size_t ldc;
    const float *bias;
    enum kern_act act;
    void *work; /* kern_gemm_work_size() bytes, aligned to 64 */
};

/* Numbers that b takes when packed, and packing it. binary16: panels as above. bfloat16: panels in which the rows p and
 * p + 1 (p even) are merged, b[p][j] beside b[p + 1][j]; zeros follow the last row if k is odd. The second forms take n
 * rows of k. */
size_t kern_gemm_packed_f16(size_t k, size_t n);
void kern_gemm_pack_f16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
void kern_gemm_pack_transposed_f16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
size_t kern_gemm_packed_bf16(size_t k, size_t n);
void kern_gemm_pack_bf16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);
void kern_gemm_pack_transposed_bf16(uint16_t *packed, const uint16_t *b, size_t ldb, size_t k, size_t n);

/* bfloat16 and float. Widening is exact; narrowing rounds to nearest, ties to even, and a NaN stays a (quiet) NaN. */
float kern_bf16_to_f32(uint16_t h);
uint16_t kern_f32_to_bf16(float f);

/* Part i of `parts` of a product: fills *part, whose work is a slice of g->work (of kern_gemm_work_size(.., parts)
 * bytes). The parts cover c and do not overlap, so they may run at the same time; some may be empty. */
void kern_gemm_part(const struct kern_gemm *g, size_t i, size_t parts, struct kern_gemm *part);
void kern_gemm_part_f16(const struct kern_gemm_half *g, size_t i, size_t parts, struct kern_gemm_half *part);
void kern_gemm_part_bf16(const struct kern_gemm_half *g, size_t i, size_t parts, struct kern_gemm_half *part);

#ifdef __cplusplus
}
#endif
#endif
