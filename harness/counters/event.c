/* SPDX-License-Identifier: Apache-2.0
 * The names of perf events. */
#include "harness/counters/event.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <linux/perf_event.h>

#define HARDWARE(name, unit, id)                                                                                       \
    {                                                                                                                  \
        name, unit, PERF_TYPE_HARDWARE, PERF_COUNT_HW_##id, false                                                      \
    }
#define SOFTWARE(name, unit, id, in)                                                                                   \
    {                                                                                                                  \
        name, unit, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##id, in                                                         \
    }
#define CACHE(name, unit, id, op, at)                                                                                  \
    {                                                                                                                  \
        name, unit, PERF_TYPE_HW_CACHE,                                                                                \
            PERF_COUNT_HW_CACHE_##id | PERF_COUNT_HW_CACHE_OP_##op << 8 | PERF_COUNT_HW_CACHE_RESULT_##at << 16, false \
    }

static const struct generic {
    const char *name, *unit;
    uint32_t type;
    uint64_t config;
    bool kernel; /* happens there */
} generic[] = {
    HARDWARE("instructions", "instructions", INSTRUCTIONS),
    HARDWARE("cycles", "cycles", CPU_CYCLES),
    HARDWARE("cpu-cycles", "cycles", CPU_CYCLES),
    HARDWARE("ref-cycles", "cycles", REF_CPU_CYCLES),
    HARDWARE("bus-cycles", "cycles", BUS_CYCLES),
    HARDWARE("branches", "branches", BRANCH_INSTRUCTIONS),
    HARDWARE("branch-instructions", "branches", BRANCH_INSTRUCTIONS),
    HARDWARE("branch-misses", "misses", BRANCH_MISSES),
    HARDWARE("cache-references", "accesses", CACHE_REFERENCES),
    HARDWARE("cache-misses", "misses", CACHE_MISSES),
    HARDWARE("stalled-cycles-frontend", "cycles", STALLED_CYCLES_FRONTEND),
    HARDWARE("stalled-cycles-backend", "cycles", STALLED_CYCLES_BACKEND),
    CACHE("L1-dcache-loads", "accesses", L1D, READ, ACCESS),
    CACHE("L1-dcache-load-misses", "misses", L1D, READ, MISS),
    CACHE("L1-dcache-stores", "accesses", L1D, WRITE, ACCESS),
    CACHE("L1-icache-load-misses", "misses", L1I, READ, MISS),
    CACHE("LLC-loads", "accesses", LL, READ, ACCESS),
    CACHE("LLC-load-misses", "misses", LL, READ, MISS),
    CACHE("LLC-stores", "accesses", LL, WRITE, ACCESS),
    CACHE("LLC-store-misses", "misses", LL, WRITE, MISS),
    CACHE("dTLB-loads", "accesses", DTLB, READ, ACCESS),
    CACHE("dTLB-load-misses", "misses", DTLB, READ, MISS),
    CACHE("iTLB-load-misses", "misses", ITLB, READ, MISS),
    CACHE("branch-load-misses", "misses", BPU, READ, MISS),
    SOFTWARE("task-clock", "ns", TASK_CLOCK, false),
    SOFTWARE("cpu-clock", "ns", CPU_CLOCK, false),
    SOFTWARE("page-faults", "faults", PAGE_FAULTS, false),
    SOFTWARE("minor-faults", "faults", PAGE_FAULTS_MIN, false),
    SOFTWARE("major-faults", "faults", PAGE_FAULTS_MAJ, false),
    SOFTWARE("alignment-faults", "faults", ALIGNMENT_FAULTS, false),
    SOFTWARE("emulation-faults", "faults", EMULATION_FAULTS, false),
    SOFTWARE("context-switches", "switches", CONTEXT_SWITCHES, true),
    SOFTWARE("cpu-migrations", "migrations", CPU_MIGRATIONS, true),
};

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (tolower((unsigned char)(*a == '_' ? '-' : *a)) != tolower((unsigned char)*b))
            return false;
    return !*a && !*b;
}

static int find_generic(struct event *event)
{
    for (size_t i = 0; i < sizeof generic / sizeof *generic; i++) {
        const struct generic *g = &generic[i];
        if (!same_name(event->name, g->name))
            continue;
        snprintf(event->name, sizeof event->name, "%s", g->name);
        event->unit = g->unit;
        event->type = g->type;
        event->config = g->config;
        event->kernel = g->kernel;
        return 0;
    }
    return -1;
}

static int find_raw(struct event *event)
{
    const char *digits = event->name + 1;
    size_t n = strlen(event->name);
    if (*event->name != 'r' || n < 2 || n > 17 || strspn(digits, "0123456789abcdefABCDEF") != n - 1)
        return -1;
    event->type = PERF_TYPE_RAW;
    event->config = strtoull(digits, NULL, 16);
    return 0;
}

int event_find(struct event *event)
{
    event->unit = "events";
    event->type = 0;
    event->config = event->config1 = event->config2 = 0;
    event->user = true;
    event->kernel = false;
    event->why[0] = '\0';
    return find_generic(event) && find_raw(event) ? event_find_pfm(event) : 0;
}

#else
int event_find(struct event *event)
{
    event->unit = "events";
    snprintf(event->why, sizeof event->why, "no perf events in this system");
    return -1;
}
#endif
