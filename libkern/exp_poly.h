/* SPDX-License-Identifier: Apache-2.0
 * The numbers of the exponential function, the same in every variant.
 *
 * exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 q(r), q of degree 4 through its
 * values at the Chebyshev nodes of the interval: relative error 2^-26.5 before rounding. */
#ifndef LIBKERN_EXP_POLY_H
#define LIBKERN_EXP_POLY_H

#define EXP_LOWEST  -87.336f /* below, where the result would soon be subnormal (slow on x86), it is 0 */
#define EXP_HIGHEST 89.0f    /* the result is infinity from here up */
#define EXP_LOG2E   0x1.715476p0f
#define EXP_LN2     0x1.62e430p-1f   /* for use with a fused multiply-add */
#define EXP_LN2_LOW -0x1.05c610p-29f /* ln 2 less EXP_LN2 */
#define EXP_Q0      0.5f
#define EXP_Q1      0x1.5554dcp-3f
#define EXP_Q2      0x1.555518p-5f
#define EXP_Q3      0x1.120be2p-7f
#define EXP_Q4      0x1.6d117cp-10f

#endif
