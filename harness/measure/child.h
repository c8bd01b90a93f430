/* SPDX-License-Identifier: Apache-2.0
 * A child process on a leash: it speaks over two pipes, what it says on standard error is kept, every wait has a
 * deadline, and its end takes everything it started with it. */
#ifndef KM_CHILD_H
#define KM_CHILD_H

#include "harness/base/buf.h"
#include "harness/base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid;         /* also its process group; 0: none */
    int to, from, log; /* our ends of the pipes; -1: closed */
    struct buf inbox;  /* read; its first `taken` bytes were given out */
    size_t taken;
    struct buf words; /* the end of what it said on standard error */
    double most;      /* resident bytes at which it is killed; 0: none */
    double peak;      /* after child_end(): the most memory it ever had resident, bytes */
};

enum { CHILD_TEXT_MAX = 64 << 20 }; /* of child_follow() */

/* What a wait depends on. */
struct leash {
    double deadline;                 /* of clock_seconds(); INFINITY: none */
    const volatile int *interrupted; /* NULL: never */
};

enum child_io { CHILD_OK, CHILD_ENDED, CHILD_LATE, CHILD_INTERRUPTED, CHILD_GARBAGE };

/* Starts argv (argv[0] is a path) in a session of its own, with WORKER_IN and WORKER_OUT (protocol.h) connected, and
 * with an address space of at most memory_bytes if above 0. It writes no core dump and dies when we do. A program that
 * cannot be executed shows as a child that exits with 127 and says why. The caller ignores SIGPIPE. */
int child_start(struct child *c, const char *const *argv, double memory_bytes, struct err *e);

struct child_how {
    double memory_bytes;
    bool shadowed;     /* it maps far more than it uses (a sanitizer), so pages in memory are limited, not its space */
    bool program;      /* it knows nothing of us: its standard output is read, and nothing is sent to it */
    bool fixed_layout; /* without address space randomisation, where the system lets us */
    int pin;           /* the CPU it stays on, plus 1; 0: any. One that it may not have is ignored */
};

/* The same in another way. */
int child_start_as(struct child *c, const char *const *argv, const struct child_how *how, struct err *e);

/* Sends bytes, all of them. CHILD_ENDED: it no longer reads. */
enum child_io child_send(struct child *c, const struct leash *leash, const char *bytes, size_t len);

/* Takes one line, without its newline. *line is valid until the next call. CHILD_ENDED: it closed its end.
 * CHILD_GARBAGE: longer than WIRE_LINE_MAX, or with a zero byte in it. */
enum child_io child_line(struct child *c, const struct leash *leash, char **line);

/* Follows a program to its end; what it wrote is c->inbox then. CHILD_GARBAGE: it was more than `most` bytes. With 0 it
 * may be any number, and nothing is kept. */
enum child_io child_follow(struct child *c, const struct leash *leash, size_t most);

bool child_has_said_more(struct child *c); /* bytes that nobody asked for are waiting */

/* Waits for the process to end; false if it did not in time. */
bool child_wait(struct child *c, const struct leash *leash);

/* Kills the process, if it is still there, and all of its group, reaps it, and closes everything but `words`.
 * Returns the status as of waitpid(). */
int child_end(struct child *c);

#endif
