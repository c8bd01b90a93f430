/* SPDX-License-Identifier: Apache-2.0
 * What quantising the weights of a layer does to its answer, stated beside the times of a product (km_case.values).
 *
 * The layer is always the same, whatever the benchmark and its seed, so that formats can be compared: 256 outputs over
 * 512 inputs, weights and inputs normally distributed, scaled so that outputs have a deviation of 4, as sharp as the
 * logits of language models. Its exact answer is in double precision from the weights before they were quantised, so that
 * both losses, of weights and of activations, are in the difference. */
#ifndef SUITES_QUALITY_H
#define SUITES_QUALITY_H

#include "suites/binding_util.h"

enum { QUALITY_M = 256, QUALITY_K = 512 };

struct quality {
    float w[QUALITY_M * QUALITY_K], x[QUALITY_K];
    double exact[QUALITY_M];
    /* Room for the binding: rows as quantised and packed, scales of rows, scratch (aligned to 64), and the answer. */
    uint64_t q[QUALITY_M * QUALITY_K / 4], packed[QUALITY_M * QUALITY_K / 4];
    float d[QUALITY_M], y[QUALITY_M];
    void *work;
};

/* The layer, to be freed with quality_end(); NULL, with c->message filled, without memory. work_bytes: of q->work. */
struct quality *quality_begin(struct km_case *c, size_t work_bytes);

/* From q->y states rmse, max-error, cosine and kl-divergence (of the softmax over the outputs, sum of p ln(p / q) in nats,
 * p being the exact one's) and frees q. Wrong where the answer has nothing to do with the layer: a cosine below 0.9. */
enum km_answer quality_end(struct km_case *c, struct quality *q);

/* n weights (a multiple of 256) as blocks of Q4_K: of each 32 the smallest (or 0) becomes the minimum, the largest level 15.
 * Quantisers of models search for better ones; this is the plain rule, as libkern has no quantiser of Q4_K. */
void quality_narrow_q4_k(void *blocks, const float *w, size_t n);

#endif
