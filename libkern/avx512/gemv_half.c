/* SPDX-License-Identifier: Apache-2.0
 * Matrix of binary16 or bfloat16 times vector. */
#include "libkern/avx512/lanes.h"

#include "libkern/gemv_half.h"

GEMV_HALF(f16, avx512)
GEMV_HALF(bf16, avx512)
