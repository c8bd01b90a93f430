/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q8_0 or Q4_0 times vector. */
#include "libkern/avx512/gemv_packed.h"

GEMV_PACKED(q8_0, 128, avx512vnni)
GEMV_PACKED(q4_0, 8, avx512vnni)
