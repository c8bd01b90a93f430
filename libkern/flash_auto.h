/* SPDX-License-Identifier: Apache-2.0
 * Flash attention for one type of K and V (TYPE, WIDEN, NAME, SCALED, or WIDEN_ROW for a row at a time), for the compiler
 * to vectorise: one row at a time, positions in blocks. */

static float NAME(score)(const struct kern_flash *f, const float *q, size_t head, size_t pos)
{
#ifdef WIDEN_ROW
    float k[KERN_HEAD_MOST];
    WIDEN_ROW(k, f, f->k, head, pos);
#else
    const TYPE *k = (const TYPE *)f->k + kern_flash_at(f, head, pos);
#endif
    float sum = 0;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < f->dim; i++)
        sum += q[i] * WIDEN(k[i]);
#ifdef SCALED
    sum *= f->k_scale[kern_flash_scale_at(f, head, pos)];
#endif
    return sum * f->scale;
}

/* out += p * the value of a position. */
static void NAME(add_value)(const struct kern_flash *f, float *out, size_t head, size_t pos, float p)
{
#ifdef WIDEN_ROW
    float v[KERN_HEAD_MOST];
    WIDEN_ROW(v, f, f->v, head, pos);
#else
    const TYPE *v = (const TYPE *)f->v + kern_flash_at(f, head, pos);
#endif

#ifdef SCALED
    p *= f->v_scale[kern_flash_scale_at(f, head, pos)];
#endif
#pragma omp simd
    for (size_t i = 0; i < f->dim; i++)
        out[i] += p * WIDEN(v[i]);
}

static void NAME(flash_one)(const struct kern_flash *f, size_t query, size_t head)
{
    size_t kv = head / (f->heads / f->kv_heads), at = query * f->q_step + head * f->dim;
    struct span sees = kern_flash_sees(f, query);
    float top = -INFINITY, total = 0, s[FLASH_BLOCK], *out = f->out + at;

    for (size_t i = 0; i < f->dim; i++)
        out[i] = 0;
    for (size_t from = sees.from, n; from < sees.to; from += n) {
        float most = top, sum = 0;
        n = sees.to - from < FLASH_BLOCK ? sees.to - from : FLASH_BLOCK;
        for (size_t j = 0; j < n; j++) {
            s[j] = NAME(score)(f, f->q + at, kv, from + j);
            most = s[j] > most ? s[j] : most;
        }
        float shrink = vexp(top - most);
        top = most;
#pragma omp simd reduction(+ : sum)
        for (size_t j = 0; j < n; j++) {
            s[j] = vexp(s[j] - most);
            sum += s[j];
        }
        total = total * shrink + sum;
        for (size_t i = 0; i < f->dim; i++)
            out[i] *= shrink;
        for (size_t j = 0; j < n; j++)
            NAME(add_value)(f, out, kv, from + j, s[j]);
    }
    for (size_t i = 0; i < f->dim; i++)
        out[i] /= total;
    kern_flash_keep(f, query, head, top, total);
}

static void NAME(flash)(const struct kern_flash *f)
{
    for (size_t query = 0; query < f->queries; query++)
        for (size_t head = 0; f->kv_heads && head < f->heads; head++)
            NAME(flash_one)(f, query, head);
}
#undef TYPE
#undef WIDEN
#undef WIDEN_ROW
#undef NAME
#undef SCALED
