/* SPDX-License-Identifier: Apache-2.0
 * Quantised kernels that are wrong on purpose: each must fail a claim; and the references under other names must not. */
#include <math.h>
#include <string.h>

#include "tests/kern/bad.h"
#include "tests/kern/check_quant.h"

static kern_quantize_q8_0_fn q8_truncates, q8_ties_away, q8_loses_nan, q8_writes_after, q8_skips_last, q8_scale_cut;
static kern_quantize_q4_0_fn q4_no_clamp, q4_last_of_ties, q4_swapped, q4_magnitude_only;
static kern_dequant_q8_0_fn dq8_unsigned, dq8_flushes, dq8_writes_before;

static void q8_with(struct kern_q8_0 *y, const float *x, size_t nblocks, float (*round)(float))
{
    kern_quantize_q8_0_ref(y, x, nblocks);
    for (size_t b = 0; b < nblocks; b++) {
        float max = 0;
        for (int i = 0; i < 32; i++)
            max = fmaxf(max, fabsf(x[32 * b + (size_t)i]));
        for (int i = 0; i < 32 && (y[b].d & 0x7fff) != 0 && y[b].d != 0x7e00; i++)
            y[b].qs[i] = (int8_t)round(x[32 * b + (size_t)i] * (127 / max));
    }
}

static void q8_truncates(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    q8_with(y, x, nblocks, truncf);
}

static void q8_ties_away(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    q8_with(y, x, nblocks, roundf);
}

static void q8_loses_nan(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_0_ref(y, x, nblocks);
    for (size_t i = 0; i < nblocks; i++)
        y[i].d = y[i].d == 0x7e00 ? 0 : y[i].d;
}

static void q8_writes_after(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_0_ref(y, x, nblocks);
    y[nblocks].d = 0;
}

static void q8_skips_last(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_0_ref(y, x, nblocks & ~(size_t)3);
}

/* Cuts the bits that do not fit the scale off. */
static void q8_scale_cut(struct kern_q8_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_0_ref(y, x, nblocks);
    for (size_t b = 0; b < nblocks; b++) {
        float max = 0;
        for (int i = 0; i < 32; i++)
            max = fmaxf(max, fabsf(x[32 * b + (size_t)i]));
        if (kern_f16_to_f32(y[b].d) > max / 127 && y[b].d < 0x7c00)
            y[b].d--;
    }
}

static void q4_no_clamp(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < 16 * nblocks; i++) /* 16 wraps to 0 */
        y[i / 16].qs[i % 16] &= (y[i / 16].qs[i % 16] & 15) == 15 ? 0xf0 : 0xff;
}

static void q4_reversed(float *to, const float *x)
{
    for (int i = 0; i < 32; i++)
        to[i] = x[31 - i];
}

static void q4_last_of_ties(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    for (size_t b = 0; b < nblocks; b++) {
        float r[32];
        struct kern_q4_0 t;
        q4_reversed(r, x + 32 * b);
        kern_quantize_q4_0_ref(&t, r, 1);
        y[b].d = t.d;
        for (int i = 0; i < 16; i++)
            y[b].qs[i] = (uint8_t)(t.qs[15 - i] << 4 | t.qs[15 - i] >> 4);
    }
}

static void q4_swapped(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < 16 * nblocks; i++)
        y[i / 16].qs[i % 16] = (uint8_t)(y[i / 16].qs[i % 16] << 4 | y[i / 16].qs[i % 16] >> 4);
}

/* A scale that is never negative. */
static void q4_magnitude_only(struct kern_q4_0 *y, const float *x, size_t nblocks)
{
    kern_quantize_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < nblocks; i++)
        y[i].d &= 0x7fff;
}

static void dq8_unsigned(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < 32 * nblocks; i++)
        y[i] = kern_f16_to_f32(x[i / 32].d) * (float)(uint8_t)x[i / 32].qs[i % 32];
}

static void dq8_flushes(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < 32 * nblocks; i++) {
        uint16_t d = x[i / 32].d;
        y[i] = kern_f16_to_f32(d & 0x7c00 ? d : d & 0x8000) * (float)x[i / 32].qs[i % 32];
    }
}

static void dq8_writes_before(float *y, const struct kern_q8_0 *x, size_t nblocks)
{
    kern_dequant_q8_0_ref(y, x, nblocks);
    y[-1] = 0;
}

/* --- products -----------------------------------------------------------------------------------------------------*/

static kern_dot_q8_0_fn dot8_saturates, dot8_skips_odd, dot8_adds_first;
static kern_dot_q4_0_fn dot4_swapped, dot4_no_offset;
static kern_gemv_q8_0_fn gemv8_skips_last, gemv8_scale_off;
static kern_gemv_packed_q4_0_fn packed4_pads_y, packed4_splits_differ;

/* Sums two products in 16 bits with weights that were made unsigned. */
static float dot8_saturates(const struct kern_q8_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    double total = 0;

    for (size_t b = 0; b < nblocks; b++) {
        int sum = 0;
        for (int i = 0; i < 32; i += 2) {
            int pair = (x[b].qs[i] + 128) * y[b].qs[i] + (x[b].qs[i + 1] + 128) * y[b].qs[i + 1];
            pair = pair > 32767 ? 32767 : pair < -32768 ? -32768 : pair;
            sum += pair - 128 * (y[b].qs[i] + y[b].qs[i + 1]);
        }
        total += (double)kern_f16_to_f32(x[b].d) * (double)kern_f16_to_f32(y[b].d) * sum;
    }
    return (float)total;
}

static float dot8_skips_odd(const struct kern_q8_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    return kern_dot_q8_0_ref(x, y, nblocks & ~(size_t)1);
}

static float dot8_adds_first(const struct kern_q8_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    return kern_dot_q8_0_ref(x, y, nblocks) + (nblocks > 16 ? kern_dot_q8_0_ref(x, y, 1) : 0);
}

static float dot4_swapped(const struct kern_q4_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    double total = 0;

    for (size_t b = 0; b < nblocks; b++) {
        struct kern_q4_0 t = x[b];
        for (int i = 0; i < 16; i++)
            t.qs[i] = (uint8_t)(t.qs[i] << 4 | t.qs[i] >> 4);
        total += (double)kern_dot_q4_0_ref(&t, &y[b], 1);
    }
    return (float)total;
}

static float dot4_no_offset(const struct kern_q4_0 *x, const struct kern_q8_0 *y, size_t nblocks)
{
    double total = 0;

    for (size_t b = 0; b < nblocks; b++)
        for (int i = 0; i < 32; i++)
            total += (double)kern_f16_to_f32(x[b].d) * (double)kern_f16_to_f32(y[b].d) * y[b].qs[i] *
                     (i < 16 ? x[b].qs[i] & 15 : x[b].qs[i - 16] >> 4);
    return (float)total;
}

static void gemv8_skips_last(float *y, const struct kern_q8_0 *a, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_q8_0_ref(y, a, x, m & ~(size_t)1, k, work);
}

/* As if the scale of x were not the half that it should be. */
static void gemv8_scale_off(float *y, const struct kern_q8_0 *a, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_q8_0_ref(y, a, x, m, k, work);
    for (size_t i = 0; i < m; i++)
        y[i] *= 1.0001F;
}

static void packed4_pads_y(float *y, const struct kern_q4_0x16 *a, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_packed_q4_0_ref(y, a, x, m, k, work);
    if (m % 16)
        y[m] = 0;
}

/* Within the bound, but rows in company differ in the last bit from rows alone. */
static void packed4_splits_differ(float *y, const struct kern_q4_0x16 *a, const float *x, size_t m, size_t k,
                                  void *work)
{
    kern_gemv_packed_q4_0_ref(y, a, x, m, k, work);
    for (size_t i = 0; m > 16 && i < m; i++)
        y[i] *= 1.0F + 0x1p-23F;
}

/* --- Q4_K ---------------------------------------------------------------------------------------------------------*/

static kern_dequant_q4_k_fn k4_low_scales, k4_pairs_swapped, k4_two_roundings;
static kern_quantize_q8_k_fn k8_forgets_sums, k8_wraps;
static kern_dot_q4_k_fn dotk_no_minimum, dotk_skips_last_part;
static kern_gemv_q4_k_fn gemvk_first_row;

/* Leaves out the high bits of the scales of parts 4 to 7. */
static void k4_low_scales(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    for (size_t b = 0; b < nblocks; b++) {
        struct kern_q4_k t = x[b];
        for (int i = 0; i < 4; i++)
            t.scales[i] &= 63;
        kern_dequant_q4_k_ref(y + 256 * b, &t, 1);
    }
}

static void k4_pairs_swapped(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    for (size_t b = 0; b < nblocks; b++) {
        struct kern_q4_k t = x[b];
        for (int i = 0; i < 128; i++)
            t.qs[i] = (uint8_t)(t.qs[i] << 4 | t.qs[i] >> 4);
        kern_dequant_q4_k_ref(y + 256 * b, &t, 1);
    }
}

static void k4_two_roundings(float *y, const struct kern_q4_k *x, size_t nblocks)
{
    kern_dequant_q4_k_ref(y, x, nblocks);
    for (size_t i = 0; i < 256 * nblocks; i++)
        y[i] *= 1.0F + 0x1p-23F;
}

static void k8_forgets_sums(struct kern_q8_k *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_k_ref(y, x, nblocks);
    for (size_t b = 0; b < nblocks; b++)
        y[b].sums[15] = 0;
}

static void k8_wraps(struct kern_q8_k *y, const float *x, size_t nblocks)
{
    kern_quantize_q8_k_ref(y, x, nblocks);
    for (size_t i = 0; i < 256 * nblocks; i++)
        y[i / 256].qs[i % 256] = (int8_t)(y[i / 256].qs[i % 256] == 127 ? -128 : y[i / 256].qs[i % 256]);
}

static float dotk_no_minimum(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    double total = 0;

    for (size_t b = 0; b < nblocks; b++) {
        struct kern_q4_k t = x[b];
        t.dmin = 0;
        total += (double)kern_dot_q4_k_ref(&t, &y[b], 1);
    }
    return (float)total;
}

static float dotk_skips_last_part(const struct kern_q4_k *x, const struct kern_q8_k *y, size_t nblocks)
{
    double total = 0;

    for (size_t b = 0; b < nblocks; b++) {
        struct kern_q8_k t = y[b];
        memset(t.qs + 224, 0, 32);
        total += (double)kern_dot_q4_k_ref(&x[b], &t, 1);
    }
    return (float)total;
}

static void gemvk_first_row(float *y, const struct kern_q4_k *a, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_q4_k_ref(y, a, x, m, k, work);
    if (m > 1)
        y[m - 1] = y[0];
}

/* Leaves the padding of the last group in y. */
static kern_gemv_packed_q4_k_fn packedk_pads_y, packedk_no_minimum;
static void packedk_pads_y(float *y, const struct kern_q4_kx16 *a, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_packed_q4_k_ref(y, a, x, m, k, work);
    if (m % 16)
        y[m] = 0;
}

static void packedk_no_minimum(float *y, const struct kern_q4_kx16 *a, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_packed_q4_k_ref(y, a, x, m, k, work);
    for (size_t i = 0; i < m && k > 0; i++) /* as if one block had none */
        y[i] += kern_f16_to_f32(a[i / 16 * (k / 256)].dmin[i % 16]) * x[0];
}

/* --- INT8 ---------------------------------------------------------------------------------------------------------*/

static kern_quantize_i8_fn i8_one_scale;
static kern_dequant_i8_fn di8_first_scale;
static kern_gemv_i8_fn gemv8i_skips_tail, gemv8i_rounds_again;

/* One scale for the whole matrix. */
static void i8_one_scale(int8_t *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i8_ref(q, d, x, m > 0, m * k);
    for (size_t i = 1; i < m; i++)
        d[i] = d[0];
}

static void di8_first_scale(float *y, const int8_t *q, const float *d, size_t m, size_t k)
{
    kern_dequant_i8_ref(y, q, d, m, k);
    for (size_t i = 0; m > 0 && i < k; i++)
        y[(m - 1) * k + i] = d[0] * q[(m - 1) * k + i];
}

static void gemv8i_skips_tail(float *y, const int8_t *q, const float *d, const float *x, size_t m, size_t k, void *work)
{
    kern_gemv_i8_ref(y, q, d, x, m, k, work);
    if (m % 4 == 1)
        y[m - 1] = 0;
}

/* Off by the last bit. */
static void gemv8i_rounds_again(float *y, const int8_t *q, const float *d, const float *x, size_t m, size_t k,
                                void *work)
{
    kern_gemv_i8_ref(y, q, d, x, m, k, work);
    for (size_t i = 0; i < m; i++)
        y[i] *= 1 + 0x1p-23F;
}

/* --- INT4 ---------------------------------------------------------------------------------------------------------*/

static kern_quantize_i4_fn i4_swapped, i4_loses_nan;
static kern_dequant_i4_fn di4_no_offset;
static kern_dot_i4_fn dot4i_takes_padding, dot4i_saturates;
static kern_dot_i8_fn dot8i_unsigned;
static kern_gemv_i4_fn gemv4i_rows_too_short;

static void i4_swapped(uint8_t *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i4_ref(q, d, x, m, k);
    for (size_t i = 0; i < m * kern_i4_row(k); i++)
        q[i] = (uint8_t)(q[i] << 4 | q[i] >> 4);
}

static void i4_loses_nan(uint8_t *q, float *d, const float *x, size_t m, size_t k)
{
    kern_quantize_i4_ref(q, d, x, m, k);
    for (size_t i = 0; i < m; i++)
        d[i] = isnan(d[i]) ? 0 : d[i];
}

static void di4_no_offset(float *y, const uint8_t *q, const float *d, size_t m, size_t k)
{
    kern_dequant_i4_ref(y, q, d, m, k);
    if (m > 0 && k > 0)
        y[m * k - 1] += 8 * d[m - 1];
}

static float dot4i_takes_padding(const uint8_t *q, const int8_t *x, float d, size_t k)
{
    float whole = kern_dot_i4_ref(q, x, d, k);

    return k % 32 == 17 ? whole + (float)((q[k / 32 * 16 + 1] >> 4) - 8) * d : whole;
}

static float dot4i_saturates(const uint8_t *q, const int8_t *x, float d, size_t k)
{
    float sum = kern_dot_i4_ref(q, x, 1, k);

    return (sum > 32767 ? 32767 : sum) * d;
}

static float dot8i_unsigned(const int8_t *q, const int8_t *x, float d, size_t k)
{
    float whole = kern_dot_i8_ref(q, x, d, k);

    return k > 0 && q[k - 1] < 0 ? whole + 256 * (float)x[k - 1] * d : whole;
}

static void gemv4i_rows_too_short(float *y, const uint8_t *q, const float *d, const float *x, size_t m, size_t k,
                                  void *work)
{
    for (size_t i = 0; i < m; i++)
        kern_gemv_i4_ref(y + i, q + i * (k / 32 * 16), d + i, x, 1, k, work);
}

static const struct bad_kernel wrong[] = {
    BAD(check_quantize_q8_0, q8_truncates),
    BAD(check_quantize_q8_0, q8_ties_away),
    BAD(check_quantize_q8_0, q8_loses_nan),
    BAD(check_quantize_q8_0, q8_writes_after),
    BAD(check_quantize_q8_0, q8_skips_last),
    BAD(check_quantize_q8_0, q8_scale_cut),
    BAD(check_quantize_q4_0, q4_no_clamp),
    BAD(check_quantize_q4_0, q4_last_of_ties),
    BAD(check_quantize_q4_0, q4_swapped),
    BAD(check_quantize_q4_0, q4_magnitude_only),
    BAD(check_dequant_q8_0, dq8_unsigned),
    BAD(check_dequant_q8_0, dq8_flushes),
    BAD(check_dequant_q8_0, dq8_writes_before),
    BAD(check_dot_q8_0, dot8_saturates),
    BAD(check_dot_q8_0, dot8_skips_odd),
    BAD(check_dot_q8_0, dot8_adds_first),
    BAD(check_dot_q4_0, dot4_swapped),
    BAD(check_dot_q4_0, dot4_no_offset),
    BAD(check_gemv_q8_0, gemv8_skips_last),
    BAD(check_gemv_q8_0, gemv8_scale_off),
    BAD(check_packed_q4_0, packed4_pads_y),
    BAD(check_packed_q4_0, packed4_splits_differ),
    BAD(check_dequant_q4_k, k4_low_scales),
    BAD(check_dequant_q4_k, k4_pairs_swapped),
    BAD(check_dequant_q4_k, k4_two_roundings),
    BAD(check_quantize_q8_k, k8_forgets_sums),
    BAD(check_quantize_q8_k, k8_wraps),
    BAD(check_dot_q4_k, dotk_no_minimum),
    BAD(check_dot_q4_k, dotk_skips_last_part),
    BAD(check_gemv_q4_k, gemvk_first_row),
    BAD(check_packed_q4_k, packedk_pads_y),
    BAD(check_packed_q4_k, packedk_no_minimum),
    BAD(check_quantize_i8, i8_one_scale),
    BAD(check_dequant_i8, di8_first_scale),
    BAD(check_gemv_i8, gemv8i_skips_tail),
    BAD(check_gemv_i8, gemv8i_rounds_again),
    BAD(check_quantize_i4, i4_swapped),
    BAD(check_quantize_i4, i4_loses_nan),
    BAD(check_dequant_i4, di4_no_offset),
    BAD(check_dot_i4, dot4i_takes_padding),
    BAD(check_dot_i4, dot4i_saturates),
    BAD(check_dot_i8, dot8i_unsigned),
    BAD(check_gemv_i4, gemv4i_rows_too_short),
    BAD_END,
}, right[] = {
    BAD(check_quantize_q8_0, kern_quantize_q8_0_ref),
    BAD(check_quantize_q4_0, kern_quantize_q4_0_ref),
    BAD(check_dequant_q8_0, kern_dequant_q8_0_ref),
    BAD(check_dot_q8_0, kern_dot_q8_0_ref),
    BAD(check_dot_q4_0, kern_dot_q4_0_ref),
    BAD(check_gemv_q8_0, kern_gemv_q8_0_ref),
    BAD(check_packed_q4_0, kern_gemv_packed_q4_0_ref),
    BAD(check_dequant_q4_k, kern_dequant_q4_k_ref),
    BAD(check_quantize_q8_k, kern_quantize_q8_k_ref),
    BAD(check_dot_q4_k, kern_dot_q4_k_ref),
    BAD(check_gemv_q4_k, kern_gemv_q4_k_ref),
    BAD(check_packed_q4_k, kern_gemv_packed_q4_k_ref),
    BAD(check_quantize_i8, kern_quantize_i8_ref),
    BAD(check_dequant_i8, kern_dequant_i8_ref),
    BAD(check_gemv_i8, kern_gemv_i8_ref),
    BAD(check_dot_i8, kern_dot_i8_ref),
    BAD(check_quantize_i4, kern_quantize_i4_ref),
    BAD(check_dequant_i4, kern_dequant_i4_ref),
    BAD(check_dot_i4, kern_dot_i4_ref),
    BAD(check_gemv_i4, kern_gemv_i4_ref),
    BAD_END,
};

void check_quant_bad(struct checks *c)
{
    check_bad_kernels(c, "quant_bad", wrong, right);
}
