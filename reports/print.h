/* SPDX-License-Identifier: Apache-2.0
 * Tables for the terminal, from plain structs: the same columns as in documents. The format chooses the columns (people
 * get few with units, JSON and CSV get all as bare SI numbers); table_write() then writes them. */
#ifndef KM_PRINT_H
#define KM_PRINT_H

#include "db/store.h"
#include "harness/base/result.h"
#include "reports/table.h"

struct table print_results(struct mem *m, const struct run *run, enum format f);
struct table print_targets(struct mem *m, const struct run *run, enum format f);
struct table print_failures(struct mem *m, const struct run *run, enum format f);
struct table print_remarks(struct mem *m, const struct run *run, enum format f);
/* run and base may be NULL; they only name components. */
struct table print_verdicts(struct mem *m, const struct run *run, const struct run *base, const struct verdict *v,
                            size_t n, enum format f);
/* Why each verdict other than EQUIVALENT is what it is; for people, below the verdicts. */
struct table print_reasons(struct mem *m, const struct verdict *v, size_t n);
/* One row per measured value. */
struct table print_history(struct mem *m, const struct series *series, size_t n, enum format f);
struct table print_hosts(struct mem *m, const struct host *hosts, size_t n, enum format f);
struct table print_baselines(struct mem *m, const struct baseline *baselines, size_t n, enum format f);
/* The operating curve of the gate, and the same data judged by other rules. */
struct table print_calibration(struct mem *m, const struct calibration *lines, size_t n, enum format f);
struct table print_floors(struct mem *m, const struct floor_line *lines, size_t n, enum format f);
struct table print_rules(struct mem *m, const struct calibration *lines, size_t n, enum format f);
/* What was found on a machine; for people what it costs comes below, from print_cures(). */
struct table print_findings(struct mem *m, const struct finding *f, size_t n, enum format format);
/* Cost, fix and undo of every finding that is a fault, one per line; "" if there is none. */
const char *print_cures(struct mem *m, const struct finding *f, size_t n);
/* What would be measured: results with bench and entry only; UNSUPPORTED ones say why in `message`. */
struct table print_list(struct mem *m, const struct result *planned, size_t n, enum format f);

/* "7 of 7 targets met" and "31 equivalent, 1 regressed". */
const char *print_targets_summary(struct mem *m, const struct run *run);
const char *print_verdicts_summary(struct mem *m, const struct verdict *v, size_t n);

#endif
