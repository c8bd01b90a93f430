/* SPDX-License-Identifier: Apache-2.0
 * One error message, carried outwards and printed once, at the top.
 *
 * A function that can fail returns 0 or -1 and takes a `struct err *` last. It fills the message with err_set() and
 * returns its value; callers add what they were doing with err_wrap(). `kind` is the exit code of the command. */
#ifndef KM_ERR_H
#define KM_ERR_H

enum exit_code {
    EXIT_PASS = 0,
    EXIT_REGRESSION = 1,
    EXIT_USAGE = 2,        /* usage or configuration */
    EXIT_INCONCLUSIVE = 3, /* inconclusive, or no baseline */
    EXIT_BENCH_FAILED = 4, /* a benchmark failed, crashed, timed out or is missing */
    EXIT_ENVIRONMENT = 5,
    EXIT_STORE = 6,
    EXIT_INTERNAL = 70,
};

struct err {
    enum exit_code kind;
    char text[1024]; /* empty: no error; longer messages are cut and end in "..." */
};

/* Sets the message and returns -1, so that failing is one line. */
int err_set(struct err *e, enum exit_code kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the message and returns -1; the kind stays. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
