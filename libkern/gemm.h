/* SPDX-License-Identifier: Apache-2.0
 * How matrix products are cut to fit caches, the same for all variants so that scratch and packed data are, too.
 *
 * GEMM_KC × GEMM_NC of b stay in the second-level cache while all strips of a pass by, one after the other; a strip,
 * GEMM_MR × GEMM_KC, stays in the first while all panels of the block of b pass by. */
#ifndef LIBKERN_GEMM_H
#define LIBKERN_GEMM_H

#include <kern/gemm.h>

enum {
    GEMM_PANEL = KERN_GEMM_PANEL,
    GEMM_KC = 512,
    GEMM_NC = 512,
    GEMM_MR = 14,  /* the most rows of any variant's tile */
    GEMM_GAP = 16, /* floats between rows of the copy of a, so that rows do not share cache sets */
    GEMM_NEAR =
        512, /* floats from row to row of a, up to which it is used in place, and of b, for which it is too far */
    GEMM_AHEAD = 12, /* steps along k that b is asked for ahead of its use */
    GEMM_WIDEN = 64, /* rows from which on 16-bit weights are widened once for a block, not in each tile */
    GEMM_UNROLL = 4, /* steps along k in one round of the loop */
};

static inline size_t gemm_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t gemm_panels(size_t n)
{
    return n / GEMM_PANEL + (n % GEMM_PANEL != 0);
}

/* Floats of scratch for the copies of a and b. That of a is at least a pair of tiles of AMX. */
static inline size_t gemm_a_floats(size_t k)
{
    size_t floats = GEMM_MR * (gemm_min(k, GEMM_KC) + GEMM_GAP) / 16 * 16 + 16;
    return floats < 512 ? 512 : floats;
}

static inline size_t gemm_b_floats(size_t n, size_t k)
{
    return gemm_panels(gemm_min(n, GEMM_NC)) * GEMM_PANEL * gemm_min(k, GEMM_KC);
}

#endif
