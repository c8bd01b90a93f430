/* SPDX-License-Identifier: Apache-2.0
 * The tiles of AMX in plain C, for tests/emulate/immintrin.h, which includes this. Whatever the CPU would refuse is a trap:
 * a tile that was not configured, and operands whose shapes do not fit.
 * Source: Intel SDM volume 2, the pages of the instructions. */
#ifndef TESTS_EMULATE_TILES_H
#define TESTS_EMULATE_TILES_H

#pragma GCC system_header /* as the header that includes it */

union emu_line {
    float f[16];
    int32_t d[16];
    uint16_t h[32];
    int8_t b[64];
    uint8_t ub[64];
};

/* Of each thread and file; kernels open and close them. */
static __thread struct {
    struct {
        uint8_t palette, start_row, zeros[14];
        uint16_t width[16];
        uint8_t rows[16];
    } shape;
    union emu_line tile[8][16];
} emu_amx __attribute__((unused));

EMU void emu_tile_need(int holds)
{
    if (!holds)
        __builtin_trap();
}

EMU union emu_line *emu_tile(int t)
{
    emu_tile_need(emu_amx.shape.palette == 1 && emu_amx.shape.width[t] && emu_amx.shape.rows[t]);
    return emu_amx.tile[t];
}

EMU void emu_tile_config(const void *p)
{
    memset(&emu_amx, 0, sizeof emu_amx);
    if (p)
        memcpy(&emu_amx.shape, p, sizeof emu_amx.shape);
    for (int t = 0; p && t < 8; t++)
        emu_tile_need(emu_amx.shape.rows[t] <= 16 && emu_amx.shape.width[t] <= 64);
}

EMU void emu_tile_zero(int t)
{
    memset(emu_tile(t), 0, sizeof emu_amx.tile[t]);
}

EMU void emu_tile_load(int t, const void *p, size_t stride)
{
    emu_tile_zero(t);
    for (size_t r = 0; r < emu_amx.shape.rows[t]; r++)
        memcpy(&emu_amx.tile[t][r], (const char *)p + r * stride, emu_amx.shape.width[t]);
}

EMU void emu_tile_store(int t, void *p, size_t stride)
{
    const union emu_line *from = emu_tile(t);
    for (size_t r = 0; r < emu_amx.shape.rows[t]; r++)
        memcpy((char *)p + r * stride, &from[r], emu_amx.shape.width[t]);
}

/* Groups of four bytes in a row of a, which are the rows of b. */
EMU int emu_tile_groups(int c, int a, int b)
{
    emu_tile(c), emu_tile(a), emu_tile(b);
    emu_tile_need(c != a && c != b && a != b && emu_amx.shape.rows[c] == emu_amx.shape.rows[a] &&
                  emu_amx.shape.width[c] == emu_amx.shape.width[b] &&
                  emu_amx.shape.width[a] == 4 * emu_amx.shape.rows[b]);
    return emu_amx.shape.rows[b];
}

/* The first and the second numbers of all pairs are summed apart, then both, then what was there. */
EMU void emu_tile_bf16(int c, int a, int b)
{
    int groups = emu_tile_groups(c, a, b);
    for (int m = 0; m < emu_amx.shape.rows[c]; m++)
        for (int n = 0; n < emu_amx.shape.width[c] / 4; n++) {
            float sum[2] = { 0, 0 }, *to = &emu_amx.tile[c][m].f[n];
            for (int k = 0; k < 2 * groups; k++)
                sum[k % 2] =
                    emu_flush(__builtin_fmaf(emu_from_bf16(emu_amx.tile[a][m].h[k]),
                                             emu_from_bf16(emu_amx.tile[b][k / 2].h[2 * n + k % 2]), sum[k % 2]));
            *to = emu_flush(emu_flush(*to) + emu_flush(sum[0] + sum[1]));
        }
}

/* Bytes; sums wrap around. `left` and `right`: the field that the operand's bytes are. */
#define EMU_TILE_BYTES(name, left, right)                                                                              \
    EMU void emu_tile_##name(int c, int a, int b)                                                                      \
    {                                                                                                                  \
        int groups = emu_tile_groups(c, a, b);                                                                         \
        for (int m = 0; m < emu_amx.shape.rows[c]; m++)                                                                \
            for (int n = 0; n < emu_amx.shape.width[c] / 4; n++)                                                       \
                for (int k = 0; k < 4 * groups; k++)                                                                   \
                    emu_amx.tile[c][m].d[n] = (int32_t)((uint32_t)emu_amx.tile[c][m].d[n] +                            \
                                                        (uint32_t)(emu_amx.tile[a][m].left[k] *                        \
                                                                   emu_amx.tile[b][k / 4].right[4 * n + k % 4]));      \
    }
EMU_TILE_BYTES(busd, ub, b)
EMU_TILE_BYTES(bsud, b, ub)

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbf16ps
#undef _tile_dpbusd
#undef _tile_dpbsud
#define _tile_loadconfig(p)        emu_tile_config(p)
#define _tile_release()            emu_tile_config(NULL)
#define _tile_zero(t)              emu_tile_zero(t)
#define _tile_loadd(t, p, stride)  emu_tile_load(t, p, stride)
#define _tile_stored(t, p, stride) emu_tile_store(t, p, stride)
#define _tile_dpbf16ps(c, a, b)    emu_tile_bf16(c, a, b)
#define _tile_dpbusd(c, a, b)      emu_tile_busd(c, a, b)
#define _tile_dpbsud(c, a, b)      emu_tile_bsud(c, a, b)

#endif
