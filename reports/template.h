/* SPDX-License-Identifier: Apache-2.0
 * Document templates: Markdown with directives in {{ }}. The grammar is in reports/README.md. */
#ifndef KM_TEMPLATE_H
#define KM_TEMPLATE_H

#include "harness/base/buf.h"
#include "harness/base/err.h"
#include "reports/figure.h"
#include "reports/report.h"

struct template
{
    const char *path; /* for messages: "path:line: ..." */
    const char *text;
    const struct report_data *d; /* d->run is not NULL */
    struct figures *figures;     /* NULL: a figure is an error */
};

/* Checks every line, also those that the data would leave out, and marks the figures it wants. Kind: EXIT_USAGE. */
int template_check(struct mem *m, const struct template *t, struct err *e);
/* Renders; the figures are drawn by now. */
int template_render(struct mem *m, const struct template *t, struct buf *out, struct err *e);

#endif
