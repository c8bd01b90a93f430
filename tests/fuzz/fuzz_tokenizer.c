/* SPDX-License-Identifier: Apache-2.0
 * tokenizer.json, a zero byte, and a text. Any bytes are refused with a reason or give a vocabulary with which two
 * variants encode the text to the same ids, decoding gives the text back, and what is found of added tokens is there. */
#include "tests/fuzz/fuzz.h"

#include <kern/kern.h>
#include <string.h>

enum { TEXT_MAX = 4096 };

static void check_text(const struct kern_bpe *b, const unsigned char *text, size_t len)
{
    uint32_t ids[2][TEXT_MAX];
    unsigned char back[TEXT_MAX];
    struct kern_bpe_work work = { .bytes = kern_bpe_work_bytes(len) };
    work.memory = malloc(work.bytes ? work.bytes : 1);
    FUZZ_CHECK(work.memory);
    size_t n = kern_bpe_encode_utf8_ref(b, ids[0], len, text, len, &work);
    FUZZ_CHECK(n <= len && n == kern_bpe_encode_utf8_auto(b, ids[1], len, text, len, &work));
    FUZZ_CHECK(!memcmp(ids[0], ids[1], n * sizeof **ids));
    FUZZ_CHECK(kern_bpe_decode(b, back, sizeof back, ids[0], n) == len && (len == 0 || !memcmp(back, text, len)));
    free(work.memory);
}

static void check_added(const struct kern_bpe *b, const unsigned char *text, size_t len)
{
    struct kern_bpe_found f;
    while (kern_bpe_find_added(b, text, len, &f)) {
        size_t n;
        const unsigned char *token = kern_bpe_token(b, f.id, &n);
        FUZZ_CHECK(token && n == f.len && f.at + n <= len && !memcmp(token, text + f.at, n));
        text += f.at + n;
        len -= f.at + n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t json = zero ? (size_t)(zero - data) : size, len = zero ? size - json - 1 : 0;
    const unsigned char *text = zero ? zero + 1 : data;
    struct kern_bpe *b = NULL;
    struct kern_bpe_error e = { "" };
    if (kern_bpe_load_tokenizer(&b, (const char *)data, json, &e) == KERN_BPE_OK) {
        FUZZ_CHECK(b && kern_bpe_tokens(b) >= 256);
        check_text(b, text, len < TEXT_MAX ? len : TEXT_MAX);
        check_added(b, text, len);
    } else {
        FUZZ_CHECK(!b && *e.text);
    }
    kern_bpe_free(&b);
    return 0;
}
