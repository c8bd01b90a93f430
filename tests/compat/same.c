/* SPDX-License-Identifier: Apache-2.0
 * Benchmarks for Kernmark that same.cc has for Google Benchmark: same names, arguments, counters, labels and mistakes. */
#include <kernmark/benchmark.h>

static void plain(struct km_state *state)
{
    KM_LOOP(state)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(plain)
{
    km_iterations(b, 100);
}

static void with_args(struct km_state *state)
{
    KM_LOOP(state)
        KM_CLOBBER_MEMORY();
    km_set_bytes_processed(state, km_state_iterations(state) * km_state_range(state, 0));
    km_set_items_processed(state, km_state_iterations(state));
    km_set_label(state, "label \"x\", y");
}
KM_BENCHMARK(with_args)
{
    KM_ARGS(b, 8, -5);
    KM_ARGS(b, 64, 0);
    KM_ARG_NAMES(b, "m", "");
    km_iterations(b, 50);
    km_unit(b, KM_US);
}
KM_BENCHMARK(with_args)
{
    km_name(b, "ranged");
    km_range_multiplier(b, 4);
    KM_RANGES(b, { 1, 32 }, { -2, 2 });
    km_iterations(b, 3);
}

static void dense(struct km_state *state)
{
    KM_LOOP(state)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(dense)
{
    km_dense_range(b, 0, 10, 5);
    km_iterations(b, 2);
    km_unit(b, KM_S);
}
KM_BENCHMARK(dense)
{
    km_name(b, "product");
    KM_ARGS_PRODUCT(b, KM_LIST(1, 2), KM_LIST(10, 20));
    km_iterations(b, 2);
}

static void counted(struct km_state *state)
{
    KM_LOOP(state)
        KM_CLOBBER_MEMORY();
    km_counter(state, "fixed", 12345.678, KM_COUNTER_DEFAULTS);
    km_counter(state, "a_longer_name_than_ten", 2, KM_COUNTER_DEFAULTS);
    km_counter(state, "rate", 3, KM_COUNTER_IS_RATE);
    km_counter(state, "inverted", 3, KM_COUNTER_IS_RATE | KM_COUNTER_INVERT);
    km_counter(state, "average", 200, KM_COUNTER_AVG_ITERATIONS);
}
KM_BENCHMARK(counted)
{
    km_iterations(b, 100);
}
KM_BENCHMARK(counted)
{
    km_name(b, "repeated");
    km_iterations(b, 100);
    km_repetitions(b, 3);
}

static void failing(struct km_state *state)
{
    km_skip_with_error(state, "bad, \"news\"");
}
KM_BENCHMARK(failing)
{
    km_arg(b, 3);
}

static void fails_inside(struct km_state *state)
{
    int i = 0;
    while (km_keep_running(state))
        if (i++ == 2)
            km_skip_with_error(state, "third");
}
KM_BENCHMARK(fails_inside)
{
    km_iterations(b, 10);
}

static void grows(struct km_state *state)
{
    KM_LOOP(state)
        for (int64_t i = 0; i < km_state_range(state, 0); i++)
            KM_DO_NOT_OPTIMIZE(i);
    km_set_complexity_n(state, km_state_range(state, 0));
}
KM_BENCHMARK(grows)
{
    km_range_multiplier(b, 2);
    km_range(b, 64, 512);
    km_complexity(b, KM_O_N);
    km_iterations(b, 200);
}

static void threaded(struct km_state *state)
{
    KM_LOOP(state)
        KM_CLOBBER_MEMORY();
    km_counter(state, "sum", 1, KM_COUNTER_DEFAULTS);
}
KM_BENCHMARK(threaded)
{
    km_threads(b, 1);
    km_threads(b, 2);
    km_iterations(b, 100);
    km_use_real_time(b);
}

static void manual(struct km_state *state)
{
    KM_LOOP(state)
        km_set_iteration_time(state, 0.002);
}
KM_BENCHMARK(manual)
{
    km_use_manual_time(b);
    km_iterations(b, 5);
    km_unit(b, KM_MS);
}

static void timed(struct km_state *state)
{
    KM_LOOP(state)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(timed)
{
    km_min_time(b, 0.001);
    km_measure_process_cpu_time(b);
}
KM_BENCHMARK(timed)
{
    km_name(b, "DISABLED_timed");
}

KERNMARK_MAIN()
