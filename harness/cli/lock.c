/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* World-writable on purpose: runs of different users must wait for each other too. Nothing is ever written to it. */
#define LOCK_FILE "/tmp/kernmark.lock"

int lock_host(struct err *e)
{
    mode_t mask = umask(0);
    int fd = open(LOCK_FILE, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    umask(mask);
    if (fd < 0)
        return 0;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    fputs("kernmark: another run is measuring on this machine; waiting for it to end\n", stderr);
    if (flock(fd, LOCK_EX) == 0)
        return fd;
    close(fd);
    return err_set(e, EXIT_BENCH_FAILED, "interrupted while waiting for another run: nothing was measured");
}

void unlock_host(int handle)
{
    if (handle > 0)
        close(handle);
}
