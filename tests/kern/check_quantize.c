/* SPDX-License-Identifier: Apache-2.0
 * Checks of quantize/q8_0, quantize/q4_0 and dequant/q8_0: bits by the rule of quant.h, errors within its bounds, and
 * the quality that is left of values as weights have them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/kern/check_quant.h"

enum { SMALL = 13, BIG = 300, NORMAL = 4096 };

/* What differs between the formats. */
struct format {
    const char *name;
    size_t bytes;
    double step;         /* largest magnitude / step is the distance of levels */
    double share;        /* of a step that the error may be, but for the rounding of the scale */
    double least_cosine; /* of normally distributed values */
    void (*expect)(void *y, const float *x);
    double (*value)(const void *x, size_t i);
};

/* The value of the largest magnitude, first of several; NaN if one is not finite. */
static float largest(const float *x)
{
    float max = 0;

    for (int i = 0; i < 32; i++) {
        if (!isfinite(x[i]))
            return NAN;
        max = fabsf(x[i]) > fabsf(max) ? x[i] : max;
    }
    return max;
}

void quant_expect_q8_0(void *block, const float *x)
{
    struct kern_q8_0 *y = block;
    float max = fabsf(largest(x));
    volatile float d = max / 127, scale = 127 / max;

    memset(y, 0, sizeof *y);
    y->d = isnan(max) ? 0x7e00 : quant_to_half((double)d);
    for (int i = 0; i < 32 && y->d != 0 && !isnan(max); i++) {
        volatile float level = x[i] * scale;
        y->qs[i] = (int8_t)nearbyint((double)level);
    }
}

static void expect_q4_0(void *block, const float *x)
{
    struct kern_q4_0 *y = block;
    float max = largest(x);
    volatile float d = max / -8, scale = -8 / max;

    memset(y->qs, 0x88, sizeof y->qs);
    y->d = isnan(max) ? 0x7e00 : quant_to_half((double)d);
    for (int i = 0; i < 32 && (y->d & 0x7fff) != 0 && !isnan(max); i++) {
        volatile float level = x[i] * scale;
        volatile float shifted = level + 8.5F;
        unsigned nibble = (unsigned)fmin(15, floor((double)shifted));
        unsigned keep = y->qs[i % 16];
        y->qs[i % 16] = (uint8_t)(i < 16 ? (keep & 0xf0) | nibble : (keep & 15) | nibble << 4);
    }
}

static double value_q8_0(const void *x, size_t i)
{
    return quant_q8_0(x, i);
}

static double value_q4_0(const void *x, size_t i)
{
    return quant_q4_0(x, i);
}

static const struct format formats[] = {
    { "q8_0", sizeof(struct kern_q8_0), 127, 0.5, 0.9999, quant_expect_q8_0, value_q8_0 },
    { "q4_0", sizeof(struct kern_q4_0), 8, 1, 0.995, expect_q4_0, value_q4_0 },
};

struct quantize {
    const struct format *format;
    const struct kern_variant *v;
    struct fence fx;
    uint64_t state;
};

/* Through the type that the kernel really has. */
static void call(const struct quantize *q, void *y, const float *x, size_t nblocks)
{
    if (q->format == &formats[0])
        ((kern_quantize_q8_0_fn *)q->v->fn)(y, x, nblocks);
    else
        ((kern_quantize_q4_0_fn *)q->v->fn)(y, x, nblocks);
}

/* Blocks whose bits are not those of the rule. */
static size_t count_wrong(const struct format *f, const unsigned char *y, const float *x, size_t nblocks)
{
    size_t wrong = 0;

    for (size_t i = 0; i < nblocks; i++) {
        unsigned char want[64];
        f->expect(want, x + 32 * i);
        wrong += memcmp(want, y + f->bytes * i, f->bytes) != 0;
    }
    return wrong;
}

/* Values beyond the error bound, in blocks whose scale is a normal half. */
static size_t count_far(const struct format *f, const unsigned char *y, const float *x, size_t nblocks)
{
    size_t far = 0;

    for (size_t i = 0; i < 32 * nblocks; i++) {
        double max = fabs((double)largest(x + i / 32 * 32)), step = max / f->step;
        if (!(step >= 0x1p-14 && step <= 65504))
            continue;
        double most = (f->share + f->step * 0x1p-11 + 0x1p-15) * step;
        far += !(fabs(f->value(y, i) - (double)x[i]) <= most);
    }
    return far;
}

static void judge(struct checks *c, struct quantize *q, const float *x, size_t nblocks, const char *what)
{
    struct guard out = guard_new(nblocks * q->format->bytes, (nblocks * 2) % 64);

    call(q, out.data, x, nblocks);
    size_t wrong = count_wrong(q->format, out.data, x, nblocks), far = count_far(q->format, out.data, x, nblocks);
    check_that(c, wrong == 0, "blocks=%zu %s: %zu blocks are wrong", nblocks, what, wrong);
    check_that(c, far == 0, "blocks=%zu %s: %zu values are too far off", nblocks, what, far);
    check_that(c, guard_ok(&out), "blocks=%zu %s: wrote outside y", nblocks, what);
    guard_free(&out);
}

static void classes(struct checks *c, struct quantize *q, size_t nblocks)
{
    for (enum input_class k = 0; k < IN_CLASSES; k++) {
        float *x = k % 2 ? fence_start(&q->fx, nblocks * 128) : fence_end(&q->fx, nblocks * 128);
        input_fill(x, 32 * nblocks, k, &q->state);
        judge(c, q, x, nblocks, input_name(k));
    }
}

/* Every magnitude that a float can have, so that scales are zero, subnormal, normal and infinite. */
static void magnitudes(struct checks *c, struct quantize *q)
{
    float *x = fence_end(&q->fx, 7 * 128);

    for (int e = -149; e < 128; e++) {
        for (size_t i = 0; i < 7 * 32; i++)
            x[i] = ldexpf(rnd_float(&q->state), e + 1 < 128 ? e + 1 : 127);
        judge(c, q, x, 7, "magnitude");
    }
}

/* One value that is not finite, in every place of five blocks. */
static void special(struct checks *c, struct quantize *q)
{
    static const float values[] = { NAN, INFINITY, -INFINITY };
    float *x = fence_end(&q->fx, 5 * 128);

    for (size_t i = 0; i < 5 * 32; i++) {
        input_fill(x, 5 * 32, IN_UNIFORM, &q->state);
        x[i] = values[i % 3];
        judge(c, q, x, 5, "not finite");
    }
}

/* Values half way between levels, and largest magnitudes of both signs. */
static void ties(struct checks *c, struct quantize *q)
{
    float *x = fence_end(&q->fx, 4 * 128);

    for (int turn = 0; turn < 64; turn++) {
        for (size_t i = 0; i < 4 * 32; i++)
            x[i] = (float)((int)rnd_below(&q->state, 509) - 254) / 2;
        for (size_t b = 0; b < 4; b++) {
            float top = turn % 2 ? 127 : 128;
            x[32 * b + rnd_below(&q->state, 16)] = turn & 2 ? top : -top;
            x[32 * b + 16 + rnd_below(&q->state, 16)] = turn & 2 ? -top : top;
        }
        judge(c, q, x, 4, "ties");
    }
}

/* The error that quantising and going back leaves in normally distributed values. */
static void quality(struct checks *c, struct quantize *q)
{
    static float x[NORMAL];
    unsigned char y[(NORMAL / 32 + 1) * sizeof(struct kern_q8_0)]; /* one more, for kernels that write too much */
    double sum = 0, most = 0, xx = 0, yy = 0, xy = 0;

    for (size_t i = 0; i < NORMAL; i++) {
        double u = ((double)rnd_float(&q->state) + 1.0000001) / 2, v = (double)rnd_float(&q->state);
        x[i] = (float)(0.02 * sqrt(-2 * log(u)) * cos(3.14159265358979 * v));
    }
    call(q, y, x, NORMAL / 32);
    for (size_t i = 0; i < NORMAL; i++) {
        double got = q->format->value(y, i), off = fabs(got - (double)x[i]);
        sum += off;
        most = fmax(most, off);
        xx += (double)x[i] * (double)x[i];
        yy += got * got;
        xy += (double)x[i] * got;
    }
    double cosine = xy / sqrt(xx * yy);
    check_that(c, cosine >= q->format->least_cosine,
               "normal values: mean error %.3g, largest %.3g, cosine %.6f, which is below %g", sum / NORMAL, most,
               cosine, q->format->least_cosine);
    if (!c->quiet && strcmp(q->v->isa, "ref") == 0)
        printf("%s of 4096 normal values (deviation 0.02): mean error %.3g, largest %.3g, cosine %.6f\n",
               q->format->name, sum / NORMAL, most, cosine);
}

static void all_claims(struct checks *c, const struct kern_variant *v, const struct format *f)
{
    struct quantize q = { .format = f, .v = v, .fx = fence_new(BIG * 128), .state = check_seed(c, "quantize") };

    for (size_t n = 0; n <= SMALL; n++)
        classes(c, &q, n);
    classes(c, &q, BIG);
    for (size_t i = 0; i < 64; i++) {
        float *x = (float *)fence_start(&q.fx, BIG * 128) + i % 16;
        size_t n = rnd_below(&q.state, 20);
        input_fill(x, 32 * n, IN_MIXED, &q.state);
        judge(c, &q, x, n, "misaligned");
    }
    magnitudes(c, &q);
    special(c, &q);
    ties(c, &q);
    quality(c, &q);
    fence_free(&q.fx);
}

void check_quantize_q8_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, &formats[0]);
}

void check_quantize_q4_0(struct checks *c, const struct kern_variant *v)
{
    all_claims(c, v, &formats[1]);
}

/* --- and back -----------------------------------------------------------------------------------------------------*/

static void widened(struct checks *c, kern_dequant_q8_0_fn *fn, const struct kern_q8_0 *x, size_t nblocks)
{
    struct guard out = guard_new(nblocks * 128, nblocks * 4 % 64);
    float *y = (float *)(void *)out.data;
    size_t wrong = 0;

    fn(y, x, nblocks);
    for (size_t i = 0; i < 32 * nblocks; i++)
        wrong += !same_float(y[i], (float)quant_q8_0(x, i));
    check_that(c, wrong == 0, "blocks=%zu: %zu values are wrong", nblocks, wrong);
    check_that(c, guard_ok(&out), "blocks=%zu: wrote outside y", nblocks);
    guard_free(&out);
}

void check_dequant_q8_0(struct checks *c, const struct kern_variant *v)
{
    kern_dequant_q8_0_fn *fn = (kern_dequant_q8_0_fn *)v->fn;
    struct fence f = fence_new(256 * sizeof(struct kern_q8_0));
    uint64_t state = check_seed(c, "dequant_q8_0");

    for (size_t n = 0; n <= 40; n++) {
        struct kern_q8_0 *x = n % 2 ? fence_start(&f, n * sizeof *x) : fence_end(&f, n * sizeof *x);
        quant_fill_q8_0(x, n, &state);
        widened(c, fn, x, n);
    }
    struct kern_q8_0 *x = fence_end(&f, 256 * sizeof *x);
    for (unsigned high = 0; high < 256; high++) { /* every scale, and every byte in every place */
        for (unsigned low = 0; low < 256; low++) {
            x[low].d = (uint16_t)(high << 8 | low);
            for (unsigned j = 0; j < 32; j++)
                x[low].qs[j] = (int8_t)(high * 32 + low + j * 9);
        }
        widened(c, fn, x, 256);
    }
    fence_free(&f);
}

void check_quantize(struct checks *c)
{
    check_that(c, sizeof(struct kern_q8_0) == 34 && offsetof(struct kern_q8_0, qs) == 2, "a block is not 34 bytes");
    check_variants(c, "quantize", "q8_0", check_quantize_q8_0);
    check_variants(c, "quantize", "q4_0", check_quantize_q4_0);
    check_variants(c, "dequant", "q8_0", check_dequant_q8_0);
}
