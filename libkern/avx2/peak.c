/* SPDX-License-Identifier: Apache-2.0
 * Fused multiply-adds in registers, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/peak_body.h"
