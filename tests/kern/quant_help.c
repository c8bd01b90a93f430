/* SPDX-License-Identifier: Apache-2.0
 * Halves and blocks by their definitions; see check_quant.h. */
#include <math.h>

#include "tests/kern/check_quant.h"

double quant_half(uint16_t h)
{
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    double size = exponent == 0    ? ldexp(mantissa, -24)
                  : exponent == 31 ? (mantissa ? (double)NAN : (double)INFINITY)
                                   : ldexp(1024 + mantissa, exponent - 25);
    return h >> 15 ? -size : size;
}

uint16_t quant_to_half(double f)
{
    unsigned sign = signbit(f) ? 0x8000 : 0;
    double a = fabs(f);

    if (a >= 65520)
        return (uint16_t)(sign | 0x7c00);
    int exponent = a < 0x1p-14 ? -14 : ilogb(a);
    unsigned mantissa = (unsigned)nearbyint(ldexp(a, 10 - exponent));
    if (mantissa < 1024)
        return (uint16_t)(sign | mantissa);
    return (uint16_t)(sign | ((unsigned)(exponent + 14) * 1024 + mantissa));
}

double quant_q8_0(const struct kern_q8_0 *x, size_t i)
{
    return quant_half(x[i / 32].d) * x[i / 32].qs[i % 32];
}

double quant_q4_0(const struct kern_q4_0 *x, size_t i)
{
    int byte = x[i / 32].qs[i % 16];
    return quant_half(x[i / 32].d) * ((i % 32 < 16 ? byte % 16 : byte / 16) - 8);
}

static uint16_t finite_half(uint64_t *state)
{
    uint16_t h;

    do
        h = (uint16_t)rnd(state);
    while ((h >> 10 & 31) == 31);
    return h;
}

void quant_fill_q8_0(struct kern_q8_0 *x, size_t nblocks, uint64_t *state)
{
    for (; nblocks; nblocks--, x++) {
        x->d = finite_half(state);
        for (int j = 0; j < 32; j++)
            x->qs[j] = (int8_t)((int)rnd_below(state, 255) - 127);
    }
}

void quant_fill_q4_0(struct kern_q4_0 *x, size_t nblocks, uint64_t *state)
{
    for (; nblocks; nblocks--, x++) {
        x->d = finite_half(state);
        for (int j = 0; j < 16; j++)
            x->qs[j] = (uint8_t)rnd(state);
    }
}
