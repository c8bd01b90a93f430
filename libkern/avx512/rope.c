/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/rope_body.h"
