/* SPDX-License-Identifier: Apache-2.0
 * Byte-level BPE with NEON. */
#define KERN_BPE_ENCODE kern_bpe_encode_utf8_neon

#include <arm_neon.h>

#include "libkern/bpe_data.h"

/* The top bits of 64 bytes that are all 0 or 255: each keeps the bit of its place in 8, then neighbours are added. */
static inline uint64_t mask_of(const uint8x16_t v[4])
{
    static const uint8_t places[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    uint8x16_t bit = vld1q_u8(places);
    uint8x16_t low = vpaddq_u8(vandq_u8(v[0], bit), vandq_u8(v[1], bit));
    uint8x16_t high = vpaddq_u8(vandq_u8(v[2], bit), vandq_u8(v[3], bit));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline uint8x16_t in_range(uint8x16_t v, uint8_t low, uint8_t count)
{
    return vcltq_u8(vsubq_u8(v, vdupq_n_u8(low)), vdupq_n_u8(count));
}

static inline void isa_classify(const unsigned char *p, uint64_t mask[BPE_CLASSES])
{
    uint8x16_t letter[4], number[4], space[4], other[4];
    for (unsigned i = 0; i < 4; i++) {
        uint8x16_t v = vld1q_u8(p + 16 * i);
        letter[i] = in_range(vorrq_u8(v, vdupq_n_u8(0x20)), 'a', 26);
        number[i] = in_range(v, '0', 10);
        space[i] = vorrq_u8(in_range(v, '\t', 5), vceqq_u8(v, vdupq_n_u8(' ')));
        other[i] = vbicq_u8(vcltq_u8(v, vdupq_n_u8(0x80)), vorrq_u8(vorrq_u8(letter[i], number[i]), space[i]));
    }
    mask[BPE_LETTER] = mask_of(letter);
    mask[BPE_NUMBER] = mask_of(number);
    mask[BPE_SPACE] = mask_of(space);
    mask[BPE_OTHER] = mask_of(other);
}

static inline uint32_t isa_least(const uint32_t *key, unsigned n)
{
    uint32x4_t least = vld1q_u32(key);
    for (unsigned i = 4; i < n; i += 4)
        least = vminq_u32(least, vld1q_u32(key + i));
    return vminvq_u32(least);
}

#include "libkern/bpe_window.h"

#include "libkern/bpe_body.h"
