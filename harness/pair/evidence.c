/* SPDX-License-Identifier: Apache-2.0
 * The rounds of a trial as evidence: series of times, and of metrics beside them. */
#include "harness/pair/trial.h"
#include "harness/stats/stats.h"

#include <math.h>

/* --- evidence ------------------------------------------------------------------------------------------------------ */

static double median_of(struct mem *m, const struct pair_track *t, int side)
{
    double *x = mem_array(m, t->nrounds, sizeof *x);
    for (size_t i = 0; i < t->nrounds; i++)
        x[i] = t->rounds[i].side[side].median;
    stats_sort(x, t->nrounds);
    return stats_median(x, t->nrounds);
}

static const char *op_of(const struct bench *b)
{
    return b->op ? b->op : b->family ? b->family : b->name;
}

static struct pair_series series_of(struct mem *m, const struct pair_track *t)
{
    double *d = mem_array(m, t->nrounds, sizeof *d);
    for (size_t i = 0; i < t->nrounds; i++)
        d[i] = t->rounds[i].d;
    return (struct pair_series){ .name = t->job->bench.name,
                                 .op = op_of(&t->job->bench),
                                 .threshold = t->job->entry.threshold,
                                 .d = d,
                                 .n = t->nscreen,
                                 .again = d + t->nscreen,
                                 .nagain = t->nrounds - t->nscreen,
                                 .base = median_of(m, t, PAIR_BASE),
                                 .current = median_of(m, t, PAIR_CURRENT),
                                 .floor = t->floor,
                                 .least = t->pace.iterations ? t->pace.resolution / (double)t->pace.iterations : 0,
                                 .identical = t->identical,
                                 .round_seconds = t->nrounds ? t->seconds / (double)t->nrounds : NAN,
                                 .base_work = t->work[PAIR_BASE],
                                 .current_work = t->work[PAIR_CURRENT] };
}

/* --- metrics ----------------------------------------------------------------------------------------------------- */

static double value_of(const struct pair_track *t, size_t ask, size_t round, int side)
{
    return t->rounds[round].values ? t->rounds[round].values[ask].side[side] : NAN;
}

enum pair_reports pair_track_reports(const struct pair_track *t, const struct pair_trial *trial, size_t ask)
{
    int reports = REPORTS_NEITHER;
    if (!metric_concerns(&trial->asks[ask], &t->job->entry))
        return REPORTS_NEITHER;
    for (int side = 0; side < PAIR_SIDES; side++) {
        bool said = trial->asks[ask].source == METRIC_STEPS && isfinite(t->work[side]);
        for (size_t i = 0; i < t->nrounds && !said; i++)
            said = isfinite(value_of(t, ask, i, side));
        reports |= !said ? 0 : side == PAIR_BASE ? REPORTS_BASE : REPORTS_CURRENT;
    }
    return (enum pair_reports)reports;
}

void pair_about(const struct metric_ask *ask, struct verdict *v)
{
    v->metric = ask->name;
    v->unit = metric_rate_unit(ask->name);
    v->direction = ask->direction;
}

static double median_value(struct mem *m, const struct pair_track *t, size_t ask, int side)
{
    size_t kept;
    double *x = mem_array(m, t->nrounds, sizeof *x);
    for (size_t i = 0; i < t->nrounds; i++)
        x[i] = value_of(t, ask, i, side);
    x = stats_sorted(m, x, t->nrounds, &kept);
    return stats_median(x, kept);
}

static struct pair_series steps_of(struct mem *m, const struct pair_track *t, struct pair_series s)
{
    double *d = mem_alloc(m, sizeof *d);
    *d = metric_distance(t->work[PAIR_BASE], t->work[PAIR_CURRENT]);
    s.exact = true;
    s.unit = "instructions";
    s.d = s.again = d;
    s.n = 1;
    s.base = t->work[PAIR_BASE];
    s.current = t->work[PAIR_CURRENT];
    return s;
}

/* Where the values have no ratio a difference that does not count is none, because nothing later can tell its size. */
static double distance_of(const struct pair_track *t, const struct metric_ask *ask, size_t a, size_t round)
{
    double base = value_of(t, a, round, PAIR_BASE), current = value_of(t, a, round, PAIR_CURRENT);
    if (!isfinite(base) || !isfinite(current))
        return NAN;
    bool small = !metric_has_ratio(base, current) && fabs(current - base) <= ask->least;
    return small ? 0 : t->rounds[round].values[a].d;
}

static struct pair_series metric_of(struct mem *m, const struct pair_track *t, const struct metric_ask *ask, size_t a)
{
    bool own = !isnan(ask->threshold);
    struct pair_series s = { .name = t->job->bench.name,
                             .op = op_of(&t->job->bench),
                             .metric = ask->name,
                             .unit = metric_rate_unit(ask->name),
                             .direction = ask->direction,
                             .own_threshold = own,
                             .threshold = own ? ask->threshold : t->job->entry.threshold,
                             .floor = NAN,
                             .least = ask->least,
                             .identical = t->identical,
                             .round_seconds = t->nrounds ? t->seconds / (double)t->nrounds : NAN,
                             .base_work = NAN,
                             .current_work = NAN };
    if (ask->source == METRIC_STEPS)
        return steps_of(m, t, s);
    double *d = mem_array(m, t->nrounds, sizeof *d);
    for (size_t i = 0; i < t->nrounds; i++)
        d[i] = distance_of(t, ask, a, i);
    s.d = d;
    s.n = t->nscreen;
    s.again = d + t->nscreen;
    s.nagain = t->nrounds - t->nscreen;
    s.base = median_value(m, t, a, PAIR_BASE);
    s.current = median_value(m, t, a, PAIR_CURRENT);
    return s;
}

size_t pair_trial_series(struct mem *m, const struct pair_trial *trial, struct pair_series **series, size_t **which)
{
    size_t n = 0, most = trial->ntracks * (1 + trial->nasks);
    *series = mem_array(m, most, sizeof **series);
    *which = mem_array(m, most, sizeof **which);
    for (size_t i = 0; i < trial->ntracks; i++)
        if (trial->tracks[i].failure.status == STATUS_OK) {
            (*series)[n] = series_of(m, &trial->tracks[i]);
            (*which)[n++] = i;
        }
    for (size_t k = 0; k < trial->nasks; k++)
        for (size_t i = 0; i < trial->ntracks; i++) {
            const struct pair_track *t = &trial->tracks[i];
            if (t->failure.status != STATUS_OK || pair_track_reports(t, trial, k) != REPORTS_BOTH)
                continue;
            (*series)[n] = metric_of(m, t, &trial->asks[k], k);
            (*which)[n++] = i;
        }
    return n;
}
