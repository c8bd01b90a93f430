/* SPDX-License-Identifier: Apache-2.0
 * What the bindings of the machine's ceilings share: the sizes of the caches. */
#ifndef SUITES_CEILINGS_H
#define SUITES_CEILINGS_H

#include <stddef.h>

enum ceiling_level { CEILING_L1, CEILING_L2, CEILING_L3, CEILING_DRAM, CEILING_LEVELS };

/* The sizes in bytes of the data caches of the first CPU, from sysfs under `root` ("/sys" on this machine); 0 for one that
 * it does not have or tell. sizes has CEILING_DRAM elements. */
void ceiling_caches(const char *root, size_t sizes[CEILING_DRAM]);

/* How much is to be read so that it comes from this level, by one thread, of `threads` that do so; 0 where the machine has
 * or tells no such level, or not enough memory.
 *
 * Half of a cache that belongs to a core. Of the last level, which cores share: half, but at most 16 times what the level
 * before holds, because on a large server, or a slice of one, others use it too and half of it need not be ours. Of memory:
 * four times what all caches hold, so that most of it cannot lie in one; at most a quarter of `memory`. */
size_t ceiling_bytes(enum ceiling_level level, const size_t sizes[CEILING_DRAM], size_t memory, size_t threads);

#endif
