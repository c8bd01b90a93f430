/* SPDX-License-Identifier: Apache-2.0
 * Paired runs with scripted rounds in place of processes: who is measured how often, in what order, and what ends it. */
#include "harness/pair/trial.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BENCHES = 5, VISITS = 4000 };

/* What the rounds of one benchmark give. */
struct script {
    double ratio, fresh, spread; /* of its rounds; of rounds from `turn` on, if turn is not 0 */
    uint64_t turn;
    uint64_t fails_at; /* round, counted from 1; 0: never */
    int fails_side;
    enum status status;
    const char *message;
};

struct stage {
    struct mem m;
    struct job jobs[BENCHES];
    struct plan plan;
    struct script script[BENCHES];
    struct pair_options options;
    struct pair_edges edges;
    struct pair_trial trial;
    struct verdict *v;
    double clock, round_seconds;
    volatile int interrupted;
    size_t interrupt_at; /* visit; 0: never */
    size_t visits, who[VISITS], rounds_seen[BENCHES], witnessed[BENCHES];
    size_t settled_most;
    double left_first, left_last, slow_seen;
};

static size_t index_of(const struct stage *s, const struct job *job)
{
    return (size_t)(job - s->jobs);
}

static void fake_round(void *ctx, struct mem *m, const struct pair_order *order, struct pair_pace *pace,
                       struct pair_round *out)
{
    struct stage *s = ctx;
    size_t i = index_of(s, order->job);
    const struct script *t = &s->script[i];
    assert_true(s->visits < VISITS);
    assert_int_equal(order->round, s->rounds_seen[i]); /* numbered on, confirmation included */
    s->rounds_seen[i]++;
    s->who[s->visits++] = i;
    s->clock += s->round_seconds;
    s->slow_seen = order->slow;
    pace->iterations = 10;
    pace->resolution = 1e-9;
    *out = (struct pair_round){ .status = STATUS_OK };
    if (s->interrupt_at && s->visits >= s->interrupt_at) {
        s->interrupted = 1;
        out->status = STATUS_INTERRUPTED;
        return;
    }
    if (t->fails_at && order->round + 1 >= t->fails_at) {
        out->status = t->status;
        out->failed = t->fails_side;
        out->message = t->message ? mem_dup(m, t->message) : NULL;
        return;
    }
    double ratio = t->turn && order->round >= t->turn ? t->fresh : t->ratio;
    double place = (double)((order->round * 5) % 8) / 8 - 0.4375;
    out->d = log(ratio) + t->spread * 2 * place;
    out->side[PAIR_BASE] = (struct pair_tally){ 1e-6, 1e-6, 1e-6 };
    out->side[PAIR_CURRENT] = (struct pair_tally){ 1e-6 * ratio, 1e-6 * ratio, 1e-6 * ratio };
}

static void fake_witness(void *ctx, const struct pair_order *order, double work[PAIR_SIDES])
{
    struct stage *s = ctx;
    s->witnessed[index_of(s, order->job)]++;
    work[PAIR_BASE] = 1000;
    work[PAIR_CURRENT] = 1300;
}

static double fake_now(void *ctx)
{
    return ((struct stage *)ctx)->clock;
}

static void watch(void *ctx, const struct job *job, size_t settled, size_t total, double seconds_left)
{
    struct stage *s = ctx;
    assert_in_range(index_of(s, job), 0, BENCHES - 1);
    assert_int_equal(total, s->trial.ntracks);
    assert_true(settled <= total);
    s->settled_most = settled > s->settled_most ? settled : s->settled_most;
    if (!s->visits)
        s->left_first = seconds_left;
    s->left_last = seconds_left;
}

static void set(struct stage *s)
{
    static const char *const names[BENCHES] = { "a", "b", "c", "d", "e" };
    memset(s, 0, sizeof *s);
    s->plan = (struct plan){ s->jobs, BENCHES };
    s->round_seconds = 0.5;
    for (size_t i = 0; i < BENCHES; i++) {
        s->jobs[i].bench.name = names[i]; /* op and family NULL: as of a foreign program */
        s->jobs[i].entry.threshold = 0.10;
        s->script[i] = (struct script){ .ratio = 1, .spread = 0.01 };
    }
    s->options = (struct pair_options){ .policy = pair_policy_default, .seed = 7, .interrupted = &s->interrupted };
    s->options.policy.rule.alpha = 0.02; /* so that 8 rounds make no suspect of 5 benchmarks */
    s->options.policy.nlooks = 2;
    s->options.policy.looks[1] = 16;
    s->options.policy.confirm = 32;
    s->options.policy.confirm_alpha = 0.01;
    s->edges = (struct pair_edges){ fake_round, fake_witness, fake_now, s, watch };
    pair_trial_open(&s->m, &s->plan, &s->trial);
}

static void play(struct stage *s)
{
    pair_trial_run(&s->m, &s->trial, &s->options, &s->edges);
    s->v = pair_trial_verdicts(&s->m, &s->trial, &s->options.policy);
}

static void expect(const struct stage *s, size_t i, enum decision d, const char *words)
{
    const struct verdict *v = &s->v[i];
    if (v->decision != d || !strstr(v->reason, words))
        fail_msg("%s is %s: %s", v->cmp.name, decision_name(v->decision), v->reason);
}

static void all_quiet(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    play(&s);
    for (size_t i = 0; i < BENCHES; i++) {
        expect(&s, i, DECISION_EQUIVALENT, "8 rounds; no change beyond the threshold");
        assert_int_equal(s.trial.tracks[i].nrounds, 8);
        assert_int_equal(s.trial.tracks[i].nscreen, 8);
        assert_int_equal(s.witnessed[i], 0);
        assert_true(s.trial.tracks[i].seconds == 4);
    }
    assert_true(s.trial.seconds == 20 && !s.trial.out_of_time && !s.trial.interrupted);
    assert_true(isnan(s.left_first) && s.left_last == 0.5);
    mem_free(&s.m);
}

/* Each visit to all is in an order of its own, and everybody has had his turn before anybody has another. */
static void rounds_are_interleaved(void **state)
{
    (void)state;
    static struct stage s;
    bool orders_differ = false;
    set(&s);
    play(&s);
    assert_int_equal(s.visits, 8 * BENCHES);
    for (size_t v = 0; v < s.visits; v += BENCHES) {
        unsigned seen = 0;
        for (size_t k = 0; k < BENCHES; k++)
            seen |= 1u << s.who[v + k];
        assert_int_equal(seen, (1u << BENCHES) - 1);
        orders_differ = orders_differ || memcmp(&s.who[v], &s.who[0], BENCHES * sizeof *s.who);
    }
    assert_true(orders_differ);
    static struct stage again;
    set(&again);
    play(&again);
    assert_memory_equal(s.who, again.who, sizeof s.who); /* the seed decides */
    mem_free(&s.m);
    mem_free(&again.m);
}

static void looks_and_confirmation(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.script[1].ratio = 1.3;
    s.script[2].spread = 0.5; /* nothing can be said of it */
    s.script[3].ratio = 1 / 1.3;
    s.script[4] = (struct script){ .ratio = 1.3, .fresh = 1, .turn = 16, .spread = 0.01 };
    play(&s);
    static const size_t screened[] = { 8, 16, 16, 16, 16 }, rounds[] = { 8, 48, 16, 48, 48 };
    for (size_t i = 0; i < BENCHES; i++) {
        assert_int_equal(s.trial.tracks[i].nscreen, screened[i]);
        assert_int_equal(s.trial.tracks[i].nrounds, rounds[i]);
        assert_int_equal(s.witnessed[i], rounds[i] == 48);
    }
    expect(&s, 0, DECISION_EQUIVALENT, "");
    expect(&s, 1, DECISION_REGRESSED, "16 and 32 fresh rounds; confirmed");
    expect(&s, 1, DECISION_REGRESSED, "; instructions +30%");
    expect(&s, 2, DECISION_INCONCLUSIVE, "cannot gate at 10% here");
    expect(&s, 3, DECISION_IMPROVED, "confirmed");
    expect(&s, 4, DECISION_INCONCLUSIVE, "suspected, but fresh rounds do not confirm it");
    /* Confirmations come last, of nobody else. */
    for (size_t v = s.visits - 72; v < s.visits; v++)
        assert_true(s.who[v] == 1 || s.who[v] == 3 || s.who[v] == 4);
    assert_int_equal(verdict_exit(s.v, BENCHES), EXIT_REGRESSION);
    mem_free(&s.m);
}

static void the_budget_ends_it(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.script[1].ratio = 1.3;
    s.options.budget_seconds = 26; /* 20 to the first look, 4 more for the suspect's, 2 of its confirmation */
    play(&s);
    assert_true(s.trial.out_of_time && !s.trial.interrupted);
    assert_true(s.trial.seconds > 26 && s.trial.seconds <= 26.5);
    assert_int_equal(s.trial.tracks[1].nscreen, 16);
    assert_int_equal(s.trial.tracks[1].nrounds, 21);
    expect(&s, 1, DECISION_INCONCLUSIVE, "suspected, but there was no time to confirm it");
    expect(&s, 0, DECISION_EQUIVALENT, "");
    mem_free(&s.m);
    set(&s);
    s.options.budget_seconds = 5; /* not even the first look */
    play(&s);
    assert_true(s.trial.out_of_time);
    for (size_t i = 0; i < BENCHES; i++) {
        assert_in_range(s.trial.tracks[i].nscreen, 2, 3);
        expect(&s, i, DECISION_INCONCLUSIVE, "; needs 8 rounds");
    }
    assert_int_equal(verdict_exit(s.v, BENCHES), EXIT_INCONCLUSIVE);
    mem_free(&s.m);
}

static void an_interruption_ends_it(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.interrupt_at = 8;
    play(&s);
    assert_true(s.trial.interrupted && !s.trial.out_of_time);
    assert_int_equal(s.visits, 8);
    size_t rounds = 0;
    for (size_t i = 0; i < BENCHES; i++) {
        rounds += s.trial.tracks[i].nrounds;
        assert_int_equal(s.trial.tracks[i].failure.status, STATUS_OK);
        assert_int_equal(s.v[i].decision, DECISION_INCONCLUSIVE);
    }
    assert_int_equal(rounds, 7); /* the eighth was cut off and does not count */
    mem_free(&s.m);
    set(&s);
    s.interrupted = 1; /* before it began */
    play(&s);
    assert_int_equal(s.visits, 0);
    expect(&s, 0, DECISION_INCONCLUSIVE, "no round gave a ratio");
    mem_free(&s.m);
}

static void failures_of_either_side(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.script[0] =
        (struct script){ .fails_at = 1, .fails_side = PAIR_CURRENT, .status = STATUS_CRASHED, .message = "SIGSEGV" };
    s.script[1] = (struct script){ .fails_at = 1, .fails_side = PAIR_BASE, .status = STATUS_TIMEOUT };
    s.script[2] = (struct script){ .ratio = 1,
                                   .spread = 0.01,
                                   .fails_at = 5,
                                   .fails_side = PAIR_CURRENT,
                                   .status = STATUS_WRONG,
                                   .message = "off by one" };
    play(&s);
    expect(&s, 0, DECISION_FAILED, "the candidate has no time: SIGSEGV");
    expect(&s, 1, DECISION_NEW, "the baseline has no time: it failed without a word");
    expect(&s, 2, DECISION_FAILED, "the candidate has no time: off by one");
    expect(&s, 3, DECISION_EQUIVALENT, "");
    assert_int_equal(s.rounds_seen[0], 1); /* not tried again */
    assert_int_equal(s.rounds_seen[2], 5);
    assert_true(isnan(s.v[0].cmp.ratio) && s.v[0].threshold == 0.10);
    assert_string_equal(s.v[0].cmp.name, "a");
    assert_int_equal(verdict_exit(s.v, BENCHES), EXIT_BENCH_FAILED);
    struct pair_series *series;
    size_t *which;
    assert_int_equal(pair_trial_series(&s.m, &s.trial, &series, &which), 2);
    assert_true(which[0] == 3 && which[1] == 4);
    assert_string_equal(series[0].op, "d"); /* of a benchmark without an operation: its name */
    assert_true(s.left_last == 0.5);        /* what failed needs no more time */
    mem_free(&s.m);
    set(&s);
    for (size_t i = 0; i < BENCHES; i++)
        s.script[i] = (struct script){ .fails_at = 1, .fails_side = PAIR_CURRENT, .status = STATUS_OOM };
    play(&s);
    assert_int_equal(s.visits, BENCHES);
    mem_free(&s.m);
}

/* The program that confirms may fail, too. */
static void a_failure_while_confirming(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.script[1] = (struct script){
        .ratio = 1.3, .spread = 0.01, .fails_at = 20, .fails_side = PAIR_CURRENT, .status = STATUS_CRASHED
    };
    play(&s);
    expect(&s, 1, DECISION_FAILED, "the candidate has no time");
    assert_int_equal(s.witnessed[1], 0);
    mem_free(&s.m);
}

static void identical_programs(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.script[1].ratio = 1.3;
    for (size_t i = 0; i < BENCHES; i++)
        s.trial.tracks[i].identical = true;
    play(&s);
    expect(&s, 1, DECISION_ENVIRONMENT, "both sides run the same code");
    expect(&s, 2, DECISION_EQUIVALENT, "");
    assert_int_equal(verdict_exit(s.v, BENCHES), EXIT_ENVIRONMENT);
    mem_free(&s.m);
}

static void known_floors_and_the_clock(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.trial.tracks[0].floor = 0.14;
    s.script[1].ratio = 1.3;
    s.trial.tracks[1].slow = 1.3;
    play(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "cannot gate at 10% here: floor 14%, which ");
    expect(&s, 1, DECISION_REGRESSED, "");
    struct pair_series *series;
    size_t *which;
    pair_trial_series(&s.m, &s.trial, &series, &which);
    assert_true(series[1].least == 1e-9 / 10); /* resolution over the iterations of a sample */
    assert_true(series[1].round_seconds == 0.5 && s.slow_seen == 1.3);
    assert_true(series[1].base == 1e-6 && series[1].current == 1e-6 * 1.3);
    mem_free(&s.m);
}

static void unsupported_jobs_have_no_track(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.jobs[0].unsupported = s.jobs[3].unsupported = "needs a machine of another kind";
    pair_trial_open(&s.m, &s.plan, &s.trial);
    assert_int_equal(s.trial.ntracks, 3);
    assert_ptr_equal(s.trial.tracks[0].job, &s.jobs[1]);
    play(&s);
    assert_int_equal(s.rounds_seen[0] + s.rounds_seen[3], 0);
    mem_free(&s.m);
    set(&s);
    s.plan.njobs = 0;
    pair_trial_open(&s.m, &s.plan, &s.trial);
    play(&s);
    assert_int_equal(s.visits, 0);
    mem_free(&s.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_quiet),
        cmocka_unit_test(rounds_are_interleaved),
        cmocka_unit_test(looks_and_confirmation),
        cmocka_unit_test(the_budget_ends_it),
        cmocka_unit_test(an_interruption_ends_it),
        cmocka_unit_test(failures_of_either_side),
        cmocka_unit_test(a_failure_while_confirming),
        cmocka_unit_test(identical_programs),
        cmocka_unit_test(known_floors_and_the_clock),
        cmocka_unit_test(unsupported_jobs_have_no_track),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
