/* SPDX-License-Identifier: Apache-2.0
 * Attention: contracts and data. Part of <kern/kern.h>, which states what holds for all operations.
 *
 * kern_attention_f32(out, q, k, v, n, dim, scale, work): softmax attention of one head and one query, in two passes
 *     out[i] = sum over j of p[j] v[j * dim + i], p = softmax over j of scale * (q . k[j])
 *     k, v: n rows of dim floats, no gap between rows; q, out: dim floats; dim a multiple of 16, at most
 *     KERN_HEAD_MOST. work: kern_attention_floats(n) floats, overwritten. n = 0 gives zeros.
 *     Vaswani et al., Attention Is All You Need, arXiv:1706.03762, section 3.2.1.
 *     With S = the largest of |scale| * sum over i of |q[i] k[j * dim + i]|, the error of out[i] is at most
 *         ((2 dim + 8) S + n + 16) u * sum over j of p[j] |v[j * dim + i]|  +  n 2^-125 max |v|
 *     as long as (2 dim + 8) S u <= 1/4: each score is off by at most (dim + 4) u S, which as an exponent is a
 *     relative error, once in p's numerator and once in its denominator; the rest is exp (3 u) and two sums.
 *     A NaN in q or k makes every out a NaN, and one in v those of its column. Infinities, and scores that overflow:
 *     the result may be anything.
 *
 * kern_flash_<type>(f): attention of some queries over K and V of type f32, f16, bf16, i8, q8_0 or q4_0, see struct kern_flash
 *     One pass over K and V in blocks, with the running maximum and sum of the softmax (Milakov and Gimelshein,
 *     arXiv:1805.02867; Dao et al., FlashAttention, arXiv:2205.14135). Query heads that share a head of K and V are
 *     computed together (Ainslie et al., GQA, arXiv:2305.13245). Block sizes follow from dim.
 *     Error: as attention, S taken over what the query sees, with 2 n + 24 instead of n + 16 (n / 16 rescalings and
 *     the scales of i8; blocks are widened without error). A NaN in q makes every out of its head and query a NaN; a NaN in a row of K or V that any of
 *     the queries of a call sees may make any out of the head and its query heads a NaN.
 *     A head of K and V with its query heads does not influence others: calls may be split by heads among threads,
 *     with the same bits as the whole.
 *
 * kern_flash_tiers(f): the same over K and V in two tiers
 *     f->k and f->v point to a struct kern_kv_tiers each, with the same dim (f's), heads (kv_heads), rooms and numbers of
 *     positions, stored + kept being at least f->positions; position 0 is the oldest one of the store. Both tiers are read
 *     in place. table is NULL, kv_step and kv_head are not looked at.
 *
 * kern_kv_append_<type>(c, x), kern_kv_load_<type>(y, c): one position of a cache, see struct kern_kv_rows
 *     x, y: rows * dim floats. Append rounds to nearest, ties to even, as kern_f32_to_f16() and likewise to bf16 (a NaN
 *     stays one, made quiet); load widens exactly. i8: the scale of a row is its largest magnitude / 127, 0 if that is
 *     below 2^-100; the element is the nearest whole number, ties to even, to x * (127 / largest), and what is loaded is
 *     off by at most (1/2 + 2^-15) scale. A row of i8 must be finite. All variants write the same bits.
 *
 * kern_kv_migrate_q4_0(to, from, nblocks): 32 * nblocks f16 to blocks of Q4_0 (struct kern_q4_0)
 *     Of each block the value of largest magnitude, the positive one of two, becomes -8 steps: d = value / -8, rounded to
 *     f16 where it is stored; the others are the nearest whole number, ties to even, to x * (1 / d), at most 7. Finite
 *     values only. What dequant gives back is off by at most a step, |d|, and |x| 2^-10 + 2^-21. Same bits in every variant. */
#ifndef KERN_ATTN_H
#define KERN_ATTN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kern_q4_0; /* kern.h */

/* The longest head vector of any attention here. */
enum { KERN_HEAD_MOST = 512 };

/* Floats of scratch memory that kern_attention_f32() needs for n positions. */
size_t kern_attention_floats(size_t n);

/* Queries over a cache of keys and values. What is not said here is overwritten or read as the name says.
 *
 * Query i stands at position positions - queries + i. If causal, it sees the positions up to its own, else all; if
 * window is not 0, of these only those from (its own - window + 1) on (sliding window; Beltagy et al.,
 * arXiv:2004.05150). Query head h uses head h / (heads / kv_heads) of K and V.
 *
 * Position p of head h of K begins at k + h * kv_head + p * kv_step elements; with a block table (paged attention, Kwon
 * et al., arXiv:2309.06180) at k + table[p / page] * kv_page + h * kv_head + (p % page) * kv_step. V alike.
 * Fastest is kv_step = dim, where the history of a head is contiguous. i8: the row that begins at element e is
 * multiplied with k_scale[e / dim], all steps being multiples of dim. q8_0, q4_0: rows are dim / 32 blocks (struct
 * kern_q8_0, kern_q4_0), and steps still count elements.
 *
 * Preconditions: dim a multiple of 16, of 32 for q8_0, q4_0 and tiers, at most KERN_HEAD_MOST; heads a multiple of kv_heads; queries <= positions;
 * q_step >= heads * dim; page > 0 if there is a table. queries = 0 or kv_heads = 0 do nothing. */
struct kern_flash {
    float *out;     /* [queries][heads][dim], q_step floats from one query to the next */
    const float *q; /* likewise */
    const void *k, *v;
    const float *k_scale, *v_scale; /* i8 only */
    const uint32_t *table;          /* NULL: not paged */
    size_t page, kv_page;
    size_t q_step, kv_step, kv_head;
    size_t queries, positions, heads, kv_heads, dim;
    size_t window;
    int causal;
    float scale; /* of the scores, usually 1 / sqrt(dim) */
    float *work; /* kern_flash_floats(f) floats, overwritten; every thread needs its own */
    /* NULL, or two floats for every query and head: at state + i * state_step + 2 * h the largest score and the sum of
     * e^(score - it), by which results over different positions are merged. */
    float *state;
    size_t state_step;
};

/* Floats of scratch memory that f (whose pointers are not looked at) needs: a few hundred KiB at most. */
size_t kern_flash_floats(const struct kern_flash *f);

/* One position of K or of V, in f32, f16, bf16 or i8: row r (of head r) is dim elements at cache + r * step elements, its
 * scale (i8 only) scale[r * (step / dim)]. dim a multiple of 16; step a multiple of dim, with i8, and at least dim. This is
 * what kern_flash_<type>() reads, with cache the place of the position in head 0 and step = kv_head. */
struct kern_kv_rows {
    void *cache;
    float *scale;
    size_t rows, dim, step;
};

/* Keys (or values) in two tiers: the newest positions, which attention looks at most, in f16, and older ones in Q4_0,
 * at 28% of the size. Both arrays are the caller's and are laid out [head][position][dim], so kern_flash_f16() reads the
 * tail in place. To begin with, stored = kept = 0. dim is a multiple of 32, batch and tail_room at least 1. */
struct kern_kv_tiers {
    uint16_t *tail;          /* heads * tail_room * dim */
    struct kern_q4_0 *store; /* kern_kv_tiers_blocks(t) */
    size_t heads, dim, tail_room, store_room;
    size_t batch;        /* positions that leave a full tail at a time */
    size_t stored, kept; /* positions in the store, older, and in the tail */
};

size_t kern_kv_tiers_blocks(const struct kern_kv_tiers *t);

/* Appends a position, heads * dim floats. A full tail first gives its oldest positions to the store, `batch` of them or
 * as many as there is room for. Returns -1, changing nothing, if both are full. */
int kern_kv_tiers_append(struct kern_kv_tiers *t, const float *x);

/* Moves the n oldest positions of the tail to the store. Returns -1, changing nothing, if there are not that many or
 * the store has no room for them. */
int kern_kv_tiers_migrate(struct kern_kv_tiers *t, size_t n);

/* Copies position pos of a head to y, dim floats. Returns -1, writing nothing, if there is no such head or position. */
int kern_kv_tiers_load(float *y, const struct kern_kv_tiers *t, size_t head, size_t pos);

#ifdef __cplusplus
}
#endif
#endif
