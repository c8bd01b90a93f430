/* SPDX-License-Identifier: Apache-2.0
 * Dot product of Q4_K and Q8_K. */
#include "libkern/avx512/dot_q4_k.h"

DOT_Q4_K(avx512vnni)
