/* SPDX-License-Identifier: Apache-2.0
 * Hardware counters. Each event stands alone instead of in a group: a group of events that does not fit the processor
 * is never counted at all, single ones share it in turns and are scaled. */
#include "harness/measure/counters.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { INSTRUCTIONS, CYCLES };

static const struct {
    const char *name, *unit;
} rows_of[COUNTER_ROWS] = {
    [INSTRUCTIONS] = { "instructions", "instructions" },
    [CYCLES] = { "cycles", "cycles" },
    { "branch-misses", "misses" },
    { "cache-misses", "misses" },
    { "ipc", "instructions per cycle" },
};

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

static const uint64_t events[COUNTERS] = { PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CPU_CYCLES,
                                           PERF_COUNT_HW_BRANCH_MISSES, PERF_COUNT_HW_CACHE_MISSES };

static int kernel_open(void *ctx, int row)
{
    (void)ctx;
    struct perf_event_attr attr = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attr,
        .config = events[row],
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = 1,
        .inherit = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : (int)fd;
}

static void kernel_enable(void *ctx, int fd, bool on)
{
    (void)ctx;
    ioctl(fd, on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
}
#else
static int kernel_open(void *ctx, int row)
{
    (void)ctx, (void)row;
    return -ENOSYS;
}

static void kernel_enable(void *ctx, int fd, bool on)
{
    (void)ctx, (void)fd, (void)on;
}
#endif

static int kernel_read(void *ctx, int fd, uint64_t out[3])
{
    (void)ctx;
    ssize_t n = read(fd, out, 3 * sizeof *out);
    return n == (ssize_t)(3 * sizeof *out) ? 0 : n < 0 ? -errno : -EIO;
}

static void kernel_close(void *ctx, int fd)
{
    (void)ctx;
    close(fd);
}

const struct counters_edge counters_kernel = {
    .open = kernel_open, .read = kernel_read, .enable = kernel_enable, .close = kernel_close
};

static void explain(char *out, size_t size, int error)
{
    static const struct {
        int error;
        const char *name, *meaning;
    } known[] = {
        { ENOENT, "ENOENT", "no hardware counters here, as in most virtual machines" },
        { EOPNOTSUPP, "EOPNOTSUPP", "the processor does not count this" },
        { ENODEV, "ENODEV", "the processor does not count this" },
        { EACCES, "EACCES", "kernel.perf_event_paranoid forbids it" },
        { EPERM, "EPERM", "kernel.perf_event_paranoid forbids it" },
        { ENOSYS, "ENOSYS", "no perf events in this system" },
        { EBUSY, "EBUSY", "someone else holds the counter" },
        { EMFILE, "EMFILE", "too many open files" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].error == error) {
            snprintf(out, size, "not available: %s (%s)", known[i].meaning, known[i].name);
            return;
        }
    snprintf(out, size, "not available: %s", strerror(error));
}

void counters_open(struct counters *c, const struct counters_edge *edge)
{
    *c = (struct counters){ .edge = edge };
    for (int i = 0; i < COUNTERS; i++)
        c->fd[i] = edge->open(edge->ctx, i);
}

bool counters_any(const struct counters *c)
{
    for (int i = 0; i < COUNTERS; i++)
        if (c->fd[i] >= 0)
            return true;
    return false;
}

static void switch_all(struct counters *c, bool on)
{
    for (int i = 0; i < COUNTERS; i++)
        if (c->fd[i] >= 0)
            c->edge->enable(c->edge->ctx, c->fd[i], on);
}

void counters_start(struct counters *c)
{
    for (int i = 0; i < COUNTERS; i++) {
        int error = c->fd[i] < 0 ? 0 : c->edge->read(c->edge->ctx, c->fd[i], c->before[i]);
        if (error) {
            c->edge->close(c->edge->ctx, c->fd[i]);
            c->fd[i] = error;
        }
    }
    switch_all(c, true);
}

void counters_stop(struct counters *c)
{
    switch_all(c, false);
}

/* The scaled count since start, or NAN with the reason in c->why. */
static double count(struct counters *c, int row)
{
    uint64_t now[3], *before = c->before[row];
    int error = c->fd[row] < 0 ? c->fd[row] : c->edge->read(c->edge->ctx, c->fd[row], now);
    if (error) {
        explain(c->why[row], sizeof c->why[row], -error);
        return NAN;
    }
    double enabled = (double)(now[1] - before[1]), running = (double)(now[2] - before[2]);
    if (!(running > 0)) {
        snprintf(c->why[row], sizeof c->why[row], "not available: the counter never got its turn on the processor");
        return NAN;
    }
    return (double)(now[0] - before[0]) * (enabled / running);
}

void counters_read(struct counters *c, uint64_t iterations, struct metric rows[COUNTER_ROWS])
{
    for (int i = 0; i < COUNTER_ROWS; i++)
        rows[i] = (struct metric){ .name = rows_of[i].name, .unit = rows_of[i].unit, .value = NAN };
    for (int i = 0; i < COUNTERS; i++) {
        rows[i].value = count(c, i) / (double)iterations;
        rows[i].why = isnan(rows[i].value) ? c->why[i] : NULL;
    }
    struct metric *ipc = &rows[COUNTERS];
    const char *missing = rows[INSTRUCTIONS].why ? rows[INSTRUCTIONS].why : rows[CYCLES].why;
    if (missing || !(rows[CYCLES].value > 0)) {
        snprintf(c->why[COUNTERS], sizeof c->why[COUNTERS], "%s",
                 missing ? missing : "not available: no cycle counted");
        ipc->why = c->why[COUNTERS];
    } else {
        ipc->value = rows[INSTRUCTIONS].value / rows[CYCLES].value;
    }
}

void counters_close(struct counters *c)
{
    for (int i = 0; i < COUNTERS; i++) {
        if (c->fd[i] >= 0)
            c->edge->close(c->edge->ctx, c->fd[i]);
        c->fd[i] = -ENOENT;
    }
}
