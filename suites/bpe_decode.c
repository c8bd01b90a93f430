/* SPDX-License-Identifier: Apache-2.0
 * Binding of bpe_decode/utf8: one iteration decodes the ids of one window of `chars` characters of a shipped text. */
#include "suites/bpe_windows.h"

#include <string.h>

enum { ROOM = 16 /* behind the longest window, as the contract asks for speed */ };

struct encoded {
    uint32_t *ids;
    size_t n;
};

struct state {
    struct bu_state head;
    struct bpe_windows text;
    uint32_t *ids; /* of all windows */
    struct encoded *encoded;
    unsigned char *out;
    size_t next, len; /* len: bytes of the latest window */
};

static const char *const *variants(void)
{
    return bu_variants("bpe_decode", "utf8");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bpe_windows_close(&s->text);
    bu_free(s->ids);
    bu_free(s->encoded);
    bu_free(s->out);
    bu_free(s);
}

static enum km_answer encode_all(struct km_case *c)
{
    struct state *s = c->state;
    struct bpe_windows *t = &s->text;
    size_t used = 0;
    s->ids = bu_alloc(t->nwindows * t->longest * sizeof *s->ids, 3);
    s->encoded = bu_alloc(t->nwindows * sizeof *s->encoded, 4);
    s->out = bu_alloc(t->longest + ROOM, 5);
    if (!s->ids || !s->encoded || !s->out)
        return bu_cannot(c, "not enough memory");
    for (size_t i = 0; i < t->nwindows; i++) {
        const struct bpe_window *w = &t->windows[i];
        uint32_t *ids = s->ids + used;
        size_t n = kern_bpe_encode_utf8_auto(t->vocabulary, ids, w->len, w->text, w->len, &t->work);
        s->encoded[i] = (struct encoded){ ids, n };
        used += n;
    }
    return KM_RIGHT;
}

static enum km_answer setup(struct km_case *c)
{
    struct state *s = bu_begin(c, sizeof(struct state), "bpe_decode", "utf8");
    if (!s)
        return KM_CANNOT;
    enum km_answer answer = bpe_windows_open(&s->text, c);
    if (answer == KM_RIGHT)
        answer = encode_all(c);
    if (answer != KM_RIGHT)
        teardown(c);
    return answer;
}

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_bpe_decode_utf8_fn *decode = (kern_bpe_decode_utf8_fn *)s->head.fn;
    for (; iterations; iterations--) {
        const struct encoded *e = &s->encoded[s->next];
        s->next = s->next + 1 < s->text.nwindows ? s->next + 1 : 0;
        s->len = decode(s->text.vocabulary, s->out, s->text.longest + ROOM, e->ids, e->n);
        km_do_not_optimize(s->out);
        km_do_not_optimize(&s->len);
    }
}

/* Exact: every window comes back. */
static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    s->next = 0;
    for (size_t i = 0; i < s->text.nwindows; i++) {
        const struct bpe_window *w = &s->text.windows[i];
        memset(s->out, 0xFF, s->text.longest + ROOM);
        run(c, 1);
        if (s->len != w->len)
            return bu_wrong(c, "window %zu decodes to %zu bytes, not %zu", i, s->len, w->len);
        if (memcmp(s->out, w->text, w->len) != 0)
            return bu_wrong(c, "window %zu decodes to other bytes than its text", i);
    }
    return KM_RIGHT;
}

static struct km_cost cost(const struct km_case *c)
{
    return bpe_windows_cost(&((const struct state *)c->state)->text, c);
}

const struct km_op km_op_bpe_decode_utf8 = { "bpe_decode", "utf8", 1,       bpe_windows_params, variants, setup, verify,
                                             run,          cost,   teardown };
