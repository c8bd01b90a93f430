/* SPDX-License-Identifier: Apache-2.0
 * Softmax attention of one query, the body of every vector variant: scores, softmax, weighted sum of V. */
#define TYPE    float
#define VLOAD   vload_f32
#define NAME(x) x
#include "libkern/attn_tiles.h"

INLINE void attention(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim, float scale,
                      float *work)
{
    float scaled[KERN_HEAD_MOST], one = 1, top = -FLT_MAX;
    struct tile t = { .s = work, .q = scaled, .o = out, .shrink = &one, .dim = dim, .step = dim, .n = n };

    for (size_t i = 0; i < dim; i += LANES) {
        vstore(scaled + i, vmul(vload_f32(q + i), vset(scale)));
        vstore(out + i, vset(0));
    }
    if (n == 0)
        return;
    scores(&t, k, 1, KEYS_1, 0);
    vf over = vset(1 / soften(work, n, &top));
    mix(&t, v, 1, COLS_1, 0);
    for (size_t i = 0; i < dim; i += LANES)
        vstore(out + i, vmul(vload_f32(out + i), over));
}
