/* SPDX-License-Identifier: Apache-2.0
 * The peak of 8-bit products. The folder defines PEAK_V (a vector), PEAK_LANES, PEAK_LOAD, PEAK_STORE, PEAK_SPLAT (32 bits
 * to all lanes) and PEAK_DOT4(sum, u, s). Where that is several instructions, those that do not depend on the sum would
 * be moved out of the loop; the empty assembler text says that the operand may have changed. */
#include <string.h>

#include <kern/kern.h>

enum { PEAK_CHAINS = 12 };
_Static_assert(KERN_PEAK % (PEAK_CHAINS * PEAK_LANES) == 0, "whole blocks");

static inline void peak_i8(int32_t *y, const uint8_t *x, const int8_t *w, size_t steps)
{
    int unsigned_four, signed_four;
    memcpy(&unsigned_four, x, sizeof unsigned_four);
    memcpy(&signed_four, w, sizeof signed_four);
    for (size_t at = 0; at < KERN_PEAK; at += PEAK_CHAINS * PEAK_LANES) {
        PEAK_V chain[PEAK_CHAINS], u = PEAK_SPLAT(unsigned_four), s = PEAK_SPLAT(signed_four);
        for (size_t i = 0; i < PEAK_CHAINS; i++)
            chain[i] = PEAK_LOAD(y + at + i * PEAK_LANES);
        for (size_t left = steps; left; left--)
            for (size_t i = 0; i < PEAK_CHAINS; i++) {
                __asm__("" : "+x"(u));
                chain[i] = PEAK_DOT4(chain[i], u, s);
            }
        for (size_t i = 0; i < PEAK_CHAINS; i++)
            PEAK_STORE(y + at + i * PEAK_LANES, chain[i]);
    }
}
