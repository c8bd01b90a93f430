/* SPDX-License-Identifier: Apache-2.0
 * FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): names things, protects nothing. */
#ifndef KM_FNV_H
#define KM_FNV_H

#include <stddef.h>
#include <stdint.h>

struct fact;

#define FNV_START UINT64_C(0xcbf29ce484222325)

uint64_t fnv_add(uint64_t hash, const void *bytes, size_t len);
uint64_t fnv_fact(uint64_t hash, const struct fact *f); /* "key=value\n"; a missing value counts as empty */
void fnv_hex(uint64_t hash, char out[17]);              /* 16 lower-case digits */

#endif
