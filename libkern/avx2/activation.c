/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/activation_body.h"
