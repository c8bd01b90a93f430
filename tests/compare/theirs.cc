/* SPDX-License-Identifier: Apache-2.0
 * The comparison's benchmarks with Google Benchmark 1.7.1; ours.c is the same with Kernmark. */
#include "tests/compare/work.h"

#include <benchmark/benchmark.h>
#include <string>
#include <vector>

static void loop(benchmark::State &state)
{
    int value = 1;
    for (auto _ : state)
        benchmark::DoNotOptimize(value);
}
BENCHMARK(loop)->UseRealTime();

static void pause_pair(benchmark::State &state)
{
    double start = work_now();
    for (auto _ : state) {
        state.PauseTiming();
        state.ResumeTiming();
    }
    state.counters["wall_ns"] = (work_now() - start) * 1e9 / static_cast<double>(state.iterations());
}
BENCHMARK(pause_pair)->UseRealTime()->Iterations(200000);

static void memory(benchmark::State &state)
{
    std::vector<uint64_t> words(MEMORY_WORDS, 1);
    benchmark::DoNotOptimize(words.data());
    for (auto _ : state) {
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(work_memory(words.data()));
    }
}
BENCHMARK(memory)->Name("noise/memory")->UseRealTime();

static void compute(benchmark::State &state)
{
    double x = 1;
    for (auto _ : state)
        benchmark::DoNotOptimize(x = work_compute(x));
}
BENCHMARK(compute)->Name("noise/compute")->UseRealTime();

static void brief(benchmark::State &state)
{
    std::vector<unsigned char> text(TEXT, 'x');
    benchmark::DoNotOptimize(text.data());
    for (auto _ : state) {
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(work_short(text.data()));
    }
}
BENCHMARK(brief)->Name("noise/short")->UseRealTime();

static void trivial(benchmark::State &state)
{
    int value = 1;
    for (auto _ : state)
        benchmark::DoNotOptimize(value);
}

int main(int argc, char **argv)
{
    for (int i = 0; i < TRIVIAL; i++)
        benchmark::RegisterBenchmark(("trivial/" + std::to_string(i)).c_str(), trivial)->UseRealTime();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
