/* SPDX-License-Identifier: Apache-2.0
 * Matrix of binary16 or bfloat16 times vector. */
#include "libkern/avx2/lanes.h"

#include "libkern/gemv_half.h"

GEMV_HALF(f16, avx2)
GEMV_HALF(bf16, avx2)
