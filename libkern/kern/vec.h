/* SPDX-License-Identifier: Apache-2.0
 * Contracts of the operations over vectors: norms, activations, rotary positions, sampling and low-rank adapters.
 * Included by kern.h, whose general rules and symbols (u, tiny, s, M) hold here too. "May be x itself" is the only overlap allowed.
 *
 * kern_rmsnorm_f32(y, x, w, n, eps): y[i] = x[i] / sqrt(mean of x^2 + eps) * w[i]
 *     x, w: n floats each, read; y: n floats, may be x itself. eps >= 0.
 *     Zhang and Sennrich, Root Mean Square Layer Normalization, arXiv:1910.07467.
 *     Error at most (n + 16) u |y[i]| + (|w[i]| + 1) tiny: n roundings of the sum, halved by the root, and a few more.
 *     Preconditions: mean of x^2 + eps in 2^-120..2^120 and n max x^2 < 2^128; otherwise the result may be anything.
 *     A NaN anywhere in x makes every y a NaN; an infinity makes itself NaN and the others 0 or NaN.
 *
 * kern_rmsnorm_add_f32(y, r, x, w, n, eps): r[i] += x[i], and then y = rmsnorm(r)
 * kern_layernorm_add_f32(y, r, x, w, b, n, eps): r[i] += x[i], and then y = layernorm(r)
 *     The residual stream r (n floats, read and written) takes the output x of the block before, and y is what goes into
 *     the next block. r is rounded to float, and y is that of the rounded r, with the bounds and special values of
 *     rmsnorm and layernorm. y, r and x must not overlap.
 */
#ifndef KERN_VEC_H
#define KERN_VEC_H

#include <stddef.h>
#include <stdint.h>

#endif
