/* SPDX-License-Identifier: Apache-2.0
 * The comparison's benchmarks with Kernmark; theirs.cc is the same with Google Benchmark. */
#include "tests/compare/work.h"

#include <kernmark/benchmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void loop(struct km_state *state)
{
    int value = 1;
    KM_LOOP(state) {
        KM_DO_NOT_OPTIMIZE(value);
    }
}
KM_BENCHMARK(loop)
{
    km_use_real_time(b);
}

static void pause_pair(struct km_state *state)
{
    double start = work_now();
    KM_LOOP(state) {
        km_pause(state);
        km_resume(state);
    }
    double wall = (work_now() - start) * 1e9 / (double)km_state_iterations(state);
    km_counter(state, "wall_ns", wall, KM_COUNTER_DEFAULTS);
}
KM_BENCHMARK(pause_pair)
{
    km_use_real_time(b);
    km_iterations(b, 200000);
}

static void memory(struct km_state *state)
{
    uint64_t *words = malloc(MEMORY_WORDS * sizeof *words);
    if (!words) {
        km_skip_with_error(state, "out of memory");
        return;
    }
    for (size_t i = 0; i < MEMORY_WORDS; i++)
        words[i] = 1;
    KM_DO_NOT_OPTIMIZE(words);
    KM_LOOP(state) {
        KM_CLOBBER_MEMORY();
        uint64_t sum = work_memory(words);
        KM_DO_NOT_OPTIMIZE(sum);
    }
    free(words);
}
KM_BENCHMARK(memory)
{
    km_name(b, "noise/memory");
    km_use_real_time(b);
}

static void compute(struct km_state *state)
{
    double x = 1;
    KM_LOOP(state) {
        x = work_compute(x);
        KM_DO_NOT_OPTIMIZE(x);
    }
}
KM_BENCHMARK(compute)
{
    km_name(b, "noise/compute");
    km_use_real_time(b);
}

static void brief(struct km_state *state)
{
    unsigned char text[TEXT], *place = text;
    memset(text, 'x', sizeof text);
    KM_DO_NOT_OPTIMIZE(place);
    KM_LOOP(state) {
        KM_CLOBBER_MEMORY();
        uint64_t hash = work_short(text);
        KM_DO_NOT_OPTIMIZE(hash);
    }
}
KM_BENCHMARK(brief)
{
    km_name(b, "noise/short");
    km_use_real_time(b);
}

static void trivial(struct km_state *state)
{
    int value = 1;
    KM_LOOP(state) {
        KM_DO_NOT_OPTIMIZE(value);
    }
}

int main(int argc, char **argv)
{
    for (int i = 0; i < TRIVIAL; i++) {
        char name[32];
        snprintf(name, sizeof name, "trivial/%d", i);
        km_use_real_time(km_register(name, trivial));
    }
    return km_main(argc, argv);
}
