/* SPDX-License-Identifier: Apache-2.0
 * A run, its baseline, verdicts and a history made by hand, the same every time: what the report tests render. */
#ifndef KM_TEST_REPORT_FIXTURE_H
#define KM_TEST_REPORT_FIXTURE_H

#include "reports/report.h"

/* Seven components in up to five variants: remarks of every kind, a failure, a target that is missed. */
struct report_data fixture_data(struct mem *m);
/* A run with n results that are OK and have no samples, no summary (NAN) and no texts but a name. */
struct run *fixture_bare_run(struct mem *m, size_t n);
/* The whole fixture with `text` in every string that a user, a suite, a repository or a machine chooses. */
struct report_data fixture_hostile(struct mem *m, const char *text);

/* Writes `text` to a file under a new folder that the test may fill; the folder's path, in m. */
const char *fixture_folder(struct mem *m);
void fixture_remove(const char *folder);
/* Compares with tests/data/report_golden/<name>; KM_UPDATE_GOLDEN=1 in the environment writes it instead. */
void fixture_golden(const char *name, const char *text);

#endif
