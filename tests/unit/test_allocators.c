/* SPDX-License-Identifier: Apache-2.0
 * The table of what another allocator than malloc brings. */
#include "harness/stats/pair.h"
#include "reports/source.h"
#include "tests/unit/report_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 8, CALLS = 100 };

struct kind {
    const char *variant, *allocator;
    double allocations, peak; /* NAN: not stated */
    double seconds, spread;   /* of a call; of the calls of a round, as a share of it */
};

/* Half of the calls are above the middle by the spread and half below, one in twenty by ten times that. Rounds differ. */
static void fill_samples(struct mem *m, struct result *r, const struct kind *k)
{
    r->nsamples = ROUNDS * CALLS;
    r->nrounds = ROUNDS;
    r->samples = mem_array(m, r->nsamples, sizeof *r->samples);
    r->rounds = mem_array(m, ROUNDS, sizeof *r->rounds);
    for (size_t i = 0; i < r->nsamples; i++) {
        double level = 1 + 0.5 * (double)(i / CALLS), far = i % 20 == 0 ? 10 : i % 2 ? 1 : -1;
        r->samples[i] = k->seconds * level * (1 + far * k->spread);
    }
    for (size_t i = 0; i < ROUNDS; i++)
        r->rounds[i] = (struct round){ .first = i * CALLS, .count = CALLS, .iterations = CALLS };
}

static void fill(struct mem *m, struct result *r, const struct kind *k)
{
    struct km_param params[] = { { "layers", NULL, 4 }, { "allocator", k->allocator, 0 } };
    struct metric stated[] = { { .name = "allocations", .unit = "per token", .value = k->allocations },
                               { .name = "requests", .unit = "per token", .value = 50 },
                               { .name = "requested-bytes", .unit = "B", .value = 65536 },
                               { .name = "peak-bytes", .unit = "B", .value = k->peak } };
    struct km_param *p = mem_array(m, 2, sizeof *p);
    memcpy(p, params, sizeof params);
    r->metrics = mem_array(m, 4, sizeof *stated);
    memcpy(r->metrics, stated, sizeof stated);
    r->nmetrics = 4;
    r->bench.op = "decoder";
    r->bench.dtype = "f32";
    r->bench.variant = k->variant;
    r->bench.threads = 1;
    r->bench.params = p;
    r->bench.nparams = 2;
    r->entry.component = mem_printf(m, "From %s", k->allocator);
    fill_samples(m, r, k);
}

static struct report_data data_of(struct mem *m, const struct kind *kinds, size_t n)
{
    struct run *run = fixture_bare_run(m, n);
    for (size_t i = 0; i < n; i++)
        fill(m, &run->results[i], &kinds[i]);
    return (struct report_data){ .run = run };
}

/* The first `limit` rows (0: all). */
static void expect_first(struct mem *m, const struct report_data *d, size_t limit, const char *columns,
                         const char *want)
{
    struct err e = { 0 };
    struct query q = { .source = source_find("allocators", &e), .columns = columns, .limit = limit };
    struct table t;
    struct buf out = { 0 };
    assert_non_null(q.source);
    if (query_table(m, d, &q, &t, &e))
        fail_msg("%s", e.text);
    table_write(&out, &t, want[0] == '|' ? FORMAT_MARKDOWN : FORMAT_CSV);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

static void expect(struct mem *m, const struct report_data *d, const char *columns, const char *want)
{
    expect_first(m, d, 0, columns, want);
}

static const struct kind both[] = { { "avx2", "malloc", 50, 8192, 2e-3, 0.04 },
                                    { "avx2", "arena", 0, 65536, 1e-3, 0.01 },
                                    { "avx2", "pool", 2, 4096, 2e-3, 0.04 } };

static void as_the_reference_document_has_it(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct report_data d = data_of(&m, both, 3);
    expect(
        &m, &d, "title,measure,without,with,improvement,range",
        "| benchmark | measure | with malloc | with the allocator | improvement | interval of the ratio |\n"
        "|---|---|---:|---:|---|---:|\n"
        "| From arena, avx2 | Allocations per inference | 50 | 0 | none left | – |\n"
        "| From arena, avx2 | Buffers asked for | 50 | 50 | the same | – |\n"
        "| From arena, avx2 | Bytes asked for | 64 KiB | 64 KiB | the same | – |\n"
        "| From arena, avx2 | Peak memory | 8 KiB | 64 KiB | 700% more | – |\n"
        "| From arena, avx2 | Latency | 5.72 ms | 2.78 ms | 2.06× as fast | 2.059–2.059× |\n"
        "| From arena, avx2 | Latency variance | ±9.35% | ±2.38% | 3.94× as steady | 3.935–3.935× |\n"
        "| From arena, avx2 | Slowest 1%, over the median | +34.6% | +8.91% | 3.88× as steady | 3.885–3.885× |\n"
        "| From pool, avx2 | Allocations per inference | 50 | 2 | 25.0× fewer | – |\n"
        "| From pool, avx2 | Buffers asked for | 50 | 50 | the same | – |\n"
        "| From pool, avx2 | Bytes asked for | 64 KiB | 64 KiB | the same | – |\n"
        "| From pool, avx2 | Peak memory | 8 KiB | 4 KiB | 50.0% less | – |\n"
        "| From pool, avx2 | Latency | 5.72 ms | 5.72 ms | no difference shown | 1.000–1.000× |\n"
        "| From pool, avx2 | Latency variance | ±9.35% | ±9.35% | no difference shown | 1.000–1.000× |\n"
        "| From pool, avx2 | Slowest 1%, over the median | +34.6% | +34.6% | no difference shown | 1.000–1.000× |\n");
    mem_free(&m);
}

static void worse_is_told_as_well(void **state)
{
    static const struct kind worse[] = { { "avx2", "malloc", 2, 8192, 1e-3, 0.01 },
                                         { "avx2", "arena", 5, 8192, 2e-3, 0.04 } };
    (void)state;
    struct mem m = { 0 };
    struct report_data d = data_of(&m, worse, 2);
    expect(&m, &d, "allocator,measure,improvement",
           "allocator,measure,improvement\r\n"
           "arena,Allocations per inference,2.50× more\r\n"
           "arena,Buffers asked for,the same\r\n"
           "arena,Bytes asked for,the same\r\n"
           "arena,Peak memory,the same\r\n"
           "arena,Latency,2.06× as slow\r\n"
           "arena,Latency variance,3.94× as unsteady\r\n"
           "arena,\"Slowest 1%, over the median\",3.88× as unsteady\r\n");
    mem_free(&m);
}

/* Machines get numbers: malloc over the other, and nothing where that is no number. */
static void numbers_for_machines(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct report_data d = data_of(&m, both, 2);
    d.run->results[1].nrounds = 4; /* too few */
    expect_first(&m, &d, 4, "without,with,ratio,improvement",
                 "without,with,ratio,improvement\r\n"
                 "50,0,,none left\r\n"
                 "50,50,1,the same\r\n"
                 "65536,65536,1,the same\r\n"
                 "8192,65536,0.125,700% more\r\n");
    expect(&m, &d, "low,high,improvement",
           "ratio_low,ratio_high,improvement\r\n"
           ",,none left\r\n"
           ",,the same\r\n"
           ",,the same\r\n"
           ",,700% more\r\n"
           ",,too few rounds to tell\r\n"
           ",,too few rounds to tell\r\n"
           ",,too few rounds to tell\r\n");
    mem_free(&m);
}

static void all_rows_are_of(struct mem *m, const struct report_data *d, const struct query *q, size_t result)
{
    struct err e = { 0 };
    struct rows rows;
    assert_int_equal(query_rows(m, d, q, &rows, &e), 0);
    assert_int_equal(rows.n, 7);
    for (size_t i = 0; i < rows.n; i++)
        assert_ptr_equal(rows.all[i].result, &d->run->results[result]);
}

/* Only the strongest variant of which there are both, and only what was measured and told. */
static void what_can_be_compared(void **state)
{
    static const struct kind kinds[] = {
        { "auto", "malloc", 50, 1, 1, 0.01 },   { "avx2", "malloc", 50, 1, 1, 0.01 },
        { "avx512", "malloc", 50, 1, 1, 0.01 }, { "auto", "arena", 0, 1, 1, 0.01 },
        { "avx2", "arena", 0, 1, 1, 0.01 },     { "avx512", "arena", 0, 1, 1, 0.01 },
        { "avx2", "pool", NAN, 1, 1, 0.01 },
    };
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct report_data d = data_of(&m, kinds, 7);
    struct query q = { .source = source_find("allocators", &e) };
    d.run->results[2].status = STATUS_WRONG;
    all_rows_are_of(&m, &d, &q, 4);
    d.run->results[1].status = STATUS_WRONG;
    all_rows_are_of(&m, &d, &q, 3);
    mem_free(&m);
}

/* Foreign executables have results without an operation or parameters. */
static void others_are_no_rows(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct report_data bare = { .run = fixture_bare_run(&m, 3) }, none = { 0 }, usual = fixture_data(&m);
    struct query q = { .source = source_find("allocators", &e) };
    struct rows rows;
    const struct report_data *all[] = { &bare, &none, &usual };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(query_rows(&m, all[i], &q, &rows, &e), 0);
        assert_int_equal(rows.n, 0);
    }
    mem_free(&m);
}

static void numbers_of_rounds(void **state)
{
    static const double calls[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 3 };
    (void)state;
    assert_true(pair_median(calls, 10) == 1);
    assert_true(fabs(pair_variation(calls, 10) - sqrt(3.6 / 9) / 1.2) < 1e-12);
    assert_true(fabs(pair_tail(calls, 10) - 0.91 * 2) < 1e-12); /* between the ninth and the tenth */
    assert_true(isnan(pair_variation(calls, 1)));
    struct mem m = { 0 };
    assert_true(isnan(pair_typical(&m, &(struct result){ 0 }, pair_median)));
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_reference_document_has_it),
        cmocka_unit_test(worse_is_told_as_well),
        cmocka_unit_test(numbers_for_machines),
        cmocka_unit_test(what_can_be_compared),
        cmocka_unit_test(others_are_no_rows),
        cmocka_unit_test(numbers_of_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
