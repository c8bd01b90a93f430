/* SPDX-License-Identifier: Apache-2.0
 * Gates of stored results: two runs at different times, each with a luck of its own. */
#include "harness/stats/verdict.h"
#include "tests/calibrate/calibrate.h"
#include "tests/unit/stats_help.h"

#include <math.h>

enum { PART = 3, BENCHES = 30, ROUNDS = 6, VARIANTS = 3 };

static const double common = 0.01; /* sd of what all benchmarks of a run share, in addition */

struct scene {
    enum model model;
    double sd; /* between runs of one benchmark; between processes of a run it is as much */
    size_t history;
    double effect;
};

struct tally {
    size_t gates, red, unsettled, called;
};

/* The medians of rounds of one benchmark in one run. */
static void run_rounds(struct source *luck, struct source *process, double level, double *x)
{
    double run = level + source_next(luck);
    for (int i = 0; i < ROUNDS; i++)
        x[i] = 1e-6 * exp(run + source_next(process));
}

static double median_of_run(struct mem *m, const double *x)
{
    struct result r = one_result(m, "past", x, ROUNDS);
    return r.summary.median;
}

/* Earlier runs, the baseline and the current run of one benchmark, in order of time. `shared` has what the runs of all
 * benchmarks have in common. */
static void simulate_bench(struct mem *m, const struct scene *s, size_t i, const double *shared, uint64_t seed,
                           struct run *runs, struct history_noise *h)
{
    struct source luck, process;
    double x[ROUNDS], *past = mem_array(m, s->history, sizeof *past);
    const char *name = mem_printf(m, "op%zu/v%zu", i / VARIANTS, i % VARIANTS);
    source_init(&luck, s->model, s->sd, seed);
    source_init(&process, MODEL_NORMAL, s->sd, ~seed);
    for (size_t k = 0; k < s->history; k++) {
        run_rounds(&luck, &process, shared[k], x);
        past[k] = median_of_run(m, x);
    }
    *h = (struct history_noise){ name, past, s->history };
    for (size_t k = 0; k < 2; k++) {
        run_rounds(&luck, &process, shared[s->history + k] + (k && !i ? log1p(s->effect) : 0), x);
        runs[k].results[i] = one_result(m, name, x, ROUNDS);
        runs[k].results[i].bench.op = mem_printf(m, "op%zu", i / VARIANTS);
    }
}

static void play_gate(const struct scene *s, uint64_t seed, struct tally *t)
{
    struct mem m = { 0 };
    struct run runs[2] = { { .nresults = BENCHES }, { .nresults = BENCHES } };
    struct history_noise *h = mem_array(&m, BENCHES, sizeof *h);
    double *shared = mem_array(&m, s->history + 2, sizeof *shared);
    struct source all;
    bool red = false, unsettled = false;
    size_t n;
    source_init(&all, MODEL_NORMAL, common, seed ^ 0x5eed);
    for (size_t k = 0; k < s->history + 2; k++)
        shared[k] = source_next(&all);
    for (int k = 0; k < 2; k++)
        runs[k].results = mem_array(&m, BENCHES, sizeof *runs[k].results);
    for (size_t i = 0; i < BENCHES; i++)
        simulate_bench(&m, s, i, shared, seed * BENCHES + i, runs, h);
    const struct verdict *v = judge(&m, &runs[0], &runs[1], h, BENCHES, NULL, &n);
    for (size_t i = s->effect > 0; i < n; i++) {
        red = red || v[i].decision == DECISION_REGRESSED || v[i].decision == DECISION_IMPROVED;
        unsettled = unsettled || (v[i].decision != DECISION_EQUIVALENT);
    }
    t->gates++;
    t->red += red;
    t->unsettled += unsettled && !red;
    t->called += s->effect > 0 && v[0].decision == DECISION_REGRESSED;
    mem_free(&m);
}

static struct tally play(const struct scene *s, size_t gates, unsigned row)
{
    struct tally t = { 0 };
    for (size_t g = 0; g < gates; g++)
        play_gate(s, seed_of(PART, row, s->model, (unsigned)g), &t);
    return t;
}

static void row_of(struct report *r, struct scene scene, unsigned row)
{
    if (r->out)
        fprintf(r->out, "| %g%%, %zu earlier runs ", 100 * scene.sd, scene.history);
    for (int model = 0; model < MODELS; model++) {
        char what[96];
        scene.model = (enum model)model;
        scene.effect = 0;
        struct tally t = play(&scene, times(r, 300), row);
        scene.effect = 0.25;
        struct tally slow = play(&scene, times(r, 100), row + 50);
        snprintf(what, sizeof what, "red gates of stored results, %s noise of %g%%, %zu earlier runs",
                 model_names[model], 100 * scene.sd, scene.history);
        if (model == MODEL_NORMAL)
            claim_at_most(r, what, t.red, t.gates, 0.05);
        if (!r->out)
            continue;
        fputs("| ", r->out);
        print_rate(r->out, t.red, t.gates);
        fputs(", ", r->out);
        print_share(r->out, t.unsettled, t.gates);
        fputs(", ", r->out);
        print_share(r->out, slow.called, slow.gates);
        fputs(" ", r->out);
    }
    if (r->out)
        fputs("|\n", r->out);
}

void calibrate_stored(struct report *r)
{
    static const double spreads[] = { 0.01, 0.02, 0.03, 0.05 };
    static const size_t histories[] = { 0, 20 };
    static const char *const head[] = { "noise between runs", "normal",         "log-normal", "heavy tails", "bimodal",
                                        "drifting",           "autocorrelated", NULL };
    if (r->out)
        fputs("\n## Gates of stored results\n\nThe baseline was measured at another time, so its luck is part of the"
              " change seen: each benchmark has a luck per run of\nthe shape and size named, all share another 1%, and"
              " the 6 rounds of a run scatter as much again around it. 30 benchmarks\nof 10 operations, threshold 10%."
              " Share of gates of unchanged programs that are red (suspects, which `kernmark gate`\nthen confirms by"
              " pairing), share that stay open, share of +25% in one benchmark called.\n\n",
              r->out);
    print_head(r->out, head);
    for (unsigned k = 0; k < 4; k++)
        for (unsigned h = 0; h < 2; h++)
            row_of(r, (struct scene){ .sd = spreads[k], .history = histories[h] }, k * 2 + h);
}
