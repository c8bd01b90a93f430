/* SPDX-License-Identifier: Apache-2.0
 * The ceilings: a kernel that skips steps, chains or numbers would claim a machine faster than it is. */
#include <math.h>
#include <string.h>

#include "tests/kern/check.h"

static const size_t some_steps[] = { 0, 1, 2, 3, 7, 64, 1000 };
enum { STEPS = sizeof some_steps / sizeof *some_steps };

/* --- f32 ----------------------------------------------------------------------------------------------------------*/

static double f32_bound(double y, double a, double b, size_t steps)
{
    double g = 1 / (1 - fabs(a)), most = fabs(a) * fmax(fabs(y), fabs(b) * g) + fabs(b);
    return 3 * UNIT * most * fmin((double)steps, g) + TINY;
}

static void f32_case(struct checks *c, kern_peak_f32_fn *fn, float a, float b, size_t steps, size_t offset,
                     uint64_t *state)
{
    struct guard g = guard_new(KERN_PEAK * 4, offset * 4);
    float *y = (float *)(void *)g.data, before[KERN_PEAK];
    size_t wrong = 0;

    input_fill(before, KERN_PEAK, IN_UNIFORM, state);
    memcpy(y, before, sizeof before);
    fn(y, a, b, steps);
    for (size_t i = 0; i < KERN_PEAK; i++) {
        double want = (double)before[i];
        for (size_t s = 0; s < steps; s++)
            want = (double)a * want + (double)b;
        wrong += !(fabs((double)y[i] - want) <= f32_bound((double)before[i], (double)a, (double)b, steps));
    }
    check_that(c, wrong == 0, "a=%g b=%g steps=%zu: %zu numbers are wrong", (double)a, (double)b, steps, wrong);
    check_that(c, guard_ok(&g), "steps=%zu: wrote outside y", steps);
    guard_free(&g);
}

void check_peak_f32_variant(struct checks *c, const struct kern_variant *v)
{
    static const float factors[][2] = { { 0.75f, 0.5f }, { -0.99f, 3 }, { 0.999f, 0 }, { 0, 7 }, { 0.5f, -1e30f } };
    uint64_t state = check_seed(c, "peak f32");

    for (size_t k = 0; k < sizeof factors / sizeof *factors; k++)
        for (size_t s = 0; s < STEPS; s++)
            f32_case(c, (kern_peak_f32_fn *)v->fn, factors[k][0], factors[k][1], some_steps[s], (k * STEPS + s) % 16,
                     &state);
}

/* --- i8 -----------------------------------------------------------------------------------------------------------*/

static void i8_case(struct checks *c, kern_peak_i8_fn *fn, const uint8_t x[4], const int8_t w[4], size_t steps,
                    uint64_t *state)
{
    struct guard g = guard_new(KERN_PEAK * 4, steps % 16 * 4);
    int32_t *y = (int32_t *)(void *)g.data, before[KERN_PEAK];
    uint32_t step = 0;
    size_t wrong = 0;

    for (size_t j = 0; j < 4; j++)
        step += (uint32_t)((int)x[j] * (int)w[j]);
    for (size_t i = 0; i < KERN_PEAK; i++)
        before[i] = y[i] = (int32_t)rnd(state);
    fn(y, x, w, steps);
    for (size_t i = 0; i < KERN_PEAK; i++)
        wrong += (uint32_t)y[i] != (uint32_t)before[i] + (uint32_t)steps * step;
    check_that(c, wrong == 0, "x=%d %d %d %d w=%d %d %d %d steps=%zu: %zu numbers are wrong", x[0], x[1], x[2], x[3],
               w[0], w[1], w[2], w[3], steps, wrong);
    check_that(c, guard_ok(&g), "steps=%zu: wrote outside y", steps);
    guard_free(&g);
}

void check_peak_i8_variant(struct checks *c, const struct kern_variant *v)
{
    static const uint8_t most[4] = { 255, 255, 255, 255 };
    static const int8_t up[4] = { 63, 63, 63, 63 }, down[4] = { -63, -63, -63, -63 };
    uint64_t state = check_seed(c, "peak i8");
    kern_peak_i8_fn *fn = (kern_peak_i8_fn *)v->fn;

    for (size_t s = 0; s < STEPS; s++) {
        i8_case(c, fn, most, up, some_steps[s], &state);
        i8_case(c, fn, most, down, some_steps[s], &state);
        for (size_t k = 0; k < 20; k++) {
            uint8_t x[4];
            int8_t w[4];
            for (size_t j = 0; j < 4; j++) {
                x[j] = (uint8_t)rnd(&state);
                w[j] = (int8_t)((int)rnd_below(&state, 127) - 63);
            }
            i8_case(c, fn, x, w, some_steps[s], &state);
        }
    }
}

/* --- bf16 ---------------------------------------------------------------------------------------------------------*/

static void bf16_case(struct checks *c, kern_peak_bf16_fn *fn, const int x[2], const int w[2], size_t steps,
                      uint64_t *state)
{
    struct guard g = guard_new(KERN_PEAK * 4, steps % 16 * 4);
    float *y = (float *)(void *)g.data, before[KERN_PEAK];
    uint16_t hx[2], hw[2];
    size_t wrong = 0;

    for (size_t j = 0; j < 2; j++) {
        hx[j] = kern_f32_to_bf16((float)x[j]);
        hw[j] = kern_f32_to_bf16((float)w[j]);
    }
    for (size_t i = 0; i < KERN_PEAK; i++)
        before[i] = y[i] = (float)rnd_below(state, 1000);
    fn(y, hx, hw, steps);
    for (size_t i = 0; i < KERN_PEAK; i++)
        wrong += y[i] != before[i] + (float)steps * (float)(x[0] * w[0] + x[1] * w[1]);
    check_that(c, wrong == 0, "x=%d %d w=%d %d steps=%zu: %zu numbers are wrong", x[0], x[1], w[0], w[1], steps, wrong);
    check_that(c, guard_ok(&g), "steps=%zu: wrote outside y", steps);
    guard_free(&g);
}

void check_peak_bf16_variant(struct checks *c, const struct kern_variant *v)
{
    uint64_t state = check_seed(c, "peak bf16");

    for (size_t s = 0; s < STEPS; s++)
        for (size_t k = 0; k < 20; k++) {
            int x[2], w[2];
            for (size_t j = 0; j < 2; j++) {
                x[j] = (int)rnd_below(&state, 61) - 30;
                w[j] = (int)rnd_below(&state, 61) - 30;
            }
            bf16_case(c, (kern_peak_bf16_fn *)v->fn, x, w, some_steps[s], &state);
        }
}

/* --- read ---------------------------------------------------------------------------------------------------------*/

enum { ROOM = 5000 };

/* Every number counts once: with a pass more or less, one of them changed, the answer is another. */
static void read_case(struct checks *c, kern_read_u32_fn *fn, uint32_t *x, size_t n, uint64_t *state)
{
    uint32_t want = 0;
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++)
        want ^= x[i] = (uint32_t)rnd(state);
    check_that(c, fn(x, n, 1) == want && fn(x, n, 3) == want, "n=%zu: wrong", n);
    check_that(c, fn(x, n, 0) == 0 && fn(x, n, 2) == 0, "n=%zu: an even number of passes leaves something", n);
    for (size_t i = 0; i < n; i += 1 + n / 200) {
        x[i] ^= 1;
        wrong += fn(x, n, 1) != (want ^ 1);
        x[i] ^= 1;
    }
    check_that(c, wrong == 0, "n=%zu: %zu numbers are not read", n, wrong);
}

void check_read_variant(struct checks *c, const struct kern_variant *v)
{
    kern_read_u32_fn *fn = (kern_read_u32_fn *)v->fn;
    struct fence f = fence_new((size_t)(ROOM + 16) * 4);
    uint64_t state = check_seed(c, "read");

    for (size_t n = 0; n <= 600; n++) {
        read_case(c, fn, fence_end(&f, n * 4), n, &state);
        if (n % 16 == 5)
            read_case(c, fn, fence_start(&f, n * 4), n, &state);
    }
    for (size_t k = 0; k < 16; k++)
        read_case(c, fn, (uint32_t *)fence_start(&f, (ROOM + 16) * 4) + k, ROOM - rnd_below(&state, 999), &state);
    check_that(c, fn(NULL, 0, 5) == 0, "nothing is something");
    fence_free(&f);
}

void check_peak(struct checks *c)
{
    check_variants(c, "peak", "f32", check_peak_f32_variant);
    check_variants(c, "peak", "i8", check_peak_i8_variant);
    check_variants(c, "peak", "bf16", check_peak_bf16_variant);
    check_variants(c, "read", "u32", check_read_variant);
}
