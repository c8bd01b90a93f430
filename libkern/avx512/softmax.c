/* SPDX-License-Identifier: Apache-2.0
 * Softmax, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/softmax_body.h"
