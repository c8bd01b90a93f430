/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/activation_body.h"
