/* SPDX-License-Identifier: Apache-2.0
 * Opening a store with other than the usual settings: for tests. Inside this room only. */
#ifndef KM_STORE_OPEN_H
#define KM_STORE_OPEN_H

#include "db/migrate.h"
#include "db/store.h"

struct store_options {
    int busy_ms;     /* how long to wait for another process */
    int max_pages;   /* 0: no limit; else the store is "full" at this size */
    const char *vfs; /* SQLite's file system layer; NULL: the usual */
    struct migrations migrations;
};

struct store_options store_options_default(void);

int store_open_with(struct store **out, const char *path, enum store_mode mode, const struct store_options *o,
                    struct err *e);

#endif
