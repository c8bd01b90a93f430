/* SPDX-License-Identifier: Apache-2.0
 * Cells that tell how far a result is from the ceilings of its machine. */
#include "reports/roofline.h"
#include "reports/source.h"

#include <math.h>

/* Columns that no row could fill are left out. */
const char *header_ceiling(struct mem *m, const struct row *first, size_t arg)
{
    static const char *const headers[] = { "at the ceiling", "share of ceiling", "limited by" };
    (void)m;
    return first->d->ceilings ? headers[arg] : NULL;
}

void cell_ceiling(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    struct ceiling ceiling;
    if (!r->result || !r->d->ceilings)
        return;
    struct roofline roofline = roofline_of(m, r->d->ceilings);
    if (!roofline_ceiling(&roofline, r->result, &ceiling))
        return;
    if (arg == CEILING_SECONDS)
        cell_seconds(m, c, ceiling.seconds);
    else if (arg == CEILING_SHARE)
        cell_share(m, c, ceiling.seconds / r->result->summary.median);
    else
        cell_text(m, c, roof_name(m, ceiling.roof));
}

const char *ceilings_source(struct mem *m, const struct report_data *d)
{
    if (!d->ceilings)
        return "not measured on this host: kernmark run ceilings";
    if (d->ceilings == d->run)
        return "measured in this run";
    return mem_printf(m, "measured in run %lld, %s", (long long)d->ceilings->id, show_date(m, d->ceilings->started));
}
