/* SPDX-License-Identifier: Apache-2.0
 * Tables for the terminal: each is a row source and its columns. */
#include "reports/print.h"

#include "reports/source.h"
#include "reports/text.h"

#include <stdio.h>
#include <stdlib.h>

/* Sources and columns are constants of this file, so a mistake in them is ours. */
static struct table filtered(struct mem *m, const struct report_data *d, const char *source, const char *columns,
                             struct filter *filter)
{
    struct err e = { 0 };
    struct table t = { 0 };
    struct query q = { source_find(source, &e), columns, NULL, 0, filter, filter != NULL };
    if (!q.source || query_table(m, d, &q, &t, &e)) {
        fprintf(stderr, "kernmark: %s\n", e.text);
        exit(EXIT_INTERNAL);
    }
    return t;
}

static struct table table_of(struct mem *m, const struct report_data *d, const char *source, const char *columns,
                             enum format f)
{
    struct err ignored;
    const struct source *s = source_find(source, &ignored);
    if (s && (f == FORMAT_JSON || f == FORMAT_CSV) && !columns)
        columns = s->machine;
    return filtered(m, d, source, columns, NULL);
}

struct table print_results(struct mem *m, const struct run *run, enum format f)
{
    return table_of(m, &(struct report_data){ .run = run }, "results", NULL, f);
}

struct table print_targets(struct mem *m, const struct run *run, enum format f)
{
    return table_of(m, &(struct report_data){ .run = run }, "targets", NULL, f);
}

struct table print_failures(struct mem *m, const struct run *run, enum format f)
{
    return table_of(m, &(struct report_data){ .run = run }, "failures", NULL, f);
}

struct table print_remarks(struct mem *m, const struct run *run, enum format f)
{
    return table_of(m, &(struct report_data){ .run = run }, "remarks", NULL, f);
}

struct table print_verdicts(struct mem *m, const struct run *run, const struct run *base, const struct verdict *v,
                            size_t n, enum format f)
{
    struct report_data d = { .run = run, .base = base, .verdicts = v, .nverdicts = n };
    return table_of(m, &d, "verdicts", NULL, f);
}

struct table print_reasons(struct mem *m, const struct verdict *v, size_t n)
{
    struct report_data d = { .verdicts = v, .nverdicts = n };
    struct filter unsettled = { "decision", "EQUIVALENT", .not = true, .exact = true };
    return filtered(m, &d, "verdicts", "decision,name,metric,reason", &unsettled);
}

struct table print_history(struct mem *m, const struct series *series, size_t n, const struct step *steps,
                           size_t nsteps, enum format f)
{
    struct report_data d = { .history = series, .nhistory = n, .steps = steps, .nsteps = nsteps };
    bool stepped = nsteps && (f == FORMAT_TEXT || f == FORMAT_MARKDOWN);
    return table_of(m, &d, "points", stepped ? "name,run,date,commit,median,interval,change,step,rounds,subject" : NULL,
                    f);
}

struct table print_steps(struct mem *m, const struct step *steps, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .steps = steps, .nsteps = n }, "steps", NULL, f);
}

struct table print_creep(struct mem *m, const struct creep *creeps, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .creeps = creeps, .ncreeps = n }, "creep", NULL, f);
}

struct table print_accepted(struct mem *m, const struct acceptance *all, size_t n, double now, enum format f)
{
    return table_of(m, &(struct report_data){ .accepted = all, .naccepted = n, .generated = now }, "accepted", NULL, f);
}

struct table print_hosts(struct mem *m, const struct host *hosts, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .hosts = hosts, .nhosts = n }, "hosts", NULL, f);
}

struct table print_baselines(struct mem *m, const struct baseline *baselines, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .baselines = baselines, .nbaselines = n }, "baselines", NULL, f);
}

struct table print_calibration(struct mem *m, const struct calibration *lines, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .calibration = lines, .ncalibration = n }, "calibration", NULL, f);
}

struct table print_floors(struct mem *m, const struct floor_line *lines, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .floors = lines, .nfloors = n }, "floors", NULL, f);
}

struct table print_rules(struct mem *m, const struct calibration *lines, size_t n, enum format f)
{
    return table_of(m, &(struct report_data){ .calibration = lines, .ncalibration = n }, "rules", NULL, f);
}

struct table print_findings(struct mem *m, const struct finding *f, size_t n, enum format format)
{
    const char *columns = format == FORMAT_MARKDOWN ? "title,fitness,found,cost,fix,undo" : NULL;
    return table_of(m, &(struct report_data){ .findings = f, .nfindings = n }, "fitness", columns, format);
}

static void cure_line(struct buf *b, const char *what, const char *text)
{
    if (!text)
        return;
    buf_printf(b, "  %-6s", what);
    text_line(b, text);
    buf_putc(b, '\n');
}

const char *print_cures(struct mem *m, const struct finding *f, size_t n)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (f[i].fitness != FITNESS_ADVICE && f[i].fitness != FITNESS_UNFIT)
            continue;
        buf_printf(&b, "\n%s: ", f[i].title);
        text_line(&b, f[i].found);
        buf_putc(&b, '\n');
        cure_line(&b, "costs", f[i].cost);
        cure_line(&b, "fix", f[i].fix);
        cure_line(&b, "undo", f[i].undo);
    }
    const char *text = mem_dup(m, buf_text(&b));
    buf_free(&b);
    return text;
}

struct table print_list(struct mem *m, const struct result *planned, size_t n, enum format f)
{
    static const char *const columns[] = {
        [FORMAT_TEXT] = "name,component,unit,target,priority,message:note",
        [FORMAT_MARKDOWN] = "name,component,unit,target,priority,message:note",
        [FORMAT_JSON] =
            "name,suite,section,component,op,dtype,variant,params,threads,status,message,unit,target,priority,why",
        [FORMAT_CSV] =
            "name,suite,section,component,op,dtype,variant,params,threads,status,message,unit,target,priority,why",
    };
    struct run run = { .results = (struct result *)(size_t)planned, .nresults = n };
    return table_of(m, &(struct report_data){ .run = &run }, "results", columns[f], f);
}

const char *print_targets_summary(struct mem *m, const struct run *run)
{
    return targets_summary(m, &(struct report_data){ .run = run });
}

const char *print_verdicts_summary(struct mem *m, const struct verdict *v, size_t n)
{
    return verdicts_summary(m, &(struct report_data){ .verdicts = v, .nverdicts = n });
}
