/* SPDX-License-Identifier: Apache-2.0
 * Flash attention for one type of K and V (TYPE, WIDEN, NAME, SCALED, or WIDEN_ROW for a row at a time), reference: one
 * pass over the positions with a running maximum and sum, all in double. */

static double NAME(score)(const struct kern_flash *f, const float *q, size_t head, size_t pos)
{
#ifdef WIDEN_ROW
    float k[KERN_HEAD_MOST];
    WIDEN_ROW(k, f, f->k, head, pos);
#else
    const TYPE *k = (const TYPE *)f->k + kern_flash_at(f, head, pos);
#endif
    double sum = 0;

    for (size_t i = 0; i < f->dim; i++)
        sum += (double)q[i] * (double)WIDEN(k[i]);
#ifdef SCALED
    sum *= (double)f->k_scale[kern_flash_scale_at(f, head, pos)];
#endif
    return sum * (double)f->scale;
}

static void NAME(flash_one)(const struct kern_flash *f, size_t query, size_t head)
{
    size_t kv = head / (f->heads / f->kv_heads), at = query * f->q_step + head * f->dim;
    double top = -INFINITY, total = 0, sum[KERN_HEAD_MOST] = { 0 };
    struct span sees = kern_flash_sees(f, query);

    for (size_t pos = sees.from; pos < sees.to; pos++) {
#ifdef WIDEN_ROW
        float v[KERN_HEAD_MOST];
        WIDEN_ROW(v, f, f->v, kv, pos);
#else
        const TYPE *v = (const TYPE *)f->v + kern_flash_at(f, kv, pos);
#endif
        double s = NAME(score)(f, f->q + at, kv, pos), shrink = 1;
        if (s > top) {
            shrink = exp(top - s);
            top = s;
        }
        double p = exp(s - top), weight = p;
        total = total * shrink + p;
#ifdef SCALED
        weight *= (double)f->v_scale[kern_flash_scale_at(f, kv, pos)];
#endif
        for (size_t i = 0; i < f->dim; i++)
            sum[i] = sum[i] * shrink + weight * (double)WIDEN(v[i]);
    }
    for (size_t i = 0; i < f->dim; i++)
        f->out[at + i] = (float)(sum[i] / total);
    kern_flash_keep(f, query, head, (float)top, (float)total);
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
