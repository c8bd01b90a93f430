/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm and LayerNorm, alone and with a residual addition, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/norms_body.h"
