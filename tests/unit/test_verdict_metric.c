/* SPDX-License-Identifier: Apache-2.0
 * Verdicts on metrics of stored results: what is compared exactly, what as times are, and what cannot be. */
#include "harness/stats/metric_case.h"
#include "harness/stats/verdict.h"
#include "tests/unit/stats_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BENCHES = 8, ROUNDS = 6 };

/* Two runs of the same benchmarks, unchanged in time; each has one counter. */
struct scene {
    struct mem m;
    struct run base, current;
    struct metric_ask ask;
    struct policy policy;
    struct verdict *v;
    size_t n;
};

static struct run quiet_run(struct mem *m)
{
    struct run run = { .results = mem_array(m, BENCHES, sizeof(struct result)), .nresults = BENCHES };
    for (size_t i = 0; i < BENCHES; i++) {
        const double us = 1e-6 * (double)(i + 1), x[ROUNDS] = { us, us, us, us, us, us };
        run.results[i] = one_result(m, mem_printf(m, "b%zu", i), x, ROUNDS);
        run.results[i].cost = (struct km_cost){ .bytes = 64 };
    }
    return run;
}

static void set(struct scene *s, const char *name, enum direction d)
{
    memset(s, 0, sizeof *s);
    s->base = quiet_run(&s->m);
    s->current = quiet_run(&s->m);
    s->ask = (struct metric_ask){
        .name = name, .direction = d, .threshold = NAN, .source = metric_is_rate(name) ? METRIC_RATE : METRIC_COUNTER
    };
    s->policy = policy_default;
    s->policy.asks = &s->ask;
    s->policy.nasks = 1;
}

/* The counter of all benchmarks in n rounds: a value, and by how much of it the rounds differ. */
static void give(struct scene *s, struct run *run, double value, double spread, size_t n)
{
    for (size_t i = 0; i < BENCHES; i++) {
        struct metric *metric = mem_alloc(&s->m, sizeof *metric);
        *metric = (struct metric){ .name = s->ask.name, .value = value };
        for (size_t k = 0; k < n; k++)
            metric_add(&s->m, metric, value * (1 + spread * ((double)k - 2.5)));
        run->results[i].metrics = metric;
        run->results[i].nmetrics = 1;
    }
}

/* The verdict on the counter of b0. */
static const struct verdict *play(struct scene *s)
{
    s->v = judge(&s->m, &s->base, &s->current, NULL, 0, &s->policy, &s->n);
    for (size_t i = 0; i < BENCHES; i++)
        assert_true(!s->v[i].metric && s->v[i].decision == DECISION_EQUIVALENT);
    return s->n > BENCHES ? &s->v[BENCHES] : NULL;
}

static void expect(const struct verdict *v, enum decision d, const char *words)
{
    assert_non_null(v);
    if (v->decision != d || !strstr(v->reason, words))
        fail_msg("%s is %s: %s", v->metric, decision_name(v->decision), v->reason);
}

static void nobody_asks(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "hits", DIRECTION_HIGHER);
    give(&s, &s.base, 100, 0, ROUNDS);
    give(&s, &s.current, 10, 0, ROUNDS);
    s.policy.nasks = 0;
    assert_null(play(&s));
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_PASS);
    mem_free(&s.m);
}

static void directions_of_scattered_values(void **state)
{
    (void)state;
    static const struct {
        enum direction direction;
        double current;
        enum decision want;
        const char *words;
    } rows[] = {
        { DIRECTION_HIGHER, 50, DECISION_REGRESSED, "2.00× lower" },
        { DIRECTION_HIGHER, 200, DECISION_IMPROVED, "2.00× higher" },
        { DIRECTION_LOWER, 50, DECISION_IMPROVED, "2.00× lower" },
        { DIRECTION_LOWER, 200, DECISION_REGRESSED, "2.00× higher" },
        { DIRECTION_HIGHER, 100.1, DECISION_EQUIVALENT, "no change beyond the threshold" },
        { DIRECTION_UNKNOWN, 50, DECISION_INCONCLUSIVE, "--metric=x:higher or x:lower tells" },
        { DIRECTION_NONE, 50, DECISION_INCONCLUSIVE, "for information" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        set(&s, "x", rows[i].direction);
        give(&s, &s.base, 100, 0.001, ROUNDS);
        give(&s, &s.current, rows[i].current, 0.001, ROUNDS);
        const struct verdict *v = play(&s);
        expect(v, rows[i].want, rows[i].words);
        expect(v, rows[i].want, "6 vs 6 rounds");
        assert_int_equal(s.n, 2 * BENCHES);
        double ratio = rows[i].current / 100;
        assert_true(fabs(v->cmp.base / 100 - 1) < 0.01 && fabs(v->cmp.ratio / ratio - 1) < 0.01);
        assert_true(v->cmp.low < v->cmp.ratio && v->cmp.ratio < v->cmp.high && !verdict_exact(v));
        mem_free(&s.m);
    }
}

static void the_family_is_one(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "x", DIRECTION_LOWER);
    give(&s, &s.base, 100, 0.001, ROUNDS);
    for (size_t i = 1; i < BENCHES; i++)
        s.base.results[i].nmetrics = 0;
    give(&s, &s.current, 130, 0.001, 3);
    const struct verdict *v = play(&s);
    assert_int_equal(s.n, 2 * BENCHES); /* the others have it on one side */
    assert_true(fabs(v->p_adjusted - (BENCHES + 1) * v->cmp.p) < 1e-9);
    assert_int_equal(s.v[BENCHES + 1].decision, DECISION_NEW);
    mem_free(&s.m);
}

static void equal_rounds_are_exact(void **state)
{
    (void)state;
    static const struct {
        double base, current, threshold, least;
        enum decision want;
        const char *words;
    } rows[] = {
        { 7, 7, 0, 0, DECISION_EQUIVALENT, "compared exactly" },
        { 7, 8, 0, 0, DECISION_REGRESSED, "x 1.14× higher (1.14–1.14), threshold 0%, compared exactly" },
        { 8, 7, 0, 0, DECISION_IMPROVED, "1.14× lower" },
        { 100, 105, NAN, 0, DECISION_EQUIVALENT, "threshold 10%" },
        { 100, 120, NAN, 25, DECISION_EQUIVALENT, "threshold 10% and 25" },
        { 0, 2, NAN, 0, DECISION_REGRESSED, "x from 0 to 2: a change that no ratio tells" },
        { 0, 2, NAN, 2, DECISION_EQUIVALENT, "x from 0 to 2" },
        { 0, 0, NAN, 0, DECISION_EQUIVALENT, "x 0 on both sides" },
        { -1, 1, NAN, 0, DECISION_REGRESSED, "x from -1 to 1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        set(&s, "x", DIRECTION_LOWER);
        s.ask.threshold = rows[i].threshold;
        s.ask.least = rows[i].least;
        give(&s, &s.base, rows[i].base, 0, 2);
        give(&s, &s.current, rows[i].current, 0, 2);
        const struct verdict *v = play(&s);
        expect(v, rows[i].want, rows[i].words);
        assert_true(verdict_exact(v) && isnan(v->p_adjusted));
        assert_int_equal(verdict_exit(s.v, s.n), rows[i].want == DECISION_REGRESSED ? EXIT_REGRESSION : EXIT_PASS);
        mem_free(&s.m);
    }
}

static void too_little_is_told(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "x", DIRECTION_LOWER);
    give(&s, &s.base, 7, 0, 0); /* an old store: the mean only */
    give(&s, &s.current, 8, 0, 3);
    expect(play(&s), DECISION_INCONCLUSIVE, "1 and 3 values are stored: at least 2 a side are needed");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_INCONCLUSIVE);
    give(&s, &s.current, 7, 0, 0);
    expect(play(&s), DECISION_EQUIVALENT, "compared exactly");
    give(&s, &s.current, -4, 0.1, 4);
    expect(play(&s), DECISION_INCONCLUSIVE, "there is no ratio");
    mem_free(&s.m);
    set(&s, "rmse", DIRECTION_LOWER); /* counting it again would not change it */
    give(&s, &s.base, 0.5, 0, 0);
    give(&s, &s.current, 0.75, 0, 0);
    expect(play(&s), DECISION_REGRESSED, "rmse 1.50× higher");
    mem_free(&s.m);
}

static void who_has_it(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "x", DIRECTION_LOWER);
    expect(play(&s), DECISION_INCONCLUSIVE, "no benchmark has this metric on either side: is the name right?");
    assert_int_equal(s.n, 2 * BENCHES);
    give(&s, &s.base, 7, 0, 2);
    expect(play(&s), DECISION_MISSING, "the baseline has it, this run does not");
    s.base.results[0].nmetrics = 0; /* of those that never had it nothing is said */
    play(&s);
    assert_int_equal(s.n, 2 * BENCHES - 1);
    mem_free(&s.m);
}

static void rates_and_their_absolute_floor(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "bytes_per_second", DIRECTION_HIGHER);
    for (size_t i = 0; i < BENCHES; i++)
        s.current.results[i].cost.bytes = 32; /* half of the work in the same time */
    const struct verdict *v = play(&s);
    expect(v, DECISION_REGRESSED, "bytes_per_second 2.00× lower");
    assert_true(!strcmp(v->unit, "B/s") && fabs(v->cmp.base - 64e6) < 1 && !verdict_exact(v));
    s.ask.least = 64e6;
    expect(play(&s), DECISION_EQUIVALENT, "threshold 10% and 6.4e+07");
    mem_free(&s.m);
}

static void units_tell_directions_and_steps_stand_in(void **state)
{
    (void)state;
    struct mem m = { 0 };
    const double x[] = { 1, 1 };
    struct result a = one_result(&m, "b", x, 2), b = a;
    struct metric one = { .name = "instructions-stepped", .unit = "instructions", .value = 1000 }, two = one;
    struct metric_ask ask = { .name = "instructions", .direction = DIRECTION_UNKNOWN, .threshold = NAN };
    two.value = 1010;
    a.metrics = &one;
    b.metrics = &two;
    a.nmetrics = b.nmetrics = 1;
    struct metric_case c = metric_case_of(&m, &ask, &a, &b);
    assert_int_equal(c.evidence, EVIDENCE_EXACT);
    assert_int_equal(c.direction, DIRECTION_LOWER);
    assert_true(c.base == 1000 && c.current == 1010);
    assert_string_equal(c.unit, "instructions");
    mem_free(&m);
}

static void values_are_kept_round_by_round(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct metric x = { .name = "x", .value = NAN, .why = "none yet" };
    metric_add(&m, &x, NAN);
    assert_true(isnan(x.value) && x.why && !x.nrounds);
    for (int i = 1; i <= 9; i++)
        metric_add(&m, &x, i);
    metric_add(&m, &x, INFINITY);
    assert_true(x.nrounds == 9 && x.value == 5 && !x.why);
    for (size_t i = 0; i < 9; i++)
        assert_true(x.rounds[i] == (double)(i + 1));
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_asks),
        cmocka_unit_test(directions_of_scattered_values),
        cmocka_unit_test(the_family_is_one),
        cmocka_unit_test(equal_rounds_are_exact),
        cmocka_unit_test(too_little_is_told),
        cmocka_unit_test(who_has_it),
        cmocka_unit_test(rates_and_their_absolute_floor),
        cmocka_unit_test(units_tell_directions_and_steps_stand_in),
        cmocka_unit_test(values_are_kept_round_by_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
