/* SPDX-License-Identifier: Apache-2.0
 * Reading memory. */
#include <kern/kern.h>

uint32_t kern_read_u32_ref(const uint32_t *x, size_t n, size_t passes)
{
    uint32_t all = 0;
    for (; passes; passes--) {
        __asm__ volatile("" : : "r"(x) : "memory"); /* or one pass would do for all */
        for (size_t i = 0; i < n; i++)
            all ^= x[i];
    }
    return all;
}
