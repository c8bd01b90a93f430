/* SPDX-License-Identifier: Apache-2.0
 * Dot products of Q8_0 and Q4_0 with Q8_0. */
#include "libkern/avx512/dot_quant.h"

DOT_QUANT(q8_0, bytes_of, avx512)
DOT_QUANT(q4_0, nibbles_of, avx512)
