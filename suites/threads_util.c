/* SPDX-License-Identifier: Apache-2.0 */
#include "suites/threads_util.h"

#include "suites/binding_util.h"

#include <stdio.h>

/* Whether a CPU is the first of its core's hardware threads, or the only one. */
static int leads(int cpu)
{
    char path[96];
    int first = cpu;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    FILE *file = fopen(path, "r");
    if (!file)
        return 1;
    if (fscanf(file, "%d", &first) != 1)
        first = cpu;
    fclose(file);
    return first == cpu;
}

/* The allowed CPUs, one of each core first; their number. */
static size_t order(const cpu_set_t *allowed, int cpus[CPU_SETSIZE])
{
    size_t n = 0;
    for (int leader = 1; leader >= 0; leader--)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET((size_t)cpu, allowed) && leads(cpu) == leader)
                cpus[n++] = cpu;
    return n;
}

size_t tu_threads(const struct km_case *c)
{
    return c->threads > 1 ? (size_t)c->threads : 1;
}

static int start(struct tu_pool *p, size_t threads)
{
    int cpus[CPU_SETSIZE];
    p->room = bu_alloc(kern_pool_size(threads), 0);
    if (!p->room || kern_pool_start(&p->pool, p->room, threads) != 0)
        return 0;
    if (sched_getaffinity(0, sizeof p->before, &p->before) == 0)
        kern_pool_pin(p->pool, cpus, order(&p->before, cpus));
    return 1;
}

enum km_answer tu_ready(struct km_case *c, int ok, struct tu_pool *p, void (*teardown)(struct km_case *c))
{
    if (bu_ready(c, ok, teardown) != KM_RIGHT)
        return KM_CANNOT;
    if (c->threads <= 1 || start(p, (size_t)c->threads))
        return KM_RIGHT;
    teardown(c);
    return bu_cannot(c, "%d threads could not be started; a pool has at most %d", c->threads, KERN_POOL_MAX);
}

void tu_stop(struct tu_pool *p)
{
    if (p->pool && CPU_COUNT(&p->before) > 0)
        sched_setaffinity(0, sizeof p->before, &p->before);
    kern_pool_stop(p->pool);
    bu_free(p->room);
    *p = (struct tu_pool){ .pool = NULL };
}
