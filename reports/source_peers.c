/* SPDX-License-Identifier: Apache-2.0
 * libkern beside the libraries of others: a row for each size and library. */
#include "harness/stats/pair.h"
#include "reports/source.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *variant, *title;
} peers[] = { { "openblas", "OpenBLAS" }, { "onednn", "oneDNN" } };

static const char *peer_title(const struct result *r)
{
    for (size_t i = 0; r->bench.variant && i < sizeof peers / sizeof peers[0]; i++)
        if (strcmp(peers[i].variant, r->bench.variant) == 0)
            return peers[i].title;
    return NULL;
}

/* The strongest variant of libkern of the same size, which is the one that libkern itself would choose: suites list them
 * weakest first. */
static const struct result *ours_of(const struct run *run, const struct result *theirs)
{
    const struct result *ours = NULL;
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *r = &run->results[i];
        if (r->status == STATUS_OK && !peer_title(r) && result_same_case(r, theirs))
            ours = r;
    }
    return ours;
}

void rows_peers(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++) {
        const struct result *theirs = &d->run->results[i];
        if (!peer_title(theirs))
            continue;
        struct row *r = rows_add(m, out, d);
        r->result = theirs;
        r->ours = ours_of(d->run, theirs);
    }
}

static bool measured(const struct row *r)
{
    return r->ours && r->result && r->result->status == STATUS_OK;
}

static void c_library(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, peer_title(r->result));
}

static void c_our_variant(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->ours)
        cell_text(m, c, r->ours->bench.variant);
}

static void c_ours(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->ours)
        cell_seconds(m, c, r->ours->summary.median);
}

static void c_theirs(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result->status == STATUS_OK)
        cell_seconds(m, c, r->result->summary.median);
}

static void c_ratio(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (measured(r))
        cell_ratio(m, c, pair_ratio(m, r->ours, r->result).ratio);
}

enum { LOW, HIGH, BOTH };

static void c_interval(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (!measured(r))
        return;
    struct pair_ratio p = pair_ratio(m, r->ours, r->result);
    if (!p.enough)
        return;
    if (arg == BOTH)
        cell_text(m, c, mem_printf(m, "%.3f–%.3f×", p.low, p.high));
    else
        cell_ratio(m, c, arg == LOW ? p.low : p.high);
}

static void c_rounds(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (measured(r))
        cell_count(m, c, (double)pair_ratio(m, r->ours, r->result).rounds);
}

/* Nobody is, unless the whole interval lies on one side. */
static void c_ahead(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (!measured(r))
        return;
    struct pair_ratio p = pair_ratio(m, r->ours, r->result);
    if (!p.enough)
        cell_text(m, c, "too few rounds");
    else
        cell_text(m, c, p.high < 1 ? "libkern" : p.low > 1 ? peer_title(r->result) : "neither");
}

static void c_note(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result->status != STATUS_OK)
        cell_text(m, c, r->result->message ? r->result->message : status_name(r->result->status));
    else if (!r->ours)
        cell_text(m, c, "libkern was not measured");
}

const struct source_column peer_columns[] = {
    { "library", { "library", "library", ALIGN_LEFT }, c_library, 0, NULL },
    { "ours_variant", { "ours_variant", "variant of libkern", ALIGN_LEFT }, c_our_variant, 0, NULL },
    { "ours", { "ours_s", "libkern", ALIGN_RIGHT }, c_ours, 0, NULL },
    { "theirs", { "theirs_s", "theirs", ALIGN_RIGHT }, c_theirs, 0, NULL },
    { "ratio", { "ratio", "libkern / theirs", ALIGN_RIGHT }, c_ratio, 0, NULL },
    { "low", { "ratio_low", "from", ALIGN_RIGHT }, c_interval, LOW, NULL },
    { "high", { "ratio_high", "to", ALIGN_RIGHT }, c_interval, HIGH, NULL },
    { "interval", { "interval", "interval", ALIGN_RIGHT }, c_interval, BOTH, NULL },
    { "shared", { "shared_rounds", "rounds", ALIGN_RIGHT }, c_rounds, 0, NULL },
    { "ahead", { "ahead", "ahead", ALIGN_LEFT }, c_ahead, 0, NULL },
    { "remark", { "remark", "note", ALIGN_LEFT }, c_note, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
