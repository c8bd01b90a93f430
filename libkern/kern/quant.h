/* SPDX-License-Identifier: Apache-2.0
 * Quantised weights: their layouts and the contracts of the operations on them. Included by kern.h, whose rules for all
 * operations hold here too.
 *
 * Layouts are those of GGUF files (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and the block structures
 * it names), so that a mapped file is used as it is. A block is BLOCK consecutive values of one row. Halves are IEEE
 * binary16 in host byte order, which is little-endian on all supported CPUs, as in the file. */
#ifndef KERN_QUANT_H
#define KERN_QUANT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kern_q4_0;    /* in kern.h */
struct kern_q4_kx16; /* in matmul.h */

/* 32 values of 8 bits in the Q8_0 block layout of GGUF, 34 bytes, alignment 2: value[i] = d * qs[i]. */
enum { KERN_Q8_0_BLOCK = 32 };
struct kern_q8_0 {
    uint16_t d;
    int8_t qs[KERN_Q8_0_BLOCK];
};

/* 256 values of 4 bits in the Q4_K block layout of GGUF, 144 bytes, alignment 2: eight parts of 32 values with a scale s
 * and a minimum m of 6 bits each,
 *     value[i] = d * s[i / 32] * q[i] - dmin * m[i / 32],
 *     q[i] = qs[i / 64 * 32 + i % 32] & 15 where i % 64 < 32, and >> 4 where not,
 *     for parts j < 4:  s = scales[j] & 63,                                  m = scales[j + 4] & 63,
 *     for parts j >= 4: s = (scales[j + 4] & 15) | (scales[j - 4] >> 6) << 4,  m = scales[j + 4] >> 4 | (scales[j] >> 6) << 4. */
enum { KERN_Q4_K_BLOCK = 256 };
struct kern_q4_k {
    uint16_t d, dmin;
    uint8_t scales[12];
    uint8_t qs[KERN_Q4_K_BLOCK / 2];
};

/* 256 values of 8 bits as partners of Q4_K, ggml's Q8_K, 292 bytes: value[i] = d * qs[i]. */
struct kern_q8_k {
    float d;
    int8_t qs[KERN_Q4_K_BLOCK];
    int16_t sums[16]; /* of 16 qs each */
};

/* Blocks of Q8_0 and Q4_0 of 16 rows interleaved, once and for all sizes of vector: what kern_pack_q8_0() and kern_pack_q4_0()
 * write and kern_gemv_packed_*() read. Values i..i+3 of the 16 rows lie together, so that a vector of 16 sums takes four
 * bytes of each row at a time. To be stored in files it is not meant: it may change with the library. */
struct kern_q8_0x16 {
    uint16_t d[16];
    uint8_t qs[8][16][4]; /* [i / 4][row][i % 4]: qs[i] + 128 of the row */
};
struct kern_q4_0x16 {
    uint16_t d[16];
    uint8_t qs[4][16][4]; /* [i / 4][row][i % 4]: qs[i] of the row */
};

/* Blocks that m packed rows of k values need: ceil(m / 16) * k / 32; each has the size of the struct, so that
 * kern_pack_blocks(m, k) * sizeof(struct kern_q4_0x16) bytes are needed for Q4_0. k is a multiple of 32. 0 if a size is
 * 0 or the bytes of the larger struct would not fit in size_t. */
size_t kern_pack_blocks(size_t m, size_t k);

/* Packs m rows of k values (k a multiple of 32, rows without gap between them) into kern_pack_blocks(m, k) blocks at to,
 * [row / 16][k / 32]. Rows that are missing to a multiple of 16 become zeros. */
void kern_pack_q8_0(struct kern_q8_0x16 *to, const struct kern_q8_0 *a, size_t m, size_t k);
void kern_pack_q4_0(struct kern_q4_0x16 *to, const struct kern_q4_0 *a, size_t m, size_t k);

/* Symmetric INT4 per channel: rows of 16 bytes for each 32 values, as the nibbles of Q4_0 but with one scale d per row:
 * value[i] = d * ((q[i / 32 * 16 + i % 16] & 15) - 8) where i % 32 < 16, and with >> 4 where not. Nibbles behind the last
 * value may be anything. Bytes of a row of k values: */
size_t kern_i4_row(size_t k);

/* Bytes of scratch that a quantised gemv needs for vectors of k values; no alignment needed. At most 3 k + 512. */
size_t kern_quant_work_size(size_t k);

/* --- operations ---------------------------------------------------------------------------------------------------
 *
 * kern_quantize_q8_0(y, x, nblocks): the Q8_0 blocks of 32 * nblocks floats
 *     x: 32 * nblocks floats; y: nblocks blocks. For each block, in float arithmetic with one rounding per operation,
 *         d = half(amax / 127),  qs[i] = nearest integer to x[i] * (127 / amax), ties to even,
 *     where amax is the largest |x[i]|. Same bits in every variant. This is the rule of ggml's vector code; its
 *     reference, which multiplies by 1 / (amax / 127) and rounds ties away from zero, now and then differs by one.
 *     Where d is 0 (amax < 127 * 2^-25 = 3.8e-6) every qs is 0. Where amax >= 127 * 65520, d is infinity. A NaN or an
 *     infinity in a block makes its d a NaN (0x7e00) and its qs 0, so that it is not lost. Never gives -128.
 *     |x[i] - d * qs[i]| <= (0.5 + 127 * 2^-11 + 2^-15) amax / 127 where d is a normal half: rounding to an integer, and
 *     rounding the scale.
 *
 * kern_quantize_q4_0(y, x, nblocks): the Q4_0 blocks of 32 * nblocks floats
 *     x: 32 * nblocks floats; y: nblocks blocks. For each block, in float arithmetic with one rounding per operation,
 *         d = half(max / -8),  nibble[i] = min(15, floor(x[i] * (-8 / max) + 8.5)),
 *     where max is the x[i] of the largest magnitude, the first if there are several. Same bits in every variant, and
 *     as ggml's reference, but for blocks where d is 0: every nibble is then 8. A NaN or an infinity in a block makes
 *     its d a NaN (0x7e00) and its nibbles 8.
 *     |x[i] - value[i]| <= (1 + 8 * 2^-11 + 2^-15) |max| / 8 where d is a normal half: the level 8 that max would need
 *     on the side away from it does not exist, and so the largest error is a whole step, half a step elsewhere.
 *
 * kern_dequant_q8_0(y, x, nblocks): the 32 * nblocks values of x
 *     x: nblocks blocks; y: 32 * nblocks floats. Exact (11 bits times 8 bits fit a float), and so the same bits in
 *     every variant, -0 included. A d of infinity gives infinities, and NaN for zeros; a NaN gives NaNs.
 *
 * kern_dot_q8_0(x, y, nblocks), kern_dot_q4_0(x, y, nblocks): the sum of the products of the values of x and y
 *     x: nblocks blocks of the type; y: nblocks blocks of Q8_0; only read. No qs is -128 (no quantiser writes it).
 *     nblocks = 0 gives 0. The products of a block are summed in integers, without error; only its sum times both scales
 *     and the sum over the blocks are rounded. Error at most (nblocks + 8) u * sum |x[i] y[i]|. A scale that is NaN
 *     gives NaN; an infinite one gives an infinity or NaN.
 *
 * kern_gemv_q8_0(y, a, x, m, k, work), kern_gemv_q4_0(y, a, x, m, k, work): y[i] = dot of row i of a with x
 *     a: m rows of k / 32 blocks each, row-major, no gap between rows, as in the file; k is a multiple of 32.
 *     x: k floats, which are first quantised as by kern_quantize_q8_0(); y: m floats, overwritten, not overlapping x.
 *     work: kern_quant_work_size(k) bytes, overwritten. m = 0 writes no y, k = 0 gives zeros.
 *     Each y[i] has the error bound of dot with the quantised x; a NaN or infinity in x makes every y a NaN. y[i] does
 *     not depend on m, so rows may be split among threads, each with work of its own.
 *
 * kern_gemv_packed_q8_0(y, a, x, m, k, work), kern_gemv_packed_q4_0(y, a, x, m, k, work): the same for packed weights
 *     a: what kern_pack_q8_0() or kern_pack_q4_0() wrote for these m and k, otherwise as gemv. To be split among threads
 *     at multiples of 16 rows.
 *
 * kern_gemv_packed_q4_k(y, a, x, m, k, work): as kern_gemv_q4_k() for what kern_pack_q4_k() wrote (see matmul.h), with an
 *     error of at most (k / 16 + 12) u * sum |x[i]| (|d s q[i]| + |dmin m|), because each part of 32 is rounded.
 *
 * kern_dequant_q4_k(y, x, nblocks): the 256 * nblocks values of x
 *     x: nblocks blocks; y: 256 * nblocks floats. Both products are exact (21 and 17 bits) and the difference is rounded
 *     once, so finite scales give the same bits in every variant. NaN scales give NaNs, infinite ones NaNs or infinities.
 *
 * kern_quantize_q8_k(y, x, nblocks): the Q8_K blocks of 256 * nblocks floats
 *     x: 256 * nblocks floats; y: nblocks blocks. With max the x[i] of the largest magnitude, the first of several,
 *         f = -127 / max,  qs[i] = min(127, nearest integer to x[i] * f, ties to even),  d = 1 / f
 *     in float arithmetic with one rounding per operation, as in ggml. Same bits in every variant. Where |max| is below
 *     2^-100, d and all qs are 0; a NaN or infinity in a block makes its d a NaN and its qs 0. Never gives -128.
 *     |x[i] - d * qs[i]| <= (0.5 + 2^-15) |max| / 127.
 *
 * kern_dot_q4_k(x, y, nblocks): the sum of the products of the values of x and y
 *     x: nblocks blocks of Q4_K; y: nblocks blocks of Q8_K whose sums fit their qs, of which none is -128; only read.
 *     nblocks = 0 gives 0. Error at most (nblocks + 12) u * sum |y[i]| (|d s q[i]| + |dmin m|), of the part that i is
 *     in. A scale that is NaN gives NaN; an infinite one an infinity or NaN.
 *
 * kern_gemv_q4_k(y, a, x, m, k, work): as kern_gemv_q4_0(), with k a multiple of 256, x quantised as by
 *     kern_quantize_q8_k(), and the error bound of kern_dot_q4_k().
 *
 * Symmetric INT8 and INT4 per channel: a matrix of m rows of k values and one float scale d per row (an output channel),
 * value[i][j] = d[i] * q[i][j]. INT8: k bytes per row, without gaps, of which none is -128; INT4: kern_i4_row(k) bytes per
 * row as described there, levels from -8 on. Any k. All give the same bits in every variant.
 *
 * kern_quantize_i8(q, d, x, m, k), kern_quantize_i4(q, d, x, m, k): the rows of a matrix of floats
 *     x: m * k floats; q: m rows; d: m floats. For each row, in float arithmetic with one rounding per operation,
 *         d = amax / top,  q[j] = nearest integer to x[j] * (top / amax), ties to even,
 *     where amax is its largest |x[j]| and top 127 or 7, so that levels are as many on either side. Where amax is below
 *     2^-100, d and every q are 0. A NaN or infinity in a row makes its d a NaN and its q 0. Levels of INT4 behind the
 *     last value are written as 0. |x[j] - d * q[j]| <= (0.5 + 2^-15) amax / top.
 *
 * kern_dequant_i8(y, q, d, m, k), kern_dequant_i4(y, q, d, m, k): y[i * k + j] = d[i] * q[i][j], rounded once
 *     q: m rows; d: m floats; y: m * k floats.
 *
 * kern_dot_i8(q, x, d, k), kern_dot_i4(q, x, d, k): float(sum over j of q[j] * x[j]) * d
 *     q: one row; x: k bytes, none of them -128: a vector quantised as a row of kern_quantize_i8(); d: the product of both
 *     scales. The sum is in integers without error, k <= 2^17; k = 0 gives 0 * d.
 *
 * kern_gemv_i8(y, q, d, x, m, k, work), kern_gemv_i4(y, q, d, x, m, k, work): y[i] = dot of row i with xq and d[i] * dx
 *     with x quantised as a row of kern_quantize_i8() to xq and dx, and one rounding per operation. q: m rows; d: m
 *     floats; x: k floats, k <= 2^17; y: m floats; work: kern_quant_work_size(k) bytes. m = 0 writes nothing, k = 0 gives
 *     zeros where d is finite. Rows may be split among threads. */

#ifdef __cplusplus
}
#endif
#endif
