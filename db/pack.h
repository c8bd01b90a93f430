/* SPDX-License-Identifier: Apache-2.0
 * Samples and rounds as bytes: what the store keeps in its blobs. Pure; the same bytes on every machine.
 *
 * Samples: IEEE 754 doubles, little-endian, 8 bytes each; NAN keeps its bits.
 * Rounds: 40 bytes each: first, count, iterations (unsigned 64-bit), started, cpu_seconds (doubles), little-endian. */
#ifndef KM_PACK_H
#define KM_PACK_H

#include "harness/base/buf.h"
#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

enum { PACK_SAMPLE = 8, PACK_ROUND = 40 };

void pack_samples(struct buf *out, const double *samples, size_t n);
void pack_rounds(struct buf *out, const struct round *rounds, size_t n);

/* The bytes may come from a damaged file: a length that is no multiple, or a round that reaches beyond `nsamples`, is
 * an error of kind EXIT_STORE. Zero bytes give NULL and 0. */
int unpack_samples(struct mem *m, const void *bytes, size_t len, double **out, size_t *n, struct err *e);
int unpack_rounds(struct mem *m, const void *bytes, size_t len, size_t nsamples, struct round **out, size_t *n,
                  struct err *e);

#endif
