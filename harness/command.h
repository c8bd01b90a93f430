/* SPDX-License-Identifier: Apache-2.0
 * What a subcommand is. Rooms meet in cmd_*.c only: each calls them in turn and decides nothing of its own. */
#ifndef KM_COMMAND_H
#define KM_COMMAND_H

#include "db/store.h"
#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/cli/judging.h"
#include "harness/cli/options.h"
#include "harness/host/host.h"
#include "reports/table.h"

/* Options that many subcommands share; the first member of each one's own struct. */
struct common {
    const char *db;
    const char *format;
};

#define COMMON_DB                                                                                                      \
    {                                                                                                                  \
        "db", "PATH", "the store (default .kernmark/results.db)", OPTION_TEXT, offsetof(struct common, db)             \
    }
#define COMMON_FORMAT                                                                                                  \
    {                                                                                                                  \
        "format", "text|markdown|json|csv", "how tables are printed (default text)", OPTION_CHOICE,                    \
            offsetof(struct common, format)                                                                            \
    }
#define OPTIONS_END                                                                                                    \
    {                                                                                                                  \
        NULL, NULL, NULL, OPTION_FLAG, 0                                                                               \
    }

struct command {
    const char *name, *summary; /* NULL summary: not listed in the help */
    const char *usage;          /* "run [SUITE...] [options]" */
    const char *about;          /* paragraphs under the usage line */
    const char *example;        /* full command lines, one per line */
    const struct option_row *options;
    size_t options_size; /* of the struct the options fill; it begins with struct common */
    /* Returns the exit code, or -1 with e filled. All memory comes from m. */
    int (*run)(struct mem *m, void *options, const struct words *words, struct err *e);
};

extern const struct command *const commands[]; /* NULL-terminated */

/* --- steps that several subcommands take; in command.c --- */

int open_store(const struct common *c, enum store_mode mode, struct store **out, struct err *e);

/* This machine's id in the store, registered or not: 0 when the store does not know it. */
int this_host(struct store *s, struct mem *m, struct host *host, struct err *e);

/* The format asked for; text if none was. */
enum format table_format(const struct common *c);

/* Prints a table in that format, to standard output. */
int print_table(const struct common *c, const struct table *t, struct err *e);

/* Prints verdicts, the reasons of those that are not EQUIVALENT and, on standard error, one sentence that sums them up;
 * returns their exit code. */
int print_judging(const struct common *c, struct mem *m, const struct judging *j, struct err *e);

/* A run by specification, with its results. */
int load_run(struct store *s, struct mem *m, const char *spec, int64_t host_id, struct run *out, struct err *e);

/* EXIT_USAGE unless between min and max words were given. */
int want_words(const struct words *w, size_t min, size_t max, const char *what, struct err *e);

#endif
