/* SPDX-License-Identifier: Apache-2.0
 * For the tests of the store: a folder of its own for each test, and runs to put into it. */
#ifndef KM_STORE_HELP_H
#define KM_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/open.h"
#include "db/store.h"

struct place {
    char dir[256];
    char path[512]; /* of the store: two folders deep, the inner one not there yet */
    struct store *s;
    struct mem m;
    struct err e;
};

/* cmocka fixtures; *state is a struct place. The store is open for writing after place_open. */
int place_make(void **state);
int place_open(void **state);
int place_remove(void **state);

/* Fails the test with the error's text if rc is not 0. */
void must(struct place *p, int rc);
/* rc must be -1, of this kind, and the message must contain `part`. */
void must_fail(struct place *p, int rc, enum exit_code kind, const char *part);

/* A run; what is NULL or 0 gets a value that fits. */
struct plain {
    const char *uuid, *host, *build, *commit, *profile;
    double started;
    enum run_state state; /* RUN_OPEN: not finished */
    const char *names[4]; /* of its benchmarks */
    double medians[4];
    const char *hash;   /* of their definitions */
    enum status status; /* of the first of them */
};
struct run plain_run(struct mem *m, const struct plain *plain);
struct result plain_result(struct mem *m, const char *name, double median);
int64_t put_plain(struct place *p, const struct plain *plain);

/* Whole content of a file; *len may be NULL. */
char *slurp(struct mem *m, const char *path, size_t *len);
void spill(const char *path, const void *bytes, size_t len);

/* One number from the store, past the store's interface. */
int64_t ask(struct place *p, const char *sql);
/* Runs SQL in the store, past the store's interface. */
void tamper(struct place *p, const char *sql);

#endif
