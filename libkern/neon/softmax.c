/* SPDX-License-Identifier: Apache-2.0
 * Softmax, NEON. */
#include "libkern/neon/simd.h"

#include "libkern/softmax_body.h"
