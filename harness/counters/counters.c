/* SPDX-License-Identifier: Apache-2.0
 * Counters. Each event stands alone instead of in a group: a group of events that does not fit the processor is never
 * counted at all, single ones share it in turns and are scaled. */
#include "harness/counters/counters.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- the kernel -------------------------------------------------------------------------------------------------- */

static int kernel_find(void *ctx, struct event *event)
{
    (void)ctx;
    return event_find(event);
}

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

static int kernel_open(void *ctx, const struct event *event)
{
    (void)ctx;
    struct perf_event_attr attr = {
        .type = event->type,
        .size = sizeof attr,
        .config = event->config,
        .config1 = event->config1,
        .config2 = event->config2,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = 1,
        .inherit = 1,
        .exclude_user = !event->user,
        .exclude_kernel = !event->kernel,
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
static int kernel_open(void *ctx, const struct event *event)
{
    (void)ctx, (void)event;
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

static int kernel_paranoid(void *ctx)
{
    (void)ctx;
    int level = PARANOID_UNKNOWN;
    FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
    if (f && fscanf(f, "%d", &level) != 1)
        level = PARANOID_UNKNOWN;
    if (f)
        fclose(f);
    return level;
}

const struct counters_edge counters_kernel = { .find = kernel_find,
                                               .open = kernel_open,
                                               .read = kernel_read,
                                               .enable = kernel_enable,
                                               .close = kernel_close,
                                               .paranoid = kernel_paranoid };

/* --- reasons ----------------------------------------------------------------------------------------------------- */

/* Whether it is the kernel's setting or somebody else, who is then most likely a container. */
static void explain_permission(const struct counters *c, size_t i, char *out, size_t size)
{
    int level = c->edge->paranoid(c->edge->ctx), allowed = c->events[i].kernel ? 1 : 2;
    if (level == PARANOID_UNKNOWN)
        snprintf(out, size, "forbidden, and kernel.perf_event_paranoid cannot be read");
    else if (level > allowed)
        snprintf(out, size,
                 "kernel.perf_event_paranoid is %d; `sysctl kernel.perf_event_paranoid=%d` as root "
                 "allows it",
                 level, allowed);
    else
        snprintf(out, size,
                 "forbidden though kernel.perf_event_paranoid is %d, as by the seccomp filter of a "
                 "container: start that with --cap-add=PERFMON",
                 level);
}

static void explain(const struct counters *c, size_t i, int error, char *out, size_t size)
{
    static const struct {
        int error;
        const char *name, *meaning;
    } known[] = {
        { ENOENT, "ENOENT", "no hardware counters here, as in most virtual machines" },
        { EOPNOTSUPP, "EOPNOTSUPP", "the processor does not count this" },
        { ENODEV, "ENODEV", "the processor does not count this" },
        { EINVAL, "EINVAL", "the processor does not count this" },
        { ENOSYS, "ENOSYS", "no perf events in this system, or a seccomp filter hides them" },
        { EBUSY, "EBUSY", "someone else holds the counter" },
        { EMFILE, "EMFILE", "too many open files" },
    };
    if (error == EACCES || error == EPERM) {
        explain_permission(c, i, out, size);
        return;
    }
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (known[k].error == error) {
            snprintf(out, size, "%s (%s)", known[k].meaning, known[k].name);
            return;
        }
    snprintf(out, size, "%s", strerror(error));
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static bool has_event(const struct counters *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->events[i].name, name))
            return true;
    return false;
}

static void add_event(struct counters *c, const char *name, size_t len)
{
    struct event event = { .unit = "events" };
    snprintf(event.name, sizeof event.name, "%.*s", (int)len, name);
    int lost = len >= sizeof event.name;
    if (lost)
        snprintf(event.why, sizeof event.why, "no event has so long a name");
    else
        lost = c->edge->find(c->edge->ctx, &event);
    if (has_event(c, event.name))
        return;
    if (lost)
        snprintf(c->why[c->n], sizeof c->why[c->n], "%s", event.why);
    c->events[c->n] = event;
    c->fd[c->n] = lost ? -ENOENT : c->edge->open(c->edge->ctx, &c->events[c->n]);
    c->n++;
}

void counters_open_named(struct counters *c, const struct counters_edge *edge, const char *names)
{
    *c = (struct counters){ .edge = edge };
    while (*names && c->n < COUNTERS_MAX) {
        size_t len = strcspn(names, ",");
        size_t lead = strspn(names, " ");
        if (len > lead)
            add_event(c, names + lead, len - lead);
        names += len + (names[len] == ',');
    }
}

void counters_open(struct counters *c, const struct counters_edge *edge)
{
    counters_open_named(c, edge, COUNTERS_STANDARD);
}

bool counters_any(const struct counters *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fd[i] >= 0)
            return true;
    return false;
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

static void switch_all(struct counters *c, bool on)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fd[i] >= 0)
            c->edge->enable(c->edge->ctx, c->fd[i], on);
}

void counters_start(struct counters *c)
{
    for (size_t i = 0; i < c->n; i++) {
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
static double count(struct counters *c, size_t i)
{
    uint64_t now[3], *before = c->before[i];
    char *why = c->why[i];
    size_t size = sizeof c->why[i];
    if (*why)
        return NAN;
    int error = c->fd[i] < 0 ? c->fd[i] : c->edge->read(c->edge->ctx, c->fd[i], now);
    if (error) {
        explain(c, i, -error, why, size);
        return NAN;
    }
    double enabled = (double)(now[1] - before[1]), running = (double)(now[2] - before[2]);
    if (!(running > 0)) {
        snprintf(why, size, "the counter never got its turn on the processor");
        return NAN;
    }
    return (double)(now[0] - before[0]) * (enabled / running);
}

static const struct metric *row_named(const struct metric *rows, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

static void add_ratio(char *why, size_t size, const struct metric *instructions, const struct metric *cycles,
                      struct metric *ipc)
{
    const char *missing = instructions->why ? instructions->why : cycles->why;
    *ipc = (struct metric){ .name = "ipc", .unit = "instructions per cycle", .value = NAN, .why = why };
    if (missing || !(cycles->value > 0)) {
        snprintf(why, size, "%s", missing ? missing : "no cycle counted");
    } else {
        ipc->value = instructions->value / cycles->value;
        ipc->why = NULL;
    }
}

size_t counters_read(struct counters *c, uint64_t iterations, struct metric rows[COUNTER_ROWS_MAX])
{
    for (size_t i = 0; i < c->n; i++) {
        rows[i] = (struct metric){ .name = c->events[i].name, .unit = c->events[i].unit };
        rows[i].value = count(c, i) / (double)iterations;
        rows[i].why = isnan(rows[i].value) ? c->why[i] : NULL;
    }
    const struct metric *instructions = row_named(rows, c->n, "instructions"),
                        *cycles = row_named(rows, c->n, "cycles");
    if (!instructions || !cycles)
        return c->n;
    add_ratio(c->why[c->n], sizeof c->why[c->n], instructions, cycles, &rows[c->n]);
    return c->n + 1;
}

void counters_close(struct counters *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->fd[i] >= 0)
            c->edge->close(c->edge->ctx, c->fd[i]);
        c->fd[i] = -ENOENT;
    }
}
