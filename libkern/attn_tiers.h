/* SPDX-License-Identifier: Apache-2.0
 * Flash attention over two tiers (struct kern_kv_tiers), for every vector variant: blocks of the older tier, then of the
 * newer one, into the same sums. After attn_flash.h has been included for f16 and q4_0. */
#ifndef LIBKERN_ATTN_TIERS_H
#define LIBKERN_ATTN_TIERS_H

static void tiers_add(struct rows *r, size_t from, size_t to)
{
    const struct kern_kv_tiers *k = r->f->k, *v = r->f->v;
    size_t dim = r->f->dim, stored = k->stored;
    struct kern_flash store = { .k = k->store, .v = v->store, .kv_step = dim, .kv_head = k->store_room * dim };
    struct kern_flash tail = { .k = k->tail, .v = v->tail, .kv_step = dim, .kv_head = k->tail_room * dim };

    r->kv = &store;
    r->kv_from = 0;
    rows_add_q4_0(r, from, to < stored ? to : stored);
    r->kv = &tail;
    r->kv_from = stored;
    rows_add_f16(r, from > stored ? from : stored, to);
}

#endif
