/* SPDX-License-Identifier: Apache-2.0
 * Low-rank adapters, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/lora_body.h"
