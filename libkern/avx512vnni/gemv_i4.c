/* SPDX-License-Identifier: Apache-2.0
 * INT4 matrix times vector. */
#include "libkern/avx512/gemv_i4.h"

GEMV_I4(avx512vnni, avx512)
