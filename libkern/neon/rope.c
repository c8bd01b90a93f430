/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/rope_body.h"
