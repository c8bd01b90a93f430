/* SPDX-License-Identifier: Apache-2.0
 * Reading memory as fast as it comes: four streams of two vectors each, every one with a sum of its own. The folder
 * defines READ_V (a vector), READ_LANES (of 32 bits), READ_ZERO, READ_LOAD, READ_XOR and READ_STORE. */
#include <kern/kern.h>

enum { READ_STREAMS = 4, READ_EACH = 2, READ_STEP = READ_EACH * READ_LANES };

static inline uint32_t read_all(const uint32_t *x, size_t n, size_t passes)
{
    size_t length = n / READ_STREAMS / READ_STEP * READ_STEP; /* of one stream */
    READ_V sums[READ_STREAMS][READ_EACH];
    uint32_t lanes[READ_LANES], all = 0;

    for (size_t s = 0; s < READ_STREAMS; s++)
        for (size_t j = 0; j < READ_EACH; j++)
            sums[s][j] = READ_ZERO;
    for (size_t left = passes; left; left--) {
        __asm__ volatile("" : : "r"(x) : "memory"); /* or one pass would do for all */
        for (size_t i = 0; i < length; i += READ_STEP)
            for (size_t s = 0; s < READ_STREAMS; s++)
                for (size_t j = 0; j < READ_EACH; j++)
                    sums[s][j] = READ_XOR(sums[s][j], READ_LOAD(x + s * length + i + j * READ_LANES));
    }
    for (size_t s = 0; s < READ_STREAMS; s++)
        for (size_t j = 0; j < READ_EACH; j++)
            sums[0][0] = s + j ? READ_XOR(sums[0][0], sums[s][j]) : sums[0][0];
    READ_STORE(lanes, sums[0][0]);
    for (size_t i = 0; i < READ_LANES; i++)
        all ^= lanes[i];
    for (size_t i = READ_STREAMS * length; i < n && passes % 2; i++)
        all ^= x[i];
    return all;
}
