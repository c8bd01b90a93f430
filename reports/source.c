/* SPDX-License-Identifier: Apache-2.0
 * The table of row sources, and queries over them. */
#include "reports/source.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESULT_MACHINE                                                                                                 \
    "name,suite,section,component,op,dtype,variant,threads,status,note,median,ci_low,ci_high,ci_level,mean,min,max,"   \
    "stddev,mad,cv,p5,p25,p75,p95,p99,samples,rounds,iterations,stop,ops,bytes,flops,items,speedup,result,unit,"       \
    "target,used,met,priority"

static const struct source sources[] = {
    { "results", "every benchmark of the run", rows_results, result_columns, NULL,
      "component,variant,median,precision,throughput,speedup,met,note", RESULT_MACHINE },
    { "targets", "the best variant of every component that has a target", rows_targets, result_columns, NULL,
      "component,variant,result,precision,unit,target,used,priority,met", RESULT_MACHINE },
    { "scaling", "what more threads bring", rows_scaling, scaling_columns, result_columns,
      "kernel,variant,threads,median,scaling,efficiency,over",
      "name,kernel,variant,threads,median,scaling,efficiency,over" },
    { "failures", "benchmarks that have no time and should", rows_failures, result_columns, NULL,
      "name,status,message,action", "name,status,message,signal,action" },
    { "unsupported", "variants that this CPU or build lacks", rows_unsupported, result_columns, NULL, "name,message",
      "name,message" },
    { "remarks", "variance and outliers, and what to do", rows_remarks, remark_columns, result_columns,
      "name,kind,finding,action", "name,kind,finding,action" },
    { "peers", "libkern beside other libraries, a row for each size and library", rows_peers, peer_columns,
      result_columns, "component,library,ours_variant,ours,theirs,ratio,interval,shared,ahead,remark",
      "name,library,ours_variant,ours,theirs,ratio,low,high,shared,ahead,remark" },
    { "allocators", "an inference with malloc() and with another allocator, a row for each measure", rows_allocators,
      allocator_columns, result_columns, "title,measure,without,with,improvement,range",
      "name,allocator,measure,without,with,ratio,low,high,improvement" },
    { "models", "how large published models are", rows_models, model_columns, result_columns,
      "model,parameters,f16,i8,q4_0,q4_k", "model,parameters,f16,i8,q4_0,q4_k,positions,cache_f16,cache_tiers" },
    { "verdicts", "comparison with the baseline", rows_verdicts, verdict_columns, result_columns,
      "name,metric,base,current,ratio,interval,threshold,floor,mde,rounds,decision",
      "name,decision,base_s,current_s,ratio,low,high,level,p,p_adjusted,threshold,floor,mde,base_rounds,rounds,reason,"
      "warning,measure,better,unit,base_value,current_value" },
    { "paired", "the last paired run on this host", rows_paired, verdict_columns, NULL,
      "name,metric,base,current,ratio,interval,threshold,floor,mde,rounds,decision",
      "name,decision,base_s,current_s,ratio,low,high,level,p,p_adjusted,threshold,floor,mde,rounds,reason,warning,"
      "measure,better,unit,base_value,current_value" },
    { "decisions", "how many verdicts of each kind", rows_decisions, decision_columns, NULL, "decision,count,meaning",
      "decision,count,meaning" },
    { "history", "one series per row, the last runs beside each other", rows_history, series_columns, result_columns,
      "name,run~5,run~4,run~3,run~2,run~1,run,change,trend", "name,runs,first,last,least,most,change" },
    { "points", "one measured value of one series per row", rows_points, point_columns, result_columns,
      "name,run,date,commit,median,interval,change,rounds,subject",
      "name,run,date,commit,dirty,median,ci_low,ci_high,change,step,rounds,status,subject" },
    { "runs", "the runs of the history", rows_runs, historic_run_columns, NULL,
      "run,date,commit,subject,benchmarks,level", "run,date,commit,dirty,subject,benchmarks,level" },
    { "steps", "lasting changes of a benchmark's level", rows_steps, step_columns, result_columns,
      "name,run,change,interval,p,origin,accepted",
      "name,run,before,change,low,high,p,commit,candidates,first_bad,subject,origin,accepted" },
    { "creep", "slow change since the last release or accepted level", rows_creep, creep_columns, result_columns,
      "name,since,change,commits", "name,since,change,commits" },
    { "accepted", "known changes that somebody accepted", rows_accepted, accepted_columns, NULL,
      "id,pattern,run,reason,author,on,expires,state", "id,pattern,run,reason,author,on,expires,state" },
    { "about", "the run itself: commit, profile, seed", rows_about, fact_columns, NULL, "title,value",
      "key,title,value" },
    { "host", "facts about the machine", rows_host, fact_columns, NULL, "title,value", "key,title,value" },
    { "build", "facts about the build", rows_build, fact_columns, NULL, "title,value", "key,title,value" },
    { "state", "state of the machine before and after", rows_state, state_columns, NULL, "title,before,after",
      "key,title,before,after" },
    { "fitness", "what makes the machine noisy", rows_fitness, finding_columns, NULL, "title,fitness,found",
      "check,title,fitness,found,cost,fix,undo" },
    { "counters", "which counters could be read", rows_counters, counter_columns, NULL, "metric,available,why",
      "metric,available,why" },
    { "metrics", "every counter of every benchmark", rows_metrics, metric_columns, result_columns,
      "name,metric,value,why", "name,metric,value,unit,why" },
    { "hosts", "known machines", rows_hosts, host_columns, NULL, "host,cpu,cores,memory,fingerprint",
      "host,id,fingerprint,cpu,cores,memory" },
    { "baselines", "named baselines", rows_baselines, baseline_columns, NULL, "baseline,host,run,kind,set,reason",
      "baseline,host,run,kind,set,reason" },
    { "calibration", "the gate tested on this host: planted slowdowns and what it called them", rows_calibration,
      calibration_columns, NULL,
      "effect,gates,red,red_most,unsettled,called,called_least,equivalent,inconclusive,seconds",
      "effect,gates,red,red_most,unsettled,asked,regressed,called_least,equivalent,inconclusive,other,seconds,"
      "threshold,"
      "neighbour,suites,seed" },
    { "rules", "the same gates judged by other rules", rows_rules, rule_columns, NULL, "rule,effect,red,called",
      "rule,effect,gates,red,asked,called,threshold,neighbour" },
    { "floors", "noise floors of this host, by identical programs", rows_floors, floor_columns, NULL,
      "name,floor,sessions,threshold,holds", "name,floor,own,sessions,threshold,holds" },
};
enum { NSOURCES = sizeof sources / sizeof sources[0] };

const struct source *source_find(const char *name, struct err *e)
{
    struct buf known = { 0 };
    for (size_t i = 0; i < NSOURCES; i++) {
        if (strcmp(sources[i].name, name) == 0) {
            buf_free(&known);
            return &sources[i];
        }
        buf_printf(&known, "%s%s", i ? ", " : "", sources[i].name);
    }
    err_set(e, EXIT_USAGE, "unknown source '%.60s'; known: %s", name, buf_text(&known));
    buf_free(&known);
    return NULL;
}

struct row *rows_add(struct mem *m, struct rows *rows, const struct report_data *d)
{
    rows->all = mem_grow(m, rows->all, &rows->cap, rows->n + 1, sizeof *rows->all);
    struct row *r = &rows->all[rows->n++];
    *r = (struct row){ .d = d };
    return r;
}

static const struct source_column *in_list(const struct source_column *list, const char *name, struct buf *known)
{
    for (; list && list->name; list++) {
        if (strcmp(list->name, name) == 0)
            return list;
        buf_printf(known, "%s%s", known->len ? ", " : "", list->name);
    }
    return NULL;
}

static const struct source_column *column_find(const struct source *s, const char *name, struct err *e)
{
    struct buf known = { 0 };
    const struct source_column *c = in_list(s->columns, name, &known);
    if (!c)
        c = in_list(s->also, name, &known);
    if (!c)
        err_set(e, EXIT_USAGE, "source '%s' has no column '%.60s'; known: %s", s->name, name, buf_text(&known));
    buf_free(&known);
    return c;
}

static struct cell cell_of(struct mem *m, const struct source_column *c, const struct row *r)
{
    struct cell cell = { NULL, NAN };
    c->cell(m, r, c->arg, &cell);
    return cell;
}

/* --- filters and order ------------------------------------------------------------------------------------------- */

static int passes(struct mem *m, const struct query *q, const struct row *r, bool *yes, struct err *e)
{
    *yes = true;
    for (size_t i = 0; i < q->nfilters && *yes; i++) {
        const struct filter *f = &q->filters[i];
        const struct source_column *c = column_find(q->source, f->column, e);
        if (!c)
            return -1;
        const char *text = cell_of(m, c, r).text;
        text = text ? text : "";
        bool match = f->exact ? strcmp(f->glob, text) == 0 : fnmatch(f->glob, text, FNM_EXTMATCH) == 0;
        *yes = match != f->not ;
    }
    return 0;
}

struct keyed {
    struct row row;
    struct cell key;
    size_t place;
    int sign;
};

/* Numbers before words, absent values last, equal ones as they came. */
static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    bool xn = isfinite(x->key.number), yn = isfinite(y->key.number);
    int order = 0;
    if (xn && yn)
        order = x->sign * ((x->key.number > y->key.number) - (x->key.number < y->key.number));
    else if (xn != yn)
        order = xn ? -1 : 1;
    else if (x->key.text && y->key.text)
        order = x->sign * strcmp(x->key.text, y->key.text);
    else if (!x->key.text != !y->key.text)
        order = x->key.text ? -1 : 1;
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int sort_rows(struct mem *m, const struct query *q, struct rows *rows, struct err *e)
{
    const struct source_column *c = column_find(q->source, q->sort + (*q->sort == '-'), e);
    if (!c)
        return -1;
    struct keyed *k = mem_array(m, rows->n, sizeof *k);
    for (size_t i = 0; i < rows->n; i++)
        k[i] = (struct keyed){ rows->all[i], cell_of(m, c, &rows->all[i]), i, *q->sort == '-' ? -1 : 1 };
    qsort(k, rows->n, sizeof *k, by_key);
    for (size_t i = 0; i < rows->n; i++)
        rows->all[i] = k[i].row;
    return 0;
}

int query_rows(struct mem *m, const struct report_data *d, const struct query *q, struct rows *out, struct err *e)
{
    struct rows all = { 0 };
    *out = (struct rows){ 0 };
    for (size_t i = 0; i < q->nfilters; i++)
        if (!column_find(q->source, q->filters[i].column, e))
            return -1;
    q->source->rows(m, d, &all);
    for (size_t i = 0; i < all.n; i++) {
        bool yes;
        if (passes(m, q, &all.all[i], &yes, e))
            return -1;
        if (yes)
            *rows_add(m, out, d) = all.all[i];
    }
    if (q->sort && sort_rows(m, q, out, e))
        return -1;
    if (q->limit && out->n > q->limit)
        out->n = q->limit;
    return 0;
}

/* --- tables ------------------------------------------------------------------------------------------------------ */

/* One item of "component,median:Latency, a:\"B, c\"" from *p on; *p moves behind it. NULL at the end. */
static char *next_item(struct mem *m, const char **p)
{
    const char *s = *p + strspn(*p, ", ");
    if (!*s)
        return NULL;
    struct buf item = { 0 };
    bool quoted = false;
    for (; *s && (quoted || *s != ','); s++) {
        if (*s == '"')
            quoted = !quoted;
        else
            buf_putc(&item, *s);
    }
    *p = s;
    char *text = mem_dup(m, buf_text(&item));
    buf_free(&item);
    return text;
}

struct chosen {
    const struct source_column **columns;
    size_t n, cap;
    struct column *heads;
    size_t heads_cap;
};

static int choose(struct mem *m, const struct query *q, const struct row *first, struct chosen *out, struct err *e)
{
    const char *list = q->columns ? q->columns : q->source->usual;
    for (char *item; (item = next_item(m, &list)) != NULL;) {
        char *header = strchr(item, ':');
        if (header)
            *header++ = '\0';
        const struct source_column *c = column_find(q->source, item, e);
        if (!c)
            return -1;
        const char *made = c->header && first ? c->header(m, first, c->arg) : c->column.header;
        if (!made)
            continue;
        out->columns = mem_grow(m, out->columns, &out->cap, out->n + 1, sizeof *out->columns);
        out->heads = mem_grow(m, out->heads, &out->heads_cap, out->n + 1, sizeof *out->heads);
        out->heads[out->n] = c->column;
        out->heads[out->n].header = header ? header : made;
        out->columns[out->n++] = c;
    }
    return out->n ? 0 : err_set(e, EXIT_USAGE, "columns= names no column");
}

int query_table(struct mem *m, const struct report_data *d, const struct query *q, struct table *out, struct err *e)
{
    struct rows rows;
    struct chosen chosen = { 0 };
    if (query_rows(m, d, q, &rows, e) || choose(m, q, rows.n ? rows.all : NULL, &chosen, e))
        return -1;
    *out = (struct table){ .columns = chosen.heads, .ncolumns = chosen.n };
    for (size_t i = 0; i < rows.n; i++) {
        struct cell *cells = table_row(m, out);
        for (size_t c = 0; c < chosen.n; c++)
            cells[c] = cell_of(m, chosen.columns[c], &rows.all[i]);
    }
    return 0;
}

int query_values(struct mem *m, const struct report_data *d, const struct query *q, const char *column,
                 const char ***values, size_t *n, struct err *e)
{
    struct rows rows;
    const struct source_column *c = column_find(q->source, column, e);
    if (!c || query_rows(m, d, q, &rows, e))
        return -1;
    const char **all = mem_array(m, rows.n, sizeof *all);
    *n = 0;
    for (size_t i = 0; i < rows.n; i++) {
        const char *text = cell_of(m, c, &rows.all[i]).text;
        size_t k = 0;
        while (text && k < *n && strcmp(all[k], text) != 0)
            k++;
        if (text && k == *n)
            all[(*n)++] = text;
    }
    *values = all;
    return 0;
}

/* --- cells ------------------------------------------------------------------------------------------------------- */

void cell_text(struct mem *m, struct cell *c, const char *text)
{
    (void)m;
    c->text = text;
}

static void cell_number(struct cell *c, double v, const char *text)
{
    c->number = v;
    c->text = isnan(v) ? NULL : text;
}

void cell_seconds(struct mem *m, struct cell *c, double s)
{
    cell_number(c, s, show_seconds(m, s));
}

void cell_count(struct mem *m, struct cell *c, double n)
{
    cell_number(c, n, show_count(m, n));
}

void cell_percent(struct mem *m, struct cell *c, double fraction)
{
    cell_number(c, fraction, show_percent(m, fraction));
}

void cell_share(struct mem *m, struct cell *c, double fraction)
{
    cell_number(c, fraction, show_share(m, fraction));
}

void cell_ratio(struct mem *m, struct cell *c, double ratio)
{
    cell_number(c, ratio, show_ratio(m, ratio));
}
