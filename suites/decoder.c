/* SPDX-License-Identifier: Apache-2.0
 * Binding of decoder/f32: one iteration is one token through a stack of decoder layers, whose intermediate results come
 * from malloc(), an arena or a pool. It states what they asked for and got. */
#include "suites/decoder.h"

#include "suites/binding_util.h"

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
    return shape_of(c, &shape) == KM_RIGHT ? decoder_setup(c, &shape, allocator_of(c)) : KM_CANNOT;
}

/* What the step that was verified did. */
static enum km_answer verify(struct km_case *c)
{
    const struct buffers *b = &((const struct decoder *)c->state)->buffers;
    enum km_answer answer = decoder_verify(c);
    if (answer != KM_RIGHT)
        return answer;
    bu_state_value(c, "allocations", "per token", (double)b->counts.system_calls);
    bu_state_value(c, "requests", "per token", (double)b->counts.requests);
    bu_state_value(c, "requested-bytes", "B", (double)b->counts.requested);
    bu_state_value(c, "peak-bytes", "B", (double)buffers_peak(b));
    return KM_RIGHT;
}

const struct km_op km_op_decoder_f32 = { "decoder", "f32",  1,           params,       decoder_variants,
                                         setup,     verify, decoder_run, decoder_cost, decoder_teardown };
