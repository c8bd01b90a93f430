/* SPDX-License-Identifier: Apache-2.0
 * Whole files, written by renaming. */
#include "reports/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, struct buf *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, EXIT_USAGE, "cannot open %s: %s", path, strerror(errno));
    char chunk[16384];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        buf_add(out, chunk, (size_t)n);
    }
    int why = errno;
    close(fd);
    return n < 0 ? err_set(e, EXIT_USAGE, "cannot read %s: %s", path, strerror(why)) : 0;
}

static int write_all(int fd, const char *p, size_t left)
{
    while (left) {
        ssize_t n = write(fd, p, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        left -= (size_t)n;
    }
    return fsync(fd) && errno != EINVAL && errno != EROFS ? -1 : 0;
}

int file_write(const char *path, const struct buf *text, struct err *e)
{
    struct buf temporary = { 0 };
    buf_printf(&temporary, "%s.%ld.tmp", path, (long)getpid());
    int fd = open(buf_text(&temporary), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    int failed = fd < 0 || write_all(fd, buf_text(text), text->len);
    int why = errno;
    if (fd >= 0 && close(fd) && !failed) {
        failed = 1;
        why = errno;
    }
    if (!failed && rename(buf_text(&temporary), path)) {
        failed = 1;
        why = errno;
    }
    if (failed && fd >= 0)
        unlink(buf_text(&temporary));
    buf_free(&temporary);
    return failed ? err_set(e, EXIT_USAGE, "cannot write %s: %s", path, strerror(why)) : 0;
}

int file_mkdirs(const char *path, struct err *e)
{
    char *copy = strdup(path);
    int failed = !copy;
    for (char *p = copy; !failed && p;) {
        p = strchr(p + 1, '/');
        if (p)
            *p = '\0';
        struct stat st;
        failed = mkdir(copy, 0777) && !(errno == EEXIST && stat(copy, &st) == 0 && S_ISDIR(st.st_mode));
        if (p)
            *p = '/';
    }
    int why = errno == EEXIST ? ENOTDIR : errno;
    free(copy);
    return failed ? err_set(e, EXIT_USAGE, "cannot make the folder %s: %s", path, strerror(why)) : 0;
}
