/* SPDX-License-Identifier: Apache-2.0
 * Benchmarks for Google Benchmark that same.c has for Kernmark: same names, arguments, counters, labels and mistakes. */
#include <benchmark/benchmark.h>

#include <thread>

static void plain(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::ClobberMemory();
}
BENCHMARK(plain)->Iterations(100);

static void with_args(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::ClobberMemory();
    state.SetBytesProcessed(state.iterations() * state.range(0));
    state.SetItemsProcessed(state.iterations());
    state.SetLabel("label \"x\", y");
}
BENCHMARK(with_args)->Args({ 8, -5 })->Args({ 64, 0 })->ArgNames({ "m", "" })->Iterations(50)->Unit(benchmark::kMicrosecond);
BENCHMARK(with_args)->Name("ranged")->RangeMultiplier(4)->Ranges({ { 1, 32 }, { -2, 2 } })->Iterations(3);

static void dense(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::ClobberMemory();
}
BENCHMARK(dense)->DenseRange(0, 10, 5)->Iterations(2)->Unit(benchmark::kSecond);
BENCHMARK(dense)->Name("product")->ArgsProduct({ { 1, 2 }, { 10, 20 } })->Iterations(2);

static void counted(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::ClobberMemory();
    state.counters["fixed"] = 12345.678;
    state.counters["a_longer_name_than_ten"] = 2;
    state.counters["rate"] = benchmark::Counter(3, benchmark::Counter::kIsRate);
    state.counters["inverted"] = benchmark::Counter(3, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["average"] = benchmark::Counter(200, benchmark::Counter::kAvgIterations);
}
BENCHMARK(counted)->Iterations(100);
BENCHMARK(counted)->Name("repeated")->Iterations(100)->Repetitions(3);

static void failing(benchmark::State &state)
{
    state.SkipWithError("bad, \"news\"");
}
BENCHMARK(failing)->Arg(3);

static void fails_inside(benchmark::State &state)
{
    int i = 0;
    while (state.KeepRunning())
        if (i++ == 2)
            state.SkipWithError("third");
}
BENCHMARK(fails_inside)->Iterations(10);

static void grows(benchmark::State &state)
{
    for (auto _ : state)
        for (int64_t i = 0; i < state.range(0); i++)
            benchmark::DoNotOptimize(i);
    state.SetComplexityN(state.range(0));
}
BENCHMARK(grows)->RangeMultiplier(2)->Range(64, 512)->Complexity(benchmark::oN)->Iterations(200);

static void threaded(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::ClobberMemory();
    state.counters["sum"] = 1;
}
BENCHMARK(threaded)->Threads(1)->Threads(2)->Iterations(100)->UseRealTime();

static void manual(benchmark::State &state)
{
    for (auto _ : state)
        state.SetIterationTime(0.002);
}
BENCHMARK(manual)->UseManualTime()->Iterations(5)->Unit(benchmark::kMillisecond);

static void timed(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::ClobberMemory();
}
BENCHMARK(timed)->MinTime(0.001)->MeasureProcessCPUTime();
BENCHMARK(timed)->Name("DISABLED_timed");

BENCHMARK_MAIN();
