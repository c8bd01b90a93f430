/* SPDX-License-Identifier: Apache-2.0
 * What the machine itself can do: arithmetic in registers and reading memory, and nothing besides. These operations
 * compute little of use; their speed is the ceiling that the others are measured against. The prototypes are expanded
 * from kern.def in kern.h.
 *
 * kern_peak_f32(y, a, b, steps): y[i] = a * y[i] + b, `steps` times, for KERN_PEAK floats
 *     |a| < 1. With g = 1 / (1 - |a|), M = |a| max(|y[i]|, |b| g) + |b| and u = 2^-24, the error is at most
 *     3 u M min(steps, g) + tiny, as each step rounds once or twice and shrinks what came before.
 *
 * kern_peak_i8(y, x, w, steps): y[i] += x[0] w[0] + x[1] w[1] + x[2] w[2] + x[3] w[3], `steps` times, KERN_PEAK numbers
 *     -63 <= w[j] <= 63, so that two products fit 16 bits. y wraps around (modulo 2^32). Exact.
 *
 * kern_peak_bf16(y, x, w, steps): y[i] += x[0] w[0] + x[1] w[1], `steps` times, for KERN_PEAK floats
 *     The products and every sum on the way must be integers below 2^24: then the answer is exact in any order.
 *
 * kern_read_u32(x, n, passes): reads n numbers `passes` times and gives the exclusive or of all that was read: that of
 *     the n numbers where passes is odd, and 0 where it is even. Exact. The numbers are read in four streams, because
 *     the prefetchers of several CPUs follow several streams at once.
 *
 * The peaks do not touch memory but for reading y at the start and writing it at the end; a variant has as many
 * independent chains as hide the latency of its instruction (4 cycles times 2 units need 8, times 4 units 16).
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERN_PEAK_H
#define KERN_PEAK_H

enum { KERN_PEAK = 768 };

#endif
