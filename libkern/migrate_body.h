/* SPDX-License-Identifier: Apache-2.0
 * Rows of f16 to blocks of Q4_0, the body of every vector variant (lanes.h). */
static void migrate_block(struct kern_q4_0 *to, const uint16_t *from)
{
    float x[KERN_Q4_0_BLOCK];
    int8_t q[KERN_Q4_0_BLOCK];
    vf high = vset(-INFINITY), low = high; /* largest x and largest -x */
    for (size_t i = 0; i < KERN_Q4_0_BLOCK; i += LANES) {
        vf v = vload_f16(from + i);
        vstore(x + i, v);
        high = vtop(v, high);
        low = vtop(vsub(vset(0), v), low);
    }
    float d = kv_q4_step(vtop_lanes(high), vtop_lanes(low));
    vf by = vset(kv_q4_inverse(d));
    for (size_t i = 0; i < KERN_Q4_0_BLOCK; i += LANES)
        vsave_i8(q + i, vmul(vload_f32(x + i), by));
    kv_q4_pack(to, d, q);
}

static void migrate(struct kern_q4_0 *to, const uint16_t *from, size_t nblocks)
{
    for (; nblocks; nblocks--, to++, from += KERN_Q4_0_BLOCK)
        migrate_block(to, from);
}
