/* SPDX-License-Identifier: Apache-2.0
 * Matrix of Q8_0 or Q4_0 times vector. */
#include "libkern/avx512/gemv_quant.h"

GEMV_QUANT(q8_0, dot4, 128, avx512vnni)
GEMV_QUANT(q4_0, dot4_small, 8, avx512vnni)
