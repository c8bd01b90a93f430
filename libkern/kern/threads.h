/* SPDX-License-Identifier: Apache-2.0
 * Kernels split over a pool (pool.h): the caller's pool, and a variant of the kernel, such as kern_gemm_f32 or
 * kern_gemv_q8_0_avx2. A NULL pool does the same in the caller alone. Results are the same bits for any number of
 * threads; and those of the kernel itself, but for attention of one query over many positions, see below.
 *
 * Scratch sizes take the number of threads, kern_pool_threads(pool); scratch is aligned to 64.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_THREADS_H
#define KERN_THREADS_H

#include <kern/kern.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Products (see gemm.h), by whole panels of columns, or by rows where the columns are few. g->work holds
 * kern_gemm_work_size(n, k, threads) bytes. */
void kern_pool_gemm_f32(struct kern_pool *pool, kern_gemm_f32_fn *gemm, const struct kern_gemm *g);
void kern_pool_gemm_f16(struct kern_pool *pool, kern_gemm_f16_fn *gemm, const struct kern_gemm_half *g);
void kern_pool_gemm_bf16(struct kern_pool *pool, kern_gemm_bf16_fn *gemm, const struct kern_gemm_half *g);

/* A matrix times a vector, for every row of threads.def: the kernel's own parameters behind the pool and the kernel, but
 * work, where there is one, holds kern_pool_gemv_work_size(k, threads) bytes. Rows are split at multiples of 16. */
#define KERN_THREADS_PLAIN(op, type, element, offset)                                                                  \
    void kern_pool_##op##_##type(struct kern_pool *pool, kern_##op##_##type##_fn *gemv, float *y, const element *a,    \
                                 const float *x, size_t m, size_t k);
#define KERN_THREADS_WORK(op, type, element, offset)                                                                   \
    void kern_pool_##op##_##type(struct kern_pool *pool, kern_##op##_##type##_fn *gemv, float *y, const element *a,    \
                                 const float *x, size_t m, size_t k, void *work);
#define KERN_THREADS_SCALES(op, type, element, offset)                                                                 \
    void kern_pool_##op##_##type(struct kern_pool *pool, kern_##op##_##type##_fn *gemv, float *y, const element *a,    \
                                 const float *d, const float *x, size_t m, size_t k, void *work);
#include <kern/threads.def>
#undef KERN_THREADS_PLAIN
#undef KERN_THREADS_WORK
#undef KERN_THREADS_SCALES

/* Bytes of scratch of a quantised gemv; 0 if they do not fit in size_t. */
size_t kern_pool_gemv_work_size(size_t k, size_t threads);

/* Attention (see attn.h), split by heads of K and V and by queries. f->work holds kern_pool_flash_floats(f, threads)
 * floats.
 *
 * One query (decoding) is also split over its positions, in chunks of at least 256 whose length follows from what it sees
 * and from kv_heads, never from the number of threads, so that few heads keep many threads busy too. Chunks are merged in
 * the order of their positions by their largest scores and sums (Dao et al., Flash-Decoding, 2023), after which the error
 * is within the bound of kern_flash_<type>(), but not the same bits. */
void kern_pool_flash_f32(struct kern_pool *pool, kern_flash_f32_fn *flash, const struct kern_flash *f);
void kern_pool_flash_f16(struct kern_pool *pool, kern_flash_f16_fn *flash, const struct kern_flash *f);
void kern_pool_flash_bf16(struct kern_pool *pool, kern_flash_bf16_fn *flash, const struct kern_flash *f);
void kern_pool_flash_i8(struct kern_pool *pool, kern_flash_i8_fn *flash, const struct kern_flash *f);
void kern_pool_flash_q8_0(struct kern_pool *pool, kern_flash_q8_0_fn *flash, const struct kern_flash *f);
void kern_pool_flash_q4_0(struct kern_pool *pool, kern_flash_q4_0_fn *flash, const struct kern_flash *f);
void kern_pool_flash_tiers(struct kern_pool *pool, kern_flash_tiers_fn *flash, const struct kern_flash *f);

size_t kern_pool_flash_floats(const struct kern_flash *f, size_t threads);

/* Softmax attention of several heads, each with K and V of its own: head h is kern_attention_f32() of q and out + h * dim
 * and of k and v + h * n * dim. work: threads * kern_pool_attention_floats(n) floats. */
void kern_pool_attention_f32(struct kern_pool *pool, kern_attention_f32_fn *attention, float *out, const float *q,
                             const float *k, const float *v, size_t heads, size_t n, size_t dim, float scale,
                             float *work);
size_t kern_pool_attention_floats(size_t n);

#ifdef __cplusplus
}
#endif
#endif
