/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/rope_body.h"
