/* SPDX-License-Identifier: Apache-2.0
 * What tests/emulate/immintrin.h is made of: a vector of 512 bits taken in halves, its masks, its ways to memory. */
#ifndef TESTS_EMULATE_VECTOR_H
#define TESTS_EMULATE_VECTOR_H

#pragma GCC system_header /* as the header that includes it */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* --- halves -------------------------------------------------------------------------------------------------------- */

union emu_v {
    __m512 ps;
    __m512i i;
    __m256 ps2[2];
    __m256i i2[2];
    __m128 ps4[4];
    __m128i i4[4];
    float f[16];
    int32_t d[16];
    uint32_t u[16];
    int16_t w[32];
    uint16_t uw[32];
    int8_t b[64];
    uint8_t ub[64];
};
#define EMU static inline __attribute__((always_inline, unused))

EMU __m256 emu_half_ps(__m512 v, int i)
{
    return ((union emu_v){ .ps = v }).ps2[i];
}

EMU __m256i emu_half_i(__m512i v, int i)
{
    return ((union emu_v){ .i = v }).i2[i];
}

EMU __m512 emu_join_ps(__m256 low, __m256 high)
{
    return ((union emu_v){ .ps2 = { low, high } }).ps;
}

EMU __m512i emu_join_i(__m256i low, __m256i high)
{
    return ((union emu_v){ .i2 = { low, high } }).i;
}

/* EMU_<type of result><types of vectors>(f, vectors..., what both halves share): f on either half. */
#define EMU_PP(f, a, ...)                                                                                              \
    __extension__({                                                                                                    \
        __m512 a_ = (a);                                                                                               \
        emu_join_ps(f(emu_half_ps(a_, 0), ##__VA_ARGS__), f(emu_half_ps(a_, 1), ##__VA_ARGS__));                       \
    })
#define EMU_PPP(f, a, b, ...)                                                                                          \
    __extension__({                                                                                                    \
        __m512 a_ = (a), b_ = (b);                                                                                     \
        emu_join_ps(f(emu_half_ps(a_, 0), emu_half_ps(b_, 0), ##__VA_ARGS__),                                          \
                    f(emu_half_ps(a_, 1), emu_half_ps(b_, 1), ##__VA_ARGS__));                                         \
    })
#define EMU_PPPP(f, a, b, c)                                                                                           \
    __extension__({                                                                                                    \
        __m512 a_ = (a), b_ = (b), c_ = (c);                                                                           \
        emu_join_ps(f(emu_half_ps(a_, 0), emu_half_ps(b_, 0), emu_half_ps(c_, 0)),                                     \
                    f(emu_half_ps(a_, 1), emu_half_ps(b_, 1), emu_half_ps(c_, 1)));                                    \
    })
#define EMU_PI(f, a)                                                                                                   \
    __extension__({                                                                                                    \
        __m512i a_ = (a);                                                                                              \
        emu_join_ps(f(emu_half_i(a_, 0)), f(emu_half_i(a_, 1)));                                                       \
    })
#define EMU_IP(f, a)                                                                                                   \
    __extension__({                                                                                                    \
        __m512 a_ = (a);                                                                                               \
        emu_join_i(f(emu_half_ps(a_, 0)), f(emu_half_ps(a_, 1)));                                                      \
    })
#define EMU_II(f, a, ...)                                                                                              \
    __extension__({                                                                                                    \
        __m512i a_ = (a);                                                                                              \
        emu_join_i(f(emu_half_i(a_, 0), ##__VA_ARGS__), f(emu_half_i(a_, 1), ##__VA_ARGS__));                          \
    })
#define EMU_III(f, a, b, ...)                                                                                          \
    __extension__({                                                                                                    \
        __m512i a_ = (a), b_ = (b);                                                                                    \
        emu_join_i(f(emu_half_i(a_, 0), emu_half_i(b_, 0), ##__VA_ARGS__),                                             \
                   f(emu_half_i(a_, 1), emu_half_i(b_, 1), ##__VA_ARGS__));                                            \
    })

/* --- masks --------------------------------------------------------------------------------------------------------- */

/* All bits of the lanes whose bit is set. */
EMU __m256i emu_lanes8(unsigned mask)
{
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)mask), bit), bit);
}

EMU __m512i emu_lanes(__mmask16 m)
{
    return emu_join_i(emu_lanes8(m), emu_lanes8(m >> 8));
}

/* The sign bits of 16 and of 64 lanes. */
EMU __mmask16 emu_mask16(__m512i v)
{
    unsigned low = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(emu_half_i(v, 0)));
    unsigned high = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(emu_half_i(v, 1)));
    return (__mmask16)(low | high << 8);
}

EMU __mmask64 emu_mask64(__m512i v)
{
    uint64_t low = (uint32_t)_mm256_movemask_epi8(emu_half_i(v, 0));
    uint64_t high = (uint32_t)_mm256_movemask_epi8(emu_half_i(v, 1));
    return low | high << 32;
}

/* Lanes of yes where m is set, others of no. */
EMU __m512i emu_choose(__mmask16 m, __m512i yes, __m512i no)
{
    __m512i lanes = emu_lanes(m);
    return (lanes & yes) | (~lanes & no);
}

EMU __m512 emu_choose_ps(__mmask16 m, __m512 yes, __m512 no)
{
    return (__m512)emu_choose(m, (__m512i)yes, (__m512i)no);
}

/* --- memory -------------------------------------------------------------------------------------------------------- */

EMU __m512i emu_load(const void *p)
{
    __m512i v;
    memcpy(&v, p, sizeof v);
    return v;
}

EMU void emu_store(void *p, __m512i v)
{
    memcpy(p, &v, sizeof v);
}

EMU void *emu_aligned(const void *p)
{
    if ((uintptr_t)p % 64)
        __builtin_trap();
    return (void *)(uintptr_t)p;
}

EMU __m512i emu_mask_load(__m512i other, __mmask16 m, const void *p)
{
    const int *word = (const int *)p;
    __m512i v =
        emu_join_i(_mm256_maskload_epi32(word, emu_lanes8(m)), _mm256_maskload_epi32(word + 8, emu_lanes8(m >> 8)));
    return emu_choose(m, v, other);
}

EMU void emu_mask_store(void *p, __mmask16 m, __m512i v)
{
    int *word = (int *)p;
    _mm256_maskstore_epi32(word, emu_lanes8(m), emu_half_i(v, 0));
    _mm256_maskstore_epi32(word + 8, emu_lanes8(m >> 8), emu_half_i(v, 1));
}

/* Elements of 1 or 2 bytes. */
EMU __m512i emu_mask_load_small(__m512i other, __mmask64 m, const void *p, size_t bytes)
{
    union emu_v v = { .i = other };
    for (size_t i = 0; i < 64 / bytes; i++)
        if (m >> i & 1)
            memcpy(v.b + i * bytes, (const char *)p + i * bytes, bytes);
    return v.i;
}

EMU void emu_mask_store_small(void *p, __mmask64 m, __m512i x, size_t bytes)
{
    union emu_v v = { .i = x };
    for (size_t i = 0; i < 64 / bytes; i++)
        if (m >> i & 1)
            memcpy((char *)p + i * bytes, v.b + i * bytes, bytes);
}

EMU __m512i emu_gather(__m512i other, __mmask16 m, __m512i at, const void *p, int scale)
{
    union emu_v v = { .i = other }, index = { .i = at };
    for (int i = 0; i < 16; i++)
        if (m >> i & 1)
            memcpy(&v.d[i], (const char *)p + (ptrdiff_t)index.d[i] * scale, sizeof v.d[i]);
    return v.i;
}

#endif
