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

/* ------------------------------------------------------------------------------------------------------------------*/

const struct bad_kernel bad_vec[] = {
    BAD_AS("rmsnorm", check_norms_variant, rms_eps_outside),
    BAD_AS("rmsnorm", check_norms_variant, rms_skips_tail),
    BAD_AS("rmsnorm", check_norms_variant, rms_writes_after),
    BAD_AS("rmsnorm", check_norms_variant, rms_reads_beyond),
    BAD_AS("rmsnorm_add", check_norms_variant, rms_keeps_residual),
    BAD_AS("layernorm_add", check_norms_variant, layer_adds_after),
    { NULL, NULL, NULL, NULL },
};

const struct bad_kernel right_vec[] = {
    BAD_AS("rmsnorm", check_norms_variant, kern_rmsnorm_f32_ref),
    BAD_AS("rmsnorm_add", check_norms_variant, kern_rmsnorm_add_f32_ref),
    BAD_AS("layernorm_add", check_norms_variant, kern_layernorm_add_f32_ref),
    { NULL, NULL, NULL, NULL },
};
