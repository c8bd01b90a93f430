/* SPDX-License-Identifier: Apache-2.0
 * Checks of flash of all types: random shapes in three layouts, or two tiers, each against the definition in double.
 * What blocks lost when they were made is not the kernel's error: the definition is of what they say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

enum { POOL = 1 << 20, SCORES = 8192, MOST_WORK = 1 << 20 };
enum layout { BY_HEAD, BY_POSITION, PAGED, LAYOUTS };
static const char *const layouts[] = { "by head", "by position", "paged" };

struct flash {
    kern_flash_f32_fn *fn;
    const char *dtype;
    size_t size, per; /* bytes of so many elements of K and V */
    bool tiered;      /* of the older tier, then */
    struct fence k, v, tail_k, tail_v, work, table, k_scale, v_scale;
    struct kern_kv_tiers tiers_k, tiers_v;
    double *score;
    uint64_t state;
};

static double q8_0_element(const struct kern_q8_0 *b, size_t i)
{
    return (double)kern_f16_to_f32(b->d) * b->qs[i];
}

static double q4_0_element(const struct kern_q4_0 *b, size_t i)
{
    int q = i < 16 ? b->qs[i] & 15 : b->qs[i - 16] >> 4;
    return (double)kern_f16_to_f32(b->d) * (q - 8);
}

/* One element of K or V as a number. */
static double element(const struct flash *t, const void *x, size_t i)
{
    if (t->size == sizeof(struct kern_q8_0))
        return q8_0_element((const struct kern_q8_0 *)x + i / t->per, i % t->per);
    if (t->size == sizeof(struct kern_q4_0))
        return q4_0_element((const struct kern_q4_0 *)x + i / t->per, i % t->per);
    if (t->size == 4)
        return (double)((const float *)x)[i];
    if (*t->dtype == 'f')
        return (double)kern_f16_to_f32(((const uint16_t *)x)[i]);
    if (t->size == 1)
        return (double)((const int8_t *)x)[i];
    uint32_t bits = (uint32_t)((const uint16_t *)x)[i] << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

static void put_element(const struct flash *t, void *x, size_t i, float f)
{
    if (t->size == 4)
        ((float *)x)[i] = f;
    else if (*t->dtype == 'f')
        ((uint16_t *)x)[i] = kern_f32_to_f16(f);
    else if (t->size == 1)
        ((int8_t *)x)[i] = isnan(f) ? 0 : (int8_t)(f * 60);
    else
        ((uint16_t *)x)[i] = (uint16_t)(float_bits(f) >> 16);
}

static size_t place(const struct kern_flash *f, size_t head, size_t pos)
{
    size_t page = f->table ? pos / f->page : 0, slot = f->table ? pos % f->page : pos;
    return (f->table ? (size_t)f->table[page] * f->kv_page : 0) + head * f->kv_head + slot * f->kv_step;
}

/* Element i of a position of K or V, of which f has x. */
static double value(const struct flash *t, const struct kern_flash *f, const void *x, size_t head, size_t pos, size_t i)
{
    const struct kern_kv_tiers *tiers = x;
    if (!t->tiered)
        return element(t, x, place(f, head, pos) + i);
    if (pos < tiers->stored)
        return element(t, tiers->store, (head * tiers->store_room + pos) * f->dim + i);
    return (double)kern_f16_to_f32(tiers->tail[(head * tiers->tail_room + pos - tiers->stored) * f->dim + i]);
}

static double scale_of(const struct kern_flash *f, const float *scales, size_t at)
{
    return scales ? (double)scales[at / f->dim] : 1;
}

/* A head of a query: weights in t->score, the bound of the scores' sizes in *size; returns the sum of weights. */
static double weigh(const struct flash *t, const struct kern_flash *f, size_t query, size_t head, double *size)
{
    const float *q = f->q + query * f->q_step + head * f->dim;
    size_t own = f->positions - f->queries + query;
    double top = -INFINITY, total = 0;

    for (size_t pos = 0; pos < f->positions; pos++) {
        size_t kv = head / (f->heads / f->kv_heads), at = place(f, kv, pos);
        double sum = 0, all = 0, by = scale_of(f, f->k_scale, at) * (double)f->scale;
        int seen = (!f->causal || pos <= own) && (!f->window || pos + f->window > own);
        for (size_t i = f->dim; i-- > 0 && seen;) {
            double p = (double)q[i] * value(t, f, f->k, kv, pos, i);
            sum += p;
            all += fabs(p);
        }
        t->score[pos] = seen ? sum * by : -INFINITY;
        *size = fmax(*size, all * fabs(by));
        top = fmax(top, t->score[pos]);
    }
    for (size_t pos = f->positions; pos-- > 0;)
        total += t->score[pos] = exp(t->score[pos] - top);
    return total;
}

static void judge_head(struct checks *c, const struct flash *t, const struct kern_flash *f, size_t query, size_t head)
{
    const float *got = f->out + query * f->q_step + head * f->dim;
    double size = 0, total = weigh(t, f, query, head, &size), worst = 0;

    for (size_t i = 0; i < f->dim; i++) {
        double want = 0, mixed = 0, largest = 0;
        for (size_t pos = f->positions; pos-- > 0;) {
            size_t kv = head / (f->heads / f->kv_heads), at = place(f, kv, pos);
            double x = value(t, f, f->v, kv, pos, i) * scale_of(f, f->v_scale, at), p = t->score[pos] / total;
            if (t->score[pos] == 0)
                continue;
            want += p * x;
            mixed += p * fabs(x);
            largest = fmax(largest, fabs(x));
        }
        double n = (double)f->positions, d = (double)f->dim;
        double most = ((2 * d + 8) * size + 2 * n + 24) * UNIT * mixed + n * 0x1p-125 * (largest + 1);
        double off = fabs((double)got[i] - want) / most;
        worst = off <= worst ? worst : isnan(off) ? INFINITY : off;
    }
    check_that(
        c, worst <= 1,
        "query %zu of %zu, head %zu of %zu/%zu, %zu positions, dim %zu, causal %d, window %zu, page %zu, step %zu: "
        "off by %.3g times the bound",
        query, f->queries, head, f->heads, f->kv_heads, f->positions, f->dim, f->causal, f->window,
        f->table ? f->page : 0, f->kv_step, worst);
}

/* Lays K and V out; they end where readable memory does. Returns the elements of each. */
static size_t lay_out(struct flash *t, struct kern_flash *f, enum layout layout)
{
    size_t pages = (f->positions + f->page - 1) / f->page, n = f->positions * f->kv_heads * f->dim;

    f->table = NULL;
    f->kv_step = layout == BY_POSITION ? f->kv_heads * f->dim : f->dim;
    f->kv_head = layout == BY_POSITION ? f->dim : f->positions * f->dim;
    if (layout == PAGED) {
        uint32_t *table = fence_end(&t->table, pages * sizeof *table);
        for (size_t i = 0; i < pages; i++) { /* a random order */
            size_t j = rnd_below(&t->state, i + 1);
            table[i] = table[j];
            table[j] = (uint32_t)i;
        }
        f->table = table;
        f->kv_head = f->page * f->dim;
        f->kv_page = f->kv_heads * f->kv_head;
        n = pages * f->kv_page;
    }
    return n;
}

/* Blocks of any whole numbers and of steps that make the largest about 1. */
static void fill_blocks(struct flash *t, void *x, size_t nblocks)
{
    unsigned char *b = x;
    float most = t->size == sizeof(struct kern_q8_0) ? 127 : 8;
    for (size_t i = 0; i < nblocks; i++, b += t->size) {
        uint16_t d = kern_f32_to_f16((1.5f + rnd_float(&t->state)) / most);
        for (size_t j = 0; j < t->size; j++)
            b[j] = (unsigned char)rnd(&t->state);
        memcpy(b, &d, sizeof d); /* the first member of both */
    }
}

/* One of K and V in two tiers of which all but `stored` positions and some room are the tail's. */
static struct kern_kv_tiers fill_tiers(struct flash *t, const struct kern_flash *f, const size_t rooms[2], bool is_v)
{
    struct kern_kv_tiers s = { .heads = f->kv_heads, .dim = f->dim, .batch = 1, .stored = rooms[0] };
    s.kept = f->positions - s.stored;
    s.store_room = s.stored + rooms[1];
    s.tail_room = s.kept + rooms[1];
    size_t blocks = kern_kv_tiers_blocks(&s), n = s.heads * s.tail_room * s.dim;
    s.store = fence_end(is_v ? &t->v : &t->k, blocks * t->size);
    s.tail = fence_end(is_v ? &t->tail_v : &t->tail_k, n * 2);
    fill_blocks(t, s.store, blocks);
    for (size_t i = 0; i < n; i++)
        s.tail[i] = kern_f32_to_f16(rnd_float(&t->state));
    return s;
}

static void fill_quant(struct flash *t, struct kern_flash *f, size_t n)
{
    size_t rooms[2] = { rnd_below(&t->state, f->positions + 1), rnd_below(&t->state, 4) };
    if (t->tiered) {
        t->tiers_k = fill_tiers(t, f, rooms, false);
        t->tiers_v = fill_tiers(t, f, rooms, true);
        f->k = &t->tiers_k;
        f->v = &t->tiers_v;
        return;
    }
    void *k = fence_end(&t->k, n / t->per * t->size), *v = fence_end(&t->v, n / t->per * t->size);
    fill_blocks(t, k, n / t->per);
    fill_blocks(t, v, n / t->per);
    f->k = k;
    f->v = v;
}

static void fill(struct flash *t, struct kern_flash *f, size_t n, float by)
{
    f->k_scale = f->v_scale = NULL;
    if (t->per > 1) {
        fill_quant(t, f, n);
        return;
    }
    void *k = fence_end(&t->k, n * t->size), *v = fence_end(&t->v, n * t->size);
    float *ks = fence_end(&t->k_scale, n / f->dim * 4), *vs = fence_end(&t->v_scale, n / f->dim * 4);

    for (size_t i = 0; i < n; i++) {
        put_element(t, k, i, rnd_float(&t->state));
        put_element(t, v, i, rnd_float(&t->state));
    }
    for (size_t i = 0; i < n / f->dim; i++) {
        ks[i] = by * (1 + rnd_float(&t->state)) / 60;
        vs[i] = (1 + rnd_float(&t->state)) / 60;
    }
    f->k = k;
    f->v = v;
    f->k_scale = t->size == 1 ? ks : NULL;
    f->v_scale = t->size == 1 ? vs : NULL;
}

/* f becomes the problem of its last head of K and V alone; rooms for what it points to then. */
static void last_head(struct kern_flash *f, const struct flash *t, struct kern_kv_tiers rooms[2])
{
    size_t last = f->kv_heads - 1, skip = last * (place(f, 1, 0) - place(f, 0, 0));

    if (t->tiered) {
        rooms[0] = t->tiers_k;
        rooms[1] = t->tiers_v;
        for (int i = 0; i < 2; i++) {
            rooms[i].heads = 1;
            rooms[i].tail += last * rooms[i].tail_room * f->dim;
            rooms[i].store += last * rooms[i].store_room * (f->dim / t->per);
        }
        f->k = &rooms[0];
        f->v = &rooms[1];
        return;
    }
    f->k = (const char *)f->k + skip / t->per * t->size;
    f->v = (const char *)f->v + skip / t->per * t->size;
    f->k_scale = f->k_scale ? f->k_scale + skip / f->dim : NULL;
    f->v_scale = f->v_scale ? f->v_scale + skip / f->dim : NULL;
}

/* Whether a call for one head of K and V alone writes the same bits. */
static void split(struct checks *c, const struct flash *t, const struct kern_flash *whole)
{
    size_t group = whole->heads / whole->kv_heads, last = whole->kv_heads - 1, n = whole->queries * whole->q_step * 4;
    float *again = malloc(n + GUARD_BYTES); /* a wrong kernel may write beyond; the whole call has told on it then */
    struct kern_flash f = *whole;
    struct kern_kv_tiers rooms[2];
    size_t wrong = 0;

    last_head(&f, t, rooms);
    f.heads = group;
    f.kv_heads = 1;
    f.q += last * group * f.dim;
    f.out = again;
    if (f.queries) {
        f.work = fence_end(&t->work, kern_flash_floats(&f) * 4);
        t->fn(&f);
    }
    for (size_t i = 0; i < f.queries; i++)
        wrong += memcmp(again + i * f.q_step, whole->out + i * f.q_step + last * group * f.dim, group * f.dim * 4) != 0;
    check_that(c, wrong == 0, "one head alone is not what it is in company");
    free(again);
}

static void one(struct checks *c, struct flash *t, struct kern_flash f, enum layout layout)
{
    static const float sizes[] = { 0.5f, 4, 40 };
    size_t extra = rnd_below(&t->state, 5), floats, n = lay_out(t, &f, layout);
    float by = sizes[rnd_below(&t->state, 3)];

    fill(t, &f, n, by);
    f.scale = 1 / sqrtf((float)f.dim);
    f.q_step = f.heads * f.dim + extra;
    floats = f.queries ? (f.queries - 1) * f.q_step + f.heads * f.dim : 0;
    struct guard out = guard_new(floats * 4, 4 * extra);
    float *q = malloc(floats * 4 + 4);
    for (size_t i = 0; i < floats; i++)
        q[i] = by * rnd_float(&t->state);
    f.q = q;
    f.out = (float *)(void *)out.data;
    f.work = fence_end(&t->work, kern_flash_floats(&f) * 4);
    t->fn(&f);
    check_that(c, guard_ok(&out), "%s: wrote outside out", layouts[layout]);
    for (size_t i = 0; i < f.queries; i++)
        for (size_t head = 0; head < f.heads; head++)
            judge_head(c, t, &f, i, head);
    split(c, t, &f);
    free(q);
    guard_free(&out);
}

static void random_shape(struct checks *c, struct flash *t)
{
    static const size_t groups[] = { 1, 2, 3, 4, 5, 7, 8, 11, 16, 20 }, pages[] = { 1, 3, 16, 32, 60, 64, 256 };
    struct kern_flash f = { .dim = 16 + 16 * rnd_below(&t->state, 10), .causal = rnd(&t->state) % 4 != 0 };

    if (rnd_below(&t->state, 3) == 0)
        f.dim = rnd_below(&t->state, 8) ? 128 : KERN_HEAD_MOST;
    f.dim = (f.dim + t->per - 1) / t->per * t->per;
    f.kv_heads = 1 + rnd_below(&t->state, 3);
    f.heads = f.kv_heads * groups[rnd_below(&t->state, 10)];
    f.positions = 1 + rnd_below(&t->state, rnd(&t->state) % 2 ? 20 : 400);
    f.queries = rnd(&t->state) % 2 ? 1 : 1 + rnd_below(&t->state, f.positions);
    f.window = rnd(&t->state) % 2 ? 0 : 1 + rnd_below(&t->state, f.positions + 3);
    f.page = pages[rnd_below(&t->state, 7)];
    while (f.queries > 1 && f.queries * f.positions * f.heads * f.dim > MOST_WORK)
        f.queries /= 2;
    one(c, t, f, (enum layout)rnd_below(&t->state, t->tiered ? 1 : LAYOUTS));
}

/* What a NaN may reach, and must. */
static void special(struct checks *c, struct flash *t)
{
    float q[8 * 32], out[8 * 32 + 16]; /* room for a wrong kernel that writes beyond */
    struct kern_flash f = { .dim = 32, .kv_heads = 2, .heads = 8, .positions = 70, .queries = 1, .page = 1 };

    fill(t, &f, lay_out(t, &f, BY_HEAD), 1);
    for (size_t i = 0; i < 8 * 32; i++)
        q[i] = rnd_float(&t->state);
    q[5 * 32 + 7] = NAN;
    f.q = q;
    f.out = out;
    f.scale = 1;
    f.q_step = 8 * 32;
    f.work = fence_end(&t->work, kern_flash_floats(&f) * 4);
    t->fn(&f);
    for (size_t i = 0; i < 8 * 32; i++)
        check_that(c, isnan(out[i]) == (i / 32 == 5), "a NaN in query head 5: out[%zu] of head %zu is %g", i % 32,
                   i / 32, (double)out[i]);
}

static void check_flash_type(struct checks *c, const struct kern_variant *v, const char *dtype, size_t size)
{
    struct flash t = { .fn = (kern_flash_f32_fn *)v->fn, .dtype = dtype, .size = size, .state = check_seed(c, dtype) };
    t.per = size > 4 ? 32 : 1;
    t.tiered = *dtype == 't';
    struct kern_flash big = { .dim = 128, .kv_heads = 1, .heads = 4, .positions = 4000, .queries = 1, .page = 16 };

    t.k = fence_new(POOL * 4 / t.per * size);
    t.v = fence_new(POOL * 4 / t.per * size);
    t.tail_k = fence_new(t.tiered ? POOL * 4 * 2 : 1);
    t.tail_v = fence_new(t.tiered ? POOL * 4 * 2 : 1);
    t.k_scale = fence_new(POOL);
    t.v_scale = fence_new(POOL);
    t.work = fence_new((size_t)POOL * 4);
    t.table = fence_new(SCORES * 4);
    t.score = malloc(SCORES * sizeof *t.score);
    for (int i = 0; i < 60; i++)
        random_shape(c, &t);
    for (int i = 0; i < (t.tiered ? 1 : LAYOUTS); i++)
        one(c, &t, big, (enum layout)i);
    special(c, &t);
    fence_free(&t.k);
    fence_free(&t.v);
    fence_free(&t.tail_k);
    fence_free(&t.tail_v);
    fence_free(&t.k_scale);
    fence_free(&t.v_scale);
    fence_free(&t.work);
    fence_free(&t.table);
    free(t.score);
}

void check_flash_f32_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "f32", 4);
}

void check_flash_f16_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "f16", 2);
}

static void bf16_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "bf16", 2);
}

void check_flash_i8_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "i8", 1);
}

void check_flash_q8_0_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "q8_0", sizeof(struct kern_q8_0));
}

void check_flash_q4_0_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "q4_0", sizeof(struct kern_q4_0));
}

void check_flash_tiers_variant(struct checks *c, const struct kern_variant *v)
{
    check_flash_type(c, v, "tiers", sizeof(struct kern_q4_0));
}

void check_flash(struct checks *c)
{
    check_variants(c, "flash", "f32", check_flash_f32_variant);
    check_variants(c, "flash", "f16", check_flash_f16_variant);
    check_variants(c, "flash", "bf16", bf16_variant);
    check_variants(c, "flash", "i8", check_flash_i8_variant);
    check_variants(c, "flash", "q8_0", check_flash_q8_0_variant);
    check_variants(c, "flash", "q4_0", check_flash_q4_0_variant);
    check_variants(c, "flash", "tiers", check_flash_tiers_variant);
}
