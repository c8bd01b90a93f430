/* SPDX-License-Identifier: Apache-2.0
 * Which column holds which field. A new column is a migration and one row here. */
#include "db/tables.h"

#include "db/store.h"

/* The type of a column follows from the type of its field. */
#define TYPE(s, f)                                                                                                     \
    _Generic(((s *)0)->f, const char * : COLUMN_TEXT, char * : COLUMN_CHARS, double : COLUMN_REAL, default : COLUMN_INT)
#define FIELD(s, f, column)                                                                                            \
    {                                                                                                                  \
        column, TYPE(s, f), offsetof(s, f), sizeof(((s *)0)->f), NULL                                                  \
    }
#define WORD(s, f, column, words)                                                                                      \
    {                                                                                                                  \
        column, COLUMN_WORD, offsetof(s, f), sizeof(((s *)0)->f), words                                                \
    }
#define TABLE(symbol, name, columns, keys)                                                                             \
    const struct table symbol = { name, columns, sizeof(columns) / sizeof *(columns), keys }

/* Words of the enums, in order of their values. A word never changes its meaning; new ones go to the end. */
static const char *const statuses[] = { "ok",     "wrong",       "crashed",     "timeout", "oom",
                                        "failed", "unsupported", "interrupted", NULL };
static const char *const stops[] = { "none", "precision", "budget", "count", "interrupt", "failure", NULL };
static const char *const modes[] = { "batch", "per_call", NULL };
const char *const run_states[] = { "open", "complete", "interrupted", NULL };
static const char *const decisions[] = { "equivalent", "improved", "regressed", "inconclusive", "environment", "failed",
                                         "missing",    "new",      NULL };

static const char *const directions[] = { "lower", "higher", "none", "unknown", NULL };

static const struct column fact_columns[] = {
    FIELD(struct fact, key, "key"),
    FIELD(struct fact, title, "title"),
    FIELD(struct fact, value, "value"),
    FIELD(struct fact, why, "why"),
};
TABLE(table_fact, "fact", fact_columns, 0);

static const struct column host_columns[] = {
    FIELD(struct host, fingerprint, "fingerprint"),
    FIELD(struct host, name, "name"),
};
TABLE(table_host, "host", host_columns, 1);

static const struct column build_columns[] = {
    FIELD(struct build, hash, "hash"),
};
TABLE(table_build, "build", build_columns, 1);

static const struct column commit_columns[] = {
    FIELD(struct commit, hash, "hash"),
    FIELD(struct commit, parents, "parents"),
    FIELD(struct commit, date, "date"),
    FIELD(struct commit, subject, "subject"),
};
TABLE(table_commit, "git_commit", commit_columns, 1);

static const struct column run_columns[] = {
    FIELD(struct run, uuid, "uuid"),
    FIELD(struct run, started, "started"),
    FIELD(struct run, finished, "finished"),
    WORD(struct run, state, "state", run_states),
    FIELD(struct run, suites, "suites"),
    FIELD(struct run, profile, "profile"),
    FIELD(struct run, filter, "selection"),
    FIELD(struct run, command, "command"),
    FIELD(struct run, version, "version"),
    FIELD(struct run, seed, "seed"),
    FIELD(struct run, commit.branch, "branch"),
    FIELD(struct run, commit.dirty, "dirty"),
    FIELD(struct run, commit.why, "commit_why"),
};
TABLE(table_run, "run", run_columns, 1);

static const struct column benchmark_columns[] = {
    FIELD(struct bench, name, "name"),       FIELD(struct bench, hash, "hash"),
    FIELD(struct bench, family, "family"),   FIELD(struct bench, op, "op"),
    FIELD(struct bench, dtype, "dtype"),     FIELD(struct bench, variant, "variant"),
    FIELD(struct bench, threads, "threads"), FIELD(struct bench, definition, "definition"),
};
TABLE(table_benchmark, "benchmark", benchmark_columns, 2);

static const struct column param_columns[] = {
    FIELD(struct km_param, name, "name"),
    FIELD(struct km_param, word, "word"),
    FIELD(struct km_param, number, "number"),
};
TABLE(table_param, "param", param_columns, 0);

static const struct column entry_columns[] = {
    FIELD(struct entry, suite, "suite"),         FIELD(struct entry, component, "component"),
    FIELD(struct entry, section, "section"),     FIELD(struct entry, why, "why"),
    FIELD(struct entry, unit, "unit"),           FIELD(struct entry, unit_items, "unit_items"),
    FIELD(struct entry, target, "target"),       FIELD(struct entry, priority, "priority"),
    FIELD(struct entry, threshold, "threshold"),
};
TABLE(table_entry, "entry", entry_columns, sizeof entry_columns / sizeof *entry_columns);

static const struct column result_columns[] = {
    FIELD(struct result, position, "position"),
    WORD(struct result, status, "status", statuses),
    FIELD(struct result, message, "message"),
    FIELD(struct result, signal, "signal"),
    WORD(struct result, mode, "mode", modes),
    WORD(struct result, stop, "stop", stops),
    FIELD(struct result, summary.iterations, "iterations"),
    FIELD(struct result, summary.samples, "samples"),
    FIELD(struct result, summary.rounds, "rounds"),
    FIELD(struct result, summary.min, "min"),
    FIELD(struct result, summary.max, "max"),
    FIELD(struct result, summary.mean, "mean"),
    FIELD(struct result, summary.median, "median"),
    FIELD(struct result, summary.stddev, "stddev"),
    FIELD(struct result, summary.mad, "mad"),
    FIELD(struct result, summary.cv, "cv"),
    FIELD(struct result, summary.p5, "p5"),
    FIELD(struct result, summary.p25, "p25"),
    FIELD(struct result, summary.p75, "p75"),
    FIELD(struct result, summary.p95, "p95"),
    FIELD(struct result, summary.p99, "p99"),
    FIELD(struct result, summary.ci_low, "ci_low"),
    FIELD(struct result, summary.ci_high, "ci_high"),
    FIELD(struct result, summary.ci_level, "ci_level"),
    FIELD(struct result, summary.sample_ci_low, "sample_ci_low"),
    FIELD(struct result, summary.sample_ci_high, "sample_ci_high"),
    FIELD(struct result, summary.ops_per_second, "ops_per_second"),
    FIELD(struct result, summary.bytes_per_second, "bytes_per_second"),
    FIELD(struct result, summary.flops_per_second, "flops_per_second"),
    FIELD(struct result, summary.items_per_second, "items_per_second"),
    FIELD(struct result, summary.mild_outliers, "mild_outliers"),
    FIELD(struct result, summary.severe_outliers, "severe_outliers"),
    FIELD(struct result, summary.rule_outliers, "rule_outliers"),
    FIELD(struct result, summary.multimodal, "multimodal"),
    FIELD(struct result, summary.trend, "trend"),
    FIELD(struct result, summary.trend_slope, "trend_slope"),
    FIELD(struct result, cost.flops, "cost_flops"),
    FIELD(struct result, cost.bytes, "cost_bytes"),
    FIELD(struct result, cost.items, "cost_items"),
    FIELD(struct result, cost.item, "cost_item"),
    FIELD(struct result, sampling_seconds, "sampling_seconds"),
    FIELD(struct result, wall_seconds, "wall_seconds"),
};
TABLE(table_result, "result", result_columns, 0);

static const struct column kind_columns[] = {
    FIELD(struct metric, name, "name"),
    FIELD(struct metric, unit, "unit"),
    FIELD(struct metric, why, "why"),
};
TABLE(table_kind, "metric_kind", kind_columns, 3);

static const struct column verdict_columns[] = {
    FIELD(struct verdict, cmp.name, "name"),
    WORD(struct verdict, decision, "decision", decisions),
    FIELD(struct verdict, reason, "reason"),
    FIELD(struct verdict, cmp.base, "base"),
    FIELD(struct verdict, cmp.current, "current"),
    FIELD(struct verdict, cmp.ratio, "ratio"),
    FIELD(struct verdict, cmp.low, "low"),
    FIELD(struct verdict, cmp.high, "high"),
    FIELD(struct verdict, cmp.level, "level"),
    FIELD(struct verdict, cmp.p, "p"),
    FIELD(struct verdict, p_adjusted, "p_adjusted"),
    FIELD(struct verdict, cmp.base_rounds, "base_rounds"),
    FIELD(struct verdict, cmp.current_rounds, "current_rounds"),
    FIELD(struct verdict, cmp.floor, "floor"),
    FIELD(struct verdict, cmp.mde, "mde"),
    FIELD(struct verdict, threshold, "threshold"),
    FIELD(struct verdict, cmp.warning, "warning"),
    FIELD(struct verdict, metric, "metric"),
    FIELD(struct verdict, unit, "unit"),
    WORD(struct verdict, direction, "direction", directions),
};
TABLE(table_verdict, "verdict", verdict_columns, 0);
TABLE(table_trial_verdict, "trial_verdict", verdict_columns, 0);

static const struct column trial_columns[] = {
    FIELD(struct paired_run, uuid, "uuid"),
    FIELD(struct paired_run, started, "started"),
    FIELD(struct paired_run, finished, "finished"),
    WORD(struct paired_run, state, "state", run_states),
    FIELD(struct paired_run, base.label, "base_label"),
    FIELD(struct paired_run, base.code, "base_code"),
    FIELD(struct paired_run, current.label, "current_label"),
    FIELD(struct paired_run, current.code, "current_code"),
    FIELD(struct paired_run, suites, "suites"),
    FIELD(struct paired_run, filter, "selection"),
    FIELD(struct paired_run, command, "command"),
    FIELD(struct paired_run, version, "version"),
    FIELD(struct paired_run, seed, "seed"),
};
TABLE(table_trial, "trial", trial_columns, 1);

static const struct column calibration_columns[] = {
    FIELD(struct calibration, measured, "measured_at"),
    FIELD(struct calibration, version, "version"),
    FIELD(struct calibration, suites, "suites"),
    FIELD(struct calibration, filter, "selection"),
    FIELD(struct calibration, seed, "seed"),
    FIELD(struct calibration, neighbour, "neighbour"),
    FIELD(struct calibration, threshold, "threshold"),
    FIELD(struct calibration, effect, "effect"),
    FIELD(struct calibration, gates, "gates"),
    FIELD(struct calibration, red, "red"),
    FIELD(struct calibration, unsettled, "unsettled"),
    FIELD(struct calibration, asked, "asked"),
    FIELD(struct calibration, regressed, "regressed"),
    FIELD(struct calibration, equivalent, "equivalent"),
    FIELD(struct calibration, inconclusive, "inconclusive"),
    FIELD(struct calibration, other, "other"),
    FIELD(struct calibration, seconds, "seconds"),
    FIELD(struct calibration, rivals[RIVAL_MEAN].red, "mean_red"),
    FIELD(struct calibration, rivals[RIVAL_MEAN].called, "mean_called"),
    FIELD(struct calibration, rivals[RIVAL_MWU_5].red, "mwu5_red"),
    FIELD(struct calibration, rivals[RIVAL_MWU_5].called, "mwu5_called"),
    FIELD(struct calibration, rivals[RIVAL_MWU_10].red, "mwu10_red"),
    FIELD(struct calibration, rivals[RIVAL_MWU_10].called, "mwu10_called"),
    FIELD(struct calibration, rivals[RIVAL_MINIMUM].red, "minimum_red"),
    FIELD(struct calibration, rivals[RIVAL_MINIMUM].called, "minimum_called"),
};
TABLE(table_calibration, "calibration", calibration_columns, 0);

static const struct column point_columns[] = {
    FIELD(struct point, run_id, "result.run"),
    FIELD(struct point, started, "result.started"),
    FIELD(struct point, build_hash, "build.hash"),
    FIELD(struct point, bench_hash, "benchmark.hash"),
    FIELD(struct point, median, "result.median"),
    FIELD(struct point, ci_low, "result.ci_low"),
    FIELD(struct point, ci_high, "result.ci_high"),
    FIELD(struct point, rounds, "result.rounds"),
    WORD(struct point, status, "result.status", statuses),
    FIELD(struct point, commit.branch, "run.branch"),
    FIELD(struct point, commit.dirty, "run.dirty"),
    FIELD(struct point, commit.why, "run.commit_why"),
};
TABLE(table_point, "result", point_columns, 0);

static const struct column baseline_columns[] = {
    FIELD(struct baseline, name, "name"),       FIELD(struct baseline, host_id, "host"),
    FIELD(struct baseline, run_id, "run"),      FIELD(struct baseline, host_name, "host.name"),
    FIELD(struct baseline, reason, "reason"),   FIELD(struct baseline, set_at, "set_at"),
    FIELD(struct baseline, follows, "follows"),
};
TABLE(table_baseline, "baseline", baseline_columns, 0);

static const struct column acceptance_columns[] = {
    FIELD(struct acceptance, id, "acceptance.id"),        FIELD(struct acceptance, run_id, "acceptance.run"),
    FIELD(struct acceptance, run_started, "run.started"), FIELD(struct acceptance, pattern, "pattern"),
    FIELD(struct acceptance, reason, "reason"),           FIELD(struct acceptance, author, "author"),
    FIELD(struct acceptance, accepted, "accepted_at"),    FIELD(struct acceptance, expires, "expires"),
};
TABLE(table_acceptance, "acceptance", acceptance_columns, 0);
