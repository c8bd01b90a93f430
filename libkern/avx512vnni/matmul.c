/* SPDX-License-Identifier: Apache-2.0
 * Quantised matrix products. */
#include "libkern/avx512/matmul.h"

MATMUL_ALL(avx512vnni)
