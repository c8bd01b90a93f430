/* SPDX-License-Identifier: Apache-2.0
 * Ceilings that are wrong on purpose: each would make the machine look faster or slower than it is, or reads what is not
 * its own. */
#include "tests/kern/bad.h"

static void peak_skips_a_step(float *y, float a, float b, size_t steps)
{
    kern_peak_f32_ref(y, a, b, steps ? steps - 1 : 0);
}

/* Leaves the last number as it was. */
static void peak_leaves_a_chain(float *y, float a, float b, size_t steps)
{
    float keep = y[KERN_PEAK - 1];
    kern_peak_f32_ref(y, a, b, steps);
    y[KERN_PEAK - 1] = keep;
}

static void peak_writes_after(float *y, float a, float b, size_t steps)
{
    kern_peak_f32_ref(y, a, b, steps);
    y[KERN_PEAK] = 0;
}

/* As instructions do that take both operands for signed. */
static void peak_i8_all_signed(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    for (size_t i = 0; i < KERN_PEAK; i++)
        for (size_t s = 0; s < steps; s++)
            for (size_t j = 0; j < 4; j++)
                y[i] = (int32_t)((uint32_t)y[i] + (uint32_t)((int8_t)x[j] * w[j]));
}

/* As the saturating form of the instruction does. */
static void peak_i8_saturates(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    for (size_t i = 0; i < KERN_PEAK; i++)
        for (size_t s = 0; s < steps; s++) {
            int64_t sum = y[i];
            for (size_t j = 0; j < 4; j++)
                sum += (int64_t)x[j] * w[j];
            y[i] = (int32_t)(sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum);
        }
}

static void peak_bf16_one_of_two(float *y, const uint16_t *x, const uint16_t *w, size_t steps)
{
    uint16_t only[2] = { x[0], 0 };
    kern_peak_bf16_ref(y, only, w, steps);
}

static uint32_t read_skips_tail(const uint32_t *x, size_t n, size_t passes)
{
    return kern_read_u32_ref(x, n / 32 * 32, passes);
}

static uint32_t read_one_pass(const uint32_t *x, size_t n, size_t passes)
{
    return kern_read_u32_ref(x, n, passes > 0);
}

static uint32_t read_reads_beyond(const uint32_t *x, size_t n, size_t passes)
{
    return kern_read_u32_ref(x, n, passes) + (*(const volatile uint32_t *)(x + n) & 0);
}

const struct bad_kernel bad_peak[] = {
    BAD_AS("peak", check_peak_f32_variant, peak_skips_a_step),
    BAD_AS("peak", check_peak_f32_variant, peak_leaves_a_chain),
    BAD_AS("peak", check_peak_f32_variant, peak_writes_after),
    BAD_AS("peak", check_peak_i8_variant, peak_i8_all_signed),
    BAD_AS("peak", check_peak_i8_variant, peak_i8_saturates),
    BAD_AS("peak", check_peak_bf16_variant, peak_bf16_one_of_two),
    BAD_AS("read", check_read_variant, read_skips_tail),
    BAD_AS("read", check_read_variant, read_one_pass),
    BAD_AS("read", check_read_variant, read_reads_beyond),
    BAD_END,
};

const struct bad_kernel right_peak[] = {
    BAD_AS("peak", check_peak_f32_variant, kern_peak_f32_ref),
    BAD_AS("peak", check_peak_i8_variant, kern_peak_i8_ref),
    BAD_AS("peak", check_peak_bf16_variant, kern_peak_bf16_ref),
    BAD_AS("read", check_read_variant, kern_read_u32_ref),
    BAD_END,
};
