/* SPDX-License-Identifier: Apache-2.0
 * Append to and load from a cache of one type (TYPE, NARROW, WIDEN, NAME, SCALED), in plain C. */
#ifdef SCALED
static float NAME(row_scale)(const struct kern_kv_rows *c, size_t row, const float *x)
{
    float most = 0;

    for (size_t i = 0; i < c->dim; i++)
        most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    most = most < KV_LEAST ? 0 : most;
    c->scale[row * (c->step / c->dim)] = most / 127;
    return most > 0 ? 127 / most : 0;
}
#endif

static void NAME(append)(const struct kern_kv_rows *c, const float *x)
{
    for (size_t row = 0; row < c->rows; row++, x += c->dim) {
        TYPE *to = (TYPE *)c->cache + row * c->step;
#ifdef SCALED
        float by = NAME(row_scale)(c, row, x);
        for (size_t i = 0; i < c->dim; i++)
            to[i] = NARROW(x[i] * by);
#else
        for (size_t i = 0; i < c->dim; i++)
            to[i] = NARROW(x[i]);
#endif
    }
}

static void NAME(load)(float *y, const struct kern_kv_rows *c)
{
    for (size_t row = 0; row < c->rows; row++, y += c->dim) {
        const TYPE *from = (const TYPE *)c->cache + row * c->step;
#ifdef SCALED
        float by = c->scale[row * (c->step / c->dim)];
        for (size_t i = 0; i < c->dim; i++)
            y[i] = WIDEN(from[i]) * by;
#else
        for (size_t i = 0; i < c->dim; i++)
            y[i] = WIDEN(from[i]);
#endif
    }
}
#undef TYPE
#undef NARROW
#undef WIDEN
#undef NAME
#undef SCALED
