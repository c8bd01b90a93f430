/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/base/fnv.h"

#include "harness/base/result.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t fnv_add(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t fnv_fact(uint64_t hash, const struct fact *f)
{
    hash = fnv_add(hash, f->key, strlen(f->key));
    hash = fnv_add(hash, "=", 1);
    if (f->value)
        hash = fnv_add(hash, f->value, strlen(f->value));
    return fnv_add(hash, "\n", 1);
}

void fnv_hex(uint64_t hash, char out[17])
{
    snprintf(out, 17, "%016" PRIx64, hash);
}
