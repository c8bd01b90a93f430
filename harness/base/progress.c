/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/base/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Benchmarks take turns and end nearly together, so the share of the time says more than how many are finished. */
static double share_done(const struct progress *p, double seconds_left)
{
    double elapsed = seconds_now() - p->began;
    return elapsed / (elapsed + seconds_left);
}

void progress_init(struct progress *p)
{
    struct winsize size;
    const char *term = getenv("TERM");
    p->on = isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
    p->shown = false;
    p->began = seconds_now();
    p->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* Names are written by anyone, and control bytes are commands to the terminal. */
static void make_printable(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 127)
            *s = '?';
}

void progress_show(struct progress *p, const char *name, size_t done, size_t total, double seconds_left)
{
    if (!p->on)
        return;
    char line[512], left[80] = "";
    if (isfinite(seconds_left)) {
        long s = lround(seconds_left);
        int n = snprintf(left, sizeof left, "%3.0f%%, ", 100 * share_done(p, seconds_left));
        if (s >= 60)
            snprintf(left + n, sizeof left - (size_t)n, "%ld min %02ld s left  ", s / 60, s % 60);
        else
            snprintf(left + n, sizeof left - (size_t)n, "%ld s left  ", s);
    }
    snprintf(line, sizeof line, "%zu of %zu done  %s%s", done, total, left, name);
    make_printable(line);
    fprintf(stderr, "\r\033[K%.*s", p->width - 1, line);
    fflush(stderr);
    p->shown = true;
}

void progress_show_even(struct progress *p, const char *name, size_t done, size_t total)
{
    double each = done ? (seconds_now() - p->began) / (double)done : NAN;
    progress_show(p, name, done, total, each * (double)(total - done));
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
