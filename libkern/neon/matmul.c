/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products in tiles of 4 vectors × 4 columns. 16 products of a nibble, or two of bytes, fit 16 bits. */
#include <arm_neon.h>
#include <string.h>

#include <kern/kern.h>

#define MM_ROWS                16
#define MM_LANES               4
#define MM_COLUMNS             2
#define MM_WIDTHS(X)           X(1) X(2)
#define MM_FLIP                128
#define MM_QUANTIZE(type)      kern_quantize_##type##_neon
#define MM_F                   float32x4_t
#define MM_LOAD(p)             vld1q_f32(p)
#define MM_STORE(p, v)         vst1q_f32(p, v)
#define MM_MUL(a, b)           vmulq_f32(a, b)
#define MM_FMA(a, b, c)        vfmaq_f32(c, a, b)
#define MM_SET(f)              vdupq_n_f32(f)
#define MM_I                   int32x4_t
#define MM_LOAD_I(p)           vld1q_s32(p)
#define MM_STORE_I(p, v)       vst1q_s32(p, v)
#define MM_SET_I(i)            vdupq_n_s32(i)
#define MM_AS_F(i)             vreinterpretq_f32_s32(i)
#define MM_B                   int8x16_t
#define MM_LOAD_B(p)           vreinterpretq_s8_u8(vld1q_u8(p))
#define MM_SPLAT(p)            four_bytes(p)
#define MM_S                   struct sums
#define MM_BEGIN(start)        zeros()
#define MM_END(s, start)       vaddq_s32(start, nibble ? paired((s).low, (s).high) : vreinterpretq_s32_s16((s).low))
#define MM_DOT(s, w, x)        signed4(s, w, x)
#define MM_DOT_NIBBLE(s, w, x) nibbles4(s, w, x)
#define MM_KEEP(s)             (void)0
#define MM_TILE                "libkern/matmul_tile.inc"

/* Of nibbles: pairs of rows 0 and 1, and 2 and 3, in 16 bits. Of bytes: low alone, as four sums of 32 bits. */
struct sums {
    int16x8_t low, high;
};

static inline struct sums zeros(void)
{
    return (struct sums){ vdupq_n_s16(0), vdupq_n_s16(0) };
}

static inline int32x4_t paired(int16x8_t low, int16x8_t high)
{
    return vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
}

static inline int8x16_t four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}

static inline struct sums signed4(struct sums s, int8x16_t w, int8x16_t x)
{
    int32x4_t sum = paired(vmull_s8(vget_low_s8(w), vget_low_s8(x)), vmull_high_s8(w, x));
    s.low = vreinterpretq_s16_s32(vaddq_s32(vreinterpretq_s32_s16(s.low), sum));
    return s;
}

static inline struct sums nibbles4(struct sums s, int8x16_t w, int8x16_t x)
{
    s.low = vmlal_s8(s.low, vget_low_s8(w), vget_low_s8(x));
    s.high = vmlal_high_s8(s.high, w, x);
    return s;
}

static inline void mm_halves(float *to, const uint16_t *from)
{
    for (int i = 0; i < 16; i += 4)
        vst1q_f32(to + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from + i))));
}

#include "libkern/matmul_body.inc"

MATMUL_ALL(neon)
