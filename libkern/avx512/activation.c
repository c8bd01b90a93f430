/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/activation_body.h"
