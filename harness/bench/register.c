/* SPDX-License-Identifier: Apache-2.0
 * The list of families and the two hooks. Benchmarks register before main() runs, from constructors, so there has to be
 * one list for the whole program; it is touched in this file only. */
#include "harness/bench/family.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    struct mem mem;
    struct km_benchmark **families;
    size_t n, cap;
    const struct km_memory_manager *memory;
    const struct km_profiler_manager *profiler;
} registry;

static struct km_benchmark *add(const char *name, km_function *fn)
{
    struct mem mem = { 0 };
    struct km_benchmark *b = mem_alloc(&mem, sizeof *b);
    b->name = mem_dup(&mem, name ? name : "");
    b->fn = fn;
    b->multiplier = 8;
    b->unit = -1;
    b->mem = mem;
    if (!fn)
        family_problem(b, "it has no function");
    registry.families = mem_grow(&registry.mem, registry.families, &registry.cap, registry.n + 1, sizeof(void *));
    registry.families[registry.n++] = b;
    return b;
}

struct km_benchmark *km_register(const char *name, km_function *fn)
{
    return add(name, fn);
}

struct km_benchmark *km_register_capture(const char *name, km_function *fn, const void *argument)
{
    struct km_benchmark *b = add(name, fn);
    b->argument = argument;
    return b;
}

struct km_benchmark *km_register_fixture(const char *name, km_function *fn, const struct km_fixture *fixture)
{
    struct km_benchmark *b = add(name, fn);
    b->fixture = fixture;
    return b;
}

void km_clear_registered(void)
{
    for (size_t i = 0; i < registry.n; i++) {
        struct mem mem = registry.families[i]->mem; /* the family itself lives in it */
        mem_free(&mem);
    }
    mem_free(&registry.mem);
    registry.families = NULL;
    registry.n = registry.cap = 0;
}

size_t family_count(void)
{
    return registry.n;
}

struct km_benchmark *family_at(size_t i)
{
    return registry.families[i];
}

void family_problem(struct km_benchmark *b, const char *fmt, ...)
{
    if (b->problem[0])
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(b->problem, sizeof b->problem, fmt, args);
    va_end(args);
}

void km_register_memory_manager(const struct km_memory_manager *manager)
{
    registry.memory = manager;
}

void km_register_profiler_manager(const struct km_profiler_manager *manager)
{
    registry.profiler = manager;
}

const struct km_memory_manager *bench_memory_manager(void)
{
    return registry.memory;
}

const struct km_profiler_manager *bench_profiler_manager(void)
{
    return registry.profiler;
}
