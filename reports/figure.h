/* SPDX-License-Identifier: Apache-2.0
 * Figures: a fixed gnuplot script per figure, fed by a data file. No name from a result ever reaches a script: data go
 * to <name>.dat as sanitised labels and numbers, and scripts see fixed file names only. */
#ifndef KM_FIGURE_H
#define KM_FIGURE_H

#include "harness/base/buf.h"
#include "harness/base/err.h"
#include "reports/report.h"

#include <stdbool.h>

/* Writes the data; returns NULL, or why there is nothing to draw. */
typedef const char *figure_data(struct mem *m, const struct report_data *d, struct buf *out);

struct figure {
    const char *name;    /* script reports/figures/<name>.gp, data <name>.dat, results <name>.svg and <name>.png */
    const char *alt;     /* what is drawn, for those who cannot see it */
    const char *caption; /* what to look for; a template may say something else */
    figure_data *data;
};

enum { FIGURES_MAX = 16 };

/* Which figures a document wants, and what became of them. */
struct figures {
    const char *link; /* folder of the figures, relative to the document */
    struct drawing {
        bool wanted;
        const char *why;     /* why not drawn; NULL: drawn */
    } drawings[FIGURES_MAX]; /* index as in the table */
};

/* Index in the table, or -1 with the known names. */
int figure_find(const char *name, struct err *e);
const struct figure *figure_at(int index);

/* Draws the wanted figures into `dir`, with the scripts in `scripts`, at the same time. A figure that cannot be drawn
 * (no gnuplot, a failing or hanging one, nothing to draw) is no error: its `why` says so. Failing to write data is. */
int figures_draw(struct mem *m, const struct report_data *d, const char *scripts, const char *dir, struct figures *f,
                 struct err *e);

figure_data figure_distribution, figure_variants, figure_targets, figure_history; /* figure_data.c */
figure_data figure_scaling;                                                       /* figure_scaling.c */
figure_data figure_roofline;                                                      /* figure_roofline.c */

/* The number of a variant's colour (style.inc). */
int figure_rank(const struct bench *b);

#endif
