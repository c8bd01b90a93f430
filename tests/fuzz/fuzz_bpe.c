/* SPDX-License-Identifier: Apache-2.0
 * Tokenizer files: merges, a zero byte, vocab.json, a zero byte, and a text; what follows the merges may be missing.
 * Any bytes are refused with a reason or give a vocabulary with which all variants that this CPU has encode the text to
 * the same ids, and decoding gives the text back. */
#include "tests/fuzz/fuzz.h"

#include <kern/kern.h>
#include <string.h>

enum { TEXT_MAX = 4096 };

struct part {
    const unsigned char *bytes;
    size_t len;
};

/* Cuts off what stands before the next zero byte. */
static struct part next_part(struct part *rest)
{
    const unsigned char *end = rest->len ? memchr(rest->bytes, 0, rest->len) : NULL;
    struct part p = { rest->bytes, end ? (size_t)(end - rest->bytes) : rest->len };
    size_t skip = p.len + (end != NULL);
    rest->bytes += skip;
    rest->len -= skip;
    return p;
}

typedef size_t encode(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *text, size_t len,
                      struct kern_bpe_work *work);

static void check_text(const struct kern_bpe *b, struct part text)
{
    encode *const variants[] = { kern_bpe_encode_utf8_ref, kern_bpe_encode_utf8_auto };
    uint32_t ids[2][TEXT_MAX];
    unsigned char back[TEXT_MAX];
    size_t n[2];
    struct kern_bpe_work work = { .bytes = kern_bpe_work_bytes(text.len) };
    work.memory = malloc(work.bytes ? work.bytes : 1);
    FUZZ_CHECK(work.memory);
    for (size_t v = 0; v < 2; v++)
        n[v] = variants[v](b, ids[v], text.len, text.bytes, text.len, &work);
    FUZZ_CHECK(n[0] <= text.len && n[0] == n[1] && !memcmp(ids[0], ids[1], n[0] * sizeof **ids));
    FUZZ_CHECK(kern_bpe_decode(b, back, sizeof back, ids[0], n[0]) == text.len);
    FUZZ_CHECK(text.len == 0 || !memcmp(back, text.bytes, text.len));
    free(work.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct part rest = { data, size };
    struct part merges = next_part(&rest), vocab = next_part(&rest), text = rest;
    struct kern_bpe *b = NULL;
    struct kern_bpe_error e = { "" };
    const char *json = vocab.len ? (const char *)vocab.bytes : NULL;
    if (text.len > TEXT_MAX)
        text.len = TEXT_MAX;
    if (kern_bpe_load(&b, (const char *)merges.bytes, merges.len, json, vocab.len, &e) == KERN_BPE_OK) {
        FUZZ_CHECK(b && kern_bpe_tokens(b) >= 256);
        check_text(b, text);
    } else {
        FUZZ_CHECK(!b && *e.text);
    }
    kern_bpe_free(&b);
    return 0;
}
