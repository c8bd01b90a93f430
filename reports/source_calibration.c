/* SPDX-License-Identifier: Apache-2.0
 * Rows about the gate's test of itself, one per planted effect, and one per effect and rule; and about noise floors. */
#include "reports/source.h"

#include <math.h>
#include <string.h>

void rows_calibration(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->ncalibration; i++) {
        struct row *r = rows_add(m, out, d);
        r->calibration = &d->calibration[i];
        r->rule = RIVALS;
    }
}

void rows_rules(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (int rule = RIVALS; rule >= 0; rule--) /* ours first */
        for (size_t i = 0; i < d->ncalibration; i++) {
            struct row *r = rows_add(m, out, d);
            r->calibration = &d->calibration[i];
            r->rule = rule;
        }
}

static void c_effect(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_percent(m, c, r->calibration->effect);
    if (!(r->calibration->effect > 0))
        c->text = "none";
}

enum {
    COUNT_GATES,
    COUNT_RED,
    COUNT_UNSETTLED,
    COUNT_ASKED,
    COUNT_REGRESSED,
    COUNT_EQUIVALENT,
    COUNT_INCONCLUSIVE,
    COUNT_OTHER
};

static size_t count_of(const struct row *r, size_t what)
{
    const struct calibration *k = r->calibration;
    bool rival = r->rule < RIVALS;
    const size_t counts[] = { [COUNT_GATES] = k->gates,
                              [COUNT_RED] = rival ? k->rivals[r->rule].red : k->red,
                              [COUNT_UNSETTLED] = k->unsettled,
                              [COUNT_ASKED] = k->asked,
                              [COUNT_REGRESSED] = rival ? k->rivals[r->rule].called : k->regressed,
                              [COUNT_EQUIVALENT] = k->equivalent,
                              [COUNT_INCONCLUSIVE] = k->inconclusive,
                              [COUNT_OTHER] = k->other };
    return counts[what];
}

static void c_count(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    cell_count(m, c, (double)count_of(r, arg));
}

/* "98 of 100 (98.0%)"; of planted effects. */
static void c_of_asked(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    size_t n = count_of(r, arg), asked = r->calibration->asked;
    if (!asked)
        return;
    c->number = (double)n / (double)asked;
    c->text = mem_printf(m, "%zu of %zu (%s)", n, asked, show_share(m, c->number));
}

/* "≤ 2.95%", "≥ 95.1%": how sure a share is. */
static void c_red_most(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = r->calibration->red_most;
    if (!isnan(c->number))
        c->text = mem_printf(m, "≤ %s", show_share(m, c->number));
}

static void c_called_least(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    c->number = r->calibration->called_least;
    if (!isnan(c->number))
        c->text = mem_printf(m, "≥ %s", show_share(m, c->number));
}

static void c_seconds(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_seconds(m, c, r->calibration->seconds);
}

static void c_threshold(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_share(m, c, r->calibration->threshold);
}

static void c_neighbour(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->calibration->neighbour ? "yes" : "no");
}

static void c_suites(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->calibration->suites);
}

static void c_seed(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, mem_printf(m, "%llu", (unsigned long long)r->calibration->seed));
}

/* Those that take the gate's threshold name it. */
static void c_rule(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const char *const names[] = {
        [RIVAL_MEAN] = "mean > %s over the baseline's mean",
        [RIVAL_MWU_5] = "U test of 9 repetitions, p < 0.05 and > 5%",
        [RIVAL_MWU_10] = "U test of 9 repetitions, p < 0.05 and > 10%",
        [RIVAL_MINIMUM] = "minimum > %s over the baseline's minimum",
        [RIVALS] = "kernmark",
    };
    const char *percents = strstr(names[r->rule], "%s");
    const char *threshold =
        isnan(r->calibration->threshold) ? "its threshold" : show_share(m, r->calibration->threshold);
    (void)arg;
    cell_text(m, c,
              !percents ? names[r->rule]
                        : mem_printf(m, "%.*s%s%s", (int)(percents - names[r->rule]), names[r->rule], threshold,
                                     percents + 2));
}

const struct source_column calibration_columns[] = {
    { "effect", { "effect", "planted", ALIGN_RIGHT }, c_effect, 0, NULL },
    { "gates", { "gates", "gates", ALIGN_RIGHT }, c_count, COUNT_GATES, NULL },
    { "red", { "wrongly_red", "red for nothing", ALIGN_RIGHT }, c_count, COUNT_RED, NULL },
    { "red_most", { "wrongly_red_most", "95% sure", ALIGN_RIGHT }, c_red_most, 0, NULL },
    { "unsettled", { "unsettled", "unsettled", ALIGN_RIGHT }, c_count, COUNT_UNSETTLED, NULL },
    { "asked", { "planted_benchmarks", "planted in", ALIGN_RIGHT }, c_count, COUNT_ASKED, NULL },
    { "called", { "called", "REGRESSED", ALIGN_RIGHT }, c_of_asked, COUNT_REGRESSED, NULL },
    { "called_least", { "called_least", "95% sure", ALIGN_RIGHT }, c_called_least, 0, NULL },
    { "regressed", { "regressed", "REGRESSED", ALIGN_RIGHT }, c_count, COUNT_REGRESSED, NULL },
    { "equivalent", { "equivalent", "EQUIVALENT", ALIGN_RIGHT }, c_count, COUNT_EQUIVALENT, NULL },
    { "inconclusive", { "inconclusive", "INCONCLUSIVE", ALIGN_RIGHT }, c_count, COUNT_INCONCLUSIVE, NULL },
    { "other", { "other", "other", ALIGN_RIGHT }, c_count, COUNT_OTHER, NULL },
    { "seconds", { "gate_s", "time of a gate", ALIGN_RIGHT }, c_seconds, 0, NULL },
    { "threshold", { "threshold", "threshold", ALIGN_RIGHT }, c_threshold, 0, NULL },
    { "neighbour", { "neighbour", "noisy neighbour", ALIGN_LEFT }, c_neighbour, 0, NULL },
    { "suites", { "suites", "suites", ALIGN_LEFT }, c_suites, 0, NULL },
    { "seed", { "seed", "seed", ALIGN_RIGHT }, c_seed, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

const struct source_column rule_columns[] = {
    { "rule", { "rule", "rule", ALIGN_LEFT }, c_rule, 0, NULL },
    { "effect", { "effect", "planted", ALIGN_RIGHT }, c_effect, 0, NULL },
    { "gates", { "gates", "gates", ALIGN_RIGHT }, c_count, COUNT_GATES, NULL },
    { "red", { "wrongly_red", "red for nothing", ALIGN_RIGHT }, c_count, COUNT_RED, NULL },
    { "asked", { "planted_benchmarks", "planted in", ALIGN_RIGHT }, c_count, COUNT_ASKED, NULL },
    { "called", { "called", "called slower", ALIGN_RIGHT }, c_of_asked, COUNT_REGRESSED, NULL },
    { "threshold", { "threshold", "threshold", ALIGN_RIGHT }, c_threshold, 0, NULL },
    { "neighbour", { "neighbour", "noisy neighbour", ALIGN_LEFT }, c_neighbour, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- noise floors ---------------------------------------------------------------------------------------------------- */

void rows_floors(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; i < d->nfloors; i++)
        rows_add(m, out, d)->floor = &d->floors[i];
}

static void c_floor_name(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->floor->name);
}

static void c_floor(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_share(m, c, r->floor->floor);
    if (isnan(r->floor->floor))
        c->text = "not known yet";
    else if (!r->floor->own)
        c->text = mem_printf(m, "%s (pooled)", show_share(m, r->floor->floor));
}

static void c_floor_own(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_text(m, c, r->floor->own ? "yes" : "no");
}

static void c_floor_sessions(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_count(m, c, (double)r->floor->sessions);
}

static void c_floor_threshold(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    cell_share(m, c, r->floor->threshold);
}

static void c_floor_holds(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (!isnan(r->floor->floor))
        cell_text(m, c, r->floor->floor <= r->floor->threshold ? "yes" : "NO");
}

const struct source_column floor_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, c_floor_name, 0, NULL },
    { "floor", { "noise_floor", "noise floor", ALIGN_RIGHT }, c_floor, 0, NULL },
    { "own", { "own", "own sessions", ALIGN_LEFT }, c_floor_own, 0, NULL },
    { "sessions", { "sessions", "sessions", ALIGN_RIGHT }, c_floor_sessions, 0, NULL },
    { "threshold", { "threshold", "threshold", ALIGN_RIGHT }, c_floor_threshold, 0, NULL },
    { "holds", { "holds", "can be gated", ALIGN_LEFT }, c_floor_holds, 0, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};
