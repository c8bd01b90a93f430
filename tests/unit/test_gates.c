/* SPDX-License-Identifier: Apache-2.0
 * The gate tested by gates: what is planted, what is counted, and what the counts mean. */
#include "harness/pair/gates.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BENCHES = 12, GATES = 4 };

struct stage {
    struct mem m;
    struct job jobs[BENCHES];
    struct plan plan;
    char name[BENCHES][24];
    struct gates_options o;
    struct pair_edges edges;
    struct gates g;
    double clock, bias; /* bias: ratio of benchmark 0 although nothing was planted */
    double spread;
    bool blind; /* planted slowdowns do not show */
    bool nan;   /* rounds of benchmark 1 give no number */
    size_t rounds, interrupt_at, announced;
    volatile int interrupted;
};

static void fake_round(void *ctx, struct mem *m, const struct pair_order *order, struct pair_pace *pace,
                       struct pair_round *out)
{
    struct stage *s = ctx;
    size_t i = (size_t)(order->job - s->jobs);
    double ratio = order->slow > 0 && !s->blind ? order->slow : !i && s->bias > 0 ? s->bias : 1;
    (void)m, (void)pace;
    s->clock += 1;
    *out = (struct pair_round){ .status = STATUS_OK };
    if (++s->rounds == s->interrupt_at)
        s->interrupted = 1;
    out->d = log(ratio) + s->spread * ((double)((order->round * 5) % 8) / 4 - 0.875);
    if (s->nan && i == 1)
        out->d = NAN;
    out->side[PAIR_BASE] = (struct pair_tally){ 1e-6, 1e-6, 1e-6 };
    out->side[PAIR_CURRENT] = (struct pair_tally){ 1e-6 * ratio, 1e-6 * ratio, 1e-6 * ratio };
}

static void no_witness(void *ctx, const struct pair_order *order, double work[PAIR_SIDES])
{
    (void)ctx, (void)order;
    work[PAIR_BASE] = work[PAIR_CURRENT] = NAN;
}

static double fake_now(void *ctx)
{
    return ((struct stage *)ctx)->clock;
}

static void announce(void *ctx, size_t done, size_t total)
{
    struct stage *s = ctx;
    assert_int_equal(done, s->announced);
    assert_int_equal(total, s->o.gates * s->o.neffects);
    s->announced++;
}

static const double effects[] = { 0, 0.05, 0.12, 0.25 };

static void set(struct stage *s)
{
    memset(s, 0, sizeof *s);
    s->plan = (struct plan){ s->jobs, BENCHES };
    for (size_t i = 0; i < BENCHES; i++) {
        snprintf(s->name[i], sizeof s->name[i], "bench%zu", i);
        s->jobs[i].bench.name = s->name[i];
        s->jobs[i].entry.threshold = 0.10;
    }
    s->spread = 0.01;
    s->o = (struct gates_options){ .plan = &s->plan,
                                   .pair = { .policy = pair_policy_default, .seed = 3, .interrupted = &s->interrupted },
                                   .effects = effects,
                                   .neffects = 4,
                                   .gates = GATES,
                                   .plants = 2 };
    s->edges = (struct pair_edges){ .round = fake_round, .witness = no_witness, .now = fake_now, .ctx = s };
}

static void play(struct stage *s)
{
    struct gates_observer obs = { s, announce };
    gates_run(&s->m, &s->o, &s->edges, &obs, &s->g);
}

static void a_sound_gate(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    play(&s);
    assert_int_equal(s.announced, 16);
    assert_int_equal(s.g.nlines, 4);
    for (size_t e = 0; e < 4; e++) {
        const struct calibration *c = &s.g.lines[e];
        assert_true(c->effect == effects[e]);
        assert_int_equal(c->gates, GATES);
        assert_int_equal(c->red, 0);
        assert_int_equal(c->unsettled, 0);
        assert_int_equal(c->asked, e ? 2 * GATES : 0); /* two different ones in each gate */
        assert_int_equal(c->regressed, e >= 2 ? 2 * GATES : 0);
        assert_int_equal(c->equivalent, e == 1 ? 2 * GATES : 0);
        assert_int_equal(c->inconclusive + c->other, 0);
        assert_int_equal(c->rivals[RIVAL_MEAN].called, e >= 2 ? 2 * GATES : 0);
        assert_int_equal(c->rivals[RIVAL_MINIMUM].red, 0);
    }
    assert_true(s.g.lines[0].seconds == 8 * BENCHES && s.g.lines[3].seconds > s.g.lines[0].seconds);
    assert_int_equal(gates_judge(&s.g, 0.10), GATES_SOUND);
    mem_free(&s.m);
}

/* Only identical programs teach the noise floor. */
static void noise_is_kept(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.nan = true;
    s.o.plants = 1;
    play(&s);
    assert_int_equal(s.g.nnoise, GATES * (BENCHES - 1)); /* none of the one without a number */
    for (size_t i = 0; i < s.g.nnoise; i++) {
        assert_true(fabs(s.g.noise[i].change) < 1e-9);
        assert_int_equal(s.g.noise[i].rounds, 8);
        assert_string_not_equal(s.g.noise[i].bench.name, "bench1");
    }
    mem_free(&s.m);
}

static void a_trigger_happy_gate(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.bias = 1.3;
    s.o.plants = 1;
    play(&s);
    assert_int_equal(s.g.lines[0].red, GATES);
    assert_int_equal(s.g.lines[0].unsettled, 0);
    assert_int_equal(s.g.lines[0].rivals[RIVAL_MEAN].red, GATES);
    assert_int_equal(gates_judge(&s.g, 0.10), GATES_TRIGGER_HAPPY);
    mem_free(&s.m);
}

static void a_blind_gate(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.blind = true;
    play(&s);
    assert_int_equal(s.g.lines[3].regressed, 0);
    assert_int_equal(s.g.lines[3].equivalent, 2 * GATES);
    assert_int_equal(gates_judge(&s.g, 0.10), GATES_BLIND);
    mem_free(&s.m);
}

static void an_undecided_gate(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.spread = 0.6;
    s.o.neffects = 1;
    s.o.pair.policy.nlooks = 2;
    play(&s);
    assert_int_equal(s.g.lines[0].unsettled, GATES);
    assert_int_equal(gates_judge(&s.g, 0.10), GATES_UNDECIDED);
    mem_free(&s.m);
}

/* A gate that was cut short does not count; the others do. */
static void an_interruption(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.o.neffects = 1;
    s.interrupt_at = 8 * BENCHES + 5;
    play(&s);
    assert_int_equal(s.g.lines[0].gates, 1);
    assert_int_equal(s.g.nnoise, BENCHES);
    assert_true(s.g.lines[0].seconds == 8 * BENCHES);
    mem_free(&s.m);
    set(&s);
    s.interrupted = 1;
    play(&s);
    assert_int_equal(s.g.lines[0].gates, 0);
    assert_true(isnan(s.g.lines[0].seconds));
    assert_int_equal(s.rounds, 0);
    mem_free(&s.m);
}

/* More plants than benchmarks: all of them. */
static void too_many_plants(void **state)
{
    (void)state;
    static struct stage s;
    set(&s);
    s.o.plants = 99;
    s.o.effects = &effects[3];
    s.o.neffects = 1;
    s.o.gates = 1;
    play(&s);
    assert_int_equal(s.g.lines[0].asked, BENCHES);
    assert_int_equal(s.g.lines[0].other, BENCHES); /* a suite that moved as one is the environment's */
    mem_free(&s.m);
}

static void counts_and_what_they_mean(void **state)
{
    (void)state;
    static const struct {
        struct calibration c;
        enum gates_fault fault;
    } cases[] = {
        { { .effect = 0, .gates = 100 }, GATES_SOUND },
        { { .effect = 0, .gates = 100, .red = 1 }, GATES_TRIGGER_HAPPY },
        { { .effect = 0, .gates = 100, .unsettled = 50 }, GATES_SOUND },
        { { .effect = 0, .gates = 100, .unsettled = 51 }, GATES_UNDECIDED },
        { { .effect = 0.12, .gates = 100, .asked = 100, .regressed = 91 }, GATES_SOUND }, /* P(≤ 91) is 0.063 */
        { { .effect = 0.12, .gates = 100, .asked = 100, .regressed = 90 }, GATES_BLIND }, /* P(≤ 90) is 0.028 */
        { { .effect = 0.12, .gates = 4, .asked = 4, .regressed = 3 }, GATES_SOUND },
        { { .effect = 0.12, .gates = 4, .asked = 4, .regressed = 2 }, GATES_BLIND },
        { { .effect = 0.12, .gates = 1, .asked = 0 }, GATES_SOUND },
        { { .effect = 0.11, .gates = 100, .asked = 100, .regressed = 60 }, GATES_SOUND }, /* too near to be asked */
        { { .effect = 0.05, .gates = 20, .asked = 20, .regressed = 2 }, GATES_SOUND },
        { { .effect = 0.05, .gates = 20, .asked = 20, .regressed = 4 }, GATES_TRIGGER_HAPPY }, /* P(≥ 4) is 0.016 */
        { { .effect = 0.06, .gates = 20, .asked = 20, .regressed = 20 }, GATES_SOUND },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct calibration c = cases[i].c;
        struct gates g = { .lines = &c, .nlines = 1 };
        if (gates_judge(&g, 0.10) != cases[i].fault)
            fail_msg("case %zu is %d", i, (int)gates_judge(&g, 0.10));
    }
    assert_int_equal(gates_judge(&(struct gates){ 0 }, 0.10), GATES_SOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_gate),    cmocka_unit_test(noise_is_kept),
        cmocka_unit_test(a_blind_gate),    cmocka_unit_test(a_trigger_happy_gate),
        cmocka_unit_test(an_interruption), cmocka_unit_test(an_undecided_gate),
        cmocka_unit_test(too_many_plants), cmocka_unit_test(counts_and_what_they_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
