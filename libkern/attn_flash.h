/* SPDX-License-Identifier: Apache-2.0
 * Flash attention, the body of every vector variant, for one type of K and V. Before including it: lanes.h, TYPE,
 * VLOAD, NAME and PER as attn_tiles.h wants them; SCALED if rows of K and V have scales. A folder with a way of its own
 * for many rows names two files: FLASH_TILES, with FLASH_ROWS, of which whole numbers are worked on, and rows_split(), what
 * is done with q first; and FLASH_BLOCKS, with NAME(tiles_block)() for NAME(many_block)().
 *
 * Rows are pairs of a query and a query head that share one head of K and V. Few rows (decoding) take K and V as they
 * lie, up to 8 rows at a time. Many rows (prefill) first have a block of K turned and one of V widened, so that both
 * products are matrix products without sums across lanes. */
#include "libkern/attn_tiles.h"
#ifndef LIBKERN_ATTN_FLASH_H
#define LIBKERN_ATTN_FLASH_H
#include "libkern/flash.h"

/* What all blocks of one head and some queries share. */
struct rows {
    const struct kern_flash *f;
    const struct kern_flash *kv; /* where K and V of positions from kv_from on lie; but with tiers the same */
    size_t kv_from;
    size_t head, query; /* of K and V; first of the queries */
    size_t n, group;    /* rows; query heads that share a head of K and V: row r is query r / group */
    float *q, *o, *s, *top, *total, *shrink, *kt, *vp, *split;
};

/* Positions that row r sees. */
static inline struct span row_sees(const struct rows *r, size_t row)
{
    return kern_flash_sees(r->f, r->query + row / r->group);
}

/* Elements from the start of K or V of r->kv to a position. */
static inline size_t row_at(const struct rows *r, size_t pos)
{
    return kern_flash_at(r->kv, r->head, pos - r->kv_from);
}

/* Rows ahead of use that q is asked for: those of several queries lie too far apart for hardware to guess. */
enum { ROWS_AHEAD = 8 };

/* Floats from the start of q, or of out, to a row's; rows behind the last are copies of it. */
static inline size_t row_place(const struct rows *r, size_t row)
{
    size_t at = row < r->n ? row : r->n - 1;
    return (r->query + at / r->group) * r->f->q_step + (r->head * r->group + at % r->group) * r->f->dim;
}

static void rows_start(struct rows *r, size_t padded)
{
    const struct kern_flash *f = r->f;
    vf scale = vset(f->scale), zero = vset(0);
    for (size_t i = 0; i < padded; i++) {
        const float *q = f->q + row_place(r, i), *next = f->q + row_place(r, i + ROWS_AHEAD);
        for (size_t d = 0; d < f->dim; d += LANES) {
            __builtin_prefetch(next + d);
            vstore(r->q + i * f->dim + d, vmul(vload_f32(q + d), scale));
            vstore(r->o + i * f->dim + d, zero);
        }
        r->top[i] = -FLT_MAX;
        r->total[i] = 0;
    }
}

static void rows_finish(const struct rows *r)
{
    const struct kern_flash *f = r->f;
    for (size_t i = 0; i < r->n; i++) {
        float *out = f->out + row_place(r, i);
        vf over = vset(1 / r->total[i]);
        for (size_t d = 0; d < f->dim; d += LANES)
            vstore(out + d, vmul(vload_f32(r->o + i * f->dim + d), over));
        kern_flash_keep(f, r->query + i / r->group, r->head * r->group + i % r->group, r->top[i], r->total[i]);
    }
}

/* c[r][0..N vectors) = sum over i of a[r][i] * b[i], 6 rows; on top of c[r] * shrink[r] if shrink. */
INLINE void panel(float *c, size_t c_step, const float *a, size_t a_step, const float *b, size_t b_step, size_t depth,
                  const float *shrink, const int N)
{
    vf sum[FLASH_PANEL][4];
    UNROLL for (int r = 0; r < FLASH_PANEL; r++) UNROLL for (int i = 0; i < N; i++) sum[r][i] =
        shrink ? vmul(vload_f32(c + (size_t)r * c_step + i * LANES), vset(shrink[r])) : vset(0);
    for (size_t k = 0; k < depth; k++, a++, b += b_step) {
        vf x[4];
        UNROLL for (int i = 0; i < N; i++) x[i] = vload_f32(b + i * LANES);
        UNROLL for (int r = 0; r < FLASH_PANEL; r++)
        {
            vf y = vset(a[(size_t)r * a_step]);
            UNROLL for (int i = 0; i < N; i++) sum[r][i] = vfma(y, x[i], sum[r][i]);
        }
    }
    UNROLL for (int r = 0; r < FLASH_PANEL; r++) UNROLL for (int i = 0; i < N; i++)
        vstore(c + (size_t)r * c_step + i * LANES, sum[r][i]);
}

/* Scores of 6 rows and the first n positions of a block, n rounded up to whole vectors. */
static void panel_scores(const struct rows *r, size_t row, size_t n)
{
    size_t dim = r->f->dim, j = 0;
    const float *q = r->q + row * dim;
    float *s = r->s + row * FLASH_STEP;
    for (; j + (PANEL - 1) * LANES < n; j += PANEL * LANES)
        panel(s + j, FLASH_STEP, q, dim, r->kt + j, FLASH_BLOCK, dim, NULL, PANEL);
    for (; j + LANES < n; j += 2 * LANES)
        panel(s + j, FLASH_STEP, q, dim, r->kt + j, FLASH_BLOCK, dim, NULL, 2);
    if (j < n)
        panel(s + j, FLASH_STEP, q, dim, r->kt + j, FLASH_BLOCK, dim, NULL, 1);
}

static void panel_mix(const struct rows *r, size_t row, size_t depth)
{
    size_t dim = r->f->dim, d = 0, wide = PANEL * LANES;
    const float *s = r->s + row * FLASH_STEP;
    float *o = r->o + row * dim;
    for (; d + wide <= dim; d += wide)
        panel(o + d, dim, s, FLASH_STEP, r->vp + d, dim, depth, r->shrink + row, PANEL);
    for (; d < dim; d += LANES)
        panel(o + d, dim, s, FLASH_STEP, r->vp + d, dim, depth, r->shrink + row, 1);
}

/* How many of a block's n positions the 6 rows from `row` on see, the last of which sees furthest. */
static size_t panel_depth(const struct rows *r, size_t row, size_t from, size_t n)
{
    size_t to = row_sees(r, row + FLASH_PANEL - 1).to;
    return to - from < n ? to - from : n;
}

/* The rows that see something of n positions, in whole numbers of `together` rows from the first. */
static inline struct span rows_that_see(const struct rows *r, size_t from, size_t n, size_t together)
{
    struct span s = { 0, r->n };
    while (s.from < s.to && row_sees(r, s.from).to <= from)
        s.from++;
    while (s.from < s.to && row_sees(r, s.to - 1).from >= from + n)
        s.to--;
    s.from -= s.from % together;
    return s;
}

/* Turns the scores of one row, positions from..from+n, to powers; what the row does not see becomes 0. scales,
 * if not NULL, are those of K and then of V at these positions. */
static void row_soften(const struct rows *r, size_t row, size_t from, size_t n, const float *scales)
{
    float *s = r->s + row * FLASH_STEP, before = r->top[row];
    struct span sees = row_sees(r, row);
    if (scales)
        for (size_t j = 0; j < n; j += LANES)
            vstore(s + j, vmul(vload_f32(s + j), vload_f32(scales + j)));
    for (size_t j = from; j < sees.from && j < from + n; j++)
        s[j - from] = -INFINITY;
    for (size_t j = sees.to > from ? sees.to : from; j < from + n; j++)
        s[j - from] = -INFINITY;
    float sum = soften(s, n, &r->top[row]);
    r->shrink[row] = vfirst(vexp(vset(before - r->top[row])));
    r->total[row] = r->total[row] * r->shrink[row] + sum;
    if (scales)
        for (size_t j = 0; j < n; j += LANES)
            vstore(s + j, vmul(vload_f32(s + j), vload_f32(scales + FLASH_BLOCK + j)));
}

#ifdef FLASH_TILES
#include FLASH_TILES
#else
enum { FLASH_ROWS = FLASH_PANEL };

static inline void rows_split(const struct rows *r, size_t n)
{
    (void)r;
    (void)n;
}
#endif

typedef void rows_add_fn(struct rows *r, size_t from, size_t to);

static void rows_attend(struct rows *r, rows_add_fn *add)
{
    int many = r->n >= FLASH_MANY;
    size_t n = many ? (r->n + FLASH_ROWS - 1) / FLASH_ROWS * FLASH_ROWS : r->n;
    rows_start(r, n);
    if (many)
        rows_split(r, n);
    add(r, row_sees(r, 0).from, row_sees(r, r->n - 1).to);
    rows_finish(r);
}

static void flash_all(const struct kern_flash *f, rows_add_fn *add)
{
    struct flash_work w = kern_flash_work(f);
    struct rows r = { .f = f, .kv = f, .group = f->kv_heads ? f->heads / f->kv_heads : 0 };

    r.q = f->work;
    r.o = r.q + w.rows * f->dim;
    r.kt = r.o + w.rows * f->dim;
    r.vp = r.kt + f->dim * FLASH_BLOCK;
    r.s = r.vp + f->dim * FLASH_BLOCK;
    r.top = r.s + w.rows * FLASH_STEP;
    r.total = r.top + w.rows;
    r.shrink = r.total + w.rows;
    r.split = r.shrink + w.rows;
    for (r.head = 0; r.head < f->kv_heads; r.head++)
        for (r.query = 0; r.query < f->queries; r.query += w.queries) {
            size_t left = f->queries - r.query;
            r.n = r.group * (left < w.queries ? left : w.queries);
            rows_attend(&r, add);
        }
}
#endif

/* Calls what with G rows at a time, the rest in smaller numbers. */
#define FOR_ROWS(n, what)                                                                                              \
    do {                                                                                                               \
        size_t row = 0;                                                                                                \
        for (; row + 8 <= (n); row += 8)                                                                               \
            what(8);                                                                                                   \
        if (row + 4 <= (n)) {                                                                                          \
            what(4);                                                                                                   \
            row += 4;                                                                                                  \
        }                                                                                                              \
        if (row + 2 <= (n)) {                                                                                          \
            what(2);                                                                                                   \
            row += 2;                                                                                                  \
        }                                                                                                              \
        if (row < (n))                                                                                                 \
            what(1);                                                                                                   \
    } while (0)

/* With pages, bytes from a position to what is fetched while it is worked on: the next ones lie anywhere, and no hardware
 * guesses where. */
static ptrdiff_t NAME(ahead)(const struct rows *r, size_t pos)
{
    const struct kern_flash *f = r->f;
    if (!f->table)
        return 0;
    size_t pages = (FETCH_AHEAD / (f->dim * sizeof(TYPE) / PER) + f->page - 1) / f->page, to = pos + pages * f->page;
    if (to >= f->positions)
        return 0;
    return (ptrdiff_t)(sizeof(TYPE) * (row_at(r, to) / PER)) - (ptrdiff_t)(sizeof(TYPE) * (row_at(r, pos) / PER));
}

/* The n positions from `from` on, run by run of positions that lie behind each other. */
static void NAME(few_scores)(const struct rows *r, size_t from, size_t n)
{
    const struct kern_flash *f = r->f;
    for (size_t j = 0, run; j < n; j += run) {
        run = kern_flash_run(f, from + j, n - j);
        const TYPE *k = AT((const TYPE *)r->kv->k, row_at(r, from + j));
        struct tile t = { .s_step = FLASH_STEP, .dim = f->dim, .step = r->kv->kv_step, .n = run };
        t.ahead = NAME(ahead)(r, from + j);
#define SCORES(G)                                                                                                      \
    do {                                                                                                               \
        t.s = r->s + row * FLASH_STEP + j;                                                                             \
        t.q = r->q + row * f->dim;                                                                                     \
        if (f->table)                                                                                                  \
            NAME(scores)(&t, k, G, KEYS_##G, 1);                                                                       \
        else                                                                                                           \
            NAME(scores)(&t, k, G, KEYS_##G, 0);                                                                       \
    } while (0)
        FOR_ROWS(r->n, SCORES);
    }
}

static void NAME(few_mix)(const struct rows *r, size_t from, size_t n)
{
    static const float ones[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    const struct kern_flash *f = r->f;
    for (size_t j = 0, run; j < n; j += run) {
        run = kern_flash_run(f, from + j, n - j);
        const TYPE *v = AT((const TYPE *)r->kv->v, row_at(r, from + j));
        struct tile t = { .s_step = FLASH_STEP, .dim = f->dim, .step = r->kv->kv_step, .n = run };
        t.ahead = NAME(ahead)(r, from + j);
#define MIX(G)                                                                                                         \
    do {                                                                                                               \
        t.s = r->s + row * FLASH_STEP + j;                                                                             \
        t.o = r->o + row * f->dim;                                                                                     \
        t.shrink = j ? ones : r->shrink + row;                                                                         \
        if (f->table)                                                                                                  \
            NAME(mix)(&t, v, G, COLS_##G, 1);                                                                          \
        else                                                                                                           \
            NAME(mix)(&t, v, G, COLS_##G, 0);                                                                          \
    } while (0)
        FOR_ROWS(r->n, MIX);
    }
}

/* kt: the block of K with positions next to each other; vp: the block of V as floats. */
static void NAME(pack)(const struct rows *r, size_t from, size_t n)
{
    const struct kern_flash *f = r->f;
    const TYPE *k = r->kv->k, *v = r->kv->v;
    size_t at[FLASH_BLOCK];
    for (size_t j = 0; j < FLASH_BLOCK; j++)
        at[j] = row_at(r, from + (j < n ? j : n - 1));
    for (size_t d = 0; d < f->dim; d += LANES)
        for (size_t j = 0; j < FLASH_BLOCK; j += LANES) {
            vf x[LANES];
            UNROLL for (int i = 0; i < LANES; i++) x[i] = VAT(AT(k, at[j + (size_t)i]), d);
            vturn(x);
            UNROLL for (int i = 0; i < LANES; i++) vstore(r->kt + (d + (size_t)i) * FLASH_BLOCK + j, x[i]);
        }
    for (size_t j = 0; j < n; j++)
        for (size_t d = 0; d < f->dim; d += LANES)
            vstore(r->vp + j * f->dim + d, VAT(AT(v, at[j]), d));
}

#ifdef SCALED
/* Scales of K, then of V, of a block; 0 behind it. */
static const float *NAME(scales)(const struct rows *r, size_t from, size_t n, float *to)
{
    for (size_t j = 0; j < FLASH_BLOCK; j++) {
        size_t at = kern_flash_scale_at(r->f, r->head, from + (j < n ? j : 0));
        to[j] = j < n ? r->f->k_scale[at] : 0;
        to[FLASH_BLOCK + j] = j < n ? r->f->v_scale[at] : 0;
    }
    return to;
}
#endif

static void NAME(few_block)(const struct rows *r, size_t from, size_t n, const float *scales)
{
    NAME(few_scores)(r, from, n);
    for (size_t row = 0; row < r->n; row++)
        row_soften(r, row, from, n, scales);
    NAME(few_mix)(r, from, n);
}

static void NAME(many_block)(const struct rows *r, size_t from, size_t n, const float *scales)
{
    struct span rows = rows_that_see(r, from, n, FLASH_PANEL);
    NAME(pack)(r, from, n);
    for (size_t row = rows.from; row < rows.to; row += FLASH_PANEL) {
        size_t depth = panel_depth(r, row, from, n);
        panel_scores(r, row, depth);
        for (size_t i = row; i < row + FLASH_PANEL; i++)
            row_soften(r, i, from, depth, scales);
    }
    for (size_t row = rows.from; row < rows.to; row += FLASH_PANEL)
        panel_mix(r, row, panel_depth(r, row, from, n));
}

#ifdef FLASH_BLOCKS
#include FLASH_BLOCKS
#define MANY_BLOCK NAME(tiles_block)
#else
#define MANY_BLOCK NAME(many_block)
#endif

/* Positions from..to-1, which r->kv has, added to what the rows have seen. */
static void NAME(rows_add)(struct rows *r, size_t from, size_t to)
{
    const float *scales = NULL;

    for (size_t n; from < to; from += n) {
        n = to - from < FLASH_BLOCK ? to - from : FLASH_BLOCK;
#ifdef SCALED
        float two[2 * FLASH_BLOCK];
        scales = NAME(scales)(r, from, n, two);
#endif
        if (r->n >= FLASH_MANY)
            MANY_BLOCK(r, from, n, scales);
        else
            NAME(few_block)(r, from, n, scales);
    }
}

static void NAME(flash)(const struct kern_flash *f)
{
    flash_all(f, NAME(rows_add));
}
#undef TYPE
#undef VLOAD
#undef NAME
#undef PER
#undef VAT
#undef UNIT
#undef AT
#undef SCALED
#undef SCORES
#undef MIX
#undef MANY_BLOCK
#undef FOR_ROWS
