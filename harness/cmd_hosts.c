/* SPDX-License-Identifier: Apache-2.0
 * kernmark hosts: the machines in the store. */
#include "harness/command.h"
#include "reports/print.h"

static const struct option_row rows[] = { COMMON_DB, COMMON_FORMAT, OPTIONS_END };

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    struct store *s;
    struct host *hosts;
    size_t n;
    if (want_words(words, 0, 0, "no word", e) || open_store(options, STORE_READ, &s, e))
        return -1;
    int code = store_hosts(s, m, &hosts, &n, e);
    store_close(&s);
    if (code)
        return -1;
    struct table t = print_hosts(m, hosts, n, table_format(options));
    return print_table(options, &t, e);
}

const struct command command_hosts = {
    .name = "hosts",
    .summary = "the machines in the store",
    .usage = "hosts [options]",
    .about = "Prints every machine that has stored results: name, fingerprint, CPU, memory, kernel.",
    .example = "  kernmark hosts --format=markdown",
    .options = rows,
    .options_size = sizeof(struct common),
    .run = run,
};
