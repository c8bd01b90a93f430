/* SPDX-License-Identifier: Apache-2.0
 * Softmax, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/softmax_body.h"
