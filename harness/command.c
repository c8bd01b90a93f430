/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command.h"

#include "harness/cli/edges.h"
#include "reports/print.h"

#include <stdio.h>

int open_store(const struct common *c, enum store_mode mode, struct store **out, struct err *e)
{
    return store_open(out, c->db ? c->db : ".kernmark/results.db", mode, e);
}

int this_host(struct store *s, struct mem *m, struct host *host, struct err *e)
{
    host_read(m, host_edge(), host);
    if (store_host_id(s, host->fingerprint, &host->id, e)) {
        if (e->kind != EXIT_USAGE)
            return -1;
        host->id = 0; /* no run of this machine was stored yet */
    }
    return 0;
}

enum format table_format(const struct common *c)
{
    enum format format = FORMAT_TEXT;
    struct err ignored; /* the option's row admits only known formats */
    if (c->format)
        format_parse(c->format, &format, &ignored);
    return format;
}

int print_table(const struct common *c, const struct table *t, struct err *e)
{
    struct buf out = { 0 };
    table_write(&out, t, table_format(c));
    size_t written = fwrite(buf_text(&out), 1, out.len, stdout);
    bool ok = written == out.len && fflush(stdout) == 0;
    buf_free(&out);
    return ok ? 0 : err_set(e, EXIT_USAGE, "standard output cannot be written");
}

int print_judging(const struct common *c, struct mem *m, const struct judging *j, struct err *e)
{
    struct table verdicts = print_verdicts(m, &j->current, &j->base, j->verdicts, j->n, table_format(c));
    struct table reasons = print_reasons(m, j->verdicts, j->n);
    bool explain = table_format(c) == FORMAT_TEXT && reasons.nrows;
    if (print_table(c, &verdicts, e) || (explain && (putchar('\n') == EOF || print_table(c, &reasons, e))))
        return -1;
    fprintf(stderr, "%s\n", verdict_sentence(m, j));
    if (j->note)
        fprintf(stderr, "%s.\n", j->note);
    if (j->unfit_current)
        fprintf(stderr, "The machine was unfit during this run: %s\n", j->unfit_current);
    if (j->unfit_base && j->unfit_base != j->unfit_current)
        fprintf(stderr, "The machine was unfit during the baseline's run: %s\n", j->unfit_base);
    return (int)verdict_exit(j->verdicts, j->n);
}

int load_run(struct store *s, struct mem *m, const char *spec, int64_t host_id, struct run *out, struct err *e)
{
    int64_t id;
    if (store_find(s, spec, host_id, &id, e))
        return -1;
    return store_load(s, m, id, out, e);
}

int want_words(const struct words *w, size_t min, size_t max, const char *what, struct err *e)
{
    if (w->n < min)
        return err_set(e, EXIT_USAGE, "%s was expected: see --help", what);
    if (w->n > max)
        return err_set(e, EXIT_USAGE, "'%s' is one word too many: %s was expected", w->all[max], what);
    return 0;
}
