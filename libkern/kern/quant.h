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

struct kern_q4_0; /* in kern.h */

/* 32 values of 8 bits in the Q8_0 block layout of GGUF, 34 bytes, alignment 2: value[i] = d * qs[i]. */
enum { KERN_Q8_0_BLOCK = 32 };
struct kern_q8_0 {
    uint16_t d;
    int8_t qs[KERN_Q8_0_BLOCK];
};

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
 *     every variant, -0 included. A d of infinity gives infinities, and NaN for zeros; a NaN gives NaNs. */

#ifdef __cplusplus
}
#endif
#endif
