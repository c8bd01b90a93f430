/* SPDX-License-Identifier: Apache-2.0
 * `kernmark doctor`: examining this machine, changing its settings, and bringing them back. */
#ifndef KM_DOCTORING_H
#define KM_DOCTORING_H

#include "db/store.h"
#include "harness/host/fitness.h"

struct examination {
    struct fitness_case facts;
    struct finding *findings;
    size_t n;
};

/* Looks at the machine over a second in which this program does nothing. Stored runs are asked for the build of the
 * latest one of this host; where the store cannot be read, that check says so. */
void doctor_examine(struct mem *m, const char *db, struct examination *out);

/* Where --fix remembers: beside the store. */
const char *doctor_keep(struct mem *m, const char *db);

/* Changes what was found at fault, may be changed automatically and is permitted, and prints a command for each; what is
 * not permitted is printed as the command to type. Former values are on disk before the first change. *open gets the
 * number of settings that stayed as they were. */
int doctor_fix(struct mem *m, const struct examination *x, const char *keep, size_t *open, struct err *e);

/* Brings back every value that --fix changed, last first, also after a crash between its changes; the file that
 * remembers is removed once all are back. EXIT_USAGE where there is none, EXIT_ENVIRONMENT where one could not be set:
 * the others are brought back, and the file stays. */
int doctor_restore(struct mem *m, const char *keep, struct err *e);

#endif
