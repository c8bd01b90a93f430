/* SPDX-License-Identifier: Apache-2.0
 * INT8 matrix times vector. */
#include "libkern/avx512/gemv_i8.h"

GEMV_I8(avx512, avx512)
