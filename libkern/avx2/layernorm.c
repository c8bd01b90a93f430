/* SPDX-License-Identifier: Apache-2.0
 * Layer normalisation: three passes over data that the first one brought into L1, each with masked tails. */
#include <kern/kern.h>

#include "libkern/avx2/vec.h"

/* What normalises: y = ((x - mean) * scale + offset) * w + b. */
struct norm {
    float mean, scale, offset;
};

static inline float sum_of(const float *x, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 32 <= n; i += 32) {
        s0 = _mm256_add_ps(s0, _mm256_loadu_ps(x + i));
        s1 = _mm256_add_ps(s1, _mm256_loadu_ps(x + i + 8));
        s2 = _mm256_add_ps(s2, _mm256_loadu_ps(x + i + 16));
        s3 = _mm256_add_ps(s3, _mm256_loadu_ps(x + i + 24));
    }
    for (; i < n; i += 8)
        s0 = _mm256_add_ps(s0, _mm256_maskload_ps(x + i, first_lanes(n - i < 8 ? n - i : 8)));
    return sum_lanes(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
}

/* Adds the differences d from the mean and their squares. */
#define DIFFERENCES(rest, squares, difference)                                                                         \
    do {                                                                                                               \
        __m256 d = (difference);                                                                                       \
        rest = _mm256_add_ps(rest, d);                                                                                 \
        squares = _mm256_fmadd_ps(d, d, squares);                                                                      \
    } while (0)

static inline struct norm norm_of(const float *x, size_t n, float eps)
{
    float count = (float)n, mean = sum_of(x, n) / count;
    __m256 centre = _mm256_set1_ps(mean), r0 = _mm256_setzero_ps(), r1 = r0, q0 = r0, q1 = r0, q2 = r0, q3 = r0;
    size_t i = 0;

    for (; i + 32 <= n; i += 32) {
        DIFFERENCES(r0, q0, _mm256_sub_ps(_mm256_loadu_ps(x + i), centre));
        DIFFERENCES(r1, q1, _mm256_sub_ps(_mm256_loadu_ps(x + i + 8), centre));
        DIFFERENCES(r0, q2, _mm256_sub_ps(_mm256_loadu_ps(x + i + 16), centre));
        DIFFERENCES(r1, q3, _mm256_sub_ps(_mm256_loadu_ps(x + i + 24), centre));
    }
    for (; i < n; i += 8) {
        __m256i m = first_lanes(n - i < 8 ? n - i : 8);
        DIFFERENCES(r0, q0, _mm256_sub_ps(_mm256_maskload_ps(x + i, m), _mm256_and_ps(centre, _mm256_castsi256_ps(m))));
    }

    float shift = sum_lanes(_mm256_add_ps(r0, r1)) / count;
    float var = sum_lanes(_mm256_add_ps(_mm256_add_ps(q0, q1), _mm256_add_ps(q2, q3))) / count - shift * shift;
    var = (var < 0 ? 0 : var) + eps; /* this way round, a NaN stays one */
    float scale = 1 / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(var)));
    return (struct norm){ mean, scale, -shift * scale };
}

void kern_layernorm_f32_avx2(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    struct norm norm = norm_of(x, n, eps);
    __m256 mean = _mm256_set1_ps(norm.mean), scale = _mm256_set1_ps(norm.scale), offset = _mm256_set1_ps(norm.offset);
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        __m256 v = _mm256_fmadd_ps(_mm256_sub_ps(_mm256_loadu_ps(x + i), mean), scale, offset);
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(v, _mm256_loadu_ps(w + i), _mm256_loadu_ps(b + i)));
    }
    if (i < n) {
        __m256i m = first_lanes(n - i);
        __m256 v = _mm256_fmadd_ps(_mm256_sub_ps(_mm256_maskload_ps(x + i, m), mean), scale, offset);
        _mm256_maskstore_ps(y + i, m, _mm256_fmadd_ps(v, _mm256_maskload_ps(w + i, m), _mm256_maskload_ps(b + i, m)));
    }
}
