/* SPDX-License-Identifier: Apache-2.0
 * Gates of 30 benchmarks on simulated rounds, judged by the code that judges real ones. */
#include "harness/stats/paired.h"
#include "tests/calibrate/calibrate.h"

#include <math.h>
#include <string.h>

enum { BENCHES = 30, ROUNDS_MOST = 1024, PART = 2 };

static const double spreads[] = { 0.01, 0.02, 0.05, 0.10 }, thresholds[] = { 0.10, 0.03 };
enum { SPREADS = 4, THRESHOLDS = 2 };

struct bench_sim {
    struct source noise;
    double effect; /* ln */
    double d[ROUNDS_MOST], again[2 * ROUNDS_MOST];
    char name[16];
};

struct suite_sim {
    struct bench_sim bench[BENCHES];
    struct pair_series series[BENCHES];
};

/* What became of so many gates. */
struct tally {
    size_t gates, red, unsettled, rounds;
    size_t called, equivalent; /* of the planted effects */
};

static void open_suite(struct suite_sim *s, enum model model, double sd, double effect, uint64_t seed)
{
    for (int i = 0; i < BENCHES; i++) {
        struct bench_sim *b = &s->bench[i];
        source_init(&b->noise, model, sd, seed * BENCHES + (uint64_t)i);
        b->effect = i ? 0 : log1p(effect);
        snprintf(b->name, sizeof b->name, "bench%d", i);
        s->series[i] = (struct pair_series){ .name = b->name,
                                             .op = b->name,
                                             .d = b->d,
                                             .again = b->again,
                                             .base = 1,
                                             .current = exp(b->effect),
                                             .floor = NAN,
                                             .round_seconds = NAN,
                                             .base_work = NAN,
                                             .current_work = NAN };
    }
}

static void measure(struct bench_sim *b, double *to, size_t *have, size_t goal)
{
    while (*have < goal)
        to[(*have)++] = b->effect + source_round(&b->noise);
}

static void run_suite(struct mem *m, struct suite_sim *s, const struct pair_policy *p)
{
    enum pair_next next[BENCHES];
    for (bool more = true; more;) {
        more = false;
        pair_next(m, s->series, BENCHES, p, next);
        for (int i = 0; i < BENCHES; i++) {
            struct pair_series *series = &s->series[i];
            more = more || next[i] != PAIR_DONE;
            if (next[i] == PAIR_MORE)
                measure(&s->bench[i], s->bench[i].d, &series->n, (size_t)pair_goal(series, p));
            if (next[i] == PAIR_CONFIRM)
                measure(&s->bench[i], s->bench[i].again, &series->nagain, pair_fresh(series, p));
        }
    }
}

static void count(struct tally *t, const struct suite_sim *s, const struct verdict *v, bool planted)
{
    bool red = false, unsettled = false;
    for (int i = planted; i < BENCHES; i++) {
        bool changed = v[i].decision == DECISION_REGRESSED || v[i].decision == DECISION_IMPROVED;
        red = red || changed;
        unsettled = unsettled || (!changed && v[i].decision != DECISION_EQUIVALENT);
    }
    for (int i = 0; i < BENCHES; i++)
        t->rounds += s->series[i].n + s->series[i].nagain;
    t->gates++;
    t->red += red;
    t->unsettled += unsettled;
    t->called += planted && v[0].decision == DECISION_REGRESSED;
    t->equivalent += planted && v[0].decision == DECISION_EQUIVALENT;
}

struct scene {
    enum model model;
    double sd, threshold, effect;
};

static struct tally play(const struct scene *scene, const struct pair_policy *policy, size_t gates, unsigned row)
{
    static struct suite_sim suite;
    struct tally t = { 0 };
    struct pair_policy p = *policy;
    p.rule.threshold = scene->threshold;
    for (size_t g = 0; g < gates; g++) {
        struct mem m = { 0 };
        open_suite(&suite, scene->model, scene->sd, scene->effect, seed_of(PART, row, scene->model, (unsigned)g));
        run_suite(&m, &suite, &p);
        count(&t, &suite, pair_verdicts(&m, suite.series, BENCHES, &p), scene->effect > 0);
        mem_free(&m);
    }
    return t;
}

/* --- tables -------------------------------------------------------------------------------------------------------- */

/* Claims that hold for all gates together, by whether their rounds are independent. */
struct sums {
    size_t red[2], gates[2];
};

static void unchanged_row(struct report *r, struct scene scene, unsigned row, struct sums *sums)
{
    size_t gates = times(r, 400);
    if (r->out)
        fprintf(r->out, "| %g%%, noise %g%% ", 100 * scene.threshold, 100 * scene.sd);
    for (int model = 0; model < MODELS; model++) {
        scene.model = (enum model)model;
        struct tally t = play(&scene, &pair_policy_default, gates, row);
        int kind = model_independent(scene.model);
        sums->red[kind] += t.red;
        sums->gates[kind] += t.gates;
        if (!r->out)
            continue;
        fputs("| ", r->out);
        print_rate(r->out, t.red, t.gates);
        fputs(", ", r->out);
        print_share(r->out, t.unsettled, t.gates);
        fprintf(r->out, ", %.0f ", (double)t.rounds / (double)t.gates / BENCHES);
    }
    if (r->out)
        fputs("|\n", r->out);
}

static void unchanged(struct report *r)
{
    static const char *const head[] = { "threshold", "normal",   "log-normal",     "heavy tails",
                                        "bimodal",   "drifting", "autocorrelated", NULL };
    struct sums sums = { { 0 }, { 0 } };
    if (r->out)
        fputs(
            "\n## Gates of paired rounds: identical programs\n\nSuites of 30 unchanged benchmarks. First the share of"
            " gates that call anything changed (red), then the share in which\na verdict stayed open, then the rounds a"
            " benchmark took on average. Rounds are fresh processes, so that they should be\nindependent; a steady"
            " drift cancels within a block, and a wandering machine is only noise. If rounds were correlated in\nspite"
            " of that, the tests would call more than their level says: the last column shows how much of it reaches"
            " a\nverdict through threshold and confirmation.\n\n",
            r->out);
    print_head(r->out, head);
    for (int t = 0; t < THRESHOLDS; t++)
        for (int k = 0; k < SPREADS; k++)
            unchanged_row(r, (struct scene){ .sd = spreads[k], .threshold = thresholds[t] },
                          (unsigned)(t * SPREADS + k), &sums);
    claim_at_most(r, "red gates of identical programs, independent rounds", sums.red[1], sums.gates[1], 0.001);
    claim_at_most(r, "red gates of identical programs, drifting or autocorrelated rounds", sums.red[0], sums.gates[0],
                  0.01);
}

static const double effects[] = { 0.02, 0.03, 0.04, 0.05, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25 };
enum { EFFECTS = sizeof effects / sizeof *effects };

/* What must be called, at which noise; and what must not. */
static const struct promise {
    double threshold, effect, most_noise, least;
} promises[] = {
    { 0.10, 0.12, 0.05, 0.95 }, { 0.10, 0.15, 0.05, 0.99 }, { 0.10, 0.25, 0.05, 0.999 },
    { 0.03, 0.05, 0.02, 0.99 }, { 0.03, 0.05, 0.05, 0.95 }, { 0.03, 0.05, 0.10, 0.85 },
};

static void keep_promises(struct report *r, const struct scene *s, const struct tally *t)
{
    char what[96];
    snprintf(what, sizeof what, "+%g%% called at a threshold of %g%%, %s noise of %g%%", 100 * s->effect,
             100 * s->threshold, model_names[s->model], 100 * s->sd);
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
        const struct promise *p = &promises[i];
        if (s->threshold == p->threshold && s->effect == p->effect && s->sd <= p->most_noise)
            claim_at_least(r, what, t->called, t->gates, p->least);
    }
    if (s->effect <= s->threshold / 2)
        claim_at_most(r, what, t->called, t->gates, 0.01);
}

/* A brief check plays only what it can claim something of. */
static bool promised(const struct scene *s)
{
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
        if (s->threshold == promises[i].threshold && s->effect == promises[i].effect && s->sd <= promises[i].most_noise)
            return true;
    return s->effect == s->threshold / 2;
}

static void power_row(struct report *r, struct scene scene, unsigned row)
{
    if (r->out)
        fprintf(r->out, "| %g%%, %s %g%% ", 100 * scene.threshold, model_names[scene.model], 100 * scene.sd);
    for (int i = 0; i < EFFECTS; i++) {
        scene.effect = effects[i];
        if (!r->out && !promised(&scene))
            continue;
        struct tally t = play(&scene, &pair_policy_default, times(r, 300), row * EFFECTS + (unsigned)i);
        keep_promises(r, &scene, &t);
        if (r->out) {
            fputs("| ", r->out);
            print_share(r->out, t.called, t.gates);
            fputs(" ", r->out);
        }
    }
    if (r->out)
        fputs("|\n", r->out);
}

static void power_curves(struct report *r)
{
    static const char *const head[] = {
        "threshold, noise", "+2%", "+3%", "+4%", "+5%", "+8%", "+10%", "+12%", "+15%", "+20%", "+25%", NULL
    };
    static const enum model models[] = { MODEL_NORMAL, MODEL_HEAVY, MODEL_BIMODAL };
    if (r->out)
        fputs("\n## Gates of paired rounds: power\n\nShare of slowdowns in one of 30 benchmarks that are called "
              "REGRESSED,"
              " by their true size. At the threshold itself half\nof them should be, below it few, beyond it all.\n\n",
              r->out);
    print_head(r->out, head);
    for (unsigned t = 0; t < THRESHOLDS; t++)
        for (unsigned m = 0; m < 3; m++)
            for (unsigned k = 0; k < SPREADS; k++)
                power_row(r, (struct scene){ models[m], spreads[k], thresholds[t], 0 },
                          100 + (t * 3 + m) * SPREADS + k);
}

/* Others that were considered. */
static const struct rival_policy {
    const char *name;
    int looks[PAIR_LOOKS_MAX], nlooks, confirm;
    double confirm_alpha;
} rivals[] = {
    { "8, 16, 32, 64; 24 at 1%", { 8, 16, 32, 64 }, 4, 24, 0.01 },
    { "8 … 128; 48 at 1%", { 8, 16, 32, 64, 128 }, 5, 48, 0.01 },
    { "8 … 128; 48 at 0.1%", { 8, 16, 32, 64, 128 }, 5, 48, 0.001 },
    { "12, 32, 96; 64 at 0.1%", { 12, 32, 96 }, 3, 64, 0.001 },
    { "8 … 256; 64 at 0.1%", { 8, 16, 32, 64, 128, 256 }, 6, 64, 0.001 },
    { "8 … 1024; 64 at 0.1%", { 8, 16, 32, 64, 128, 256, 512, 1024 }, 8, 64, 0.001 },
};

/* At a threshold of 3%. */
static const struct scene hard[] = {
    { MODEL_NORMAL, 0.05, 0.03, 0 }, { MODEL_HEAVY, 0.05, 0.03, 0 },   { MODEL_AUTO, 0.05, 0.03, 0 },
    { MODEL_NORMAL, 0.10, 0.03, 0 }, { MODEL_BIMODAL, 0.10, 0.03, 0 }, { MODEL_NORMAL, 0.30, 0.03, 0 },
};
enum { HARD = sizeof hard / sizeof *hard };

static void policy_row(struct report *r, const char *name, const struct pair_policy *p)
{
    fprintf(r->out, "| %s ", name);
    for (int i = 0; i < HARD; i++) {
        struct scene scene = hard[i];
        struct tally same = play(&scene, p, times(r, 300), 400);
        scene.effect = 0.05;
        struct tally slower = play(&scene, p, times(r, 300), 401);
        fputs("| ", r->out);
        print_share(r->out, same.red, same.gates);
        fputs(", ", r->out);
        print_share(r->out, same.unsettled, same.gates);
        fputs(", ", r->out);
        print_share(r->out, slower.called, slower.gates);
        fprintf(r->out, ", %.0f ", (double)same.rounds / (double)same.gates / BENCHES);
    }
    fputs("|\n", r->out);
}

static void rival_row(struct report *r, const struct rival_policy *rival)
{
    struct pair_policy p = pair_policy_default;
    memcpy(p.looks, rival->looks, sizeof p.looks);
    p.nlooks = rival->nlooks;
    p.patience = rival->looks[rival->nlooks - 1];
    p.confirm = rival->confirm;
    p.confirm_alpha = rival->confirm_alpha;
    policy_row(r, rival->name, &p);
}

static void compare_policies(struct report *r)
{
    static const char *const head[] = { "looks; confirmation", "normal 5%",   "heavy tails 5%", "autocorrelated 5%",
                                        "normal 10%",          "bimodal 10%", "normal 30%",     NULL };
    if (!r->out)
        return;
    fputs(
        "\n## Why these looks\n\nA threshold of 3% with noise of 5% a round shall work everywhere, with 10% where "
        "there is"
        " time, and with 30% it is to be\ngiven up soon. Share of gates of identical programs that are red, share that"
        " stay open, share of +5% called, rounds per\nbenchmark of identical programs. Ours stops after 256 rounds "
        "where"
        " 1,024 have no prospect of settling it. Confirmations\nhave twice the rounds that made the suspect, and at "
        "least"
        " those named.\n\n",
        r->out);
    print_head(r->out, head);
    for (size_t i = 0; i < sizeof rivals / sizeof *rivals; i++)
        rival_row(r, &rivals[i]);
    policy_row(r, "8 … 1024, with a prospect; 64 at 0.1% (ours)", &pair_policy_default);
}

void calibrate_pairs(struct report *r)
{
    unchanged(r);
    power_curves(r);
    compare_policies(r);
}
