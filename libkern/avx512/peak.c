/* SPDX-License-Identifier: Apache-2.0
 * Fused multiply-adds in registers, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/peak_body.h"
