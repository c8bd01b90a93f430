/* SPDX-License-Identifier: Apache-2.0
 * Append to and load from a cache of one type (TYPE, VLOAD, VSAVE, NAME, SCALED), the body of every vector variant. */
#ifdef SCALED
static float NAME(row_scale)(const struct kern_kv_rows *c, size_t row, const float *x)
{
    vf most = vset(0);
    for (size_t i = 0; i < c->dim; i += LANES)
        most = vtop(vabs(vload_f32(x + i)), most);
    float top = vtop_lanes(most);
    top = top < KV_LEAST ? 0 : top;
    c->scale[row * (c->step / c->dim)] = top / 127;
    return top > 0 ? 127 / top : 0;
}
#endif

static void NAME(append)(const struct kern_kv_rows *c, const float *x)
{
    for (size_t row = 0; row < c->rows; row++, x += c->dim) {
        TYPE *to = (TYPE *)c->cache + row * c->step;
#ifdef SCALED
        vf by = vset(NAME(row_scale)(c, row, x));
        for (size_t i = 0; i < c->dim; i += LANES)
            VSAVE(to + i, vmul(vload_f32(x + i), by));
#else
        for (size_t i = 0; i < c->dim; i += LANES)
            VSAVE(to + i, vload_f32(x + i));
#endif
    }
}

static void NAME(load)(float *y, const struct kern_kv_rows *c)
{
    for (size_t row = 0; row < c->rows; row++, y += c->dim) {
        const TYPE *from = (const TYPE *)c->cache + row * c->step;
#ifdef SCALED
        vf by = vset(c->scale[row * (c->step / c->dim)]);
        for (size_t i = 0; i < c->dim; i += LANES)
            vstore(y + i, vmul(VLOAD(from + i), by));
#else
        for (size_t i = 0; i < c->dim; i += LANES)
            vstore(y + i, VLOAD(from + i));
#endif
    }
}
#undef TYPE
#undef VLOAD
#undef VSAVE
#undef NAME
#undef SCALED
