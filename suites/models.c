/* SPDX-License-Identifier: Apache-2.0
 * Binding of model/f32: one iteration is one token through some layers of a published model's shape, with random weights.
 * It states how large the whole model and a cache of it are in libkern's formats, which is computed from shapes and sizes of
 * blocks. */
#include "suites/models.h"

#include "suites/binding_util.h"
#include "suites/decoder.h"

#include <kern/kern.h>

#include <math.h>
#include <string.h>

static const struct model models[] = {
#define MODEL(...) { __VA_ARGS__ },
#include "suites/models.def"
#undef MODEL
};
enum { NMODELS = sizeof models / sizeof models[0] };

static const char *const names[] = {
#define MODEL(name, ...) name,
#include "suites/models.def"
#undef MODEL
    NULL,
};

static const struct model_format formats[] = {
    { "f16-bytes", 1, sizeof(uint16_t), 0 },
    { "i8-bytes", 1, sizeof(int8_t), sizeof(float) }, /* a scale for each row */
    { "q4_0-bytes", KERN_Q4_0_BLOCK, sizeof(struct kern_q4_0), 0 },
    { "q4_k-bytes", KERN_Q4_K_BLOCK, sizeof(struct kern_q4_k), 0 },
};
enum { NFORMATS = sizeof formats / sizeof formats[0] };

const struct model *model_at(size_t i)
{
    return i < NMODELS ? &models[i] : NULL;
}

const struct model_format *model_format_at(size_t i)
{
    return i < NFORMATS ? &formats[i] : NULL;
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

static double matrix(const struct model_format *f, size_t rows, size_t columns)
{
    if (columns % f->block)
        return NAN;
    size_t bytes = columns / f->block * f->bytes + f->row;
    return (double)rows * (double)bytes;
}

static double matrices(const struct model *m, const struct model_format *f)
{
    size_t kv = m->hidden / m->heads * m->kv_heads;
    double attention = 2 * matrix(f, m->hidden, m->hidden) + 2 * matrix(f, kv, m->hidden);
    double mlp = 2 * matrix(f, m->mlp, m->hidden) + matrix(f, m->hidden, m->mlp);
    return (double)m->layers * (attention + mlp) + 2 * matrix(f, m->vocabulary, m->hidden);
}

static double gains(const struct model *m)
{
    return (double)((2 * m->layers + 1) * m->hidden);
}

double model_parameters(const struct model *m)
{
    static const struct model_format one = { "parameters", 1, 1, 0 };
    return matrices(m, &one) + gains(m);
}

double model_bytes(const struct model *m, const struct model_format *f)
{
    return matrices(m, f) + gains(m) * sizeof(float);
}

/* For keys and for values, in each layer. */
static double caches(const struct model *m, double bytes)
{
    return 2 * (double)m->layers * bytes;
}

static double f16_rows(const struct model *m, size_t positions)
{
    size_t dim = m->hidden / m->heads;
    return (double)(positions * m->kv_heads * dim * sizeof(uint16_t));
}

double model_cache_f16(const struct model *m)
{
    return caches(m, f16_rows(m, MODEL_POSITIONS));
}

double model_cache_tiers(const struct model *m)
{
    const struct kern_kv_tiers t = { .heads = m->kv_heads,
                                     .dim = m->hidden / m->heads,
                                     .tail_room = MODEL_TAIL,
                                     .store_room = MODEL_POSITIONS - MODEL_TAIL };
    double store = (double)kern_kv_tiers_blocks(&t) * sizeof(struct kern_q4_0);
    return caches(m, f16_rows(m, MODEL_TAIL) + store);
}

/* --- the binding -------------------------------------------------------------------------------------------------- */

static const struct km_param_spec params[] = {
    { .name = "model", .words = names, .what = "a published model" },
    { .name = "layers", .min = 1, .max = 64, .what = "of its layers" },
    { .name = "positions", .min = 1, .max = 1 << 16, .what = "positions of the history, the token's own included" },
    { .name = NULL },
};

static const struct model *model_of(const struct km_case *c)
{
    size_t i = 0;
    while (strcmp(models[i].name, bu_word(c, "model")) != 0)
        i++;
    return &models[i];
}

static enum km_answer setup(struct km_case *c)
{
    const struct model *m = model_of(c);
    const struct decoder_shape shape = { .layers = (size_t)bu_number(c, "layers"),
                                         .hidden = m->hidden,
                                         .heads = m->heads,
                                         .kv_heads = m->kv_heads,
                                         .dim = m->hidden / m->heads,
                                         .mlp = m->mlp,
                                         .positions = (size_t)bu_number(c, "positions") };
    return decoder_setup(c, &shape, BUFFERS_ARENA);
}

static enum km_answer verify(struct km_case *c)
{
    const struct model *m = model_of(c);
    enum km_answer answer = decoder_verify(c);
    if (answer != KM_RIGHT)
        return answer;
    bu_state_value(c, "parameters", "", model_parameters(m));
    for (size_t i = 0; i < NFORMATS; i++)
        bu_state_value(c, formats[i].metric, "B", model_bytes(m, &formats[i]));
    bu_state_value(c, "positions", "", MODEL_POSITIONS);
    bu_state_value(c, "f16-cache-bytes", "B", model_cache_f16(m));
    bu_state_value(c, "tiers-cache-bytes", "B", model_cache_tiers(m));
    return KM_RIGHT;
}

const struct km_op km_op_model_f32 = { "model", "f32",  1,           params,       decoder_variants,
                                       setup,   verify, decoder_run, decoder_cost, decoder_teardown };
