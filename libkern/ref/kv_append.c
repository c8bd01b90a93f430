/* SPDX-License-Identifier: Apache-2.0
 * Append to and load from caches of keys or values, reference. */
#define KV_VARIANT(name) name##_ref
#include "libkern/kv_append_body.h"
