/* SPDX-License-Identifier: Apache-2.0
 * The table and the figure of what more threads bring. */
#include "reports/figure.h"
#include "reports/source.h"
#include "tests/unit/report_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 7 };

/* Two kernels on one thread and more, one on one thread alone, one that has no result on one. */
static struct report_data data_on(struct mem *m, const char *cpus)
{
    static const struct {
        const char *op, *component;
        int threads;
        double median, bytes, flops;
    } rows[N] = { { "gemm", "Product threads:1", 1, 8e-3, 0, 0 }, { "gemm", "Product threads:4", 4, 5e-3, 0, 0 },
                  { "gemm", "Product threads:2", 2, 4e-3, 0, 0 }, { "gemv", "A | B", 1, 6e-6, 100, 0 },
                  { "gemv", "A | B", 3, 12e-6, 300, 5 }, /* each thread with work of its own */
                  { "dot", "Alone threads:1", 1, 1e-6, 0, 0 },    { "axpy", "Lost threads:2", 2, 1e-6, 0, 0 } };
    struct run *run = fixture_bare_run(m, N);
    struct fact *allowed = mem_alloc(m, sizeof *allowed);
    for (size_t i = 0; i < N; i++) {
        struct result *r = &run->results[i];
        r->bench.op = rows[i].op;
        r->bench.dtype = "f32";
        r->bench.variant = "avx2";
        r->bench.threads = rows[i].threads;
        r->entry.component = rows[i].component;
        r->cost.bytes = rows[i].bytes;
        r->cost.flops = rows[i].flops;
        r->summary.median = rows[i].median;
        r->summary.ci_low = rows[i].median * 0.5;
        r->summary.ci_high = rows[i].median * 2;
    }
    *allowed = (struct fact){ "cpus.allowed", "CPUs", cpus, NULL };
    run->before = (struct facts){ allowed, 1 };
    return (struct report_data){ .run = run };
}

static void the_table(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct report_data d = data_on(&m, "2");
    struct query q = { .source = source_find("scaling", &e), .columns = "kernel,threads,scaling,efficiency,over,note" };
    struct table t;
    struct buf out = { 0 };
    assert_non_null(q.source);
    assert_int_equal(query_table(&m, &d, &q, &t, &e), 0);
    table_write(&out, &t, FORMAT_CSV);
    assert_string_equal(buf_text(&out), "kernel,threads,scaling,efficiency,oversubscribed,note\r\n"
                                        "Product,1,1,1,,rounds\r\n"
                                        "Product,4,1.6,0.8,oversubscribed,\"oversubscribed, rounds\"\r\n"
                                        "Product,2,2,1,,rounds\r\n"
                                        "A | B,1,1,1,,rounds\r\n"
                                        "A | B,3,1.5,0.75,oversubscribed,\"oversubscribed, rounds\"\r\n");
    buf_free(&out);
    mem_free(&m);
}

/* Who may use more CPUs, or nobody knows how many, is not told of too many threads. */
static void enough_cpus(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct report_data many = data_on(&m, "4"), unknown = data_on(&m, NULL);
    for (size_t i = 0; i < N; i++) {
        assert_false(result_oversubscribed(many.run, &many.run->results[i]));
        assert_false(result_oversubscribed(unknown.run, &unknown.run->results[i]));
    }
    assert_true(isnan(run_cpus(unknown.run)));
    assert_true(isnan(result_scaling(many.run, &many.run->results[6])));
    mem_free(&m);
}

static void the_figure(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct report_data d = data_on(&m, "2");
    struct buf out = { 0 };
    assert_null(figure_scaling(&m, &d, &out));
    assert_string_equal(buf_text(&out),
                        "2\t4\t2\n\n\nProduct, avx2\n1\t1\t1\t1\t0\n2\t2\t0.5\t8\t0\n4\t1.6\t0.4\t6.4\t1\n"
                        "\n\nA _ B, avx2\n1\t1\t1\t1\t0\n3\t1.5\t0.375\t6\t1\n");
    buf_free(&out);
    d.run->results[0].status = d.run->results[3].status = STATUS_WRONG;
    struct buf none = { 0 };
    assert_non_null(figure_scaling(&m, &d, &none));
    buf_free(&none);
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(enough_cpus),
        cmocka_unit_test(the_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
