/* SPDX-License-Identifier: Apache-2.0
 * The numbers of the normal distribution's tail, the same in every variant.
 *
 * Phi(-z) = exp(-z^2 / 2) g(z) for z >= 0, and g(z) = t p(t) with t = 1 / (1 + TAIL_STEP z), so that g falls as 1 / z as
 * it must. p is of degree 8, the best for the relative error of g over z in 0..14.5 (found by Remez's exchange on 40
 * digits, where TAIL_STEP, a short number, was chosen for the smallest error: 2^-25.45). Its coefficients were then
 * rounded to floats one after the other, those not yet rounded being fitted anew each time, in the best of some hundred
 * random orders: relative error 0.41 u before rounding. With TAIL_STEP elsewhere in 0.3..0.37 it is up to 4 times that. */
#ifndef LIBKERN_TAIL_POLY_H
#define LIBKERN_TAIL_POLY_H

#define TAIL_STEP 0x1.62p-2f
#define TAIL_0    0x1.1a6be4p-3f
#define TAIL_1    0x1.1b301cp-3f
#define TAIL_2    0x1.e1d546p-4f
#define TAIL_3    0x1.c5dd62p-4f
#define TAIL_4    -0x1.2168d2p-5f
#define TAIL_5    0x1.76ca4p-3f
#define TAIL_6    -0x1.135054p-2f
#define TAIL_7    0x1.290d88p-3f
#define TAIL_8    -0x1.d29204p-6f

/* g(-z) of a z <= 0, without branches and calls, so that loops around it can be vectorised. */
static inline float tail_factor(float z)
{
    float t = 1 / (1 - TAIL_STEP * z);
    float p = ((TAIL_8 * t + TAIL_7) * t + TAIL_6) * t + TAIL_5;
    p = (((p * t + TAIL_4) * t + TAIL_3) * t + TAIL_2) * t + TAIL_1;
    return (p * t + TAIL_0) * t;
}

#endif
