/* SPDX-License-Identifier: Apache-2.0
 * The tables of the schema and the structs they hold. Inside this room only. */
#ifndef KM_TABLES_H
#define KM_TABLES_H

#include "db/row.h"

extern const struct table table_fact;      /* struct fact */
extern const struct table table_host;      /* struct host */
extern const struct table table_build;     /* struct build */
extern const struct table table_commit;    /* struct commit: what never changes; branch and dirty belong to the run */
extern const struct table table_run;       /* struct run */
extern const struct table table_benchmark; /* struct bench */
extern const struct table table_param;     /* struct km_param */
extern const struct table table_entry;     /* struct entry */
extern const struct table table_result;    /* struct result: status, summary, cost */
extern const struct table table_kind;      /* struct metric, all but the value */
extern const struct table table_verdict;   /* struct verdict */
extern const struct table table_point;     /* struct point, for reading */
extern const struct table table_trial;     /* struct paired_run, without commits */
extern const struct table table_trial_verdict; /* struct verdict */
extern const struct table table_calibration;   /* struct calibration */
extern const struct table table_acceptance;    /* struct acceptance, for reading */
extern const struct table table_baseline;      /* struct baseline, for reading */

extern const char *const run_states[]; /* words of enum run_state */

#endif
