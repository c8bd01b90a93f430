/* SPDX-License-Identifier: Apache-2.0
 * Binding of decoder/f32: one iteration is one token through a stack of decoder layers, whose intermediate results come
 * from malloc(), an arena or a pool. It states what they asked for and got. */
#include "suites/decoder.h"

#include "suites/binding_util.h"

#include <math.h>
#include <string.h>

enum { MOST = 1 << 30 /* bytes of weights and history */ };

static const char *const allocators[] = { "malloc", "arena", "pool", NULL }; /* in the order of enum buffers_from */

static const struct km_param_spec params[] = {
    { .name = "layers", .min = 1, .max = 256, .what = "decoder layers" },
    { .name = "hidden", .min = 16, .max = 1 << 14, .multiple = 16, .what = "width of the stream between layers" },
    { .name = "heads", .min = 1, .max = 256, .what = "query heads, which divide the width" },
    { .name = "kv_heads", .min = 1, .max = 256, .what = "heads of keys and values, which divide the query heads" },
    { .name = "mlp", .min = 1, .max = 1 << 16, .what = "inner width of the MLP" },
    { .name = "positions", .min = 1, .max = 1 << 16, .what = "positions of the history, the token's own included" },
    { .name = "allocator", .words = allocators, .what = "where buffers come from" },
    { .name = NULL },
};

/* Those of the kernels, which all have the same. */
static const char *const *variants(void)
{
    return bu_variants("gemv", "f32");
}

static void teardown(struct km_case *c)
{
    struct decoder *d = c->state;
    decoder_end(d);
    bu_free(d);
}

/* Fills shape; KM_CANNOT with the message filled if there is no such model. */
static enum km_answer shape_of(struct km_case *c, struct decoder_shape *s)
{
    *s = (struct decoder_shape){ .layers = (size_t)bu_number(c, "layers"),
                                 .hidden = (size_t)bu_number(c, "hidden"),
                                 .heads = (size_t)bu_number(c, "heads"),
                                 .kv_heads = (size_t)bu_number(c, "kv_heads"),
                                 .mlp = (size_t)bu_number(c, "mlp"),
                                 .positions = (size_t)bu_number(c, "positions") };
    s->dim = s->hidden / s->heads;
    if (s->heads % s->kv_heads)
        return bu_cannot(c, "kv_heads:%zu does not divide heads:%zu", s->kv_heads, s->heads);
    if (s->dim * s->heads != s->hidden || s->dim % 16 || s->dim > KERN_HEAD_MOST)
        return bu_cannot(c, "hidden:%zu over heads:%zu is no multiple of 16 up to %d", s->hidden, s->heads,
                         KERN_HEAD_MOST);
    if (decoder_bytes(s) > MOST)
        return bu_cannot(c, "a model of more than %d bytes", MOST);
    return KM_RIGHT;
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

static enum buffers_from allocator_of(const struct km_case *c)
{
    enum buffers_from from = BUFFERS_MALLOC;
    while (strcmp(allocators[from], bu_word(c, "allocator")) != 0)
        from++;
    return from;
}

static enum km_answer setup(struct km_case *c)
{
    struct decoder_shape shape;
    if (shape_of(c, &shape) != KM_RIGHT)
        return KM_CANNOT;
    struct decoder *d = c->state = bu_alloc(sizeof *d, 0);
    if (!d)
        return bu_cannot(c, "not enough memory");
    if (!choose_kernels(c, d)) {
        teardown(c);
        return KM_CANNOT;
    }
    int ok = decoder_begin(d, &shape, c->seed) == 0;
    if (ok) {
        decoder_step(d); /* with malloc: shows how much the others need */
        ok = buffers_become(&d->buffers, allocator_of(c)) == 0;
    }
    return bu_ready(c, ok, teardown);
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct decoder *d = c->state;
    for (; iterations; iterations--) {
        decoder_step(d);
        km_do_not_optimize(d->out);
    }
}

static enum km_answer state_counts(struct km_case *c, const struct buffers *b)
{
    const struct buffers_counts *n = &b->counts;
    if (n->live)
        return bu_wrong(c, "%zu buffers were not given back", n->live);
    bu_state_value(c, "allocations", "per token", (double)n->system_calls);
    bu_state_value(c, "requests", "per token", (double)n->requests);
    bu_state_value(c, "requested-bytes", "B", (double)n->requested);
    bu_state_value(c, "peak-bytes", "B", (double)buffers_peak(b));
    return KM_RIGHT;
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

static enum km_answer verify(struct km_case *c)
{
    struct decoder *d = c->state;
    double *want = bu_alloc(d->shape.hidden * sizeof *want, 0);
    if (!want || decoder_reference(d, want)) {
        bu_free(want);
        return bu_cannot(c, "not enough memory");
    }
    decoder_forget(d);
    buffers_count(&d->buffers);
    run(c, 1);
    enum km_answer answer = bu_check_all(c, "out", d->out, want, d->shape.hidden, tolerance(&d->shape, want));
    bu_free(want);
    return answer == KM_RIGHT ? state_counts(c, &d->buffers) : answer;
}

/* A multiplication and an addition are two; every weight and the history are read once. */
static struct km_cost cost(const struct km_case *c)
{
    const struct decoder_shape *s = &((const struct decoder *)c->state)->shape;
    double layers = (double)s->layers, weights = (double)decoder_weights(s);
    double scores = (double)(s->positions * s->heads * s->dim), history = (double)(s->positions * s->kv_heads * s->dim);
    return (struct km_cost){ .flops = layers * (2 * weights + 4 * scores),
                             .bytes = layers * (weights + 2 * history) * sizeof(float),
                             .items = 1,
                             .item = "token" };
}

const struct km_op km_op_decoder_f32 = { "decoder", "f32", 1, params, variants, setup, verify, run, cost, teardown };
