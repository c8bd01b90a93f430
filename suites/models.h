/* SPDX-License-Identifier: Apache-2.0
 * Shapes of published language models, and the memory that their weights take in libkern's formats. */
#ifndef SUITES_MODELS_H
#define SUITES_MODELS_H

#include <stddef.h>

struct model {
    const char *name;
    size_t layers, hidden, heads, kv_heads, mlp, vocabulary;
};

/* All models; NULL for a number beyond them. */
const struct model *model_at(size_t i);

/* A format of matrices: rows are blocks of `block` weights in `bytes`, and `row` bytes more. */
struct model_format {
    const char *metric; /* "q4_k-bytes": what its bytes are stated as */
    size_t block, bytes, row;
};
const struct model_format *model_format_at(size_t i);

/* Of the whole model, with a matrix for its tokens at the beginning and another one at its end. */
double model_parameters(const struct model *m);

/* Bytes of the whole model with all matrices in a format; the gains of its norms are floats. NAN if the rows of a matrix
 * are no whole blocks. */
double model_bytes(const struct model *m, const struct model_format *f);

/* Bytes of its keys and values of MODEL_POSITIONS positions: all in f16, and in two tiers (struct kern_kv_tiers), of which
 * the newest MODEL_TAIL positions stay in f16. */
enum { MODEL_POSITIONS = 4096, MODEL_TAIL = 256 };
double model_cache_f16(const struct model *m);
double model_cache_tiers(const struct model *m);

#endif
