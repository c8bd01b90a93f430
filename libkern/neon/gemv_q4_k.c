/* SPDX-License-Identifier: Apache-2.0
 * Matrix of Q4_K times vector: the vector is quantised once, and each row is a dot product. */
#include "libkern/gemv_rows.h"

GEMV_ROWS_Q4_K(neon, neon)
