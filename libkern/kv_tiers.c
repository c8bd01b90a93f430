/* SPDX-License-Identifier: Apache-2.0
 * The cache in two tiers: the newest positions in f16, older ones in Q4_0. */
#include <string.h>

#include <kern/kern.h>

size_t kern_kv_tiers_blocks(const struct kern_kv_tiers *t)
{
    return t->heads * t->store_room * (t->dim / KERN_Q4_0_BLOCK);
}

int kern_kv_tiers_migrate(struct kern_kv_tiers *t, size_t n)
{
    size_t blocks = t->dim / KERN_Q4_0_BLOCK;

    if (n > t->kept || n > t->store_room - t->stored)
        return -1;
    for (size_t head = 0; head < t->heads; head++) {
        uint16_t *tail = t->tail + head * t->tail_room * t->dim;
        struct kern_q4_0 *to = t->store + (head * t->store_room + t->stored) * blocks;
        kern_kv_migrate_q4_0(to, tail, n * blocks);
        memmove(tail, tail + n * t->dim, (t->kept - n) * t->dim * sizeof *tail);
    }
    t->stored += n;
    t->kept -= n;
    return 0;
}

int kern_kv_tiers_append(struct kern_kv_tiers *t, const float *x)
{
    size_t batch = t->batch < t->tail_room ? t->batch : t->tail_room;

    if (t->kept == t->tail_room) { /* near the end what is left of the store is less than a batch */
        size_t room = t->store_room - t->stored;
        if (room == 0 || batch == 0 || kern_kv_tiers_migrate(t, batch < room ? batch : room) != 0)
            return -1;
    }
    struct kern_kv_rows c = {
        .cache = t->tail + t->kept * t->dim, .rows = t->heads, .dim = t->dim, .step = t->tail_room * t->dim
    };
    kern_kv_append_f16(&c, x);
    t->kept++;
    return 0;
}

int kern_kv_tiers_load(float *y, const struct kern_kv_tiers *t, size_t head, size_t pos)
{
    size_t blocks = t->dim / KERN_Q4_0_BLOCK;

    if (head >= t->heads || pos >= t->stored + t->kept)
        return -1;
    if (pos < t->stored) {
        kern_dequant_q4_0(y, t->store + (head * t->store_room + pos) * blocks, blocks);
        return 0;
    }
    struct kern_kv_rows c = {
        .cache = t->tail + (head * t->tail_room + pos - t->stored) * t->dim, .rows = 1, .dim = t->dim, .step = t->dim
    };
    kern_kv_load_f16(y, &c);
    return 0;
}
