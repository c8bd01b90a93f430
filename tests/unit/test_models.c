/* SPDX-License-Identifier: Apache-2.0
 * Published models: their sizes are those that everybody knows, a layer of one is right, and the report shows them. */
#include "reports/source.h"
#include "suites/bindings.h"
#include "suites/models.h"
#include "tests/unit/report_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct model *find(const char *name)
{
    for (size_t i = 0; model_at(i); i++)
        if (strcmp(model_at(i)->name, name) == 0)
            return model_at(i);
    fail_msg("no model %s", name);
    return NULL;
}

static double bytes_in(const struct model *m, const char *metric)
{
    for (size_t i = 0; model_format_at(i); i++)
        if (strcmp(model_format_at(i)->metric, metric) == 0)
            return model_bytes(m, model_format_at(i));
    fail_msg("no format %s", metric);
    return 0;
}

static void parameters_as_published(void **state)
{
    static const struct {
        const char *name;
        double parameters;
    } all[] = { { "tinyllama-1.1b", 1100048384 },
                { "llama2-7b", 6738415616 },
                { "llama2-13b", 13015864320 },
                { "llama3-8b", 8030261248 },
                { "mistral-7b", 7241732096 } };
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++)
        assert_true(model_parameters(find(all[i].name)) == all[i].parameters);
    assert_null(model_at(COUNT(all)));
}

static void bytes_of_a_small_model(void **state)
{
    /* a layer of 512 x 512 twice, 256 x 512 twice, 1024 x 512 three times; twice 100 x 512; three norms */
    static const struct model small = { "small", 1, 512, 4, 2, 1024, 100 }, odd = { "odd", 1, 288, 6, 6, 768, 100 };
    const double weights = 2 * 512 * 512 + 2 * 256 * 512 + 3 * 1024 * 512 + 2 * 100 * 512, gains = 3 * 512;
    const double rows = 2 * 512 + 2 * 256 + 2 * 1024 + 512 + 2 * 100;
    (void)state;
    assert_true(model_parameters(&small) == weights + gains);
    assert_true(bytes_in(&small, "f16-bytes") == 2 * weights + 4 * gains);
    assert_true(bytes_in(&small, "i8-bytes") == weights + 4 * rows + 4 * gains);
    assert_true(bytes_in(&small, "q4_0-bytes") == weights / 32 * 18 + 4 * gains);
    assert_true(bytes_in(&small, "q4_k-bytes") == weights / 256 * 144 + 4 * gains);
    assert_true(isfinite(bytes_in(&odd, "q4_0-bytes")));
    assert_true(isnan(bytes_in(&odd, "q4_k-bytes"))); /* rows of 288 are no whole blocks */
}

/* The calculation of document 001, whose Q4 has no scales: 18 bytes for 32 values here, 16 there. */
static void bytes_of_a_cache(void **state)
{
    (void)state;
    const struct model *m = find("llama3-8b");
    const double elements = 2 * 32.0 * 8 * 128, tail = elements * 256 * 2;
    assert_true(tail == 33554432);
    assert_true(model_cache_f16(m) == elements * 4096 * 2);
    assert_true(model_cache_tiers(m) == tail + elements * (4096 - 256) / 32 * 18);
}

static const struct km_op *operation(void)
{
    size_t n;
    const struct km_op *const *ops = km_ops(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(ops[i]->op, "model") == 0)
            return ops[i];
    fail_msg("no binding for model");
    return NULL;
}

static void names_are_those_of_the_table(void **state)
{
    const char *const *words = operation()->params[0].words;
    size_t i = 0;
    (void)state;
    for (; words[i]; i++)
        assert_string_equal(words[i], model_at(i)->name);
    assert_null(model_at(i));
}

/* In the weakest variant that is not slow. */
static void a_layer_is_right(void **state)
{
    static const struct km_param params[] = { { "model", "tinyllama-1.1b", 0 },
                                              { "layers", NULL, 1 },
                                              { "positions", NULL, 17 } };
    struct km_case c = { .params = params, .nparams = COUNT(params), .variant = "auto", .seed = 3 };
    (void)state;
    if (operation()->setup(&c) != KM_RIGHT || operation()->verify(&c) != KM_RIGHT)
        fail_msg("%s", c.message);
    operation()->run(&c, 1);
    assert_true(operation()->cost(&c).bytes > 4 * 44e6);
    assert_int_equal(c.nvalues, 8);
    assert_string_equal(c.values[0].name, "parameters");
    assert_true(c.values[0].value == 1100048384);
    operation()->teardown(&c);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static void state_sizes(struct mem *m, struct result *r, const char *name, double q4_k)
{
    const struct metric stated[] = { { .name = "parameters", .unit = "", .value = 6738415616 },
                                     { .name = "f16-bytes", .unit = "B", .value = 13477363712 },
                                     { .name = "i8-bytes", .unit = "B", .value = 6743000000 },
                                     { .name = "q4_k-bytes", .unit = "B", .value = q4_k } };
    struct km_param *p = mem_alloc(m, sizeof *p);
    *p = (struct km_param){ "model", name, 0 };
    r->bench.params = p;
    r->bench.nparams = 1;
    r->metrics = mem_array(m, 4, sizeof *stated);
    memcpy(r->metrics, stated, sizeof stated);
    r->nmetrics = 4;
}

static void a_row_for_each_model(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct err e = { 0 };
    struct run *run = fixture_bare_run(&m, 5);
    struct report_data d = { .run = run };
    struct query q = { .source = source_find("models", &e),
                       .columns = "model,parameters,f16,i8,q4_0,q4_k,i8_reduction,q4_k_reduction" };
    struct table t;
    struct buf out = { 0 };
    state_sizes(&m, &run->results[1], "broken", 1);
    run->results[1].status = STATUS_WRONG;
    state_sizes(&m, &run->results[2], "one", 3790798848);
    state_sizes(&m, &run->results[3], "one", 1); /* another number of layers: the same model */
    state_sizes(&m, &run->results[4], "two", NAN);
    assert_int_equal(query_table(&m, &d, &q, &t, &e), 0);
    table_write(&out, &t, FORMAT_MARKDOWN);
    assert_string_equal(buf_text(&out),
                        "| model | parameters | FP16 | INT8 | Q4\\_0 | Q4\\_K | FP16 over INT8 | FP16 over Q4\\_K |\n"
                        "|---|---:|---:|---:|---:|---:|---:|---:|\n"
                        "| one | 6.74 billion | 13.48 GB | 6.74 GB | – | 3.79 GB | 2.00× | 3.56× |\n"
                        "| two | 6.74 billion | 13.48 GB | 6.74 GB | – | – | 2.00× | – |\n");
    buf_free(&out);
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_as_published), cmocka_unit_test(bytes_of_a_small_model),
        cmocka_unit_test(bytes_of_a_cache),        cmocka_unit_test(names_are_those_of_the_table),
        cmocka_unit_test(a_layer_is_right),        cmocka_unit_test(a_row_for_each_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
