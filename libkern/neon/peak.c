/* SPDX-License-Identifier: Apache-2.0
 * Fused multiply-adds in registers, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/peak_body.h"
