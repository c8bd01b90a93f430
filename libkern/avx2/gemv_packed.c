/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0, Q4_0 or Q4_K times vector: two vectors of sums are sixteen rows, which take four bytes each at a
 * time. A nibble is unsigned, and the offset of Q4_0 is where its sums start from; sixteen products of nibbles fit 16
 * bits (30480), and are widened once, by Q4_K's scales where it has some. The sign of a Q8_0 weight moves to x. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"
#include "libkern/quant_work.h"
#include "libkern/unroll.h"

/* Groups of sixteen rows that are read together: several streams come faster than one from beyond the cache. */
enum { MOST_GROUPS = 4, LARGE_GROUPS = 2 };

static inline __m256i four_bytes(const void *x)
{
    int32_t v;
    memcpy(&v, x, sizeof v);
    return _mm256_set1_epi32(v);
}

static inline __m256i words(const void *p, int half)
{
    return _mm256_loadu_si256((const __m256i *)p + half);
}

static inline __m256 halves(const uint16_t *d, int half)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(d + 8 * half)));
}

static inline void add_q8_0(__m256 s[2], const struct kern_q8_0x16 *a, const struct quant_work *w, size_t b)
{
    __m256i sum[2] = { _mm256_setzero_si256(), _mm256_setzero_si256() };
    __m256 dx = _mm256_set1_ps(w->d[b]);

    UNROLL for (int i = 0; i < 8; i++)
    {
        __m256i v = four_bytes(w->qs + 32 * b + 4 * i);
        for (int half = 0; half < 2; half++) {
            __m256i q = _mm256_xor_si256(words(a->qs[i], half), _mm256_set1_epi8((char)128));
            __m256i pairs = _mm256_maddubs_epi16(_mm256_sign_epi8(q, q), _mm256_sign_epi8(v, q));
            sum[half] = _mm256_add_epi32(sum[half], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
    for (int half = 0; half < 2; half++)
        s[half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[half]), _mm256_mul_ps(halves(a->d, half), dx), s[half]);
}

/* Loads from behind this stay behind it: done early, they would be kept on the stack. */
#define HERE __asm__ volatile("" ::: "memory")

/* Ends a sum: the compiler would add later ones up in another order, which takes more registers than there are. */
#define KEEP(v) __asm__("" : "+x"(v))

/* How many bytes early the lines of Q4_K are asked for, whose blocks are so large that a stream rests for long. The
 * smaller blocks lose by it. */
enum { AHEAD = 4096 };

/* Sums of the products of the sixteen rows' low nibbles with x, of the high ones with z: two a row. */
struct nibbles {
    __m256i low[2], high[2];
};

static inline __attribute__((always_inline)) struct nibbles nibbles(const uint8_t (*qs)[16][4], const int8_t *x,
                                                                    const int8_t *z, const int steps)
{
    const __m256i low = _mm256_set1_epi8(15);
    struct nibbles sum;

    UNROLL for (int i = 0; i < steps; i++)
    {
        HERE;
        if (steps == 8) /* as large blocks have */
            _mm_prefetch((const char *)qs[i] + AHEAD, _MM_HINT_T0);
        __m256i v = four_bytes(x + 4 * i), w = four_bytes(z + 4 * i);
        UNROLL for (int half = 0; half < 2; half++)
        {
            __m256i q = words(qs[i], half), high = _mm256_and_si256(_mm256_srli_epi16(q, 4), low);
            q = _mm256_maddubs_epi16(_mm256_and_si256(q, low), v);
            high = _mm256_maddubs_epi16(high, w);
            sum.low[half] = i ? _mm256_add_epi16(sum.low[half], q) : q;
            sum.high[half] = i ? _mm256_add_epi16(sum.high[half], high) : high;
            KEEP(sum.low[half]);
            KEEP(sum.high[half]);
        }
    }
    return sum;
}

static inline void add_q4_0(__m256 s[2], const struct kern_q4_0x16 *a, const struct quant_work *w, size_t b)
{
    const int8_t *x = w->qs + 32 * b;
    struct nibbles n = nibbles(a->qs, x, x + 16, 4);
    __m256 dx = _mm256_set1_ps(w->d[b]);

    UNROLL for (int half = 0; half < 2; half++)
    {
        __m256i sum = _mm256_madd_epi16(_mm256_add_epi16(n.low[half], n.high[half]), _mm256_set1_epi16(1));
        sum = _mm256_add_epi32(sum, _mm256_set1_epi32(w->sum[b]));
        s[half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_mul_ps(halves(a->d, half), dx), s[half]);
    }
}

/* Byte i of each lane, twice, as 16 bits. */
static inline __m256i twice(__m256i lanes, int i)
{
    const __m256i first = _mm256_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12);
    __m256i from = _mm256_add_epi32(first, _mm256_set1_epi32(i));
    from = _mm256_or_si256(from, _mm256_slli_epi32(from, 16));
    return _mm256_shuffle_epi8(lanes, _mm256_or_si256(from, _mm256_set1_epi32((int)0x80008000)));
}

/* The minimums of four parts, the bytes of a lane, times the sums of x: parts 0 and 2, then 1 and 3. */
static inline __m256i minimums(__m256i least, const int16_t sums[4])
{
    const __m256i even = _mm256_set1_epi32(0x00ff00ff);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(least, 8), even);

    return _mm256_add_epi32(_mm256_madd_epi16(_mm256_and_si256(least, even), four_bytes(sums)),
                            _mm256_madd_epi16(odd, four_bytes(sums + 2)));
}

/* Scales and minimums of eight rows: bytes 0 to 3 of a lane are those of parts 0 to 3, and of 4 to 7. */
struct parts {
    __m256i scale[2], least[2];
};

static inline struct parts parts_of(const struct kern_q4_kx16 *a, int half)
{
    const __m256i six = _mm256_set1_epi32(0x3f3f3f3f), four = _mm256_set1_epi32(0x0f0f0f0f);
    const __m256i two = _mm256_set1_epi32(0x30303030);
    __m256i u = words(a->scales[0], half), v = words(a->scales[1], half), w = words(a->scales[2], half);
    __m256i high_u = _mm256_and_si256(_mm256_srli_epi32(u, 2), two);
    __m256i high_v = _mm256_and_si256(_mm256_srli_epi32(v, 2), two);

    return (struct parts){
        { _mm256_and_si256(u, six), _mm256_or_si256(_mm256_and_si256(w, four), high_u) },
        { _mm256_and_si256(v, six), _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32(w, 4), four), high_v) },
    };
}

/* All in integers: the sum of eight parts is below 63 * 15 * 127 * 256 = 2^25. */
static inline __attribute__((always_inline)) void add_q4_k(__m256 s[2], const struct kern_q4_kx16 *a,
                                                           const struct kern_q8_k *x, size_t b)
{
    const __m128i order = _mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
    __m256i sum[2], scale[2][2];
    __m128i of_32 = _mm_loadu_si128((const __m128i *)x[b].sums);
    int16_t sums[8];

    of_32 = _mm_hadd_epi16(of_32, _mm_loadu_si128((const __m128i *)(x[b].sums + 8)));
    _mm_storeu_si128((__m128i *)sums, _mm_shuffle_epi8(of_32, order));
    UNROLL for (int half = 0; half < 2; half++)
    {
        struct parts p = parts_of(a, half);
        __m256i least = _mm256_add_epi32(minimums(p.least[0], sums), minimums(p.least[1], sums + 4));
        __m256 d = _mm256_mul_ps(halves(a->dmin, half), _mm256_set1_ps(x[b].d));
        s[half] = _mm256_fnmadd_ps(_mm256_cvtepi32_ps(least), d, s[half]);
        sum[half] = _mm256_setzero_si256();
        scale[0][half] = p.scale[0];
        scale[1][half] = p.scale[1];
    }
    UNROLL for (int pair = 0; pair < 4; pair++)
    {
        const int8_t *at = x[b].qs + 64 * pair;
        struct nibbles n = nibbles(a->qs + 8 * pair, at, at + 32, 8);
        UNROLL for (int half = 0; half < 2; half++)
        {
            __m256i by = scale[pair / 2][half];
            __m256i low = _mm256_madd_epi16(n.low[half], twice(by, pair % 2 * 2));
            __m256i high = _mm256_madd_epi16(n.high[half], twice(by, pair % 2 * 2 + 1));
            sum[half] = _mm256_add_epi32(sum[half], _mm256_add_epi32(low, high));
        }
    }
    UNROLL for (int half = 0; half < 2; half++)
    {
        __m256 d = _mm256_mul_ps(halves(a->d, half), _mm256_set1_ps(x[b].d));
        s[half] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[half]), d, s[half]);
    }
}

/* `groups` groups of sixteen rows, n blocks apart. */
#define GEMV_PACKED(type, vector, most, block, prepare)                                                                \
    static inline void rows_##type(float *y, const struct kern_##type##x16 *a, const vector *x, size_t n, int groups)  \
    {                                                                                                                  \
        __m256 s[most][2];                                                                                             \
        for (int i = 0; i < 2 * groups; i++)                                                                           \
            s[i / 2][i % 2] = _mm256_setzero_ps();                                                                     \
        for (size_t b = 0; b < n; b++, a++)                                                                            \
            for (int g = 0; g < groups; g++)                                                                           \
                add_##type(s[g], a + (size_t)g * n, x, b);                                                             \
        for (int i = 0; i < 2 * groups; i++)                                                                           \
            _mm256_storeu_ps(y + 8 * i, s[i / 2][i % 2]);                                                              \
    }                                                                                                                  \
    void kern_gemv_packed_##type##_avx2(float *y, const struct kern_##type##x16 *a, const float *x, size_t m,          \
                                        size_t k, void *work)                                                          \
    {                                                                                                                  \
        size_t n = k / (block), i = 0;                                                                                 \
        prepare;                                                                                                       \
        for (; i + 16 * (most) <= m; i += 16 * (most))                                                                 \
            rows_##type(y + i, a + i / 16 * n, w, n, most);                                                            \
        for (; i < m; i += 16) {                                                                                       \
            float all[16];                                                                                             \
            rows_##type(m - i < 16 ? all : y + i, a + i / 16 * n, w, n, 1);                                            \
            if (m - i < 16)                                                                                            \
                memcpy(y + i, all, (m - i) * sizeof *y);                                                               \
        }                                                                                                              \
    }

#define SPREAD(offset)                                                                                                 \
    struct quant_work spread = quant_spread(kern_quantize_q8_0_avx2, x, k, work, -(offset));                           \
    const struct quant_work *w = &spread

GEMV_PACKED(q8_0, struct quant_work, MOST_GROUPS, 32, SPREAD(0))
GEMV_PACKED(q4_0, struct quant_work, MOST_GROUPS, 32, SPREAD(8))
GEMV_PACKED(q4_k, struct kern_q8_k, LARGE_GROUPS, KERN_Q4_K_BLOCK, struct kern_q8_k *w = quant_aligned(work);
            kern_quantize_q8_k_avx2(w, x, n))
