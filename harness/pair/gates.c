/* SPDX-License-Identifier: Apache-2.0
 * Gate after gate, and the counts. */
#include "harness/pair/gates.h"

#include "harness/measure/seed.h"
#include "harness/stats/rng.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <string.h>

struct loop {
    struct mem *m;
    const struct gates_options *o;
    const struct pair_edges *edges;
    struct gates *out;
    double *seconds; /* of gates, by effect */
};

/* --- one gate ------------------------------------------------------------------------------------------------------ */

/* Distinct ones, at random. */
static void plant(struct pair_trial *t, double effect, size_t plants, uint64_t seed)
{
    struct rng r;
    rng_seed(&r, seed);
    for (size_t planted = 0; effect > 0 && planted < plants && planted < t->ntracks;) {
        struct pair_track *track = &t->tracks[rng_below(&r, t->ntracks)];
        planted += !(track->slow > 0);
        track->slow = 1 + effect;
    }
}

static void count_planted(struct calibration *c, const struct verdict *v)
{
    c->asked++;
    switch (v->decision) {
    case DECISION_REGRESSED:
        c->regressed++;
        break;
    case DECISION_EQUIVALENT:
        c->equivalent++;
        break;
    case DECISION_INCONCLUSIVE:
        c->inconclusive++;
        break;
    default:
        c->other++;
    }
}

static void count_verdicts(struct calibration *line, const struct pair_trial *t, const struct verdict *v)
{
    bool red = false, unsettled = false;
    for (size_t i = 0; i < t->ntracks; i++) {
        bool changed = v[i].decision == DECISION_REGRESSED || v[i].decision == DECISION_IMPROVED;
        bool planted = t->tracks[i].slow > 0;
        if (planted)
            count_planted(line, &v[i]);
        red = red || (changed && !planted);
        unsettled = unsettled || (!changed && v[i].decision != DECISION_EQUIVALENT && !planted);
    }
    line->red += red;
    line->unsettled += unsettled && !red;
}

static void count_rivals(struct mem *m, struct calibration *line, const struct pair_trial *t, double threshold)
{
    for (int rule = 0; rule < RIVALS; rule++) {
        bool red = false;
        for (size_t i = 0; i < t->ntracks; i++) {
            const struct pair_track *track = &t->tracks[i];
            size_t n = track->nrounds;
            struct rival_round *side[PAIR_SIDES];
            for (int k = 0; k < PAIR_SIDES; k++) {
                side[k] = mem_array(m, n, sizeof *side[k]);
                for (size_t r = 0; r < n; r++)
                    side[k][r] = (struct rival_round){ track->rounds[r].side[k].mean, track->rounds[r].side[k].min };
            }
            bool called = rival_red(m, (enum rival)rule, side[PAIR_BASE], side[PAIR_CURRENT], n,
                                    isnan(threshold) ? track->job->entry.threshold : threshold);
            line->rivals[rule].called += called && track->slow > 0;
            red = red || (called && !(track->slow > 0));
        }
        line->rivals[rule].red += red;
    }
}

static void keep_noise(struct loop *l, struct mem *scratch, const struct pair_trial *t)
{
    struct gates *g = l->out;
    for (size_t i = 0; i < t->ntracks; i++) {
        const struct pair_track *track = &t->tracks[i];
        double *d = mem_array(scratch, track->nrounds, sizeof *d);
        size_t kept;
        for (size_t r = 0; r < track->nrounds; r++)
            d[r] = track->rounds[r].d;
        d = stats_sorted(scratch, d, track->nrounds, &kept);
        if (!kept)
            continue;
        g->noise = mem_grow(l->m, g->noise, &g->cap, g->nnoise + 1, sizeof *g->noise);
        g->noise[g->nnoise++] = (struct noise_point){ track->job->bench, stats_median(d, kept),
                                                      stats_median_error(scratch, d, kept), kept };
    }
}

static void run_gate(struct loop *l, size_t effect, size_t number)
{
    struct mem scratch = { 0 };
    struct pair_trial t;
    struct pair_options pair = l->o->pair;
    struct calibration *line = &l->out->lines[effect];
    pair.seed = seed_mix(seed_mix(pair.seed, number), effect);
    pair_trial_open(&scratch, l->o->plan, &t);
    plant(&t, l->o->effects[effect], l->o->plants, pair.seed);
    pair_trial_run(&scratch, &t, &pair, l->edges);
    if (!t.interrupted) {
        count_verdicts(line, &t, pair_trial_verdicts(&scratch, &t, &pair.policy));
        count_rivals(&scratch, line, &t, pair.policy.rule.threshold);
        if (!(l->o->effects[effect] > 0))
            keep_noise(l, &scratch, &t);
        l->seconds[effect * l->o->gates + line->gates++] = t.seconds;
    }
    mem_free(&scratch);
}

/* --- all gates ----------------------------------------------------------------------------------------------------- */

void gates_run(struct mem *m, const struct gates_options *o, const struct pair_edges *edges,
               const struct gates_observer *obs, struct gates *out)
{
    struct loop l = { m, o, edges, out, mem_array(m, o->gates * o->neffects, sizeof(double)) };
    const volatile int *interrupted = o->pair.interrupted;
    *out = (struct gates){ .lines = mem_array(m, o->neffects, sizeof *out->lines), .nlines = o->neffects };
    for (size_t e = 0; e < o->neffects; e++)
        out->lines[e].effect = o->effects[e];
    for (size_t g = 0; g < o->gates; g++)
        for (size_t e = 0; e < o->neffects && !(interrupted && *interrupted); e++) {
            if (obs && obs->gate)
                obs->gate(obs->ctx, g * o->neffects + e, o->gates * o->neffects);
            run_gate(&l, e, g);
        }
    out->nlines = 0;
    for (size_t e = 0; e < o->neffects; e++) { /* an effect that an interruption left without a gate says nothing */
        struct calibration *c = &out->lines[out->nlines];
        *c = out->lines[e];
        stats_sort(l.seconds + e * o->gates, c->gates);
        c->seconds = stats_median(l.seconds + e * o->gates, c->gates);
        out->nlines += c->gates > 0;
    }
}

/* Is so low, or so high, a count what chance gives with that share? */
static bool too_few(size_t got, size_t n, double share)
{
    return n && stats_binomial_cdf((int64_t)got, (int64_t)n, share) < 0.05;
}

static bool too_many(size_t got, size_t n, double share)
{
    return got && 1 - stats_binomial_cdf((int64_t)got - 1, (int64_t)n, share) < 0.05;
}

enum gates_fault gates_judge(const struct gates *g, double threshold)
{
    enum gates_fault worst = GATES_SOUND;
    for (size_t i = 0; i < g->nlines; i++) {
        const struct calibration *c = &g->lines[i];
        if (c->red || (c->effect > 0 && c->effect <= threshold / 2 && too_many(c->regressed, c->asked, 0.05)))
            return GATES_TRIGGER_HAPPY;
        if (c->effect >= 1.2 * threshold && too_few(c->regressed, c->asked, 0.95))
            worst = GATES_BLIND;
        if (!worst && !(c->effect > 0) && 2 * c->unsettled > c->gates)
            worst = GATES_UNDECIDED;
    }
    return worst;
}
