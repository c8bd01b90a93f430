/* SPDX-License-Identifier: Apache-2.0
 * What reporters share: choosing one, writing, and files that are whole at any moment. */
#include "harness/bench/report.h"

#include "harness/bench/flags.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool report_init(struct reporter *r, struct mem *m, const char *format, FILE *out, FILE *err,
                 const struct report_style *style)
{
    *r = (struct reporter){ .out = out, .err = err };
    if (!strcmp(format, "console"))
        report_console(r, m, style);
    else if (!strcmp(format, "json"))
        report_json(r, m);
    else if (!strcmp(format, "csv"))
        report_csv(r, m);
    return r->report;
}

bool report_wants_color(const char *flag, FILE *f)
{
    static const char *const terminals[] = {
        "xterm",
        "xterm-color",
        "xterm-256color",
        "screen",
        "screen-256color",
        "tmux",
        "tmux-256color",
        "rxvt-unicode",
        "rxvt-unicode-256color",
        "linux",
        "cygwin",
        "xterm-kitty",
        "alacritty",
        "foot",
        "foot-extra",
        "wezterm",
    };
    if (strcmp(flag, "auto") != 0)
        return bench_flag_truth(flag);
    const char *term = getenv("TERM");
    for (size_t i = 0; term && isatty(fileno(f)) && i < sizeof terminals / sizeof *terminals; i++)
        if (!strcmp(term, terminals[i]))
            return true;
    return false;
}

int report_flush(FILE *f, struct buf *b)
{
    errno = 0;
    bool written = fwrite(buf_text(b), 1, b->len, f) == b->len && fflush(f) == 0;
    int error = errno;
    b->len = 0;
    errno = error ? error : EIO;
    return written ? 0 : -1;
}

int64_t report_file_position(FILE *f)
{
    struct stat st;
    int fd = fileno(f), flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
    if (flags < 0 || flags & O_APPEND || fstat(fd, &st) || !S_ISREG(st.st_mode) || fflush(f))
        return -1;
    return lseek(fd, 0, SEEK_CUR);
}

static int write_at(int fd, int64_t at, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = pwrite(fd, bytes, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n ? errno : ENOSPC;
            return -1;
        }
        bytes += n;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int report_file_end(FILE *f, int64_t end)
{
    int fd = fileno(f);
    fflush(f); /* what others have printed but not yet written is cut off, too */
    if (ftruncate(fd, end))
        return -1;
    return lseek(fd, end, SEEK_SET) < 0 ? -1 : 0; /* what others print from now on comes after it */
}

/* One write, so that a process killed between two system calls leaves a whole document. `old` lies in blocks that the
 * file has already, so putting it back needs no space. */
int report_file_replace(FILE *f, int64_t at, const struct buf *bytes, const char *old)
{
    int fd = fileno(f);
    fflush(f); /* what others have printed must not be written over our bytes later */
    if (!write_at(fd, at, buf_text(bytes), bytes->len))
        return report_file_end(f, at + (int64_t)bytes->len);
    int error = errno;
    if (!write_at(fd, at, old, strlen(old)))
        report_file_end(f, at + (int64_t)strlen(old));
    errno = error; /* the first failure is the one to tell */
    return -1;
}
