/* SPDX-License-Identifier: Apache-2.0
 * Matrix of Q8_0 or Q4_0 times vector: the vector is quantised once, and each row is a dot product. */
#include "libkern/gemv_rows.h"

GEMV_ROWS(q8_0, neon, neon)
GEMV_ROWS(q4_0, neon, neon)
