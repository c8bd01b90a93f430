/* SPDX-License-Identifier: Apache-2.0
 * A small language model without its vocabulary: a stack of decoder layers as Llama has them, made of libkern's kernels.
 * No kernel, and so not in libkern: it owns memory. In a header of its own so that tests can put wrong kernels in. */
#ifndef SUITES_DECODER_H
#define SUITES_DECODER_H

#include "suites/buffers.h"

#include <kern/kern.h>
#include <kernmark/binding.h>

struct decoder_shape {
    size_t layers, hidden, heads, kv_heads, dim; /* dim: of a head, hidden / heads */
    size_t mlp, positions;                       /* of the history, the token's own included */
};

/* Matrices are row-major with an output for each row: attention's q (heads * dim), k and v (kv_heads * dim), o (hidden),
 * and of the MLP gate and up (mlp each) and down (hidden). */
struct decoder_layer {
    float *norm_attention, *norm_mlp; /* gains, hidden each */
    float *q, *k, *v, *o, *gate, *up, *down;
    float *keys, *values; /* history: [kv_heads][positions][dim]; each step writes its last position */
};

struct decoder {
    kern_rmsnorm_f32_fn *rmsnorm;
    kern_rmsnorm_add_f32_fn *rmsnorm_add;
    kern_gemv_f32_fn *gemv;
    kern_rope_apply_f32_fn *rope;
    kern_kv_append_f32_fn *append;
    kern_attention_f32_fn *attention;
    kern_swiglu_f32_fn *swiglu;

    struct decoder_shape shape;
    struct decoder_layer *layers;
    float *norm_last; /* hidden */
    float *turn;      /* cosines and sines of the token's position, dim */
    float *in, *out;  /* hidden each */
    struct kern_arena memory;
    unsigned char *room;
    struct buffers buffers;
};

/* Weights, history and input of the shape, drawn from the seed. Returns -1 without memory. Kernels and buffers are the
 * caller's to choose. */
int decoder_begin(struct decoder *d, const struct decoder_shape *shape, uint64_t seed);
void decoder_end(struct decoder *d);

/* Floats of weights in a layer, and bytes of everything that decoder_begin() takes. */
size_t decoder_weights(const struct decoder_shape *s);
size_t decoder_bytes(const struct decoder_shape *s);

/* One token through all layers, d->in to d->out. All steps do the same and give the same answer. */
void decoder_step(struct decoder *d);

/* Makes what a step writes, in the history and at d->out, no numbers: what a step then leaves out shows. */
void decoder_forget(struct decoder *d);

/* The same in double precision and by definition, without any kernel: hidden numbers. Returns -1 without memory. */
int decoder_reference(const struct decoder *d, double *out);

/* --- the life of its benchmarks: what struct km_op asks for; c->state is a struct decoder -------------------------- */

const char *const *decoder_variants(void);
enum km_answer decoder_setup(struct km_case *c, const struct decoder_shape *shape, enum buffers_from from);
enum km_answer decoder_verify(struct km_case *c); /* leaves the counts of the step that it verified */
void decoder_run(struct km_case *c, uint64_t iterations);
struct km_cost decoder_cost(const struct km_case *c);
void decoder_teardown(struct km_case *c);

/* What is added to the mean square in the norms. */
#define DECODER_EPS 1e-5F

#endif
