/* SPDX-License-Identifier: Apache-2.0
 * Append to and load from caches of keys or values, for the compiler to vectorise. */
#define KV_VARIANT(name) name##_auto
#include "libkern/kv_append_body.h"
