/* SPDX-License-Identifier: Apache-2.0
 * Low-rank adapters, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/lora_body.h"
