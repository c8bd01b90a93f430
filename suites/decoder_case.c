/* SPDX-License-Identifier: Apache-2.0
 * The life of a benchmark of decoder layers, which the bindings decoder/f32 and model/f32 share. */
#include "suites/decoder.h"

#include "suites/binding_util.h"

#include <math.h>

/* Those of the kernels, which all have the same. */
const char *const *decoder_variants(void)
{
    return bu_variants("gemv", "f32");
}

void decoder_teardown(struct km_case *c)
{
    struct decoder *d = c->state;
    decoder_end(d);
    bu_free(d);
}

static int choose_kernels(struct km_case *c, struct decoder *d)
{
    d->rmsnorm = (kern_rmsnorm_f32_fn *)bu_lookup(c, "rmsnorm", "f32");
    d->rmsnorm_add = (kern_rmsnorm_add_f32_fn *)bu_lookup(c, "rmsnorm_add", "f32");
    d->gemv = (kern_gemv_f32_fn *)bu_lookup(c, "gemv", "f32");
    d->rope = (kern_rope_apply_f32_fn *)bu_lookup(c, "rope_apply", "f32");
    d->append = (kern_kv_append_f32_fn *)bu_lookup(c, "kv_append", "f32");
    d->attention = (kern_attention_f32_fn *)bu_lookup(c, "attention", "f32");
    d->swiglu = (kern_swiglu_f32_fn *)bu_lookup(c, "swiglu", "f32");
    return d->rmsnorm && d->rmsnorm_add && d->gemv && d->rope && d->append && d->attention && d->swiglu;
}

enum km_answer decoder_setup(struct km_case *c, const struct decoder_shape *shape, enum buffers_from from)
{
    struct decoder *d = c->state = bu_alloc(sizeof *d, 0);
    if (!d)
        return bu_cannot(c, "not enough memory");
    if (!choose_kernels(c, d)) {
        decoder_teardown(c);
        return KM_CANNOT;
    }
    int ok = decoder_begin(d, shape, c->seed) == 0;
    if (ok) {
        decoder_step(d); /* with malloc: shows how much the others need */
        ok = buffers_become(&d->buffers, from) == 0;
    }
    return bu_ready(c, ok, decoder_teardown);
}

void decoder_run(struct km_case *c, uint64_t iterations)
{
    struct decoder *d = c->state;
    for (; iterations; iterations--) {
        decoder_step(d);
        km_do_not_optimize(d->out);
    }
}

/* Tolerance: of n roundings of at most u each, of either sign, sqrt(n) u is left (Higham and Mary, A New Approach to
 * Probabilistic Rounding Error Analysis, SIAM J. Sci. Comput. 41(5), 2019), and four times that practically never. The
 * longest way through a layer leads over the sums of two norms, of q or k, a score, the mean of the values, o, gate or up,
 * and down; the norms keep what one of them adds to the error at about its size. A kernel that leaves something out is off
 * by hundreds of times as much. */
static double tolerance(const struct decoder_shape *s, const double *want)
{
    size_t terms = s->layers * (5 * s->hidden + s->dim + s->positions + s->mlp);
    double most = 0;
    for (size_t i = 0; i < s->hidden; i++)
        most = fmax(most, fabs(want[i]));
    return 4 * sqrt((double)terms) * BU_ROUNDOFF * most;
}

enum km_answer decoder_verify(struct km_case *c)
{
    struct decoder *d = c->state;
    double *want = bu_alloc(d->shape.hidden * sizeof *want, 0);
    if (!want || decoder_reference(d, want)) {
        bu_free(want);
        return bu_cannot(c, "not enough memory");
    }
    decoder_forget(d);
    buffers_count(&d->buffers);
    decoder_run(c, 1);
    enum km_answer answer = bu_check_all(c, "out", d->out, want, d->shape.hidden, tolerance(&d->shape, want));
    bu_free(want);
    if (answer == KM_RIGHT && d->buffers.counts.live)
        return bu_wrong(c, "%zu buffers were not given back", d->buffers.counts.live);
    return answer;
}

/* A multiplication and an addition are two; every weight and the history are read once. */
struct km_cost decoder_cost(const struct km_case *c)
{
    const struct decoder_shape *s = &((const struct decoder *)c->state)->shape;
    double layers = (double)s->layers, weights = (double)decoder_weights(s);
    double scores = (double)(s->positions * s->heads * s->dim), history = (double)(s->positions * s->kv_heads * s->dim);
    return (struct km_cost){ .flops = layers * (2 * weights + 4 * scores),
                             .bytes = layers * (weights + 2 * history) * sizeof(float),
                             .items = 1,
                             .item = "token" };
}
