/* SPDX-License-Identifier: Apache-2.0
 * Layer normalisation: three passes over data that the first one brought into L1, each with masked tails. */
#include <kern/kern.h>

#include "libkern/avx512/vec.h"

/* What normalises: y = ((x - mean) * scale + offset) * w + b. */
struct norm {
    float mean, scale, offset;
};

static inline float sum_of(const float *x, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 64 <= n; i += 64) {
        s0 = _mm512_add_ps(s0, _mm512_loadu_ps(x + i));
        s1 = _mm512_add_ps(s1, _mm512_loadu_ps(x + i + 16));
        s2 = _mm512_add_ps(s2, _mm512_loadu_ps(x + i + 32));
        s3 = _mm512_add_ps(s3, _mm512_loadu_ps(x + i + 48));
    }
    for (; i < n; i += 16)
        s0 = _mm512_add_ps(s0, _mm512_maskz_loadu_ps(first_lanes(n - i < 16 ? n - i : 16), x + i));
    return sum_lanes(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

/* Adds the differences from the mean and their squares. */
#define DIFFERENCES(rest, squares, lanes, at)                                                                          \
    do {                                                                                                               \
        __m512 d = _mm512_maskz_sub_ps(lanes, _mm512_maskz_loadu_ps(lanes, x + (at)), centre);                         \
        rest = _mm512_add_ps(rest, d);                                                                                 \
        squares = _mm512_fmadd_ps(d, d, squares);                                                                      \
    } while (0)

static inline struct norm norm_of(const float *x, size_t n, float eps)
{
    float count = (float)n, mean = sum_of(x, n) / count;
    __m512 centre = _mm512_set1_ps(mean), r0 = _mm512_setzero_ps(), r1 = r0, q0 = r0, q1 = r0, q2 = r0, q3 = r0;
    size_t i = 0;

    for (; i + 64 <= n; i += 64) {
        DIFFERENCES(r0, q0, 0xffff, i);
        DIFFERENCES(r1, q1, 0xffff, i + 16);
        DIFFERENCES(r0, q2, 0xffff, i + 32);
        DIFFERENCES(r1, q3, 0xffff, i + 48);
    }
    for (; i < n; i += 16)
        DIFFERENCES(r0, q0, first_lanes(n - i < 16 ? n - i : 16), i);

    float shift = sum_lanes(_mm512_add_ps(r0, r1)) / count;
    float var = sum_lanes(_mm512_add_ps(_mm512_add_ps(q0, q1), _mm512_add_ps(q2, q3))) / count - shift * shift;
    var = (var < 0 ? 0 : var) + eps; /* this way round, a NaN stays one */
    float scale = 1 / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(var)));
    return (struct norm){ mean, scale, -shift * scale };
}

void kern_layernorm_f32_avx512(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    struct norm norm = norm_of(x, n, eps);
    __m512 mean = _mm512_set1_ps(norm.mean), scale = _mm512_set1_ps(norm.scale), offset = _mm512_set1_ps(norm.offset);
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        __m512 v = _mm512_fmadd_ps(_mm512_sub_ps(_mm512_loadu_ps(x + i), mean), scale, offset);
        _mm512_storeu_ps(y + i, _mm512_fmadd_ps(v, _mm512_loadu_ps(w + i), _mm512_loadu_ps(b + i)));
    }
    if (i < n) {
        __mmask16 m = first_lanes(n - i);
        __m512 v = _mm512_fmadd_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(m, x + i), mean), scale, offset);
        v = _mm512_fmadd_ps(v, _mm512_maskz_loadu_ps(m, w + i), _mm512_maskz_loadu_ps(m, b + i));
        _mm512_mask_storeu_ps(y + i, m, v);
    }
}
