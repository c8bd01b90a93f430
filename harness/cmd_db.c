/* SPDX-License-Identifier: Apache-2.0
 * kernmark db: upkeep of the store. */
#include "harness/command.h"

#include <stdio.h>
#include <string.h>

static const struct option_row rows[] = { COMMON_DB, COMMON_FORMAT, OPTIONS_END };

static struct table check_table(struct mem *m, const struct check_line *lines, size_t n)
{
    static const struct column columns[] = { { "check", "check", ALIGN_LEFT },
                                             { "ok", "ok", ALIGN_LEFT },
                                             { "detail", "detail", ALIGN_LEFT } };
    struct table t = { .columns = columns, .ncolumns = sizeof columns / sizeof *columns };
    for (size_t i = 0; i < n; i++) {
        struct cell *row = table_row(m, &t);
        row[0].text = lines[i].what;
        row[1].text = lines[i].ok ? "yes" : "NO";
        row[2].text = lines[i].detail;
    }
    return t;
}

static int check(struct mem *m, const struct common *c, struct store *s, struct err *e)
{
    struct check_line *lines;
    size_t n, bad = 0;
    if (store_check(s, m, &lines, &n, e))
        return -1;
    struct table t = check_table(m, lines, n);
    if (print_table(c, &t, e))
        return -1;
    for (size_t i = 0; i < n; i++)
        bad += !lines[i].ok;
    return bad ? EXIT_STORE : EXIT_PASS;
}

/* Opening for writing has migrated the store already; this says what it is now. */
static int migrate(struct mem *m, const struct common *c, struct store *s, struct err *e)
{
    (void)m, (void)c;
    int have, known;
    if (store_schema(s, &have, &known, e))
        return -1;
    printf("schema %d of %d\n", have, known);
    return EXIT_PASS;
}

static const struct action {
    const char *name;
    enum store_mode mode;
    int (*run)(struct mem *m, const struct common *c, struct store *s, struct err *e);
} actions[] = {
    { "check", STORE_READ, check },
    { "migrate", STORE_WRITE, migrate },
};

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    struct store *s;
    for (size_t i = 0; words->n == 1 && i < sizeof actions / sizeof *actions; i++)
        if (!strcmp(words->all[0], actions[i].name)) {
            if (open_store(options, actions[i].mode, &s, e))
                return -1;
            int code = actions[i].run(m, options, s, e);
            store_close(&s);
            return code;
        }
    return err_set(e, EXIT_USAGE, "db needs one of: check, migrate");
}

const struct command command_db = {
    .name = "db",
    .summary = "check or migrate the store",
    .usage = "db check | migrate",
    .about =
        "check: integrity of the file, of every reference, and of every summary against its samples; exit code 6 when\n"
        "something is off. migrate: brings an older store to this program's schema (every writing command does).",
    .example = "  kernmark db check --db=.kernmark/results.db",
    .options = rows,
    .options_size = sizeof(struct common),
    .run = run,
};
