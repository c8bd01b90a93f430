/* SPDX-License-Identifier: Apache-2.0
 * Floats to symmetric INT8 and INT4 per channel and back. */
#include "libkern/i8.h"

CHANNELS_I8(neon)
CHANNELS_I4(neon)
