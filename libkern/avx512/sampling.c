/* SPDX-License-Identifier: Apache-2.0
 * axpy, argmax, top-k and top-p, AVX-512. */
#include "libkern/avx512/simd.h"

#include "libkern/sampling_body.h"
