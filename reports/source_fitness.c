/* SPDX-License-Identifier: Apache-2.0
 * Rows about how fit a machine is to be measured on. */
#include "reports/source.h"

void rows_fitness(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->nfindings; i++)
        rows_add(m, out, d)->finding = &d->findings[i];
}

static const char *const names[] = {
    [FITNESS_GOOD] = "good",
    [FITNESS_ADVICE] = "advice",
    [FITNESS_UNFIT] = "UNFIT",
    [FITNESS_UNKNOWN] = "unknown",
};

enum { PART_CHECK, PART_TITLE, PART_FITNESS, PART_FOUND, PART_COST, PART_FIX, PART_UNDO };

static void c_part(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    const struct finding *f = r->finding;
    const char *const parts[] = { f->check, f->title, names[f->fitness], f->found, f->cost, f->fix, f->undo };
    cell_text(m, c, parts[arg]);
}

const struct source_column finding_columns[] = {
    { "check", { "check", "check", ALIGN_LEFT }, c_part, PART_CHECK, NULL },
    { "title", { "title", "what", ALIGN_LEFT }, c_part, PART_TITLE, NULL },
    { "fitness", { "fitness", "fitness", ALIGN_LEFT }, c_part, PART_FITNESS, NULL },
    { "found", { "found", "found", ALIGN_LEFT }, c_part, PART_FOUND, NULL },
    { "cost", { "cost", "what it costs", ALIGN_LEFT }, c_part, PART_COST, NULL },
    { "fix", { "fix", "fix", ALIGN_LEFT }, c_part, PART_FIX, NULL },
    { "undo", { "undo", "undo", ALIGN_LEFT }, c_part, PART_UNDO, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
