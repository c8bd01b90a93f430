/* SPDX-License-Identifier: Apache-2.0
 * Rows about where and how a run was measured: facts, counters, known machines, baselines. */
#include "reports/source.h"

#include <math.h>
#include <string.h>

static const char *fact_text(struct mem *m, const struct fact *f)
{
    if (!f)
        return NULL;
    if (f->value)
        return f->value;
    return f->why ? mem_printf(m, "not available: %s", f->why) : "not available";
}

static const struct fact *fact_find(const struct facts *facts, const char *key)
{
    for (size_t i = 0; i < facts->n; i++)
        if (facts->all[i].key && strcmp(facts->all[i].key, key) == 0)
            return &facts->all[i];
    return NULL;
}

/* --- the run as facts -------------------------------------------------------------------------------------------- */

static const char *state_text(enum run_state s)
{
    static const char *const names[] = { "not finished", "complete", "interrupted" };
    return (size_t)s < 3 ? names[s] : "unknown";
}

static const char *counts_text(struct mem *m, const struct run *run)
{
    size_t ok = 0, lacking = 0, failed = 0;
    for (size_t i = 0; i < run->nresults; i++) {
        enum status s = run->results[i].status;
        ok += s == STATUS_OK;
        lacking += s == STATUS_UNSUPPORTED;
        failed += s != STATUS_OK && s != STATUS_UNSUPPORTED;
    }
    return mem_printf(m, "%zu measured, %zu failed, %zu unsupported here", ok, failed, lacking);
}

static const char *commit_state(const struct commit *c)
{
    if (!c->hash)
        return NULL;
    return c->dirty ? "dirty: measured with changes that are not committed" : "clean";
}

struct facts run_facts(struct mem *m, const struct run *r)
{
    const char *no_git = r->commit.why ? r->commit.why : "not in a git repository";
    const struct fact all[] = {
        { "measured", "Measured", show_date(m, r->started), NULL },
        { "duration", "Duration", isfinite(r->finished) ? show_seconds(m, r->finished - r->started) : NULL,
          "the run did not finish" },
        { "state", "State", state_text(r->state), NULL },
        { "benchmarks", "Benchmarks", counts_text(m, r), NULL },
        { "commit", "Commit", r->commit.hash, no_git },
        { "subject", "Subject", r->commit.subject, no_git },
        { "branch", "Branch", r->commit.branch, r->commit.hash ? "detached head" : no_git },
        { "commit_date", "Commit date", r->commit.date, no_git },
        { "tree", "Working tree", commit_state(&r->commit), no_git },
        { "suites", "Suites", r->suites, NULL },
        { "profile", "Profile", r->profile, NULL },
        { "command", "Command", r->command, "not recorded" },
        { "seed", "Seed", mem_printf(m, "%llu", (unsigned long long)r->seed), NULL },
        { "version", "Kernmark", r->version, "not recorded" },
        { "number", "Run", mem_printf(m, "%lld", (long long)r->id), NULL },
        { "uuid", "Run id", r->uuid, "not stored" },
    };
    struct facts facts = { mem_alloc(m, sizeof all), sizeof all / sizeof all[0] };
    memcpy(facts.all, all, sizeof all);
    return facts;
}

/* --- facts as rows ----------------------------------------------------------------------------------------------- */

static void add_facts(struct mem *m, const struct report_data *d, const struct facts *f, struct rows *out)
{
    for (size_t i = 0; i < f->n; i++)
        rows_add(m, out, d)->fact = &f->all[i];
}

void rows_about(struct mem *m, const struct report_data *d, struct rows *out)
{
    if (d->run) {
        struct facts f = run_facts(m, d->run);
        add_facts(m, d, &f, out);
    }
}

void rows_host(struct mem *m, const struct report_data *d, struct rows *out)
{
    if (d->run)
        add_facts(m, d, &d->run->host.facts, out);
}

void rows_build(struct mem *m, const struct report_data *d, struct rows *out)
{
    if (d->run)
        add_facts(m, d, &d->run->build.facts, out);
}

void rows_state(struct mem *m, const struct report_data *d, struct rows *out)
{
    if (!d->run)
        return;
    for (size_t i = 0; i < d->run->before.n; i++) {
        struct row *r = rows_add(m, out, d);
        r->fact = &d->run->before.all[i];
        r->after = r->fact->key ? fact_find(&d->run->after, r->fact->key) : NULL;
    }
}

static void c_key(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->fact->key);
}

static void c_title(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->fact->title ? r->fact->title : r->fact->key);
}

static void c_value(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, fact_text(m, r->fact));
}

static void c_after(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->after ? fact_text(m, r->after) : "not read");
}

const struct source_column fact_columns[] = {
    { "key", { "key", "key", ALIGN_LEFT }, c_key, 0, NULL },
    { "title", { "title", "what", ALIGN_LEFT }, c_title, 0, NULL },
    { "value", { "value", "value", ALIGN_LEFT }, c_value, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

const struct source_column state_columns[] = {
    { "key", { "key", "key", ALIGN_LEFT }, c_key, 0, NULL },
    { "title", { "title", "what", ALIGN_LEFT }, c_title, 0, NULL },
    { "before", { "before", "before", ALIGN_LEFT }, c_value, 0, NULL },
    { "after", { "after", "after", ALIGN_LEFT }, c_after, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- counters ---------------------------------------------------------------------------------------------------- */

void rows_metrics(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++)
        for (size_t k = 0; k < d->run->results[i].nmetrics; k++) {
            struct row *r = rows_add(m, out, d);
            r->result = &d->run->results[i];
            r->metric = &r->result->metrics[k];
        }
}

static struct row *row_of_metric(struct rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->all[i].metric->name, name) == 0)
            return &rows->all[i];
    return NULL;
}

/* One row per counter; its metric is the first one that could not be read, which says why. */
void rows_counters(struct mem *m, const struct report_data *d, struct rows *out)
{
    struct rows all = { 0 };
    rows_metrics(m, d, &all);
    for (size_t i = 0; i < all.n; i++) {
        const struct metric *metric = all.all[i].metric;
        struct row *r = row_of_metric(out, metric->name);
        struct tally *t = r ? r->tally : mem_alloc(m, sizeof *t);
        if (!r) {
            r = rows_add(m, out, d);
            r->metric = metric;
            r->tally = t;
        }
        t->total++;
        t->count += isfinite(metric->value);
        if (!isfinite(metric->value) && isfinite(r->metric->value))
            r->metric = metric;
    }
}

static void c_metric(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->metric->name);
}

static void c_metric_unit(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->metric->unit);
}

static void c_metric_value(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    const struct metric *k = r->metric;
    c->number = k->value;
    if (isfinite(k->value))
        c->text =
            mem_printf(m, "%s%s%s", show_count(m, k->value), k->unit && *k->unit ? " " : "", k->unit ? k->unit : "");
}

static void c_metric_why(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (!isfinite(r->metric->value))
        c->text = mem_printf(m, "not available%s%s", r->metric->why ? ": " : "", r->metric->why ? r->metric->why : "");
}

double result_stated(const struct result *r, const char *name)
{
    for (size_t i = 0; i < r->nmetrics; i++)
        if (strcmp(r->metrics[i].name, name) == 0)
            return r->metrics[i].value;
    return NAN;
}

void cell_stated(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const char *const names[] = {
        [STATED_RMSE] = "rmse", [STATED_MOST] = "max-error", [STATED_COSINE] = "cosine", [STATED_KL] = "kl-divergence"
    };
    double value = r->result ? result_stated(r->result, names[arg]) : NAN;
    if (!isfinite(value))
        return;
    c->number = value;
    c->text = arg == STATED_COSINE ? mem_printf(m, "%.6f", value) : mem_printf(m, "%.3g", value);
}

static void c_available(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->text = mem_printf(m, "%.0f of %.0f benchmarks", r->tally->count, r->tally->total);
}

const struct source_column counter_columns[] = {
    { "metric", { "metric", "counter", ALIGN_LEFT }, c_metric, 0, NULL },
    { "available", { "available", "available", ALIGN_LEFT }, c_available, 0, NULL },
    { "why", { "why", "otherwise", ALIGN_LEFT }, c_metric_why, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

const struct source_column metric_columns[] = {
    { "metric", { "metric", "counter", ALIGN_LEFT }, c_metric, 0, NULL },
    { "value", { "value", "per iteration", ALIGN_RIGHT }, c_metric_value, 0, NULL },
    { "unit", { "unit", "unit", ALIGN_LEFT }, c_metric_unit, 0, NULL },
    { "why", { "why", "otherwise", ALIGN_LEFT }, c_metric_why, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- machines and baselines -------------------------------------------------------------------------------------- */

void rows_hosts(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->nhosts; i++)
        rows_add(m, out, d)->host = &d->hosts[i];
}

void rows_baselines(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->nbaselines; i++)
        rows_add(m, out, d)->baseline = &d->baselines[i];
}

enum { HOST_NAME, HOST_FINGERPRINT, HOST_CPU, HOST_CORES, HOST_MEMORY };

static void c_host(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const char *const keys[] = { NULL, NULL, "cpu.model", "cpu.cores", "memory.size" };
    if (arg == HOST_NAME)
        cell_text(m, c, r->host->name);
    else if (arg == HOST_FINGERPRINT)
        cell_text(m, c, r->host->fingerprint);
    else
        cell_text(m, c, fact_text(m, fact_find(&r->host->facts, keys[arg])));
}

static void c_host_id(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = (double)r->host->id;
    c->text = mem_printf(m, "%lld", (long long)r->host->id);
}

const struct source_column host_columns[] = {
    { "host", { "host", "host", ALIGN_LEFT }, c_host, HOST_NAME, NULL },
    { "id", { "id", "id", ALIGN_RIGHT }, c_host_id, 0, NULL },
    { "fingerprint", { "fingerprint", "fingerprint", ALIGN_LEFT }, c_host, HOST_FINGERPRINT, NULL },
    { "cpu", { "cpu", "CPU", ALIGN_LEFT }, c_host, HOST_CPU, NULL },
    { "cores", { "cores", "cores", ALIGN_LEFT }, c_host, HOST_CORES, NULL },
    { "memory", { "memory", "memory", ALIGN_LEFT }, c_host, HOST_MEMORY, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

enum { BASELINE_NAME, BASELINE_HOST, BASELINE_SET, BASELINE_REASON, BASELINE_KIND };

static void c_baseline(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    const struct baseline *b = r->baseline;
    const char *const texts[] = { b->name, b->host_name, show_date(m, b->set_at), b->reason,
                                  b->follows ? "follows" : "pinned" };
    cell_text(m, c, texts[arg]);
}

static void c_baseline_run(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = (double)r->baseline->run_id;
    c->text = mem_printf(m, "%lld", (long long)r->baseline->run_id);
}

const struct source_column baseline_columns[] = {
    { "baseline", { "baseline", "baseline", ALIGN_LEFT }, c_baseline, BASELINE_NAME, NULL },
    { "host", { "host", "host", ALIGN_LEFT }, c_baseline, BASELINE_HOST, NULL },
    { "run", { "run", "run", ALIGN_RIGHT }, c_baseline_run, 0, NULL },
    { "kind", { "kind", "kind", ALIGN_LEFT }, c_baseline, BASELINE_KIND, NULL },
    { "set", { "set", "set", ALIGN_LEFT }, c_baseline, BASELINE_SET, NULL },
    { "reason", { "reason", "reason", ALIGN_LEFT }, c_baseline, BASELINE_REASON, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
