/* SPDX-License-Identifier: Apache-2.0
 * The roofline as a pure function, ratios of rounds, and the rows that stand on them. */
#include "harness/stats/pair.h"
#include "reports/roofline.h"
#include "reports/source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
enum { KIB = 1024, MIB = 1024 * 1024 };

/* --- a machine: 100 Gflop/s with AVX-512, 50 with AVX2, 400 with VNNI; 200, 100, 50 and 10 GB/s; more together */

#define WORD(n, w)                                                                                                     \
    {                                                                                                                  \
        n, w, 0                                                                                                        \
    }
static const struct km_param l1[] = { WORD("level", "l1") }, l2[] = { WORD("level", "l2") };
static const struct km_param l3[] = { WORD("level", "l3") }, dram[] = { WORD("level", "dram") };

#define PEAK(type, isa, n, rate)                                                                                       \
    {                                                                                                                  \
        .bench = { .op = "peak", .dtype = type, .variant = isa, .threads = n }, .cost.flops = (rate)*1e9,              \
        .summary.median = 1                                                                                            \
    }
#define READ(isa, level, n, rate)                                                                                      \
    {                                                                                                                  \
        .bench = { .op = "read", .dtype = "u32", .variant = isa, .params = level, .nparams = 1, .threads = n },        \
        .cost.bytes = (rate)*1e9, .summary.median = 1                                                                  \
    }
static struct run machine(void)
{
    static struct result results[] = {
        PEAK("f32", "avx2", 1, 50),         PEAK("f32", "avx512", 1, 100), PEAK("f32", "avx512", 2, 200),
        PEAK("i8", "avx512vnni", 1, 400),   PEAK("i8", "avx2", 1, 90),     PEAK("bf16", "avx512bf16", 1, 60),
        PEAK("bf16", "avx512amx", 1, 2000), READ("avx2", l1, 1, 100),      READ("avx512", l1, 1, 200),
        READ("avx512", l2, 1, 100),         READ("avx2", l2, 1, 90),       READ("avx512", l3, 1, 50),
        READ("avx512", dram, 1, 10),        READ("avx512", l2, 2, 180),    PEAK("f32", "avx512", 8, 600),
        READ("avx512", l2, 8, 500),         PEAK("f32", "avx512", 6, 550),
    };
    static struct fact facts[] = { { "cache.l1d", "", "32 KiB, shared by 1", NULL },
                                   { "cache.l2", "", "1 MiB, shared by 1", NULL },
                                   { "cache.l3", "", "32 MiB, shared by 8", NULL } };
    return (struct run){ .results = results, .nresults = COUNT(results), .host.facts = { facts, COUNT(facts) } };
}

static const struct {
    const char *op, *dtype, *variant;
    double flops, bytes;
    int threads;
    const char *limit; /* NULL: there is none */
    double seconds;
} cases[] = {
    /* arithmetic or memory, whichever takes longer */
    { "gemm", "f32", "avx512", 1e9, 1000, 1, "arithmetic (f32, avx512)", 1e-2 },
    { "dot", "f32", "avx512", 1000, 32 * KIB, 1, "bandwidth of L1", 32768 / 200e9 },
    { "dot", "f32", "avx512", 1000, 32 * KIB + 1, 1, "bandwidth of L2", 32769 / 100e9 },
    { "dot", "f32", "avx512", 1000, 32 * MIB, 1, "bandwidth of L3", 32 * MIB / 50e9 },
    { "dot", "f32", "avx512", 1000, 33 * MIB, 1, "bandwidth of memory", 33 * MIB / 10e9 },
    /* of its own instruction set, where that was measured */
    { "gemm", "f32", "avx2", 1e9, 1000, 1, "arithmetic (f32, avx2)", 2e-2 },
    { "dot", "f32", "avx2", 1, 32 * KIB, 1, "bandwidth of L1", 32768 / 100e9 },
    { "gemm", "f32", "ref", 1e9, 1000, 1, "arithmetic (f32, avx512)", 1e-2 },
    { "gemm", "f32", "openblas", 1e9, 1000, 1, "arithmetic (f32, avx512)", 1e-2 },
    /* of its type, or as floats where that is faster */
    { "gemv", "q4_0", "avx512vnni", 1e9, 1000, 1, "arithmetic (i8, avx512vnni)", 1e9 / 400e9 },
    { "gemv", "q4_0", "avx512", 1e9, 1000, 1, "arithmetic (f32, avx512)", 1e-2 },
    { "gemv", "i8", "avx2", 1e9, 1000, 1, "arithmetic (i8, avx2)", 1e9 / 90e9 },
    { "gemm", "bf16", "avx512bf16", 1e9, 1000, 1, "arithmetic (f32, avx512)", 1e-2 },
    { "gemm", "bf16", "avx512amx", 1e9, 1000, 1, "arithmetic (bf16, avx512amx)", 1e9 / 2000e9 },
    { "gemm", "bf16", "onednn", 1e9, 1000, 1, "arithmetic (bf16, avx512amx)", 1e9 / 2000e9 },
    { "kv_read", "f32", "avx512", 0, 64 * KIB, 1, "bandwidth of L2", 65536 / 100e9 },
    { "busy", "f32", "avx512", 1e9, 0, 1, "arithmetic (f32, avx512)", 1e-2 },
    /* several threads, each with a second level of its own */
    { "gemm", "f32", "avx512", 1e9, 1000, 2, NULL, 0 }, /* no L1 of several was measured */
    { "gemm", "f32", "avx512", 1e9, 100 * KIB, 2, "arithmetic (f32, avx512), 2 threads", 5e-3 },
    { "gemm", "f32", "avx512", 1e9, 300 * KIB, 4, "arithmetic (f32, avx512), 6 threads", 1e9 / 550e9 },
    { "gemm", "f32", "avx512", 1e9, 900 * KIB, 16, "arithmetic (f32, avx512), 8 threads", 1e9 / 600e9 },
    { "dot", "f32", "avx512", 10, 2 * MIB, 2, "bandwidth of L2, 2 threads", 2 * MIB / 180e9 },
    { "dot", "f32", "avx512", 10, 3 * MIB, 3, "bandwidth of L2, 8 threads", 3 * MIB / 500e9 },
    /* none */
    { "arena_alloc", "u8", "auto", 0, 0, 1, NULL, 0 },
};

static void the_slower_of_two_limits(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct run run = machine();
    struct roofline line = roofline_of(&m, &run);
    assert_int_equal(line.n, run.nresults);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ceiling c;
        struct result r = { .bench = { .op = cases[i].op,
                                       .dtype = cases[i].dtype,
                                       .variant = cases[i].variant,
                                       .threads = cases[i].threads },
                            .cost = { .flops = cases[i].flops, .bytes = cases[i].bytes },
                            .summary.median = 1 };
        bool has = roofline_ceiling(&line, &r, &c);
        if (has != (cases[i].limit != NULL))
            fail_msg("case %zu: %d", i, has);
        if (has) {
            assert_string_equal(roof_name(&m, c.roof), cases[i].limit);
            assert_true(fabs(c.seconds / cases[i].seconds - 1) < 1e-12);
        }
        r.status = STATUS_FAILED;
        assert_false(roofline_ceiling(&line, &r, &c));
    }
    mem_free(&m);
}

static void nothing_without_measurements(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct run run = machine();
    struct ceiling c;
    struct result r = { .bench = { .op = "dot", .dtype = "f32", .variant = "avx512", .threads = 1 },
                        .cost = { .flops = 1, .bytes = 1 },
                        .summary.median = 1 };
    struct roofline line = roofline_of(&m, &run);
    assert_true(roofline_has(&run));
    assert_true(roofline_ceiling(&line, &r, &c));
    for (size_t i = 0; i < run.nresults; i++) /* a ceiling has none itself */
        assert_false(roofline_ceiling(&line, &run.results[i], &c));
    run.host.facts.n = 0; /* where the caches are unknown, so is the level */
    line = roofline_of(&m, &run);
    assert_false(roofline_ceiling(&line, &r, &c));
    run.nresults = 6; /* no memory */
    assert_true(roofline_has(&run));
    line = roofline_of(&m, &run);
    assert_false(roofline_ceiling(&line, &r, &c));
    run.nresults = 0;
    assert_false(roofline_has(&run));
    assert_false(roofline_has(NULL));
    mem_free(&m);
}

/* --- pairs ------------------------------------------------------------------------------------------------------- */

enum { ROUNDS = 8 };

/* One sample a round: `scale` times what the machine makes of each moment, which differs by a factor of five. */
static struct result noisy(struct mem *m, const char *variant, double scale, size_t rounds)
{
    static const double moments[ROUNDS] = { 1, 5, 1.2, 0.9, 3, 1.1, 2, 1 };
    struct result r = { .bench = { .op = "dot", .dtype = "f32", .variant = variant, .threads = 1, .name = variant },
                        .nsamples = rounds,
                        .nrounds = rounds };
    r.samples = mem_array(m, ROUNDS, sizeof *r.samples);
    r.rounds = mem_array(m, ROUNDS, sizeof *r.rounds);
    for (size_t i = 0; i < rounds; i++) {
        r.samples[i] = scale * moments[i];
        r.rounds[i] = (struct round){ .first = i, .count = 1, .iterations = 1 };
    }
    r.summary.median = scale;
    return r;
}

static void noise_of_a_moment_cancels(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct result a = noisy(&m, "avx512", 0.5, ROUNDS), b = noisy(&m, "onednn", 1, ROUNDS);
    struct pair_ratio p = pair_ratio(&m, &a, &b);
    assert_true(p.ratio == 0.5 && p.low == 0.5 && p.high == 0.5 && p.enough && p.level >= 0.95);
    assert_int_equal(p.rounds, ROUNDS);
    b = noisy(&m, "onednn", 1, 4); /* stopped early */
    p = pair_ratio(&m, &a, &b);
    assert_true(p.ratio == 0.5 && !p.enough);
    assert_int_equal(p.rounds, 4);
    b = noisy(&m, "onednn", 1, 0);
    assert_true(isnan(pair_ratio(&m, &a, &b).ratio));
    mem_free(&m);
}

static const char *text_of(struct mem *m, const struct row *r, const char *name)
{
    struct cell c = { NULL, NAN };
    for (const struct source_column *k = peer_columns; k->name; k++)
        if (strcmp(k->name, name) == 0)
            k->cell(m, r, k->arg, &c);
    return c.text ? c.text : "";
}

static void who_is_ahead(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct result results[] = { noisy(&m, "avx2", 0.9, ROUNDS), noisy(&m, "avx512", 0.5, ROUNDS),
                                noisy(&m, "openblas", 0.25, ROUNDS), noisy(&m, "onednn", 1, ROUNDS),
                                noisy(&m, "onednn", 0, 0) };
    results[4].status = STATUS_UNSUPPORTED;
    results[4].message = "not available: libdnnl.so.2 not found (apt install libdnnl2)";
    struct run run = { .results = results, .nresults = COUNT(results) };
    struct report_data d = { .run = &run };
    struct rows rows = { 0 };
    rows_peers(&m, &d, &rows);
    assert_int_equal(rows.n, 3);
    assert_string_equal(text_of(&m, &rows.all[0], "library"), "OpenBLAS");
    assert_string_equal(text_of(&m, &rows.all[0], "ours_variant"), "avx512"); /* the strongest, not the fastest */
    assert_string_equal(text_of(&m, &rows.all[0], "ahead"), "OpenBLAS");
    assert_string_equal(text_of(&m, &rows.all[0], "ratio"), "2.00×");
    assert_string_equal(text_of(&m, &rows.all[1], "ahead"), "libkern");
    assert_string_equal(text_of(&m, &rows.all[1], "interval"), "0.500–0.500×");
    assert_string_equal(text_of(&m, &rows.all[2], "ahead"), "");
    assert_string_equal(text_of(&m, &rows.all[2], "remark"), results[4].message);
    results[3].samples[0] = 0.1; /* one round the other way: the interval of eight reaches the second of each end */
    results[3].samples[1] = 0.1;
    rows = (struct rows){ 0 };
    rows_peers(&m, &d, &rows);
    assert_string_equal(text_of(&m, &rows.all[1], "ahead"), "neither");
    results[3].nrounds = results[3].nsamples = 3;
    assert_string_equal(text_of(&m, &rows.all[1], "ahead"), "too few rounds");
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slower_of_two_limits),
        cmocka_unit_test(nothing_without_measurements),
        cmocka_unit_test(noise_of_a_moment_cancels),
        cmocka_unit_test(who_is_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
