/* SPDX-License-Identifier: Apache-2.0
 * Softmax attention: the shared body on this folder's vectors. */
#include <float.h>
#include <math.h>

#include <kern/kern.h>

#include "libkern/avx512/lanes.h"

#include "libkern/attn_attention.h"

void kern_attention_f32_avx512(float *out, const float *q, const float *k, const float *v, size_t n, size_t dim,
                               float scale, float *work)
{
    attention(out, q, k, v, n, dim, scale, work);
}
