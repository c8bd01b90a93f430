/* SPDX-License-Identifier: Apache-2.0
 * Rows of f16 to blocks of Q4_0: the shared body on this folder's vectors. */
#include "libkern/migrate.h"

#include "libkern/neon/lanes.h"

#include "libkern/migrate_body.h"

void kern_kv_migrate_q4_0_neon(struct kern_q4_0 *to, const uint16_t *from, size_t nblocks)
{
    migrate(to, from, nblocks);
}
