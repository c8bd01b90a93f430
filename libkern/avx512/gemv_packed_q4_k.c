/* SPDX-License-Identifier: Apache-2.0
 * Matrix of packed Q4_K times vector. */
#include "libkern/avx512/gemv_packed_q4_k.h"

GEMV_PACKED_Q4_K(avx512)
