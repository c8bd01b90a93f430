/* SPDX-License-Identifier: Apache-2.0
 * Kernels over vectors that are wrong on purpose, each in one way that real kernels are wrong in; see bad.c. */
#include <math.h>
#include <string.h>

#include "tests/kern/bad.h"

/* --- norms --------------------------------------------------------------------------------------------------------*/

static void rms_eps_outside(float *y, const float *x, const float *w, size_t n, float eps)
{
    kern_rmsnorm_f32_ref(y, x, w, n, 0);
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (double)x[i] * (double)x[i];
    double scale = 1 / (sqrt(squares / (double)n) + (double)eps);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] * scale * (double)w[i]);
}

static void rms_skips_tail(float *y, const float *x, const float *w, size_t n, float eps)
{
    kern_rmsnorm_f32_ref(y, x, w, n, eps);
    if (n > 16 && n % 16)
        y[n - 1] = 0;
}

static void rms_writes_after(float *y, const float *x, const float *w, size_t n, float eps)
{
    kern_rmsnorm_f32_ref(y, x, w, n, eps);
    y[n] = 0;
}

static void rms_reads_beyond(float *y, const float *x, const float *w, size_t n, float eps)
{
    float next = *(const volatile float *)(x + n);
    kern_rmsnorm_f32_ref(y, x, w, n, isnan(next) ? eps : eps + 0 * next);
}

static void rms_keeps_residual(float *y, float *r, const float *x, const float *w, size_t n, float eps)
{
    for (size_t i = 0; i < n; i++)
        y[i] = r[i] + x[i];
    kern_rmsnorm_f32_ref(y, y, w, n, eps);
}

static void layer_adds_after(float *y, float *r, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, r, w, b, n, eps);
    for (size_t i = 0; i < n; i++)
        r[i] += x[i];
}

/* --- activations --------------------------------------------------------------------------------------------------*/

static void exp_low_precision(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(exp((double)x[i]) * (1 + 3 * 0x1p-23));
}

static void exp_flushes_subnormals(float *y, const float *x, size_t n)
{
    kern_exp_f32_ref(y, x, n);
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] < 0x1p-126f ? 0 : y[i];
}

static void exp_overflows_early(float *y, const float *x, size_t n)
{
    kern_exp_f32_ref(y, x, n);
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] > 0x1p+127f ? INFINITY : y[i];
}

/* Accurate near zero only in the absolute. */
static void silu_by_difference(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * (1 - 1 / (1 + expf(x[i])));
}

static void gelu_with_erf(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] / 2 * (1 + erf((double)x[i] * sqrt(0.5))));
}

static void gelu_erf_with_tanh(float *y, const float *x, size_t n)
{
    kern_gelu_f32_ref(y, x, n);
}

/* Accurate in the negative tail only in the absolute. */
static void gelu_erf_cancels(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * 0.5f * (1 + erff(x[i] * 0x1.6a09e6p-1f));
}

/* What x^2 loses by being a float is small, but not to exp(-x^2 / 2). */
static void gelu_erf_rounds_square(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double v = fmax((double)x[i], -14.5), exact = v * v;
        float square = (float)exact;
        y[i] = (float)(v / 2 * erfc(-v * sqrt(0.5)) * (x[i] < 0 ? exp((exact - (double)square) / 2) : 1));
    }
}

static void gelu_erf_cuts_tail(float *y, const float *x, size_t n)
{
    kern_gelu_erf_f32_ref(y, x, n);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] < -9 ? 0 : y[i];
}

static void gelu_erf_nan_at_infinity(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] / 2 * erfc(-(double)x[i] * sqrt(0.5)));
}

static void swiglu_swapped(float *y, const float *gate, const float *up, size_t n)
{
    kern_swiglu_f32_ref(y, up, gate, n);
}

static void swiglu_not_in_place(float *y, const float *gate, const float *up, size_t n)
{
    kern_silu_f32_ref(y, gate, n);
    for (size_t i = 0; i < n; i++)
        y[i] *= up[i];
}

static void softmax_without_max(float *y, const float *x, size_t n)
{
    float sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += y[i] = expf(x[i]);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void softmax_hides_nan(float *y, const float *x, size_t n)
{
    kern_softmax_f32_ref(y, x, n);
    for (size_t i = 0; i < n; i++)
        y[i] = isnan(y[i]) ? 0 : y[i];
}

static void softmax_forgets_tail(float *y, const float *x, size_t n)
{
    kern_softmax_f32_ref(y, x, n > 16 ? n & ~(size_t)15 : n);
}

static void softmax_writes_after(float *y, const float *x, size_t n)
{
    kern_softmax_f32_ref(y, x, n);
    y[n] = 0;
}

/* --- rope ---------------------------------------------------------------------------------------------------------*/

/* The angle rounded to float, which is off by up to 2^-5 at the largest positions. */
static void rope_rounds_angle(float *x, const float *freq, size_t pos, const struct kern_rope *r)
{
    float table[1024];
    struct kern_rope one = *r;

    one.tokens = 1;
    for (size_t t = 0; t < r->tokens; t++, x += r->heads * r->dim) {
        for (size_t i = 0; i < r->dim / 2; i++) {
            float angle = (float)(pos + t) * freq[i];
            table[i] = cosf(angle);
            table[i + r->dim / 2] = sinf(angle);
        }
        kern_rope_apply_f32_ref(x, table, &one);
    }
}

static void rope_other_way(float *x, const float *table, const struct kern_rope *r)
{
    float turned[140 * 256];

    for (size_t i = 0; i < r->tokens * r->dim; i++)
        turned[i] = i % r->dim < r->dim / 2 ? table[i] : -table[i];
    kern_rope_apply_f32_ref(x, turned, r);
}

static void rope_first_head_only(float *x, const float *table, const struct kern_rope *r)
{
    struct kern_rope one = *r;

    one.tokens = 1;
    one.heads = r->heads < 1 ? 0 : 1;
    for (size_t t = 0; t < r->tokens; t++)
        kern_rope_apply_f32_ref(x + t * r->heads * r->dim, table + t * r->dim, &one);
}

static void rope_only_halves(float *x, const float *table, const struct kern_rope *r)
{
    struct kern_rope halves = *r;

    halves.layout = KERN_ROPE_HALVES;
    kern_rope_apply_f32_ref(x, table, &halves);
}

static void rope_table_swapped(float *table, const float *freq, size_t pos, size_t count, size_t dim)
{
    kern_rope_table_f32_ref(table, freq, pos, count, dim);
    for (size_t i = 0; i < count * dim / 2; i++) {
        size_t at = i / (dim / 2) * dim + i % (dim / 2);
        float keep = table[at];
        table[at] = table[at + dim / 2];
        table[at + dim / 2] = keep;
    }
}

/* --- sampling -----------------------------------------------------------------------------------------------------*/

static void axpy_skips_tail(float *y, float a, const float *x, size_t n)
{
    kern_axpy_f32_ref(y, a, x, n & ~(size_t)3);
}

static size_t argmax_last_of_ties(const float *x, size_t n)
{
    size_t best = kern_argmax_f32_ref(x, n);

    for (size_t i = best; i < n; i++)
        best = x[i] == x[best] ? i : best;
    return best;
}

/* A NaN at the front is never beaten. */
static size_t argmax_stuck_at_nan(const float *x, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        best = x[i] > x[best] ? i : best;
    return best;
}

static size_t topk_any_of_ties(float *values, uint32_t *index, const float *x, size_t n, size_t k)
{
    size_t found = kern_topk_f32_ref(values, index, x, n, k);

    for (size_t i = 1; i < found; i++)
        if (values[i] == values[i - 1]) {
            uint32_t keep = index[i];
            index[i] = index[i - 1];
            index[i - 1] = keep;
        }
    return found;
}

static size_t topk_pads(float *values, uint32_t *index, const float *x, size_t n, size_t k)
{
    for (size_t i = kern_topk_f32_ref(values, index, x, n, k); i < k; i++)
        index[i] = 0;
    return k;
}

static size_t topp_is_argmax(const float *p, size_t n, float top_p, float random, void *work)
{
    return kern_topp_f32_ref(p, n, top_p * 0, random, work);
}

static size_t topp_draws_from_all(const float *p, size_t n, float top_p, float random, void *work)
{
    return kern_topp_f32_ref(p, n, top_p + 1, random, work);
}

/* Reaches for a thousandth too much. */
static size_t topp_rounds(const float *p, size_t n, float top_p, float random, void *work)
{
    return kern_topp_f32_ref(p, n, top_p * 1.001f, random, work);
}

/* --- lora ---------------------------------------------------------------------------------------------------------*/

static void lora_overwrites(float *y, const float *x, const struct kern_lora *l)
{
    memset(y, 0, l->m * sizeof *y);
    kern_lora_f32_ref(y, x, l);
}

static void lora_forgets_scale(float *y, const float *x, const struct kern_lora *l)
{
    struct kern_lora plain = *l;

    plain.scale = 1;
    kern_lora_f32_ref(y, x, &plain);
}

static void lora_drops_rank(float *y, const float *x, const struct kern_lora *l)
{
    struct kern_lora less = *l;

    less.rank = l->rank > 4 ? l->rank & ~(size_t)3 : l->rank;
    kern_lora_f32_ref(y, x, &less);
}

static void lora_grad_uphill(float *da, float *db, const float *x, const float *dy, const struct kern_lora *l)
{
    struct kern_lora other = *l;

    other.scale = -l->scale;
    kern_lora_grad_f32_ref(da, db, x, dy, &other);
}

static void lora_update_keeps(float *w, float *g, float rate, size_t n)
{
    for (size_t i = 0; i < n; i++)
        w[i] -= rate * g[i];
}

/* ------------------------------------------------------------------------------------------------------------------*/

const struct bad_kernel bad_vec[] = {
    BAD_AS("rmsnorm", check_norms_variant, rms_eps_outside),
    BAD_AS("rmsnorm", check_norms_variant, rms_skips_tail),
    BAD_AS("rmsnorm", check_norms_variant, rms_writes_after),
    BAD_AS("rmsnorm", check_norms_variant, rms_reads_beyond),
    BAD_AS("rmsnorm_add", check_norms_variant, rms_keeps_residual),
    BAD_AS("layernorm_add", check_norms_variant, layer_adds_after),
    BAD_AS("exp", check_activation_variant, exp_low_precision),
    BAD_AS("exp", check_activation_variant, exp_flushes_subnormals),
    BAD_AS("exp", check_activation_variant, exp_overflows_early),
    BAD_AS("silu", check_activation_variant, silu_by_difference),
    BAD_AS("gelu", check_activation_variant, gelu_with_erf),
    BAD_AS("gelu_erf", check_activation_variant, gelu_erf_with_tanh),
    BAD_AS("gelu_erf", check_activation_variant, gelu_erf_cancels),
    BAD_AS("gelu_erf", check_activation_variant, gelu_erf_rounds_square),
    BAD_AS("gelu_erf", check_activation_variant, gelu_erf_cuts_tail),
    BAD_AS("gelu_erf", check_activation_variant, gelu_erf_nan_at_infinity),
    BAD_AS("swiglu", check_activation_variant, swiglu_swapped),
    BAD_AS("swiglu", check_activation_variant, swiglu_not_in_place),
    BAD_AS("softmax", check_softmax_variant, softmax_without_max),
    BAD_AS("softmax", check_softmax_variant, softmax_hides_nan),
    BAD_AS("softmax", check_softmax_variant, softmax_forgets_tail),
    BAD_AS("softmax", check_softmax_variant, softmax_writes_after),
    BAD_AS("rope", check_rope_variant, rope_rounds_angle),
    BAD_AS("rope_apply", check_rope_variant, rope_other_way),
    BAD_AS("rope_apply", check_rope_variant, rope_first_head_only),
    BAD_AS("rope_apply", check_rope_variant, rope_only_halves),
    BAD_AS("rope_table", check_rope_table_variant, rope_table_swapped),
    BAD_AS("axpy", check_axpy_variant, axpy_skips_tail),
    BAD_AS("argmax", check_argmax_variant, argmax_last_of_ties),
    BAD_AS("argmax", check_argmax_variant, argmax_stuck_at_nan),
    BAD_AS("topk", check_topk_variant, topk_any_of_ties),
    BAD_AS("topk", check_topk_variant, topk_pads),
    BAD_AS("topp", check_topp_variant, topp_is_argmax),
    BAD_AS("topp", check_topp_variant, topp_draws_from_all),
    BAD_AS("topp", check_topp_variant, topp_rounds),
    BAD_AS("lora", check_lora_variant, lora_overwrites),
    BAD_AS("lora", check_lora_variant, lora_forgets_scale),
    BAD_AS("lora", check_lora_variant, lora_drops_rank),
    BAD_AS("lora_grad", check_lora_variant, lora_grad_uphill),
    BAD_AS("lora_update", check_lora_update_variant, lora_update_keeps),
    BAD_END,
};

const struct bad_kernel right_vec[] = {
    BAD_AS("rmsnorm", check_norms_variant, kern_rmsnorm_f32_ref),
    BAD_AS("rmsnorm_add", check_norms_variant, kern_rmsnorm_add_f32_ref),
    BAD_AS("layernorm_add", check_norms_variant, kern_layernorm_add_f32_ref),
    BAD_AS("exp", check_activation_variant, kern_exp_f32_ref),
    BAD_AS("silu", check_activation_variant, kern_silu_f32_ref),
    BAD_AS("gelu", check_activation_variant, kern_gelu_f32_ref),
    BAD_AS("gelu_erf", check_activation_variant, kern_gelu_erf_f32_ref),
    BAD_AS("swiglu", check_activation_variant, kern_swiglu_f32_ref),
    BAD_AS("softmax", check_softmax_variant, kern_softmax_f32_ref),
    BAD_AS("rope", check_rope_variant, kern_rope_f32_ref),
    BAD_AS("rope_apply", check_rope_variant, kern_rope_apply_f32_ref),
    BAD_AS("rope_table", check_rope_table_variant, kern_rope_table_f32_ref),
    BAD_AS("axpy", check_axpy_variant, kern_axpy_f32_ref),
    BAD_AS("argmax", check_argmax_variant, kern_argmax_f32_ref),
    BAD_AS("topk", check_topk_variant, kern_topk_f32_ref),
    BAD_AS("topp", check_topp_variant, kern_topp_f32_ref),
    BAD_AS("lora", check_lora_variant, kern_lora_f32_ref),
    BAD_AS("lora_grad", check_lora_variant, kern_lora_grad_f32_ref),
    BAD_AS("lora_update", check_lora_update_variant, kern_lora_update_f32_ref),
    BAD_END,
};
