/* SPDX-License-Identifier: Apache-2.0
 * Contracts of the operations over vectors: norms, activations, rotary positions, sampling and low-rank adapters.
 * Included by kern.h, whose general rules and symbols (u, tiny) hold here too. "May be x itself" is the only overlap
 * that is allowed.
 *
 * kern_rmsnorm_f32(y, x, w, n, eps): y[i] = x[i] / sqrt(mean of x^2 + eps) * w[i]
 *     x, w: n floats each, read; y: n floats, may be x itself. eps >= 0.
 *     Zhang and Sennrich, Root Mean Square Layer Normalization, arXiv:1910.07467.
 *     Error at most (n + 16) u |y[i]| + (|w[i]| + 1) tiny: n roundings of the sum, halved by the root, and a few more.
 *     Preconditions: mean of x^2 + eps in 2^-120..2^120 and n max x^2 < 2^128; otherwise the result may be anything.
 *     A NaN anywhere in x makes every y a NaN; an infinity makes itself NaN and the others 0 or NaN.
 *
 * kern_rmsnorm_add_f32(y, r, x, w, n, eps): r[i] += x[i], and then y = rmsnorm(r)
 * kern_layernorm_add_f32(y, r, x, w, b, n, eps): r[i] += x[i], and then y = layernorm(r)
 *     The residual stream r (n floats, read and written) takes the output x of the block before, and y is what goes into
 *     the next block. r is rounded to float, and y is that of the rounded r, with the bounds and special values of
 *     rmsnorm and layernorm. y, r and x must not overlap.
 *
 * kern_exp_f32(y, x, n): y[i] = exp(x[i])
 *     x: n floats; y: n floats, may be x itself. Error at most 4 u y[i] + tiny, which is 2 units in the last place.
 *     Too large gives infinity, too small 0, -infinity 0, a NaN a NaN.
 *
 * kern_softmax_f32(y, x, n): y[i] = exp(x[i] - max) / sum over j of exp(x[j] - max)
 *     x: n floats; y: n floats, may be x itself. Error at most (n + 32 + 2 |x[i] - max|) u y[i] + 2 tiny.
 *     -infinity gives 0, as a mask needs. A NaN or +infinity anywhere makes every y a NaN, and so do n times -infinity.
 *
 * kern_silu_f32(y, x, n): y[i] = x[i] / (1 + exp(-x[i]))
 *     x: n floats; y: n floats, may be x itself. Error at most 12 u |y[i]| + (|x[i]| + 1) tiny.
 *     NaN and -infinity give NaN, +infinity itself.
 *
 * kern_gelu_f32(y, x, n): y[i] = x[i] / 2 (1 + tanh z), z = sqrt(2 / pi) (x[i] + 0.044715 x[i]^3)
 *     The form with tanh of Hendrycks and Gimpel, arXiv:1606.08415, which GPT-2 and Gemma were trained with; it differs
 *     from kern_gelu_erf_f32() by at most 5e-4. x: n floats; y: n floats, may be x itself.
 *     Error at most (12 + 10 |z|) u |y[i]| + (|x[i]| + 1) tiny. NaN and -infinity give NaN, +infinity itself.
 *
 * kern_gelu_erf_f32(y, x, n): y[i] = x[i] Phi(x[i]), Phi(x) = (1 + erf(x / sqrt(2))) / 2
 *     The exact form of Hendrycks and Gimpel, arXiv:1606.08415, of BERT, ViT and Whisper (PyTorch's default).
 *     x: n floats; y: n floats, may be x itself. Error at most 12 u |y[i]| + 2 tiny, in the negative tail too.
 *     -infinity gives 0, its limit, +infinity itself, a NaN a NaN.
 *
 * kern_swiglu_f32(y, gate, up, n): y[i] = silu(gate[i]) * up[i]
 *     gate, up: n floats each, may be the same; y: n floats, may be gate or up itself. Shazeer, arXiv:2002.05202.
 *     Error at most 14 u |y[i]| + ((|gate[i]| + 1) |up[i]| + 1) tiny.
 *
 * kern_rope_f32(x, freq, pos, r): turns the pairs of x, in place, by the angles position * frequency
 *     x: r->tokens * r->heads * r->dim floats, laid out [token][head][dim]; token t stands at position pos + t.
 *     Pair i of a head, (a, b), becomes (a cos - b sin, b cos + a sin) of (pos + t) * freq[i]; which two floats are a
 *     pair is r->layout. freq: r->dim / 2 floats (see kern_rope_freq()). Su et al., RoFormer, arXiv:2104.09864.
 *     The angle is the exact product of the position and the float freq[i]; its cosine and sine are within 4 u, and so
 *     the error of either result is at most 8 u (|a| + |b|) + 4 tiny.
 *     Preconditions: dim even; pos + tokens <= 2^24 and |(pos + t) * freq[i]| <= 2^20, so all positions up to
 *     1,048,576 at frequencies up to 1. A NaN or infinity in a pair makes NaN or infinity of that pair only.
 *
 * kern_rope_table_f32(table, freq, pos, count, dim): the cosines and sines of positions pos..pos + count - 1
 *     table: count rows of dim floats, each dim / 2 cosines and then dim / 2 sines; freq: dim / 2 floats.
 *     Same angles, errors and preconditions as kern_rope_f32().
 *
 * kern_rope_apply_f32(x, table, r): kern_rope_f32() with cosines and sines from a table
 *     table: r->tokens rows as kern_rope_table_f32() writes them, the first for the first token of x. x as above.
 *     Error at most 4 u (|a cos| + |b sin|) + 4 tiny of the table's values, |cos|, |sin| <= 1.
 *
 * kern_axpy_f32(y, a, x, n): y[i] += a * x[i]
 *     x, y: n floats each; y may be x itself. Error at most 2 u (|a x[i]| + |y[i]|) + 2 tiny.
 *
 * kern_argmax_f32(x, n): the index of the largest of n floats, the lowest where several are
 *     NaNs are passed over; 0 if n is 0 or there is nothing but NaNs. +0 and -0 are equal. Exact.
 *
 * kern_topk_f32(values, index, x, n, k): the k largest of n floats, largest first, ties by lower index
 *     values, index: room for k. Returns how many were found: less than k if x has fewer numbers. NaNs are passed over;
 *     +0 and -0 are equal. n <= 2^32. Exact. Time grows with k for each element that enters the list, so k is
 *     meant to be small (some tens; in random order about k log(n / k) elements enter).
 *
 * kern_topp_f32(p, n, top_p, random, work): an index drawn from the nucleus of a distribution
 *     p: n probabilities, n <= 2^22. The nucleus is the smallest set of the most probable (ties: the lower index first)
 *     whose sum reaches top_p of the sum of all. `random` in [0, 1) points into the nucleus's sum, taken in the order of
 *     the indices (which is as good as any other, and needs no sort). Holtzman et al., arXiv:1904.09751.
 *     Probabilities are counted in whole units of 2^-30, rounded down, so the result is the same in every variant:
 *     the same p, top_p and random always give the same index. With u[i] units each, the nucleus has to reach
 *     w = top_p * sum of u, rounded down, but at least 1, and at most the sum; of the nucleus's s units the one with
 *     number random * s, rounded down, but at most s - 1, decides. Both products are taken in double.
 *     work: kern_topp_work_size(n) bytes, aligned as uint32_t, overwritten.
 *     Preconditions: every p[i] in 0..1, their sum at most 2; top_p and random not NaN and not negative.
 *     0 if n is 0 or all are below one unit. top_p >= 1 draws from all.
 *
 * kern_lora_f32(y, x, l): y += scale * B (A x), the low-rank change of a mat-vec (see struct kern_lora)
 *     x: l->k floats; y: l->m floats, read and written. Hu et al., LoRA, arXiv:2106.09685.
 *     With t[r] = |scale| * sum over j of |a[r][j] x[j]|, the error of y[i] is at most
 *         (k + 24) u sum over r of t[r] |b[r][i]| + 18 u |y[i] before|
 *         + (k + 1) (1 + sum over r of |b[r][i]|) (1 + |scale|) tiny.
 *
 * kern_lora_grad_f32(da, db, x, dy, l): adds one example's gradient of the adapter
 *     db[r][i] += scale (A x)[r] dy[i] and da[r][j] += scale (sum over i of b[r][i] dy[i]) x[j]
 *     x: l->k floats; dy: l->m floats, the loss's gradient by y; da, db: laid out as l->a and l->b, read and written.
 *     Errors as of kern_lora_f32(), with the sums that stand here.
 *
 * kern_lora_update_f32(w, g, rate, n): one step down the gradient: w[i] -= rate * g[i], and then g[i] = 0
 *     w, g: n floats each. Error at most 2 u (|rate g[i]| + |w[i]|) + 2 tiny.
 */
#ifndef KERN_VEC_H
#define KERN_VEC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which floats of a head of `dim` are pair i: i and i + dim / 2 (Llama as Hugging Face lays it out, NeoX), or 2 i and
 * 2 i + 1 (Llama's own layout, GPT-J). */
enum kern_rope_layout { KERN_ROPE_HALVES, KERN_ROPE_PAIRS };

struct kern_rope {
    size_t tokens, heads, dim;
    enum kern_rope_layout layout;
};

/* freq[i] = scale * base^(-2 i / dim) for i in 0..dim / 2 - 1, rounded from double. base is 10000 in the paper; scale is
 * 1, or less where positions are interpolated. */
void kern_rope_freq(float *freq, size_t dim, double base, double scale);

/* Bytes of scratch memory that kern_topp_f32() needs for n probabilities. */
size_t kern_topp_work_size(size_t n);

/* An adapter of rank 0..KERN_LORA_RANK between k inputs and m outputs. Both arrays are [rank][...], each row contiguous:
 * A as usual, B transposed. */
enum { KERN_LORA_RANK = 16 };
struct kern_lora {
    const float *a, *b; /* rank * k and rank * m floats */
    size_t m, k, rank;
    float scale;
};

#ifdef __cplusplus
}
#endif

#endif
