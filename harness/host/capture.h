/* SPDX-License-Identifier: Apache-2.0
 * Runs a program without a shell and keeps what it says. */
#ifndef KM_CAPTURE_H
#define KM_CAPTURE_H

#include "harness/base/mem.h"

#include <stdbool.h>
#include <stddef.h>

struct capture_request {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *env;  /* NULL-terminated "NAME=value"; NULL: the caller's */
    const char *dir;         /* working directory; NULL: the caller's */
    double timeout;          /* seconds, after which the program and all it started are killed */
    size_t limit;            /* bytes kept of each stream; the rest is read and dropped */
};

struct captured {
    int exit_code; /* -1 unless it ended by itself */
    int signal;    /* that killed it, or 0 */
    int error;     /* errno if it could not be started, or 0; exit_code is -1 then */
    bool timed_out;
    bool cut;        /* one of the streams was longer than the limit */
    char *out, *err; /* NUL-terminated, never NULL */
    size_t out_len, err_len;
};

/* Standard input is /dev/null; the program gets a process group of its own. */
void capture(struct mem *m, const struct capture_request *r, struct captured *out);

#endif
