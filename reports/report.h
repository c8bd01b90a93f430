/* SPDX-License-Identifier: Apache-2.0
 * One Markdown document per host, with figures, from a document template. */
#ifndef KM_REPORT_H
#define KM_REPORT_H

#include "db/store.h"
#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

/* Everything a report may show. Absent parts are NULL or 0. */
struct report_data {
    const struct run *run;      /* the run reported */
    const struct run *base;     /* its baseline */
    const struct run *ceilings; /* the run that measured the ceilings of this host: this one, or an earlier one */
    const struct verdict *verdicts;
    size_t nverdicts;
    const struct series *history;
    size_t nhistory;
    const struct host *hosts; /* every known machine */
    size_t nhosts;
    const struct baseline *baselines;
    size_t nbaselines;
    const struct calibration *calibration; /* the gate's last test of itself on this host */
    size_t ncalibration;
    const struct paired_run *paired; /* the last paired run on this host */
    const struct floor_line *floors; /* noise floors of this host */
    size_t nfloors;
    const struct finding *findings; /* of the machine, in its state during the run */
    size_t nfindings;
    const char *unfit; /* why the run does not speak for the code; NULL: nothing known says so */
    const char *raw;   /* raw output block; NULL: made from the run */
    double generated;  /* seconds since 1970, printed in the header */
};

/* Renders `template_path` to out_dir/<host>.md and its figures to out_dir/<host>/. *path gets the document's path (in m).
 * Without gnuplot the document is written without figures and says so. */
int report_write(struct mem *m, const struct report_data *d, const char *template_path, const char *out_dir,
                 const char **path, struct err *e);

/* Renders directives into a Markdown file that people write: what stands between the lines
 *     <!-- BEGIN: table targets columns=component,result -->
 *     <!-- END: table -->
 * is replaced by what {{table targets columns=component,result}} gives; every directive of one line but figures, and
 * every value, can stand there. Marks inside ``` fences are left alone. The file is written only if it changes, and
 * whole or not at all. A file without marks, and a BEGIN without its END, are errors that name file and line. */
int report_splice(struct mem *m, const struct report_data *d, const char *path, struct err *e);

#endif
