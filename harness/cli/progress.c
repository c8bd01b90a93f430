/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void progress_init(struct progress *p)
{
    struct winsize size;
    const char *term = getenv("TERM");
    p->on = isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
    p->shown = false;
    p->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* Suites are written by anyone: a control byte in a name must not reach the terminal. */
static void make_printable(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 127)
            *s = '?';
}

void progress_show(struct progress *p, const struct job *job, size_t finished, size_t total, double seconds_left)
{
    if (!p->on)
        return;
    char line[512], left[48] = "";
    if (isfinite(seconds_left)) {
        long s = lround(seconds_left);
        if (s >= 60)
            snprintf(left, sizeof left, "%ld min %02ld s left", s / 60, s % 60);
        else
            snprintf(left, sizeof left, "%ld s left", s);
    }
    snprintf(line, sizeof line, "[%zu/%zu] %s  %s", finished, total, left, job->bench.name);
    make_printable(line);
    fprintf(stderr, "\r\033[K%.*s", p->width - 1, line);
    fflush(stderr);
    p->shown = true;
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
