/* SPDX-License-Identifier: Apache-2.0
 * What the fuzz targets share. A target is one file, fuzz_<what>.c, that defines LLVMFuzzerTestOneInput() and checks
 * properties with FUZZ_CHECK; its corpus is corpus/<what>/. Linked with libFuzzer it searches, linked with replay.c it
 * runs over files that are given (the tests do that with every compiler). */
#ifndef KM_FUZZ_H
#define KM_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns 0; must not keep, free or write `data`, which has exactly `size` bytes and no terminator. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input. */
#define FUZZ_CHECK(property)                                                                                           \
    do {                                                                                                               \
        if (!(property)) {                                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);                              \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
