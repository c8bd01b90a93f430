/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_0 and Q4_0 for the compiler to vectorise: the largest magnitude as an integer, because then NaN and
 * infinity are larger than any number and no comparison is undecided. Blocks with either are left to the reference. */
#include <math.h>
#include <string.h>

#include <kern/kern.h>

enum { N = 32, INFINITE = 0x7f800000 };

/* The bits of the largest magnitude. */
static int32_t largest_bits(const float *x)
{
    int32_t bits[N], max = 0;

    memcpy(bits, x, sizeof bits);
#pragma omp simd reduction(max : max)
    for (int i = 0; i < N; i++) {
        int32_t size = bits[i] & 0x7fffffff;
        max = size > max ? size : max;
    }
    return max;
}

void kern_quantize_q8_0_auto(struct kern_q8_0 *restrict y, const float *restrict x, size_t nblocks)
{
    const float round = 0x1.8p23f; /* beyond it floats are integers, so adding it rounds; subtracting it restores */

    for (; nblocks; nblocks--, y++, x += N) {
        int32_t bits = largest_bits(x);
        float max;
        memcpy(&max, &bits, sizeof max);
        if (bits >= INFINITE || (y->d = kern_f32_to_f16(max / 127)) == 0) {
            kern_quantize_q8_0_ref(y, x, 1);
            continue;
        }
        float scale = 127 / max;
#pragma omp simd
        for (int i = 0; i < N; i++) {
            float level = x[i] * scale;
            float rounded = level + round;
            y->qs[i] = (int8_t)(int)(rounded - round);
        }
    }
}

/* The first of the values whose magnitude has these bits. */
static float first_with(const float *x, int32_t bits)
{
    int32_t b;
    int i = 0;

    for (; i < N - 1; i++) {
        memcpy(&b, &x[i], sizeof b);
        if ((b & 0x7fffffff) == bits)
            break;
    }
    return x[i];
}

void kern_quantize_q4_0_auto(struct kern_q4_0 *restrict y, const float *restrict x, size_t nblocks)
{
    for (; nblocks; nblocks--, y++, x += N) {
        int32_t bits = largest_bits(x);
        if (bits >= INFINITE || bits < 0x36800000) { /* 2^-18: d may be 0 */
            kern_quantize_q4_0_ref(y, x, 1);
            continue;
        }
        float max = first_with(x, bits), scale = -8 / max;
        y->d = kern_f32_to_f16(max / -8);
#pragma omp simd
        for (int i = 0; i < N / 2; i++) {
            float low = x[i] * scale, high = x[i + N / 2] * scale;
            int l = (int)(low + 8.5f), h = (int)(high + 8.5f);
            y->qs[i] = (uint8_t)((l < 15 ? l : 15) | (h < 15 ? h : 15) << 4);
        }
    }
}
