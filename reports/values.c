/* SPDX-License-Identifier: Apache-2.0
 * Single values that a template names: {{host.cpu.model}}, {{targets.summary}}. */
#include "reports/source.h"

#include "reports/text.h"

#include <string.h>

static const char *value_report_date(struct mem *m, const struct report_data *d)
{
    return show_date(m, d->generated);
}

static const char *value_host_name(struct mem *m, const struct report_data *d)
{
    (void)m;
    return d->run->host.name;
}

static const char *value_fingerprint(struct mem *m, const struct report_data *d)
{
    (void)m;
    return d->run->host.fingerprint;
}

static const char *value_build_hash(struct mem *m, const struct report_data *d)
{
    (void)m;
    return d->run->build.hash;
}

/* --- the raw output block ---------------------------------------------------------------------------------------- */

static void add_table(struct mem *m, const struct report_data *d, const char *source, const char *columns,
                      struct buf *out)
{
    struct err e = { 0 };
    struct table t;
    struct query q = { .source = source_find(source, &e), .columns = columns };
    if (q.source && query_table(m, d, &q, &t, &e) == 0 && t.nrows)
        table_write(out, &t, FORMAT_TEXT);
}

static const char *made_raw(struct mem *m, const struct report_data *d)
{
    struct buf out = { 0 };
    struct rows targets = { 0 };
    rows_targets(m, d, &targets);
    buf_puts(&out, "=== Benchmark Summary ===\n");
    add_table(m, d, "targets", "component,result,precision,unit,target,met,variant", &out);
    buf_puts(&out, targets.n ? "\n=== All Results ===\n" : "");
    add_table(m, d, "results", "name,status,median,interval,min,mean,p95,p99,max,stddev,samples,rounds,note", &out);
    const char *text = mem_dup(m, buf_text(&out));
    buf_free(&out);
    return text;
}

static const char *value_raw(struct mem *m, const struct report_data *d)
{
    return d->raw ? d->raw : made_raw(m, d);
}

/* --- how to measure this again ----------------------------------------------------------------------------------- */

static const char *value_reproduce(struct mem *m, const struct report_data *d)
{
    struct buf out = { 0 };
    const struct run *r = d->run;
    if (r->commit.hash && strspn(r->commit.hash, "0123456789abcdef") == strlen(r->commit.hash))
        buf_printf(&out, "git checkout %s%s\n", r->commit.hash,
                   r->commit.dirty ? "   # and changes not committed" : "");
    buf_puts(&out, "make\n");
    if (r->command)
        text_line(&out, r->command);
    buf_puts(&out, r->command ? "\n" : "");
    const char *text = mem_dup(m, buf_text(&out));
    buf_free(&out);
    return text;
}

static const char *value_fitness(struct mem *m, const struct report_data *d)
{
    if (d->unfit)
        return mem_printf(m, "unfit while it was measured: %s", d->unfit);
    return d->nfindings ? "nothing known says that it was unfit while it was measured" : NULL;
}

static const struct {
    const char *name;
    const char *(*value)(struct mem *m, const struct report_data *d);
} values[] = {
    { "report.date", value_report_date },      { "host.name", value_host_name },
    { "host.fingerprint", value_fingerprint }, { "build.hash", value_build_hash },
    { "targets.summary", targets_summary },    { "verdicts.summary", verdicts_summary },
    { "fitness.summary", value_fitness },      { "paired.summary", paired_summary },
    { "ceilings.source", ceilings_source },    { "raw", value_raw },
    { "reproduce", value_reproduce },
};
enum { NVALUES = sizeof values / sizeof values[0] };

/* --- facts by prefix --------------------------------------------------------------------------------------------- */

static const char *fact_by_key(struct mem *m, const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->all[i].key && strcmp(f->all[i].key, key) == 0) {
            if (f->all[i].value)
                return f->all[i].value;
            return f->all[i].why ? mem_printf(m, "not available: %s", f->all[i].why) : "not available";
        }
    return NULL;
}

/* Which facts exist depends on the machine, so that a template may ask for any. */
static const char *machine_fact(struct mem *m, const struct report_data *d, const char *name)
{
    const struct {
        const char *prefix;
        const struct facts *facts;
    } open[] = {
        { "host.", &d->run->host.facts },
        { "build.", &d->run->build.facts },
        { "before.", &d->run->before },
        { "after.", &d->run->after },
    };
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (strncmp(name, open[i].prefix, strlen(open[i].prefix)) == 0) {
            const char *value = fact_by_key(m, open[i].facts, name + strlen(open[i].prefix));
            return value ? value : "not available";
        }
    return NULL;
}

/* run.KEY and base.KEY: the keys are ours, so an unknown one is a mistake. */
static const char *run_fact(struct mem *m, const struct report_data *d, const char *name)
{
    bool base = strncmp(name, "base.", 5) == 0;
    if (!base && strncmp(name, "run.", 4) != 0)
        return NULL;
    struct facts facts = run_facts(m, base && d->base ? d->base : d->run);
    const char *value = fact_by_key(m, &facts, strchr(name, '.') + 1);
    return value && base && !d->base ? "no baseline" : value;
}

const char *value_find(struct mem *m, const struct report_data *d, const char *name, struct err *e)
{
    for (size_t i = 0; i < NVALUES; i++)
        if (strcmp(values[i].name, name) == 0) {
            const char *value = values[i].value(m, d);
            return value ? value : "not available";
        }
    const char *value = run_fact(m, d, name);
    if (!value)
        value = machine_fact(m, d, name);
    if (value)
        return value;
    struct buf known = { 0 };
    for (size_t i = 0; i < NVALUES; i++)
        buf_printf(&known, "%s, ", values[i].name);
    struct facts facts = run_facts(m, d->run);
    for (size_t i = 0; i < facts.n; i++)
        buf_printf(&known, "run.%s, ", facts.all[i].key);
    err_set(e, EXIT_USAGE, "unknown value '%.60s'; known: %sbase.* as run.*, host.*, build.*, before.*, after.*", name,
            buf_text(&known));
    buf_free(&known);
    return NULL;
}
