/* SPDX-License-Identifier: Apache-2.0
 * Contracts of the operations over vectors: norms, activations, rotary positions, sampling and low-rank adapters.
 * Included by kern.h, whose general rules and symbols (u, tiny, s, M) hold here too. "May be x itself" is the only overlap allowed.
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
 *     from the one with erf by at most 5e-4. x: n floats; y: n floats, may be x itself.
 *     Error at most (12 + 10 |z|) u |y[i]| + (|x[i]| + 1) tiny. NaN and -infinity give NaN, +infinity itself.
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

#ifdef __cplusplus
}
#endif

#endif
