/* SPDX-License-Identifier: Apache-2.0
 * axpy, argmax, top-k and top-p, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/sampling_body.h"
