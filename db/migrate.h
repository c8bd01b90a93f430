/* SPDX-License-Identifier: Apache-2.0
 * Brings a store's schema up to date. Version = number of migrations applied = PRAGMA user_version.
 * Inside this room only. */
#ifndef KM_MIGRATE_H
#define KM_MIGRATE_H

#include "db/sql.h"
#include "db/store.h"

struct migration {
    const char *name; /* "001_measured" */
    const char *sql;
};

struct migrations {
    const struct migration *all;
    int n;
};

/* Those of db/migrations/, in order. */
struct migrations migrations_known(void);

/* Version of an open store; 0: empty. */
int migrate_version(struct store *s, int *version, struct err *e);

/* Refuses, before anything is written: a newer schema, a database of another program, and for STORE_READ an older
 * schema or an empty store. Sets s->known. */
int migrate_check(struct store *s, struct migrations known, enum store_mode mode, struct err *e);

/* Applies what is missing, each in a transaction of its own that ends with a check of all references. Two processes may
 * do so at once. */
int migrate(struct store *s, struct migrations known, struct err *e);

#endif
