/* SPDX-License-Identifier: Apache-2.0
 * Binding of bpe_encode/utf8: one iteration encodes one window of `chars` characters of a shipped text. */
#include "suites/bpe_windows.h"

#include <kern/kern.h>

#include <string.h>

struct state {
    struct bu_state head;
    struct bpe_windows text;
    uint32_t *ids;
    size_t nids; /* of the latest window */
};

static const char *const *variants(void)
{
    return bu_variants("bpe_encode", "utf8");
}

static void teardown(struct km_case *c)
{
    struct state *s = c->state;
    bpe_windows_close(&s->text);
    bu_free(s->ids);
    bu_free(s);
}

static enum km_answer prepare(struct km_case *c)
{
    struct state *s = c->state;
    enum km_answer answer = bpe_windows_open(&s->text, c);
    if (answer != KM_RIGHT)
        return answer;
    s->ids = bu_alloc(s->text.longest * sizeof *s->ids, 3);
    return s->ids ? KM_RIGHT : bu_cannot(c, "not enough memory");
}

static enum km_answer setup(struct km_case *c)
{
    if (!bu_begin(c, sizeof(struct state), "bpe_encode", "utf8"))
        return KM_CANNOT;
    enum km_answer answer = prepare(c);
    if (answer != KM_RIGHT)
        teardown(c);
    return answer;
}

/* --- running ----------------------------------------------------------------------------------------------------- */

static void run(struct km_case *c, uint64_t iterations)
{
    struct state *s = c->state;
    kern_bpe_encode_utf8_fn *encode = (kern_bpe_encode_utf8_fn *)s->head.fn;
    for (; iterations; iterations--) {
        const struct bpe_window *w = bpe_windows_next(&s->text);
        s->nids = encode(s->text.vocabulary, s->ids, s->text.longest, w->text, w->len, &s->text.work);
        km_do_not_optimize(s->ids);
        km_do_not_optimize(&s->nids);
    }
}

/* Same ids as the reference, and decoding gives the text: for window i, which has just been encoded. */
static enum km_answer verify_window(struct km_case *c, size_t i, uint32_t *want, unsigned char *back)
{
    struct state *s = c->state;
    struct bpe_windows *t = &s->text;
    const struct bpe_window *w = &t->windows[i];
    size_t n = kern_bpe_encode_utf8_ref(t->vocabulary, want, t->longest, w->text, w->len, &t->work);
    if (s->nids != n)
        return bu_wrong(c, "window %zu has %zu ids, the reference says %zu", i, s->nids, n);
    for (size_t k = 0; k < n; k++)
        if (s->ids[k] != want[k])
            return bu_wrong(c, "id %zu of window %zu is %u, the reference says %u", k, i, (unsigned)s->ids[k],
                            (unsigned)want[k]);
    size_t len = kern_bpe_decode(t->vocabulary, back, t->longest, s->ids, n);
    if (len != w->len || memcmp(back, w->text, len) != 0)
        return bu_wrong(c, "the ids of window %zu do not decode to its text", i);
    return KM_RIGHT;
}

static enum km_answer verify(struct km_case *c)
{
    struct state *s = c->state;
    uint32_t *want = bu_alloc(s->text.longest * sizeof *want, 4);
    unsigned char *back = bu_alloc(s->text.longest, 5);
    enum km_answer answer = want && back ? KM_RIGHT : bu_cannot(c, "not enough memory");
    s->text.next = 0;
    for (size_t i = 0; i < s->text.nwindows && answer == KM_RIGHT; i++) {
        memset(s->ids, 0xFF, s->text.longest * sizeof *s->ids);
        run(c, 1);
        answer = verify_window(c, i, want, back);
    }
    bu_free(want);
    bu_free(back);
    return answer;
}

static struct km_cost cost(const struct km_case *c)
{
    return bpe_windows_cost(&((const struct state *)c->state)->text, c);
}

const struct km_op km_op_bpe_encode_utf8 = { "bpe_encode", "utf8", 2,       bpe_windows_params, variants, setup, verify,
                                             run,          cost,   teardown };
