/* SPDX-License-Identifier: Apache-2.0
 * Low-rank adapters, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/lora_body.h"
