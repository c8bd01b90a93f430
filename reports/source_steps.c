/* SPDX-License-Identifier: Apache-2.0
 * Rows about what changed for good: steps of series, slow creep, and changes that somebody accepted. */
#include "reports/source.h"

#include <math.h>
#include <string.h>

/* --- steps ------------------------------------------------------------------------------------------------------- */

void rows_steps(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->nsteps; i++) {
        struct row *r = rows_add(m, out, d);
        r->step = &d->steps[i];
        r->result = result_find(d->run, r->step->name);
    }
}

enum { STEP_NAME, STEP_COMMIT, STEP_FIRST_BAD, STEP_SUBJECT, STEP_ORIGIN, STEP_ACCEPTED };

static void c_step(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    const struct step *s = r->step;
    const char *const parts[] = { s->name,      commit_short(m, &s->commit),
                                  s->first_bad, s->subject,
                                  s->origin,    s->accepted ? s->accepted->reason : NULL };
    cell_text(m, c, parts[arg]);
}

/* arg: offset of a relative change. */
static void c_step_change(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_percent(m, c, *(const double *)(const void *)((const char *)r->step + arg));
}

static void c_step_interval(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, mem_printf(m, "%s to %s", show_percent(m, r->step->low), show_percent(m, r->step->high)));
}

static void c_step_p(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = r->step->p;
    c->text = mem_printf(m, "%.3f", c->number);
}

static void cell_id(struct mem *m, struct cell *c, int64_t id)
{
    c->number = (double)id;
    c->text = mem_printf(m, "%lld", (long long)id);
}

/* arg: 0 the first run after it, 1 the last before. */
static void c_step_run(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_id(m, c, arg ? r->step->before_run : r->step->run_id);
}

static void c_step_candidates(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->step->candidates)
        cell_count(m, c, (double)r->step->candidates);
}

const struct source_column step_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, c_step, STEP_NAME, NULL },
    { "run", { "run", "at run", ALIGN_RIGHT }, c_step_run, 0, NULL },
    { "before", { "before_run", "last run before", ALIGN_RIGHT }, c_step_run, 1, NULL },
    { "change", { "change", "step", ALIGN_RIGHT }, c_step_change, offsetof(struct step, change), NULL },
    { "low", { "change_low", "from", ALIGN_RIGHT }, c_step_change, offsetof(struct step, low), NULL },
    { "high", { "change_high", "to", ALIGN_RIGHT }, c_step_change, offsetof(struct step, high), NULL },
    { "interval", { "interval", "interval", ALIGN_RIGHT }, c_step_interval, 0, NULL },
    { "p", { "p", "p", ALIGN_RIGHT }, c_step_p, 0, NULL },
    { "commit", { "commit", "commit", ALIGN_LEFT }, c_step, STEP_COMMIT, NULL },
    { "candidates", { "candidates", "candidates", ALIGN_RIGHT }, c_step_candidates, 0, NULL },
    { "first_bad", { "first_bad", "first bad commit", ALIGN_LEFT }, c_step, STEP_FIRST_BAD, NULL },
    { "subject", { "subject", "subject", ALIGN_LEFT }, c_step, STEP_SUBJECT, NULL },
    { "origin", { "origin", "from", ALIGN_LEFT }, c_step, STEP_ORIGIN, NULL },
    { "accepted", { "accepted", "accepted because", ALIGN_LEFT }, c_step, STEP_ACCEPTED, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- creep ------------------------------------------------------------------------------------------------------- */

void rows_creep(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->ncreeps; i++) {
        struct row *r = rows_add(m, out, d);
        r->creep = &d->creeps[i];
        r->result = result_find(d->run, r->creep->name);
    }
}

enum { CREEP_NAME, CREEP_SINCE };

static void c_creep(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_text(m, c, arg == CREEP_NAME ? r->creep->name : r->creep->since);
}

static void c_creep_change(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_percent(m, c, r->creep->change);
}

static void c_creep_commits(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, (double)r->creep->commits);
}

const struct source_column creep_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, c_creep, CREEP_NAME, NULL },
    { "since", { "since", "since", ALIGN_LEFT }, c_creep, CREEP_SINCE, NULL },
    { "change", { "change", "change", ALIGN_RIGHT }, c_creep_change, 0, NULL },
    { "commits", { "commits", "commits measured", ALIGN_RIGHT }, c_creep_commits, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- accepted changes -------------------------------------------------------------------------------------------- */

void rows_accepted(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->naccepted; i++)
        rows_add(m, out, d)->acceptance = &d->accepted[i];
}

enum { ACCEPTED_PATTERN, ACCEPTED_REASON, ACCEPTED_AUTHOR, ACCEPTED_ON, ACCEPTED_EXPIRES, ACCEPTED_STATE };

static const char *day(struct mem *m, double seconds)
{
    return isnan(seconds) ? "never" : show_date(m, seconds);
}

static void c_accepted(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    const struct acceptance *a = r->acceptance;
    const char *const parts[] = { a->pattern,         a->reason,
                                  a->author,          day(m, a->accepted),
                                  day(m, a->expires), a->expires < r->d->generated ? "expired" : "in force" };
    cell_text(m, c, parts[arg]);
}

/* arg: 0 the acceptance's number, 1 the run's. */
static void c_accepted_id(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_id(m, c, arg ? r->acceptance->run_id : r->acceptance->id);
}

const struct source_column accepted_columns[] = {
    { "id", { "id", "number", ALIGN_RIGHT }, c_accepted_id, 0, NULL },
    { "pattern", { "pattern", "benchmarks", ALIGN_LEFT }, c_accepted, ACCEPTED_PATTERN, NULL },
    { "run", { "run", "level of run", ALIGN_RIGHT }, c_accepted_id, 1, NULL },
    { "reason", { "reason", "reason", ALIGN_LEFT }, c_accepted, ACCEPTED_REASON, NULL },
    { "author", { "author", "accepted by", ALIGN_LEFT }, c_accepted, ACCEPTED_AUTHOR, NULL },
    { "on", { "accepted_at", "on", ALIGN_LEFT }, c_accepted, ACCEPTED_ON, NULL },
    { "expires", { "expires", "expires", ALIGN_LEFT }, c_accepted, ACCEPTED_EXPIRES, NULL },
    { "state", { "state", "state", ALIGN_LEFT }, c_accepted, ACCEPTED_STATE, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
