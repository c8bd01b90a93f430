/* SPDX-License-Identifier: Apache-2.0
 * Row sources: what a table can be made of. A source gives rows, and a list of columns that can be told about a row.
 * Templates and the command line choose among them by name; nothing else knows how a column is made. */
#ifndef KM_SOURCE_H
#define KM_SOURCE_H

#include "reports/report.h"
#include "reports/table.h"

/* Something worth a remark about one result, and what to do about it (remarks.c). */
struct remark {
    const struct result *result;
    const char *kind;    /* "precision": for filters */
    const char *finding; /* with its number */
    const char *action;
};

/* A row that counts other rows. */
struct tally {
    const char *name, *meaning;
    double count, total, level;
};

/* One row: the things it is about. Parts that do not apply are NULL. */
struct row {
    const struct report_data *d;
    const struct result *result;
    const struct result *ours;    /* of libkern, where result is another library's */
    const struct result *without; /* with malloc(), where result is with another allocator */
    const struct verdict *verdict;
    const struct series *series;
    const struct point *point, *before; /* before: the point or run that comes before it */
    const struct metric *metric;
    const struct host *host;
    const struct baseline *baseline;
    const struct fact *fact, *after;
    const struct calibration *calibration;
    const struct step *step;
    const struct creep *creep;
    const struct acceptance *acceptance;
    int rule;       /* how to judge: RIVALS is our own */
    size_t measure; /* of an allocator: an index */
    const struct floor_line *floor;
    const struct remark *remark;
    const struct finding *finding;
    struct tally *tally;
    const int64_t *runs; /* ids of the runs in the history, latest first, ended by 0 */
};

struct rows {
    struct row *all;
    size_t n, cap;
};

/* Appends a row about nothing yet. */
struct row *rows_add(struct mem *m, struct rows *rows, const struct report_data *d);

typedef void source_rows(struct mem *m, const struct report_data *d, struct rows *out);
typedef void source_cell(struct mem *m, const struct row *r, size_t arg, struct cell *c);
/* A header that depends on the data; `first` is any row of the source. NULL leaves the column out. */
typedef const char *source_header(struct mem *m, const struct row *first, size_t arg);

struct source_column {
    const char *name;     /* in templates; NULL ends the list */
    struct column column; /* key in JSON and CSV, header for people */
    source_cell *cell;
    size_t arg; /* for cell and header: an offset, an index */
    source_header *header;
};

struct source {
    const char *name, *what;
    source_rows *rows;
    const struct source_column *columns, *also; /* also: more columns, NULL if none */
    const char *usual;                          /* columns people get by default */
    const char *machine;                        /* columns of JSON and CSV by default */
};

/* column list of results (source_results.c), also offered by other sources whose rows have a result */
extern const struct source_column result_columns[];
extern const struct source_column scaling_columns[];
extern const struct source_column verdict_columns[], decision_columns[];
extern const struct source_column series_columns[], point_columns[], historic_run_columns[];
extern const struct source_column fact_columns[], state_columns[], counter_columns[], metric_columns[];
extern const struct source_column peer_columns[], allocator_columns[], model_columns[];
extern const struct source_column remark_columns[], host_columns[], baseline_columns[];
extern const struct source_column calibration_columns[], rule_columns[], floor_columns[];
extern const struct source_column finding_columns[];
extern const struct source_column step_columns[], creep_columns[], accepted_columns[];

source_rows rows_results, rows_targets, rows_failures, rows_unsupported;                /* source_results.c */
source_rows rows_scaling;                                                               /* source_scaling.c */
source_rows rows_peers;                                                                 /* source_peers.c */
source_rows rows_allocators;                                                            /* source_allocators.c */
source_rows rows_models;                                                                /* source_models.c */
source_rows rows_verdicts, rows_decisions;                                              /* source_verdicts.c */
source_rows rows_history, rows_points, rows_runs;                                       /* source_history.c */
source_rows rows_about, rows_host, rows_build, rows_state, rows_counters, rows_metrics; /* source_facts.c */
source_rows rows_hosts, rows_baselines;                                                 /* source_facts.c */
source_rows rows_paired;                                                                /* source_verdicts.c */
source_rows rows_calibration, rows_rules, rows_floors;                                  /* source_calibration.c */
source_rows rows_fitness;                                                               /* source_fitness.c */
source_rows rows_steps, rows_creep, rows_accepted;                                      /* source_steps.c */
source_rows rows_remarks;                                                               /* remarks.c */

/* Finds a source; the error lists the known ones. Kind: EXIT_USAGE. */
const struct source *source_find(const char *name, struct err *e);

/* What to show of a source. */
struct query {
    const struct source *source;
    const char *columns; /* "component,median:Latency"; NULL: source->usual */
    const char *sort;    /* "median" or "-median"; NULL: as the source gives them */
    size_t limit;        /* 0: all */
    struct filter {
        const char *column, *glob;
        bool not, exact;
    } * filters;
    size_t nfilters;
};

/* The rows of a query, filtered and sorted. Unknown column: EXIT_USAGE with the known ones. */
int query_rows(struct mem *m, const struct report_data *d, const struct query *q, struct rows *out, struct err *e);
int query_table(struct mem *m, const struct report_data *d, const struct query *q, struct table *out, struct err *e);
/* Different values of one column, in order of first appearance. */
int query_values(struct mem *m, const struct report_data *d, const struct query *q, const char *column,
                 const char ***values, size_t *n, struct err *e);

/* --- shared by the column lists --- */
void cell_text(struct mem *m, struct cell *c, const char *text);
void cell_seconds(struct mem *m, struct cell *c, double s);
void cell_count(struct mem *m, struct cell *c, double n);
void cell_percent(struct mem *m, struct cell *c, double fraction);
void cell_share(struct mem *m, struct cell *c, double fraction);
void cell_ratio(struct mem *m, struct cell *c, double ratio);

const char *status_name(enum status s);
const struct result *result_find(const struct run *run, const char *name); /* NULL run gives NULL */
bool result_same_case(const struct result *a, const struct result *b);     /* whatever the variant */
const struct result *result_reference(const struct run *run,
                                      const struct result *r);        /* the scalar variant, if it is OK */
double result_speedup(const struct run *run, const struct result *r); /* over it; NAN */
bool result_same_sizes(const struct bench *a, const struct bench *b); /* the same operation, but for variant, threads */
const struct result *result_on_one_thread(const struct run *run, const struct result *r); /* same variant; or NULL */
double result_growth(const struct result *one, const struct result *r);    /* its work over that; 1 where unknown */
double result_scaling(const struct run *run, const struct result *r);      /* times as fast as that; NAN */
const char *result_kernel(struct mem *m, const struct result *r);          /* its component, whatever the threads */
double run_cpus(const struct run *run);                                    /* that it might use; NAN: unknown */
bool result_oversubscribed(const struct run *run, const struct result *r); /* more threads than those */
double per_unit(const struct result *r, double seconds);                   /* in the suite's unit */
const char *result_params(struct mem *m, const struct bench *b);           /* "m:384/k:384" */
const char *result_flags(struct mem *m, const struct run *run,
                         const struct result *r);                /* kinds of its remarks (remarks.c) */
const char *commit_short(struct mem *m, const struct commit *c); /* "1a2b3c4d+": + is dirty */
const char *paired_summary(struct mem *m, const struct report_data *d);
const char *verdicts_summary(struct mem *m, const struct report_data *d);
const char *targets_summary(struct mem *m, const struct report_data *d);
/* Ids of the runs in the history, latest first, ended by 0. */
const int64_t *history_runs(struct mem *m, const struct report_data *d);
const struct point *series_point(const struct series *s, int64_t run_id);

/* How far a result is from the ceilings of its host, and where they come from (source_ceilings.c). arg: which. */
enum { CEILING_SECONDS, CEILING_SHARE, CEILING_LIMIT };
source_cell cell_ceiling;
source_header header_ceiling;
const char *ceilings_source(struct mem *m, const struct report_data *d);

/* What a result states beside its times, by the name of the metric; NAN (source_facts.c). */
double result_stated(const struct result *r, const char *name);

/* What a result states about its answer (source_facts.c). arg: which. */
enum { STATED_RMSE, STATED_MOST, STATED_COSINE, STATED_KL };
source_cell cell_stated;

/* Everything known of a run itself as facts: "commit", "profile", ... */
struct facts run_facts(struct mem *m, const struct run *run);
/* A value by its name in a template ("host.cpu.model", "run.profile"); the error lists the known ones. */
const char *value_find(struct mem *m, const struct report_data *d, const char *name, struct err *e);

#endif
