/* SPDX-License-Identifier: Apache-2.0
 * Checks of the conversions between binary16 and float: against the definition of rounding, not another algorithm. */
#include <math.h>

#include "tests/kern/check.h"

static double half_value(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    double size = exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
    return h >> 15 ? -size : size;
}

/* The finite halves of one sign are ordered as integers, and 0x7c00 continues them as 65536. */
static bool nearest(float f, uint16_t h)
{
    double size = fabs((double)f);
    uint16_t low = h & 0x7fff;

    if ((h >> 15 != 0) != (signbit(f) != 0) || low > 0x7c00)
        return false;
    double here = fabs(half_value(low) - size);
    double below = low > 0 ? fabs(half_value((uint16_t)(low - 1)) - size) : INFINITY;
    double above = low < 0x7c00 ? fabs(half_value((uint16_t)(low + 1)) - size) : INFINITY;
    if (low == 0x7c00 && size >= 65536)
        return true;
    bool even = low % 2 == 0;
    return (here < below || (here == below && even)) && (here < above || (here == above && even));
}

static void widening(struct checks *c)
{
    size_t wrong = 0, back = 0;

    for (unsigned h = 0; h < 65536; h++) {
        float f = kern_f16_to_f32((uint16_t)h);
        bool nan = (h & 0x7fff) > 0x7c00, inf = (h & 0x7fff) == 0x7c00;
        wrong += (signbit(f) != 0) != (h >> 15 != 0);
        bool right = nan ? isnan(f) : inf ? isinf(f) : (double)f == half_value((uint16_t)h);
        wrong += !right;
        back += kern_f32_to_f16(f) != (nan ? h | 0x200 : h);
    }
    check_that(c, wrong == 0, "%zu halves widen to another value", wrong);
    check_that(c, back == 0, "%zu halves do not come back", back);
}

/* Around each middle between two halves: there, one float below and one above. */
static void middles(struct checks *c)
{
    size_t wrong = 0;

    for (unsigned h = 0; h < 0x7c00; h++) {
        float middle = (float)((half_value((uint16_t)h) + half_value((uint16_t)(h + 1))) / 2);
        const float around[] = { middle, nextafterf(middle, 0), nextafterf(middle, INFINITY) };
        for (int i = 0; i < 3; i++) {
            wrong += !nearest(around[i], kern_f32_to_f16(around[i]));
            wrong += !nearest(-around[i], kern_f32_to_f16(-around[i]));
        }
    }
    check_that(c, wrong == 0, "%zu floats around a middle are rounded wrongly", wrong);
}

static void narrowing(struct checks *c)
{
    uint64_t state = check_seed(c, "half");
    size_t wrong = 0;

    for (int i = 0; i < 200000; i++) {
        float f = ldexpf(rnd_float(&state), (int)rnd_below(&state, 180) - 150);
        wrong += !nearest(f, kern_f32_to_f16(f));
    }
    check_that(c, wrong == 0, "%zu of 200000 random floats are rounded wrongly", wrong);
    check_that(c, kern_f32_to_f16(INFINITY) == 0x7c00 && kern_f32_to_f16(-INFINITY) == 0xfc00, "infinity");
    check_that(c, kern_f32_to_f16(3e38f) == 0x7c00 && kern_f32_to_f16(-3e38f) == 0xfc00, "overflow");
    check_that(c, kern_f32_to_f16(65519.996f) == 0x7bff && kern_f32_to_f16(65520) == 0x7c00, "the largest half");
    check_that(c, kern_f32_to_f16(0x1p-149f) == 0 && kern_f32_to_f16(-0x1p-149f) == 0x8000, "underflow");
}

void check_half(struct checks *c)
{
    widening(c);
    middles(c);
    narrowing(c);
}
