/* SPDX-License-Identifier: Apache-2.0
 * UNROLL stands before a loop of constant length that must disappear, because what it counts lives in registers. Clang
 * does not know GCC's pragma and passes over it without a word, and kernels then work in memory, four times slower. */
#ifndef LIBKERN_UNROLL_H
#define LIBKERN_UNROLL_H

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
