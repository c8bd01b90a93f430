/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_0 and Q4_0. Blocks with a NaN or infinity, and those whose scale may be 0, are left to the reference. */
#include <arm_neon.h>
#include <string.h>

#include <kern/kern.h>

enum { N = 32, INFINITE = 0x7f800000, SMALL = 0x36800000 /* 2^-18: the scale may be 0 */ };

static inline uint32x4_t magnitude(const float *x)
{
    return vreinterpretq_u32_f32(vabsq_f32(vld1q_f32(x)));
}

/* The bits of the largest magnitude, as integers, so that NaN and infinity come out on top. */
static inline uint32_t largest_bits(const float *x)
{
    uint32x4_t max = magnitude(x);

    for (int i = 4; i < N; i += 4)
        max = vmaxq_u32(max, magnitude(x + i));
    return vmaxvq_u32(max);
}

static inline float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline int8x8_t eight_levels(const float *x, float scale)
{
    int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x), scale));
    int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + 4), scale));
    return vmovn_s16(vcombine_s16(vmovn_s32(a), vmovn_s32(b)));
}

void kern_quantize_q8_0_neon(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y++, x += N) {
        uint32_t bits = largest_bits(x);
        if (bits >= INFINITE || bits < SMALL) {
            kern_quantize_q8_0_ref(y, x, 1);
            continue;
        }
        float max = from_bits(bits), scale = 127 / max;
        y->d = kern_f32_to_f16(max / 127);
        for (int i = 0; i < N; i += 8)
            vst1_s8(y->qs + i, eight_levels(x + i, scale));
    }
}

/* The first value of a block whose magnitude has these bits. */
static inline float first_with(const float *x, uint32_t bits)
{
    for (int i = 0; i < N; i++) {
        float size = x[i] < 0 ? -x[i] : x[i];
        if (size == from_bits(bits))
            return x[i];
    }
    return 0;
}

static inline uint8x8_t eight_nibbles(const float *x, float scale)
{
    const float32x4_t half = vdupq_n_f32(8.5F);
    int32x4_t a = vcvtq_s32_f32(vaddq_f32(vmulq_n_f32(vld1q_f32(x), scale), half));
    int32x4_t b = vcvtq_s32_f32(vaddq_f32(vmulq_n_f32(vld1q_f32(x + 4), scale), half));
    int16x8_t both = vcombine_s16(vmovn_s32(a), vmovn_s32(b));
    return vmovn_u16(vreinterpretq_u16_s16(vminq_s16(both, vdupq_n_s16(15))));
}

void kern_quantize_q4_0_neon(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    for (; nblocks; nblocks--, y++, x += N) {
        uint32_t bits = largest_bits(x);
        if (bits >= INFINITE || bits < SMALL) {
            kern_quantize_q4_0_ref(y, x, 1);
            continue;
        }
        float max = first_with(x, bits), scale = -8 / max;
        y->d = kern_f32_to_f16(max / -8);
        for (int i = 0; i < N / 2; i += 8)
            vst1_u8(y->qs + i, vorr_u8(eight_nibbles(x + i, scale), vshl_n_u8(eight_nibbles(x + 16 + i, scale), 4)));
    }
}
