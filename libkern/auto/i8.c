/* SPDX-License-Identifier: Apache-2.0
 * Floats to symmetric INT8 per channel and back. */
#include "libkern/i8.h"

QUANTIZE_I8(auto)
