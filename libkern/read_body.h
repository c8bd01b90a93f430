/* SPDX-License-Identifier: Apache-2.0
 * Reading memory as fast as it comes: four streams of two vectors each, every one with a sum of its own. The folder
 * defines READ_V (a vector), READ_LANES (of 32 bits), READ_ZERO, READ_LOAD, READ_XOR3 and READ_STORE. Plain pointers and
 * one operation for two loads leave the units that load the only ones that are busy all the time. */
#include <kern/kern.h>

enum { READ_STREAMS = 4, READ_STEP = 2 * READ_LANES };

#define READ_TWO(sum, p) READ_XOR3(sum, READ_LOAD(p), READ_LOAD((p) + READ_LANES))

static inline uint32_t read_all(const uint32_t *x, size_t n, size_t passes)
{
    size_t length = n / READ_STREAMS / READ_STEP * READ_STEP; /* of one stream */
    READ_V s0 = READ_ZERO, s1 = s0, s2 = s0, s3 = s0;
    uint32_t lanes[READ_LANES], all = 0;

    for (size_t left = passes; left; left--) {
        const uint32_t *a = x, *b = a + length, *c = b + length, *d = c + length, *end = b;
        __asm__ volatile("" : : "r"(x) : "memory"); /* or one pass would do for all */
        for (; a < end; a += READ_STEP, b += READ_STEP, c += READ_STEP, d += READ_STEP) {
            s0 = READ_TWO(s0, a);
            s1 = READ_TWO(s1, b);
            s2 = READ_TWO(s2, c);
            s3 = READ_TWO(s3, d);
        }
    }
    READ_STORE(lanes, READ_XOR3(s0, s1, READ_XOR3(s2, s3, READ_ZERO)));
    for (size_t i = 0; i < READ_LANES; i++)
        all ^= lanes[i];
    for (size_t i = READ_STREAMS * length; i < n && passes % 2; i++)
        all ^= x[i];
    return all;
}
