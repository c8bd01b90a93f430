/* SPDX-License-Identifier: Apache-2.0
 * Floats to Q8_K. */
#include "libkern/quantize_q8_k.h"

QUANTIZE_Q8_K(avx512)
