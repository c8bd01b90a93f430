/* SPDX-License-Identifier: Apache-2.0
 * Matrix times matrix of bfloat16 in tiles: 32 x 32 sums in four, which two of a and two of b, as it is packed, go into.
 *
 * The sums of a block of c stay in the second-level cache while all of k passes by, DEEP at a time, whose part of a is
 * laid out as tiles for all columns of the block. A strip and a panel of that depth and their sums fit a first-level cache
 * of 48 KiB. A product of one strip is limited by memory, and takes a panel as it lies there. */
#include <string.h>

#include "libkern/avx512amx/tiles.h"
#include "libkern/gemm.h"

#define GEMM_KERNEL(op) kern_##op##_f32_avx512
#include "libkern/gemm_act.h"

enum {
    DEPTH = 32,                /* numbers along k in a tile */
    HIGH = 2 * TILE_ROWS,      /* rows of a strip */
    SUMS = HIGH * GEMM_PANEL,  /* of a strip and a panel */
    STEP = DEPTH * GEMM_PANEL, /* numbers of a packed panel that DEPTH rows of b take */
    DEEP = 256,                /* numbers along k at a time, if there are several strips */
    MOST_ROWS = 256,           /* of a block */
};
_Static_assert(GEMM_PANEL == 2 * TILE_ROWS, "two tiles wide");
_Static_assert(DEEP % DEPTH == 0, "whole tiles, but for the last");

/* How a product is cut: rows of a block, whole strips; numbers along k at a time; whether a is read where it lies. */
struct plan {
    size_t rows, deep;
    int in_place;
};

/* Rows i..i+rows and columns j..j+n of c, to which steps p..p+k are added. */
struct block {
    size_t i, rows, j, n, p, k;
    int first, last; /* whether these are the first steps, and the last */
    char *a;         /* [strip][step][tile][TILE_BYTES]; in a strip of at most TILE_ROWS rows there is one tile */
    float *sums;     /* [panel][strip][SUMS], if k takes several blocks */
};

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* `rows` rows of a, from row i on, as tiles; zeros behind its last row and column. */
static void lay_out(const struct kern_gemm_half *g, const struct block *s, size_t i, size_t rows, char *to)
{
    size_t tiles = rows > TILE_ROWS ? 2 : 1;

    for (size_t r = 0; r < tiles * TILE_ROWS; r++) {
        const uint16_t *from = g->a + (i + (r < rows ? r : 0)) * g->lda + s->p;
        char *line = to + r * TILE_LINE;
        for (size_t p = 0; p < s->k; p += DEPTH, line += tiles * TILE_BYTES) {
            size_t left = r < rows ? gemm_min(s->k - p, DEPTH) : 0;
            __mmask32 some = left == DEPTH ? ~0u : (1u << left) - 1;
            _mm512_storeu_si512(line, _mm512_maskz_loadu_epi16(some, from + p));
        }
    }
}

/* What the tiles of a strip work on. */
struct strip {
    const char *a;
    size_t a_row, a_step, a_below; /* bytes from row to row, to the next step, and to the second tile */
    const uint16_t *b, *rest;      /* rest: rows of b behind the whole steps, or NULL */
    size_t steps;                  /* whole ones */
    const char *next;              /* to be fetched meanwhile, `hop` bytes a step */
    size_t hop;
    float *sums;
    size_t sums_row; /* bytes */
    int first;       /* whether the sums start from 0 */
};

/* One step of the sums of `high` tiles of rows. */
static inline __attribute__((always_inline)) void step(const struct strip *t, const char *a, const void *b,
                                                       const int high)
{
    _tile_loadd(6, b, 4 * GEMM_PANEL);
    _tile_loadd(7, (const char *)b + TILE_LINE, 4 * GEMM_PANEL);
    _tile_loadd(4, a, t->a_row);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (high == 1)
        return;
    _tile_loadd(5, a + t->a_below, t->a_row);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

/* sums (+)= a * b in `high` x 2 tiles. */
static inline __attribute__((always_inline)) void tiles(struct strip t, const int high)
{
    float *below = t.sums + TILE_ROWS * (t.sums_row / sizeof *t.sums);

    TILES_LOOK;
    if (t.first) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        _tile_loadd(0, t.sums, t.sums_row);
        _tile_loadd(1, t.sums + TILE_ROWS, t.sums_row);
        if (high == 2) {
            _tile_loadd(2, below, t.sums_row);
            _tile_loadd(3, below + TILE_ROWS, t.sums_row);
        }
    }
    for (; t.steps; t.steps--, t.a += t.a_step, t.b += STEP, t.next += t.hop) {
        for (size_t line = 0; line < t.hop; line += TILE_LINE)
            __builtin_prefetch(t.next + line, 0, 2);
        step(&t, t.a, t.b, high);
    }
    if (t.rest)
        step(&t, t.a, t.rest, high);
    _tile_stored(0, t.sums, t.sums_row);
    _tile_stored(1, t.sums + TILE_ROWS, t.sums_row);
    if (high == 2) {
        _tile_stored(2, below, t.sums_row);
        _tile_stored(3, below + TILE_ROWS, t.sums_row);
    }
}

/* The sums to c, at row i and column j. */
static void put(const struct kern_gemm_half *g, size_t i, size_t j, size_t rows, size_t columns, const float *sums)
{
    float bias[GEMM_PANEL] = { 0 };

    if (g->bias)
        memcpy(bias, g->bias + j, columns * sizeof *bias);
    for (size_t r = 0; r < rows; r++, sums += GEMM_PANEL) {
        float *to = g->c + (i + r) * g->ldc + j;
        for (size_t v = 0; v < GEMM_PANEL; v += 16) {
            size_t left = columns < v ? 0 : gemm_min(columns - v, 16);
            _mm512_mask_storeu_ps(to + v, (__mmask16)((1u << left) - 1),
                                  _mm512_add_ps(_mm512_loadu_ps(sums + v), _mm512_loadu_ps(bias + v)));
        }
    }
}

/* A strip times a panel, at row i and column j of the block. Sums that are done at once and need nothing more go to c. */
static void multiply(const struct kern_gemm_half *g, const struct block *s, struct strip *t, size_t i, size_t j,
                     float *room)
{
    size_t rows = gemm_min(HIGH, s->rows - i), columns = gemm_min(GEMM_PANEL, s->n - j);
    int once = s->first && s->last, direct = once && !g->bias && rows % TILE_ROWS == 0 && columns == GEMM_PANEL;

    t->sums = direct ? g->c + (s->i + i) * g->ldc + s->j + j : room;
    t->sums_row = (direct ? g->ldc : GEMM_PANEL) * sizeof *t->sums;
    if (rows > TILE_ROWS)
        tiles(*t, 2);
    else
        tiles(*t, 1);
    if (s->last && !direct)
        put(g, s->i + i, s->j + j, rows, columns, t->sums);
}

static void block(const struct kern_gemm_half *g, const struct plan *plan, const struct block *s)
{
    size_t odd = s->k % DEPTH, panel = round_up(g->k, 2) * GEMM_PANEL, strips = (s->rows + HIGH - 1) / HIGH;
    size_t row = round_up(s->k, DEPTH) * sizeof *g->a; /* of a, laid out */
    uint16_t rest[STEP] = { 0 };
    _Alignas(64) float room[SUMS];

    for (size_t i = 0; !plan->in_place && i < s->rows; i += HIGH)
        lay_out(g, s, s->i + i, gemm_min(HIGH, s->rows - i), s->a + i * row);
    for (size_t j = 0; j < s->n; j += GEMM_PANEL) {
        struct strip t = { .steps = s->k / DEPTH, .first = s->first, .rest = odd ? rest : NULL };
        t.b = g->packed + (s->j + j) / GEMM_PANEL * panel + s->p * GEMM_PANEL;
        t.next = (const char *)(t.b + panel);
        t.hop = strips > 1 ? round_up(STEP * sizeof *t.b / strips, TILE_LINE) : 0;
        if (odd)
            memcpy(rest, t.b + t.steps * STEP, round_up(odd, 2) * GEMM_PANEL * sizeof *rest);
        for (size_t i = 0; i < s->rows; i += HIGH, t.next += t.steps * t.hop) {
            if (plan->in_place) {
                t.a = (const char *)(g->a + (s->i + i) * g->lda + s->p);
                t.a_row = g->lda * sizeof *g->a;
                t.a_step = TILE_LINE;
                t.a_below = TILE_ROWS * t.a_row;
            } else {
                t.a = s->a + i * row;
                t.a_row = TILE_LINE;
                t.a_step = (s->rows - i > TILE_ROWS ? 2 : 1) * TILE_BYTES;
                t.a_below = TILE_BYTES;
            }
            multiply(g, s, &t, i, j,
                     s->first && s->last ? room : s->sums + (j / GEMM_PANEL * strips + i / HIGH) * SUMS);
        }
    }
    for (size_t i = s->i; s->last && g->act != KERN_ACT_NONE && i < s->i + s->rows; i++)
        activate(g->c + i * g->ldc + s->j, s->n, g->act);
}

/* So that the rows of a block fit the scratch, as tiles and, where k is cut, with their sums. */
static struct plan plan_of(const struct kern_gemm_half *g)
{
    size_t room = kern_gemm_work_size(g->n, g->k, 1), k = round_up(g->k, DEPTH);
    size_t sums = round_up(gemm_min(g->n, GEMM_NC), GEMM_PANEL) * sizeof(float);
    struct plan p = { .rows = HIGH, .deep = DEEP };

    if (g->m <= HIGH)
        p.deep = k * HIGH * 2 <= room ? k : (room / HIGH - sums) / 2 / DEPTH * DEPTH;
    else if (k > 0)
        p.rows = gemm_min(room / (gemm_min(k, DEEP) * 2 + (k > DEEP ? sums : 0)) / HIGH * HIGH, MOST_ROWS);
    p.in_place = g->m % TILE_ROWS == 0 && g->k % DEPTH == 0 && g->lda <= DEEP;
    return p;
}

void kern_gemm_bf16_avx512amx(const struct kern_gemm_half *g)
{
    static const struct tiles_shape shape = TILES_SHAPE(64);
    struct block s = { .a = g->work };
    struct plan p;

    if (g->m == 0 || g->n == 0)
        return;
    p = plan_of(g);
    s.sums = (float *)g->work + p.rows * p.deep / 2;
    _tile_loadconfig(&shape);
    for (s.j = 0; s.j < g->n; s.j += GEMM_NC) {
        s.n = gemm_min(GEMM_NC, g->n - s.j);
        for (s.i = 0; s.i < g->m; s.i += p.rows) {
            s.rows = gemm_min(p.rows, g->m - s.i);
            s.p = 0;
            do {
                s.k = gemm_min(p.deep, g->k - s.p);
                s.first = s.p == 0;
                s.last = s.p + s.k == g->k;
                block(g, &p, &s);
                s.p += s.k;
            } while (s.p < g->k);
        }
    }
    _tile_release();
}
