/* SPDX-License-Identifier: Apache-2.0
 * The scratch memory of top-p sampling. */
#include <kern/kern.h>

#include "libkern/topp_body.h"

size_t kern_topp_work_size(size_t n)
{
    return (2 * n + TOPP_BUCKETS) * sizeof(uint32_t);
}
