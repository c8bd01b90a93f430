/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0 or Q4_0 times vector: four vectors of sums are sixteen rows, which take four bytes each at a
 * time. */
#include <arm_neon.h>

#include <kern/kern.h>

#include "libkern/quant_work.h"

static inline int8x16_t four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}

/* Adds four products to each lane; two of them fit 16 bits. */
static inline int32x4_t dot4(int32x4_t sum, int8x16_t a, int8x16_t b)
{
    int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b)), high = vmull_high_s8(a, b);
    return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
}

static inline int32x4_t block_q8_0(const struct kern_q8_0x16 *a, const int8_t *x, int quarter)
{
    int32x4_t sum = vdupq_n_s32(0);

    for (int i = 0; i < 8; i++) {
        uint8x16_t q = veorq_u8(vld1q_u8(a->qs[i][4 * quarter]), vdupq_n_u8(128));
        sum = dot4(sum, vreinterpretq_s8_u8(q), four_bytes(x + 4 * i));
    }
    return sum;
}

static inline int32x4_t block_q4_0(const struct kern_q4_0x16 *a, const int8_t *x, int quarter)
{
    const int8x16_t eight = vdupq_n_s8(8);
    int32x4_t sum = vdupq_n_s32(0);

    for (int i = 0; i < 4; i++) {
        uint8x16_t q = vld1q_u8(a->qs[i][4 * quarter]);
        int8x16_t low = vreinterpretq_s8_u8(vandq_u8(q, vdupq_n_u8(15)));
        sum = dot4(sum, vsubq_s8(low, eight), four_bytes(x + 4 * i));
        sum = dot4(sum, vsubq_s8(vreinterpretq_s8_u8(vshrq_n_u8(q, 4)), eight), four_bytes(x + 16 + 4 * i));
    }
    return sum;
}

#define GEMV_PACKED(type)                                                                                              \
    static inline void rows_##type(float y[16], const struct kern_##type##x16 *a, const struct quant_work *w,          \
                                   size_t n)                                                                           \
    {                                                                                                                  \
        float32x4_t s[4] = { vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0) };                         \
        for (size_t b = 0; b < n; b++, a++) {                                                                          \
            for (int quarter = 0; quarter < 4; quarter++) {                                                            \
                int32x4_t sum = block_##type(a, w->qs + 32 * b, quarter);                                              \
                float32x4_t d = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(a->d + 4 * quarter)));                      \
                s[quarter] = vfmaq_f32(s[quarter], vcvtq_f32_s32(sum), vmulq_n_f32(d, w->d[b]));                       \
            }                                                                                                          \
        }                                                                                                              \
        for (int quarter = 0; quarter < 4; quarter++)                                                                  \
            vst1q_f32(y + 4 * quarter, s[quarter]);                                                                    \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_neon(float *y, const struct kern_##type##x16 *a, const float *x, size_t m,          \
                                        size_t k, void *work)                                                          \
    {                                                                                                                  \
        struct quant_work w = quant_spread(kern_quantize_q8_0_neon, x, k, work, 0);                                    \
        for (size_t i = 0; i < m; i += 16) {                                                                           \
            float all[16];                                                                                             \
            rows_##type(all, a + i / 16 * (k / 32), &w, k / 32);                                                       \
            memcpy(y + i, all, (m - i < 16 ? m - i : 16) * sizeof *y);                                                 \
        }                                                                                                              \
    }

GEMV_PACKED(q8_0)
GEMV_PACKED(q4_0)
