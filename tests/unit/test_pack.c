/* SPDX-License-Identifier: Apache-2.0
 * The blob codec: fixed bytes, round trips, and blobs that were not written by us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/pack.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void samples_have_fixed_bytes(void **state)
{
    (void)state;
    static const unsigned char want[16] = {
        0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0xbf
    };
    struct buf b = { 0 };
    pack_samples(&b, (double[]){ 1.0, -0.1 }, 2);
    assert_int_equal(b.len, sizeof want);
    assert_memory_equal(b.data, want, sizeof want);
    buf_free(&b);
}

static void samples_keep_every_bit(void **state)
{
    (void)state;
    const double in[] = { 0.0,      -0.0, 1e-9,     DBL_MIN,   DBL_TRUE_MIN, DBL_MAX,
                          -DBL_MAX, NAN,  INFINITY, -INFINITY, 1.0 / 3,      5e-324 };
    const size_t n = sizeof in / sizeof *in;
    struct buf b = { 0 };
    struct mem m = { 0 };
    struct err e;
    double *out;
    size_t nout;
    pack_samples(&b, in, n);
    /* An odd address: blobs come unaligned. */
    char *odd = mem_alloc(&m, b.len + 1);
    memcpy(odd + 1, b.data, b.len);
    assert_int_equal(unpack_samples(&m, odd + 1, b.len, &out, &nout, &e), 0);
    assert_int_equal(nout, n);
    assert_memory_equal(in, out, sizeof in);
    buf_free(&b);
    mem_free(&m);
}

static void rounds_keep_every_field(void **state)
{
    (void)state;
    const struct round in[] = {
        { 0, 3, 1, 0.5, 1e-6 },
        { 3, 7, UINT64_MAX, -1.5, NAN },
        { 10, 0, 0, 0, 0 },
    };
    struct buf b = { 0 };
    struct mem m = { 0 };
    struct err e;
    struct round *out;
    size_t n;
    pack_rounds(&b, in, 3);
    assert_int_equal(b.len, 3 * PACK_ROUND);
    assert_int_equal(unpack_rounds(&m, b.data, b.len, 10, &out, &n, &e), 0);
    assert_int_equal(n, 3);
    assert_memory_equal(in, out, sizeof in);
    buf_free(&b);
    mem_free(&m);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e;
    double *samples;
    struct round *rounds;
    size_t n = 9;
    assert_int_equal(unpack_samples(&m, NULL, 0, &samples, &n, &e), 0);
    assert_null(samples);
    assert_int_equal(n, 0);
    n = 9;
    assert_int_equal(unpack_rounds(&m, NULL, 0, 0, &rounds, &n, &e), 0);
    assert_null(rounds);
    assert_int_equal(n, 0);
    mem_free(&m);
}

static void odd_lengths_are_refused(void **state)
{
    (void)state;
    static const char bytes[128];
    struct mem m = { 0 };
    struct err e;
    double *samples;
    struct round *rounds;
    size_t n;
    for (size_t len = 1; len < sizeof bytes; len++) {
        int rc = len % PACK_SAMPLE ? -1 : 0;
        assert_int_equal(unpack_samples(&m, bytes, len, &samples, &n, &e), rc);
        if (rc) {
            assert_int_equal(e.kind, EXIT_STORE);
            assert_non_null(strstr(e.text, "damaged samples"));
        }
        rc = len % PACK_ROUND ? -1 : 0;
        assert_int_equal(unpack_rounds(&m, bytes, len, 0, &rounds, &n, &e), rc);
    }
    mem_free(&m);
}

/* Whatever a round in a blob says, it never reaches beyond the samples. */
static void rounds_beyond_samples_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, count;
        int rc;
    } cases[] = {
        { 0, 10, 0 },           { 10, 0, 0 },          { 0, 11, -1 },         { 11, 0, -1 },
        { 5, 6, -1 },           { UINT64_MAX, 1, -1 }, { 1, UINT64_MAX, -1 }, { UINT64_MAX, UINT64_MAX, -1 },
        { 10, UINT64_MAX, -1 },
    };
    struct mem m = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct round in = { .first = (size_t)cases[i].first, .count = (size_t)cases[i].count };
        struct buf b = { 0 };
        struct err e;
        struct round *out;
        size_t n;
        pack_rounds(&b, &in, 1);
        assert_int_equal(unpack_rounds(&m, b.data, b.len, 10, &out, &n, &e), cases[i].rc);
        assert_int_equal(n, cases[i].rc ? 0 : 1);
        buf_free(&b);
    }
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_have_fixed_bytes), cmocka_unit_test(samples_keep_every_bit),
        cmocka_unit_test(rounds_keep_every_field),  cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(odd_lengths_are_refused),  cmocka_unit_test(rounds_beyond_samples_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
