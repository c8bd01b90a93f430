/* SPDX-License-Identifier: Apache-2.0
 * Instances and their names, by macro and by function; wrong configurations. */
#include "harness/bench/instance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void nothing(struct km_state *state)
{
    (void)state;
}

static void Stack_push(struct km_state *state)
{
    (void)state;
}

static const struct km_fixture Stack = { 8, NULL, NULL };
struct pair {
    int a, b;
};

/* Registered before main(). */
KM_BENCHMARK(nothing)
{
}
KM_BENCHMARK_CAPTURE(nothing, small, &(struct pair){ 1, 2 })
{
    km_arg(b, 3);
}
KM_BENCHMARK_NAMED(nothing, other)
{
}
KM_BENCHMARK_F(Stack, push)
{
}

static void expect(const char *const *want, size_t n)
{
    struct mem m = { 0 };
    struct instance_list list;
    struct err e = { 0 };
    assert_int_equal(instances_select(&m, &list, NULL, NULL, NULL, &e), 0);
    assert_int_equal(list.n, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(list.v[i].name, want[i]);
    mem_free(&m);
    km_clear_registered();
}

#define EXPECT(...)                                                                                                    \
    do {                                                                                                               \
        const char *const names_[] = { __VA_ARGS__ };                                                                  \
        expect(names_, sizeof names_ / sizeof *names_);                                                                \
    } while (0)

static struct km_benchmark *family(const char *name)
{
    return km_register(name, nothing);
}

static void macros_register(void **state) /* must be first */
{
    (void)state;
    assert_int_equal(((const struct pair *)family_at(1)->argument)->b, 2);
    EXPECT("nothing", "nothing/small/3", "nothing/other", "Stack/push");
}

static void every_suffix_in_order(void **state)
{
    (void)state;
    struct km_benchmark *b = family("all");
    km_arg_name(b, "n");
    km_arg(b, -5);
    km_min_time(b, 0.01);
    km_min_warmup_time(b, 0.005);
    km_repetitions(b, 2);
    km_measure_process_cpu_time(b);
    km_use_real_time(b);
    km_threads(b, 2);
    struct km_benchmark *c = family("Cx");
    km_iterations(c, 10);
    km_use_manual_time(c);
    km_arg(c, 7);
    struct mem m = { 0 };
    assert_string_equal(instance_name(&m, c, NULL, 1), "Cx/iterations:10/manual_time");
    mem_free(&m);
    EXPECT("all/n:-5/min_time:0.010/min_warmup_time:0.005/repeats:2/process_time/real_time/threads:2",
           "Cx/7/iterations:10/manual_time");
}

static void products_and_order(void **state)
{
    (void)state;
    struct km_benchmark *b = family("prod");
    KM_ARGS_PRODUCT(b, KM_LIST(1, 2), KM_LIST(10, 20));
    b = family("ranges");
    km_range_multiplier(b, 2);
    KM_RANGES(b, { 1, 4 }, { 8, 16 });
    KM_ARG_NAMES(b, "x", "");
    b = family("made");
    KM_ARGS_PRODUCT(b, km_create_range(b, 8, 16, 2), km_create_dense_range(b, 1, 2, 1));
    b = family("threads");
    KM_ARGS(b, 1);
    KM_ARGS(b, 2);
    km_thread_range(b, 1, 6);
    b = family("dense");
    km_dense_thread_range(b, 1, 6, 3);
    EXPECT("prod/1/10", "prod/2/10", "prod/1/20", "prod/2/20", "ranges/x:1/8", "ranges/x:2/8", "ranges/x:4/8",
           "ranges/x:1/16", "ranges/x:2/16", "ranges/x:4/16", "made/8/1", "made/16/1", "made/8/2", "made/16/2",
           "threads/1/threads:1", "threads/1/threads:2", "threads/1/threads:4", "threads/1/threads:6",
           "threads/2/threads:1", "threads/2/threads:2", "threads/2/threads:4", "threads/2/threads:6",
           "dense/threads:1", "dense/threads:4", "dense/threads:6");
}

static void real_arguments(void **state)
{
    (void)state;
    struct km_benchmark *b = family("real");
    km_arg_real(b, 0.1);
    km_arg_real(b, 1048577);
    km_arg_real(b, 1.0 / 3);
    km_arg_real(b, 1e300);
    km_arg_real(b, -2);
    EXPECT("real/0.1", "real/1048577", "real/0.3333333333333333", "real/1e+300", "real/-2");
}

static bool only_b(void *ctx, const char *name)
{
    (void)ctx;
    return strchr(name, 'b') || strstr(name, "/2");
}

static void indexes_count_what_is_selected(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct instance_list list;
    struct err e;
    family("a");
    km_dense_range(family("b"), 1, 2, 1);
    family("DISABLED_b");
    km_dense_range(family("c"), 1, 3, 1);
    family("b"); /* a name twice is two families */
    assert_int_equal(instances_select(&m, &list, only_b, NULL, NULL, &e), 0);
    static const struct {
        const char *name;
        int64_t family, instance;
    } want[] = { { "b/1", 0, 0 }, { "b/2", 0, 1 }, { "c/2", 1, 0 }, { "b", 2, 0 } };
    assert_int_equal(list.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(list.v[i].name, want[i].name);
        assert_int_equal(list.v[i].family_index, want[i].family);
        assert_int_equal(list.v[i].per_family_instance_index, want[i].instance);
    }
    mem_free(&m);
    km_clear_registered();
}

static void many_instances(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct instance_list list;
    struct err e;
    char *text;
    size_t len;
    FILE *warn = open_memstream(&text, &len);
    km_dense_range(family("many"), 1, 120000, 1);
    assert_int_equal(instances_select(&m, &list, NULL, NULL, warn, &e), 0);
    fclose(warn);
    assert_int_equal(list.n, 120000);
    assert_string_equal(list.v[119999].name, "many/120000");
    assert_int_equal(list.v[119999].per_family_instance_index, 119999);
    assert_string_equal(text, "The number of inputs is very large. many will be repeated at least 120000 times.\n");
    free(text);
    mem_free(&m);
    km_clear_registered();
}

static void odd_names_pass_through(void **state)
{
    (void)state;
    char *longest = malloc(10001);
    memset(longest, 'x', 10000);
    longest[10000] = '\0';
    family(longest);
    family("a\x01\xff b<c,d>");
    km_arg(family(""), 3);
    km_name(family("before"), "after");
    EXPECT(longest, "a\x01\xff b<c,d>", "3", "after");
    free(longest);
}

static void refuse(void (*configure)(struct km_benchmark *b), const char *why)
{
    struct mem m = { 0 };
    struct instance_list list;
    struct err e = { 0 };
    km_apply(family("fam"), configure);
    assert_int_equal(instances_select(&m, &list, NULL, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, EXIT_USAGE);
    if (!strstr(e.text, why) || strncmp(e.text, "benchmark fam: ", 15) != 0)
        fail_msg("\"%s\" does not say \"%s\"", e.text, why);
    mem_free(&m);
    km_clear_registered();
}

#define MISTAKE(name, call)                                                                                            \
    static void name(struct km_benchmark *b)                                                                           \
    {                                                                                                                  \
        call;                                                                                                          \
    }
MISTAKE(empty_range, km_range(b, 8, 1))
MISTAKE(no_multiplier, km_range_multiplier(b, 1))
MISTAKE(uneven, (km_arg(b, 1), KM_ARGS(b, 1, 2)))
MISTAKE(no_time, km_min_time(b, 0))
MISTAKE(negative_warmup, km_min_warmup_time(b, -1))
MISTAKE(both, (km_iterations(b, 5), km_min_time(b, 1)))
MISTAKE(both_reversed, (km_min_warmup_time(b, 1), km_iterations(b, 5)))
MISTAKE(no_iterations, km_iterations(b, 0))
MISTAKE(no_repetitions, km_repetitions(b, -1))
MISTAKE(no_threads, km_threads(b, 0))
MISTAKE(threads_backwards, km_thread_range(b, 4, 2))
MISTAKE(two_clocks, (km_use_real_time(b), km_use_manual_time(b)))
MISTAKE(nameless_statistic, km_statistic(b, "", NULL, KM_TIME))
MISTAKE(huge_product, KM_ARGS_PRODUCT(b, km_create_dense_range(b, 1, 10000, 1), km_create_dense_range(b, 1, 10000, 1)))

static void wrong_configurations_are_told(void **state)
{
    (void)state;
    refuse(empty_range, "its end is before its beginning");
    refuse(no_multiplier, "multiplier of 1");
    refuse(uneven, "one argument set has 1 arguments, another 2");
    refuse(no_time, "minimum time of 0 seconds");
    refuse(negative_warmup, "warm-up time of -1");
    refuse(both, "exclude each other");
    refuse(both_reversed, "exclude each other");
    refuse(no_iterations, "0 iterations");
    refuse(no_repetitions, "-1 repetitions");
    refuse(no_threads, "0 threads");
    refuse(threads_backwards, "range of threads");
    refuse(two_clocks, "exclude each other");
    refuse(nameless_statistic, "statistic");
    refuse(huge_product, "product");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_register),
        cmocka_unit_test(every_suffix_in_order),
        cmocka_unit_test(products_and_order),
        cmocka_unit_test(real_arguments),
        cmocka_unit_test(indexes_count_what_is_selected),
        cmocka_unit_test(many_instances),
        cmocka_unit_test(odd_names_pass_through),
        cmocka_unit_test(wrong_configurations_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
