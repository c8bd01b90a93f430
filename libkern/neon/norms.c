/* SPDX-License-Identifier: Apache-2.0
 * RMSNorm and LayerNorm, alone and with a residual addition, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/norms_body.h"
