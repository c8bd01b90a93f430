/* SPDX-License-Identifier: Apache-2.0
 * Layer norms that are wrong on purpose; see bad.c. */
#include <math.h>

#include "tests/kern/bad.h"

/* What can be got wrong by a constant; plain() is the operation with these mistakes in it. */
struct mistakes {
    double count_less, eps_outside, eps_scale, float_square_of_mean;
};

static void plain(float *y, const float *x, const float *w, const float *b, size_t n, float eps, struct mistakes m)
{
    double mean = 0, var = 0, count = (double)n;

    for (size_t i = 0; i < n; i++)
        mean += (double)x[i] / count;
    for (size_t i = 0; i < n; i++)
        var += ((double)x[i] - mean) * ((double)x[i] - mean) / (count - m.count_less);
    if (m.float_square_of_mean != 0) {
        float squares = 0;
        for (size_t i = 0; i < n; i++)
            squares += x[i] * x[i];
        var = fmax(0, (double)(squares / (float)n - (float)mean * (float)mean));
    }
    double s = sqrt(var + m.eps_scale * (double)eps) + m.eps_outside * (double)eps;
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(((double)x[i] - mean) / s * (double)w[i] + (double)b[i]);
}

static kern_layernorm_f32_fn norm_n_less_1, norm_eps_outside, norm_eps_forgotten, norm_one_pass, norm_not_in_place,
    norm_skips_tail, norm_writes_after, norm_hides_nan;

static void norm_n_less_1(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .count_less = n > 1 ? 1 : 0, .eps_scale = 1 });
}

static void norm_eps_outside(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .eps_outside = 1 });
}

static void norm_eps_forgotten(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .eps_scale = 0.5 });
}

/* The mean of the squares less the square of the mean, in float. */
static void norm_one_pass(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .float_square_of_mean = 1, .eps_scale = 1 });
}

/* Uses y as room for what it still needs of x. */
static void norm_not_in_place(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    float first = n ? x[0] : 0;

    if (n)
        y[0] = 0;
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    if (n && x != y)
        y[0] = first * 0 + y[0];
}

static void norm_skips_tail(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    float last = n ? y[n - 1] : 0;

    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    if (n % 16 == 15)
        y[n - 1] = last;
}

static void norm_writes_after(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    if (n % 8)
        y[n] = 0;
}

static void norm_hides_nan(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    for (size_t i = 0; i < n; i++)
        y[i] = isnan(y[i]) ? 0 : y[i];
}

const struct bad_kernel bad_layernorm[] = {
    BAD(check_layernorm_variant, norm_n_less_1),
    BAD(check_layernorm_variant, norm_eps_outside),
    BAD(check_layernorm_variant, norm_eps_forgotten),
    BAD(check_layernorm_variant, norm_one_pass),
    BAD(check_layernorm_variant, norm_not_in_place),
    BAD(check_layernorm_variant, norm_skips_tail),
    BAD(check_layernorm_variant, norm_writes_after),
    BAD(check_layernorm_variant, norm_hides_nan),
    BAD_END,
};

const struct bad_kernel right_layernorm[] = {
    BAD(check_layernorm_variant, kern_layernorm_f32_ref),
    BAD_END,
};
