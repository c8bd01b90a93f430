/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm and LayerNorm, alone and with a residual addition, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/norms_body.h"
