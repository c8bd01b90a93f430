/* SPDX-License-Identifier: Apache-2.0
 * axpy, argmax, top-k and top-p, AVX2. */
#include "libkern/avx2/simd.h"

#include "libkern/sampling_body.h"
