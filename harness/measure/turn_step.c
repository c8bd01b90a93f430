/* SPDX-License-Identifier: Apache-2.0
 * Instructions of one iteration, counted by single steps. */
#include "harness/measure/turn_step.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static const double PATIENCE = 120; /* seconds; a slow machine steps 50,000 instructions in one */

static const char *const permission =
    "ptrace is not permitted here (%s), as in a container without --cap-add=SYS_PTRACE or with "
    "kernel.yama.ptrace_scope above 1";

/* 0: unknown. */
static size_t threads_of(struct mem *m, pid_t pid)
{
    DIR *d = opendir(mem_printf(m, "/proc/%ld/task", (long)pid));
    size_t n = 0;
    for (struct dirent *entry; d && (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

/* Set up, verified, and run once, because the first call binds functions and makes what is made once. */
static int prepare(struct session *s, const struct turn_order *order)
{
    struct wire_ready ready;
    return turn_set_up(s, order, &ready) || session_verify(s) || session_warmup(s, 0, 1, 1);
}

/* NULL, or why there is no count. */
static const char *count(struct mem *m, struct session *s, const struct turn_order *order, double *instructions)
{
    uint64_t one, two;
    if (prepare(s, order))
        return s->message;
    if (order->job->bench.threads > 1 || threads_of(m, s->child.pid) > 1)
        return "it has several threads, and only one can be stepped";
    if (step_attach(s->child.pid))
        return mem_printf(m, permission, strerror(errno));
    uint64_t most = order->options->steps_max;
    enum step_end end = session_step(s, 1, most, &one);
    if (!end)
        end = session_step(s, 2, 2 * most, &two);
    if (end == STEP_TOO_MANY)
        return mem_printf(m, "more than %llu instructions; lower the size", (unsigned long long)most);
    if (end == STEP_BROKEN)
        return mem_printf(m, permission, strerror(errno));
    if (end)
        return s->message;
    if (two < one)
        return "it executes fewer instructions in two iterations than in one";
    *instructions = (double)(two - one);
    return NULL;
}

void turn_step(struct mem *m, const struct turn_order *order, struct metric *out)
{
    struct session s;
    struct session_limits limits = { .memory = order->job->settings.memory_bytes,
                                     .patience = PATIENCE,
                                     .interrupted = order->options->interrupted,
                                     .pin = order->options->pin };
    *out = (struct metric){ .name = "instructions-stepped", .unit = "instructions", .value = NAN };
    const char *why =
        session_start(&s, order->edges->worker, &limits, true) ? s.message : count(m, &s, order, &out->value);
    if (why)
        out->why = mem_dup(m, why);
    session_end(&s);
}
