/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void bench_progress_init(struct bench_progress *p)
{
    struct winsize size;
    const char *term = getenv("TERM");
    p->on = isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
    p->shown = false;
    p->width = p->on && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
    p->started = now();
}

void bench_progress_show(struct bench_progress *p, const char *name, size_t done, size_t total)
{
    if (!p->on)
        return;
    char line[512], left[48] = "";
    if (done) { /* what is to come is taken to last as long as what was */
        long s = lround((now() - p->started) / (double)done * (double)(total - done));
        if (s >= 60)
            snprintf(left, sizeof left, "  %ld min %02ld s left", s / 60, s % 60);
        else
            snprintf(left, sizeof left, "  %ld s left", s);
    }
    snprintf(line, sizeof line, "[%zu/%zu]%s  %s", done + 1, total, left, name);
    for (char *s = line; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 127)
            *s = '?';
    fprintf(stderr, "\r\033[K%.*s", p->width - 1, line);
    fflush(stderr);
    p->shown = true;
}

void bench_progress_clear(struct bench_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
