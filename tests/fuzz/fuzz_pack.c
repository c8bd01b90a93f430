/* SPDX-License-Identifier: Apache-2.0
 * Blobs of the store: any bytes are refused, or are samples and rounds that pack to the very same bytes and that reach
 * nowhere beyond the samples. The first two bytes are the number of samples that the rounds may use. */
#include "db/pack.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_same(struct buf *packed, const void *bytes, size_t len)
{
    FUZZ_CHECK(packed->len == len && (len == 0 || !memcmp(packed->data, bytes, len)));
    buf_free(packed);
}

static void check_samples(const void *bytes, size_t len)
{
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct buf packed = { 0 };
    double *samples = NULL;
    size_t n = 0;
    if (unpack_samples(&m, bytes, len, &samples, &n, &e)) {
        FUZZ_CHECK(e.kind == EXIT_STORE && *e.text && len % PACK_SAMPLE);
    } else {
        FUZZ_CHECK(n * PACK_SAMPLE == len);
        pack_samples(&packed, samples, n);
        check_same(&packed, bytes, len);
    }
    mem_free(&m);
}

static void check_rounds(const void *bytes, size_t len, size_t nsamples)
{
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct buf packed = { 0 };
    struct round *rounds = NULL;
    size_t n = 0;
    if (unpack_rounds(&m, bytes, len, nsamples, &rounds, &n, &e)) {
        FUZZ_CHECK(e.kind == EXIT_STORE && *e.text);
    } else {
        FUZZ_CHECK(n * PACK_ROUND == len);
        for (size_t i = 0; i < n; i++)
            FUZZ_CHECK(rounds[i].first <= nsamples && rounds[i].count <= nsamples - rounds[i].first);
        pack_rounds(&packed, rounds, n);
        check_same(&packed, bytes, len);
    }
    mem_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    check_samples(data + 2, size - 2);
    check_rounds(data + 2, size - 2, (size_t)data[0] << 8 | data[1]);
    return 0;
}
