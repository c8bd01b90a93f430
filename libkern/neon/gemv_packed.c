/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0, Q4_0 or Q4_K times vector: four vectors of sums are sixteen rows, which take four bytes each at
 * a time. A nibble is unsigned, and the offset of Q4_0 is where its sums start from; sixteen products of nibbles and
 * bytes fit 16 bits (30480), and are widened once. */
#include <arm_neon.h>

#include <kern/kern.h>

#include "libkern/quant_work.h"

static inline int8x16_t four_bytes(const int8_t *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}

/* Four products of each of four rows, those of two rows to a vector: sums of words. */
static inline int32x4_t paired(int16x8_t low, int16x8_t high)
{
    return vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
}

static inline float32x4_t halves(const uint16_t *d, int quarter)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(d + 4 * quarter)));
}

static inline float32x4_t add_q8_0(float32x4_t s, const struct kern_q8_0x16 *a, const struct quant_work *w, size_t b,
                                   int quarter)
{
    int32x4_t sum = vdupq_n_s32(0);

    for (int i = 0; i < 8; i++) {
        int8x16_t q = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(a->qs[i][4 * quarter]), vdupq_n_u8(128)));
        int8x16_t v = four_bytes(w->qs + 32 * b + 4 * i);
        sum = vaddq_s32(sum, paired(vmull_s8(vget_low_s8(q), vget_low_s8(v)), vmull_high_s8(q, v)));
    }
    return vfmaq_f32(s, vcvtq_f32_s32(sum), vmulq_n_f32(halves(a->d, quarter), w->d[b]));
}

/* Sums of the products of four rows' low nibbles with x, of the high ones with z. */
struct nibbles {
    int32x4_t low, high;
};

static inline struct nibbles nibbles(const uint8_t (*qs)[16][4], int quarter, const int8_t *x, const int8_t *z,
                                     const int steps)
{
    int16x8_t low[2] = { vdupq_n_s16(0), vdupq_n_s16(0) }, high[2] = { vdupq_n_s16(0), vdupq_n_s16(0) };

    for (int i = 0; i < steps; i++) {
        uint8x16_t q = vld1q_u8(qs[i][4 * quarter]);
        int8x16_t a = vreinterpretq_s8_u8(vandq_u8(q, vdupq_n_u8(15))), b = vreinterpretq_s8_u8(vshrq_n_u8(q, 4));
        int8x16_t v = four_bytes(x + 4 * i), w = four_bytes(z + 4 * i);
        low[0] = vmlal_s8(low[0], vget_low_s8(a), vget_low_s8(v));
        low[1] = vmlal_high_s8(low[1], a, v);
        high[0] = vmlal_s8(high[0], vget_low_s8(b), vget_low_s8(w));
        high[1] = vmlal_high_s8(high[1], b, w);
    }
    return (struct nibbles){ paired(low[0], low[1]), paired(high[0], high[1]) };
}

static inline float32x4_t add_q4_0(float32x4_t s, const struct kern_q4_0x16 *a, const struct quant_work *w, size_t b,
                                   int quarter)
{
    const int8_t *x = w->qs + 32 * b;
    struct nibbles n = nibbles(a->qs, quarter, x, x + 16, 4);
    int32x4_t sum = vaddq_s32(vaddq_s32(n.low, n.high), vdupq_n_s32(w->sum[b]));

    return vfmaq_f32(s, vcvtq_f32_s32(sum), vmulq_n_f32(halves(a->d, quarter), w->d[b]));
}

/* Byte i of each lane. */
static inline int32x4_t byte_of(uint32x4_t lanes, int i)
{
    return vreinterpretq_s32_u32(vandq_u32(vshlq_u32(lanes, vdupq_n_s32(-8 * i)), vdupq_n_u32(63)));
}

/* Scales and minimums of four rows: bytes 0 to 3 of a lane are those of parts 0 to 3, and of 4 to 7. */
struct parts {
    uint32x4_t scale[2], least[2];
};

static inline struct parts parts_of(const struct kern_q4_kx16 *a, int quarter)
{
    const uint32x4_t six = vdupq_n_u32(0x3f3f3f3f), four = vdupq_n_u32(0x0f0f0f0f), two = vdupq_n_u32(0x30303030);
    uint32x4_t u = vld1q_u32(a->scales[0] + 4 * quarter), v = vld1q_u32(a->scales[1] + 4 * quarter);
    uint32x4_t w = vld1q_u32(a->scales[2] + 4 * quarter);

    return (struct parts){
        { vandq_u32(u, six), vorrq_u32(vandq_u32(w, four), vandq_u32(vshrq_n_u32(u, 2), two)) },
        { vandq_u32(v, six), vorrq_u32(vandq_u32(vshrq_n_u32(w, 4), four), vandq_u32(vshrq_n_u32(v, 2), two)) },
    };
}

static inline float32x4_t add_q4_k(float32x4_t s, const struct kern_q4_kx16 *a, const struct kern_q8_k *x, size_t b,
                                   int quarter)
{
    int16x8_t sums = vpaddq_s16(vld1q_s16(x[b].sums), vld1q_s16(x[b].sums + 8));
    struct parts p = parts_of(a, quarter);
    int32x4_t sum = vdupq_n_s32(0), least = vdupq_n_s32(0);
    int16_t of_32[8];

    vst1q_s16(of_32, sums);
    for (int pair = 0; pair < 4; pair++) {
        const int8_t *at = x[b].qs + 64 * pair;
        struct nibbles n = nibbles(a->qs + 8 * pair, quarter, at, at + 32, 8);
        int word = pair / 2, byte = pair % 2 * 2;
        sum = vmlaq_s32(sum, n.low, byte_of(p.scale[word], byte));
        sum = vmlaq_s32(sum, n.high, byte_of(p.scale[word], byte + 1));
        least = vmlaq_n_s32(least, byte_of(p.least[word], byte), of_32[2 * pair]);
        least = vmlaq_n_s32(least, byte_of(p.least[word], byte + 1), of_32[2 * pair + 1]);
    }
    s = vfmaq_f32(s, vcvtq_f32_s32(sum), vmulq_n_f32(halves(a->d, quarter), x[b].d));
    return vfmsq_f32(s, vcvtq_f32_s32(least), vmulq_n_f32(halves(a->dmin, quarter), x[b].d));
}

#define GEMV_PACKED(type, vector, block, prepare)                                                                      \
    static inline void rows_##type(float y[16], const struct kern_##type##x16 *a, const vector *x, size_t n)           \
    {                                                                                                                  \
        float32x4_t s[4] = { vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0) };                         \
        for (size_t b = 0; b < n; b++, a++)                                                                            \
            for (int quarter = 0; quarter < 4; quarter++)                                                              \
                s[quarter] = add_##type(s[quarter], a, x, b, quarter);                                                 \
        for (int quarter = 0; quarter < 4; quarter++)                                                                  \
            vst1q_f32(y + 4 * quarter, s[quarter]);                                                                    \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_neon(float *y, const struct kern_##type##x16 *a, const float *x, size_t m,          \
                                        size_t k, void *work)                                                          \
    {                                                                                                                  \
        size_t n = k / (block);                                                                                        \
        prepare;                                                                                                       \
        for (size_t i = 0; i < m; i += 16) {                                                                           \
            float all[16];                                                                                             \
            rows_##type(all, a + i / 16 * n, w, n);                                                                    \
            memcpy(y + i, all, (m - i < 16 ? m - i : 16) * sizeof *y);                                                 \
        }                                                                                                              \
    }

#define SPREAD(offset)                                                                                                 \
    struct quant_work spread = quant_spread(kern_quantize_q8_0_neon, x, k, work, -(offset));                           \
    const struct quant_work *w = &spread

GEMV_PACKED(q8_0, struct quant_work, 32, SPREAD(0))
GEMV_PACKED(q4_0, struct quant_work, 32, SPREAD(8))
GEMV_PACKED(q4_k, struct kern_q8_k, KERN_Q4_K_BLOCK, struct kern_q8_k *w = quant_aligned(work);
            kern_quantize_q8_k_neon(w, x, n))
