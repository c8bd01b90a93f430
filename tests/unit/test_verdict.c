/* SPDX-License-Identifier: Apache-2.0
 * Verdicts: each decision, their exit codes, and how often they are wrong on simulated suites of known truth. */
#include "harness/stats/verdict.h"
#include "tests/unit/stats_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 16 };

/* A pair of runs of n benchmarks, each its own operation, without scatter; current is base times factor[i]. */
struct scene {
    struct mem m;
    struct run base, current;
    struct verdict *v;
    size_t n;
};

static struct result make(struct mem *m, size_t i, double factor)
{
    const double us = 1e-6 * (double)(i + 1) * factor, x[] = { us, us, us, us, us, us };
    return one_result(m, mem_printf(m, "bench%zu", i), x, 6);
}

static void set_scene(struct scene *s, const double *factor, size_t n)
{
    memset(s, 0, sizeof *s);
    s->base.results = mem_array(&s->m, MOST, sizeof(struct result));
    s->current.results = mem_array(&s->m, MOST, sizeof(struct result));
    s->base.nresults = s->current.nresults = n;
    for (size_t i = 0; i < n; i++) {
        s->base.results[i] = make(&s->m, i, 1);
        s->current.results[i] = make(&s->m, i, factor[i]);
    }
}

static void play(struct scene *s, const struct policy *p)
{
    s->v = judge(&s->m, &s->base, &s->current, NULL, 0, p, &s->n);
    for (size_t i = 0; i < s->n; i++)
        assert_true(s->v[i].reason && s->v[i].reason[0]);
}

/* Fails with the reason given, so that a surprise explains itself. */
static void expect(const struct scene *s, size_t i, enum decision d, const char *words)
{
    assert_true(i < s->n);
    const struct verdict *v = &s->v[i];
    if (v->decision != d || !strstr(v->reason, words))
        fail_msg("%s is %s: %s", v->cmp.name, decision_name(v->decision), v->reason);
}

static const double unchanged[MOST] = { 1, 1.002, 0.999, 1.001, 1, 0.998, 1.003 };

/* --- each decision ---------------------------------------------------------------------------------------------- */

static void test_equivalent(void **state)
{
    (void)state;
    struct scene s;
    set_scene(&s, unchanged, 7);
    play(&s, NULL);
    assert_int_equal(s.n, 7);
    for (size_t i = 0; i < s.n; i++) {
        expect(&s, i, DECISION_EQUIVALENT, "no change beyond the threshold");
        expect(&s, i, DECISION_EQUIVALENT, "threshold 10%, floor ");
        expect(&s, i, DECISION_EQUIVALENT, "6 vs 6 rounds");
    }
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_PASS);
    mem_free(&s.m);
}

static void test_regressed_and_improved(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.4, 1, 1, 1, 1, 1 / 1.5, 1 };
    set_scene(&s, f, 7);
    play(&s, NULL);
    expect(&s, 0, DECISION_REGRESSED, "1.40× slower (1.3");
    expect(&s, 5, DECISION_IMPROVED, "1.50× faster (1.4");
    expect(&s, 1, DECISION_EQUIVALENT, "");
    assert_true(s.v[0].p_adjusted < 0.05 && s.v[0].p_adjusted >= s.v[0].cmp.p && s.v[0].threshold == 0.10);
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_REGRESSION);
    mem_free(&s.m);
}

/* What disturbed a run may have made it slow, and cannot have made it fast. */
static void test_unfit_machine(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.4, 1, 1, 1, 1, 1 / 1.5, 1 };
    struct policy p = policy_default;
    p.unfit_current = "12% was stolen";
    set_scene(&s, f, 7);
    play(&s, &p);
    expect(&s, 0, DECISION_ENVIRONMENT, "1.40× slower");
    expect(&s, 0, DECISION_ENVIRONMENT, "unfit while the slower side was measured: 12% was stolen: measure again");
    expect(&s, 5, DECISION_IMPROVED, "1.50× faster");
    expect(&s, 1, DECISION_EQUIVALENT, "no change beyond the threshold");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_ENVIRONMENT);
    p = policy_default;
    p.unfit_base = "the governor differs";
    play(&s, &p);
    expect(&s, 0, DECISION_REGRESSED, "1.40× slower");
    expect(&s, 5, DECISION_ENVIRONMENT, "unfit while the slower side was measured: the governor differs");
    mem_free(&s.m);
    set_scene(&s, unchanged, 7);
    p.unfit_current = "12% was stolen";
    play(&s, &p);
    for (size_t i = 0; i < s.n; i++)
        expect(&s, i, DECISION_EQUIVALENT, "no change beyond the threshold");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_PASS);
    mem_free(&s.m);
}

static void test_below_the_threshold(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.08, 1, 1, 1, 1, 1, 1 };
    set_scene(&s, f, 7);
    play(&s, NULL);
    expect(&s, 0, DECISION_INCONCLUSIVE, "within the threshold, but the interval is not");
    expect(&s, 0, DECISION_INCONCLUSIVE, "6 paired rounds would settle it");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_INCONCLUSIVE);
    mem_free(&s.m);
}

/* Two benchmarks alone: no suite to learn the noise from, so the floor is the assumed one, 12.5%. */
static void test_below_the_floor(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.12, 1 };
    set_scene(&s, f, 2);
    play(&s, NULL);
    assert_true(s.v[0].cmp.floor > 0.12);
    expect(&s, 0, DECISION_INCONCLUSIVE, "within the noise floor");
    mem_free(&s.m);
    const double g[] = { 1.15, 1 };
    set_scene(&s, g, 2);
    play(&s, NULL);
    expect(&s, 0, DECISION_REGRESSED, "1.15× slower");
    mem_free(&s.m);
}

static void test_holm_over_the_suite(void **state)
{
    (void)state;
    struct scene s;
    double f[MOST] = { 1.15, 1 };
    for (size_t i = 1; i < MOST; i++)
        f[i] = i % 2 ? 1.04 : 0.96; /* a noisy suite */
    set_scene(&s, f, MOST);
    play(&s, NULL);
    assert_true(s.v[0].cmp.p < 0.05 && s.v[0].p_adjusted > 0.05);
    expect(&s, 0, DECISION_INCONCLUSIVE, "");
    mem_free(&s.m);
}

static void test_thresholds(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.3, 1, 1, 1, 1, 1, 1 };
    struct policy p = policy_default;
    set_scene(&s, f, 7);
    s.current.results[0].entry.threshold = 0.50; /* the suite file's */
    s.current.results[1].entry.threshold = NAN;
    s.current.results[2].entry.threshold = 0.2;
    play(&s, &p);
    expect(&s, 0, DECISION_EQUIVALENT, "threshold 50%");
    assert_true(s.v[1].threshold == 0.10 && s.v[2].threshold == 0.2);
    p.threshold = 0.25; /* the command line's wins */
    play(&s, &p);
    expect(&s, 0, DECISION_REGRESSED, "threshold 25%");
    p.strict = true; /* 1.30 itself is above 1.25, its lower bound is not */
    play(&s, &p);
    expect(&s, 0, DECISION_INCONCLUSIVE, "strict");
    p.threshold = 0.03;
    play(&s, &p);
    expect(&s, 0, DECISION_REGRESSED, "threshold 3%");
    mem_free(&s.m);
}

static void test_environment(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.3, 1.28, 1.31, 1.3, 1.29, 1.3, 1.27 };
    set_scene(&s, f, 7);
    play(&s, NULL);
    for (size_t i = 0; i < s.n; i++)
        expect(&s, i, DECISION_ENVIRONMENT, "the whole suite is 30% slower (7 of 7 operations beyond their noise)");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_ENVIRONMENT);
    mem_free(&s.m);
    set_scene(&s, f, 3); /* three operations are too few to say "all" */
    play(&s, NULL);
    expect(&s, 0, DECISION_REGRESSED, "");
    mem_free(&s.m);
}

/* A small common shift does not excuse a large change of one benchmark, but does explain one at the border. */
static void test_small_shift(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.5, 1.0602, 1.06, 1.0598, 1.0601, 1.06, 1.155 };
    set_scene(&s, f, 7);
    play(&s, NULL);
    expect(&s, 0, DECISION_REGRESSED, "1.50× slower");
    expect(&s, 6, DECISION_ENVIRONMENT, "the whole suite is 6% slower");
    mem_free(&s.m);
}

/* Variants of one operation are related: all of them slower is a regression of that operation. */
static void test_variants_are_related(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.5, 1.5, 1.5, 1.5, 1.5, 1, 1, 1 };
    set_scene(&s, f, 8);
    for (size_t i = 0; i < 5; i++)
        s.base.results[i].bench.op = s.current.results[i].bench.op = "dot";
    play(&s, NULL);
    expect(&s, 0, DECISION_REGRESSED, "");
    expect(&s, 7, DECISION_EQUIVALENT, "");
    mem_free(&s.m);
}

static void test_new_missing_failed(void **state)
{
    (void)state;
    struct scene s;
    set_scene(&s, unchanged, 6);
    strcpy(s.current.results[0].bench.hash, "ffffffffffffffff");
    s.current.results[1].bench.name = "brand new";
    s.current.results[2].status = STATUS_CRASHED;
    s.current.results[2].message = "SIGSEGV";
    s.base.results[3].status = STATUS_TIMEOUT;
    s.current.results[4].status = STATUS_UNSUPPORTED;
    s.current.results[5].status = STATUS_WRONG;
    s.base.results[5].status = STATUS_WRONG;
    play(&s, NULL);
    assert_int_equal(s.n, 6);
    expect(&s, 0, DECISION_NEW, "definition changed: a new series");
    expect(&s, 1, DECISION_NEW, "the baseline does not have it");
    expect(&s, 2, DECISION_FAILED, "crashed: SIGSEGV");
    expect(&s, 3, DECISION_NEW, "the baseline has no time: it timed out");
    expect(&s, 4, DECISION_FAILED, "gave a wrong answer, as in the baseline");
    expect(&s, 5, DECISION_MISSING, "this run does not");
    assert_string_equal(s.v[5].cmp.name, "bench1");
    assert_true(isnan(s.v[0].cmp.ratio) && isnan(s.v[0].p_adjusted) && s.v[0].cmp.current > 0);
    assert_true(s.v[5].cmp.base > 0 && isnan(s.v[5].cmp.current));
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_BENCH_FAILED);
    mem_free(&s.m);
}

static void test_no_baseline(void **state)
{
    (void)state;
    struct scene s;
    set_scene(&s, unchanged, 3);
    s.v = judge(&s.m, NULL, &s.current, NULL, 0, NULL, &s.n);
    assert_int_equal(s.n, 3);
    expect(&s, 2, DECISION_NEW, "the baseline does not have it");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_INCONCLUSIVE);
    s.current.nresults = 0;
    s.v = judge(&s.m, NULL, &s.current, NULL, 0, NULL, &s.n);
    assert_int_equal(s.n, 0);
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_INCONCLUSIVE);
    mem_free(&s.m);
}

static void test_times_that_are_none(void **state)
{
    (void)state;
    struct scene s;
    set_scene(&s, unchanged, 5);
    for (size_t i = 0; i < 6; i++)
        s.current.results[0].samples[i] = 0;
    s.base.results[1].samples[0] = NAN; /* one of six rounds */
    s.current.results[2].nsamples = s.current.results[2].nrounds = 0;
    play(&s, NULL);
    expect(&s, 0, DECISION_INCONCLUSIVE, "nothing to compare");
    expect(&s, 1, DECISION_EQUIVALENT, "5 vs 6 rounds");
    expect(&s, 2, DECISION_INCONCLUSIVE, "nothing to compare");
    expect(&s, 3, DECISION_EQUIVALENT, "");
    mem_free(&s.m);
}

static void test_one_round(void **state)
{
    (void)state;
    struct scene s;
    set_scene(&s, unchanged, 5);
    for (size_t i = 0; i < 5; i++)
        s.current.results[i].nrounds = 1;
    play(&s, NULL);
    assert_non_null(strstr(s.v[0].cmp.warning, "only one round"));
    s.current.results[0] = make(&s.m, 0, 1.09);
    s.current.results[0].nrounds = 1;
    play(&s, NULL);
    expect(&s, 0, DECISION_INCONCLUSIVE, "at least 2 rounds a side");
    mem_free(&s.m);
}

static void test_history_is_used(void **state)
{
    (void)state;
    struct scene s;
    const double f[] = { 1.3, 1, 1, 1, 1, 1, 1 };
    double wild[30];
    struct rng r;
    rng_seed(&r, 12);
    for (int i = 0; i < 30; i++)
        wild[i] = 1e-6 * exp(0.2 * rng_normal(&r)); /* bench0 is known to jump about */
    struct history_noise h[] = { { "other", wild, 0 }, { "bench0", wild, 30 } };
    set_scene(&s, f, 7);
    play(&s, NULL);
    expect(&s, 0, DECISION_REGRESSED, "");
    s.v = judge(&s.m, &s.base, &s.current, h, 2, NULL, &s.n);
    expect(&s, 0, DECISION_INCONCLUSIVE, "within the noise floor of this host");
    assert_null(s.v[0].cmp.warning);
    mem_free(&s.m);
}

static void test_exit_precedence(void **state)
{
    (void)state;
    static const struct {
        enum decision d;
        enum exit_code code;
    } order[] = { { DECISION_NEW, EXIT_INCONCLUSIVE },     { DECISION_EQUIVALENT, EXIT_PASS },
                  { DECISION_IMPROVED, EXIT_PASS },        { DECISION_INCONCLUSIVE, EXIT_INCONCLUSIVE },
                  { DECISION_REGRESSED, EXIT_REGRESSION }, { DECISION_ENVIRONMENT, EXIT_ENVIRONMENT },
                  { DECISION_FAILED, EXIT_BENCH_FAILED } };
    struct verdict v[7];
    memset(v, 0, sizeof v);
    for (size_t i = 0; i < 7; i++) {
        v[i].decision = order[i].d;
        assert_int_equal(verdict_exit(v, i + 1), order[i].code);
    }
    v[6].decision = DECISION_MISSING;
    assert_int_equal(verdict_exit(v, 7), EXIT_BENCH_FAILED);
    assert_string_equal(decision_name(DECISION_ENVIRONMENT), "ENVIRONMENT");
}

static void test_same_input_same_verdicts(void **state)
{
    (void)state;
    struct mem m = { 0 };
    struct rng r;
    size_t n[2];
    struct verdict *v[2];
    rng_seed(&r, 1);
    struct run *a = simulate(&m, &r, &quiet_world, NULL), *b = simulate(&m, &r, &quiet_world, NULL);
    for (int i = 0; i < 2; i++)
        v[i] = judge(&m, a, b, NULL, 0, NULL, &n[i]);
    assert_int_equal(n[0], n[1]);
    for (size_t i = 0; i < n[0]; i++) {
        assert_memory_equal(&v[0][i].cmp.ratio, &v[1][i].cmp.ratio, sizeof(double));
        assert_memory_equal(&v[0][i].p_adjusted, &v[1][i].p_adjusted, sizeof(double));
        assert_string_equal(v[0][i].reason, v[1][i].reason);
    }
    mem_free(&m);
}

/* --- how often it is right -------------------------------------------------------------------------------------- */

struct tally {
    size_t suites, red, environment; /* suites with at least one such verdict among the unchanged benchmarks */
    size_t verdicts, equivalent, planted_red;
};

/* Judges pairs of simulated runs. factor: what the first benchmark's code did. history: earlier runs known. */
static struct tally trial(const struct world *w, size_t suites, double factor, size_t history)
{
    struct tally t = { .suites = suites };
    struct rng r;
    rng_seed(&r, 77);
    for (size_t k = 0; k < suites; k++) {
        struct mem m = { 0 };
        size_t nb = (size_t)(w->ops * w->variants), n;
        double *f = mem_array(&m, nb, sizeof *f), *past = mem_array(&m, nb * history, sizeof *past);
        struct history_noise *h = mem_array(&m, nb, sizeof *h);
        struct run *a = simulate(&m, &r, w, NULL);
        for (size_t i = 0; i < nb; i++) {
            f[i] = i ? 1 : factor;
            h[i] = (struct history_noise){ a->results[i].bench.name, past + i * history, history };
        }
        for (size_t j = 0; j < history; j++) {
            struct run *old = simulate(&m, &r, w, NULL);
            for (size_t i = 0; i < nb; i++)
                past[i * history + j] = compare_stored(&m, &old->results[i], &old->results[i], NULL, 0.9).base;
        }
        const struct verdict *v = judge(&m, a, simulate(&m, &r, w, f), h, nb, NULL, &n);
        bool red = false, environment = false;
        for (size_t i = factor == 1 ? 0 : 1; i < n; i++) {
            red |= v[i].decision == DECISION_REGRESSED;
            environment |= v[i].decision == DECISION_ENVIRONMENT;
            t.equivalent += v[i].decision == DECISION_EQUIVALENT;
            t.verdicts++;
        }
        t.red += red;
        t.environment += environment;
        t.planted_red += v[0].decision == DECISION_REGRESSED;
        mem_free(&m);
    }
    return t;
}

static void show(const char *what, const struct tally *t)
{
    print_message("%s: %zu suites, red %.1f%%, environment %.1f%%, verdicts equivalent %.0f%%, planted found %.0f%%\n",
                  what, t->suites, 100 * (double)t->red / (double)t->suites,
                  100 * (double)t->environment / (double)t->suites, 100 * (double)t->equivalent / (double)t->verdicts,
                  100 * (double)t->planted_red / (double)t->suites);
}

static struct world world_of(enum shape shape, double sd)
{
    struct world w = quiet_world;
    w.shape = shape;
    w.run = w.process = sd;
    return w;
}

/* Identical code: at most 5% of suites may be red, whatever the shape of the noise. The spread is per run, in addition
 * to that of the processes. */
static void test_identical_code_is_not_red(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum shape shape;
        double sd;
        double uneven, common;
        size_t history, suites;
    } rows[] = {
        { "normal 1%", NORMAL, 0.01, 1, 0, 0, 150 },
        { "normal 4%", NORMAL, 0.04, 1, 0, 0, 200 },
        { "normal 4%, 12 earlier runs", NORMAL, 0.04, 1, 0, 12, 100 },
        { "lognormal 2%", LOGNORMAL, 0.02, 1, 0, 0, 200 },
        { "lognormal 3%", LOGNORMAL, 0.03, 1, 0, 0, 200 },
        { "heavy tails 2%", HEAVY, 0.02, 1, 0, 0, 200 },
        { "heavy tails 3%", HEAVY, 0.03, 1, 0, 0, 200 },
        { "heavy tails 2%, 12 earlier runs", HEAVY, 0.02, 1, 0, 12, 100 },
        { "uneven 1% to 4%", NORMAL, 0.02, 2, 0, 0, 200 },
        { "2%, and 3% in common", NORMAL, 0.02, 1, 0.03, 0, 200 },
        { "1%, and 20% in common", NORMAL, 0.01, 1, 0.20, 0, 150 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w = world_of(rows[i].shape, rows[i].sd);
        w.uneven = rows[i].uneven;
        w.common = rows[i].common;
        struct tally t = trial(&w, rows[i].suites, 1, rows[i].history);
        show(rows[i].what, &t);
        assert_false(too_many(t.red, t.suites, 0.05));
    }
}

/* What a developer sees who runs the same code twice on a host with up to 2% from run to run. */
static void test_identical_code_is_mostly_equivalent(void **state)
{
    (void)state;
    struct world w = world_of(NORMAL, 0.01);
    struct tally t = trial(&w, 100, 1, 0);
    show("1%", &t);
    assert_true((double)t.equivalent > 0.97 * (double)t.verdicts);
    w = world_of(NORMAL, 0.02);
    t = trial(&w, 100, 1, 0);
    show("2%", &t);
    assert_true((double)t.equivalent > 0.55 * (double)t.verdicts);
}

static void test_planted_regression_is_found(void **state)
{
    (void)state;
    struct world w = world_of(NORMAL, 0.01);
    struct tally t = trial(&w, 100, 1.25, 0);
    show("+25%, noise 1%", &t);
    assert_false(too_few(t.planted_red, t.suites, 0.99));
    w = world_of(NORMAL, 0.02);
    t = trial(&w, 100, 1.40, 0);
    show("+40%, noise 2%", &t);
    assert_false(too_few(t.planted_red, t.suites, 0.95));
    t = trial(&w, 200, 1.25, 0);
    show("+25%, noise 2%", &t);
    assert_false(too_few(t.planted_red, t.suites, 0.70));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equivalent),
        cmocka_unit_test(test_regressed_and_improved),
        cmocka_unit_test(test_unfit_machine),
        cmocka_unit_test(test_below_the_threshold),
        cmocka_unit_test(test_below_the_floor),
        cmocka_unit_test(test_holm_over_the_suite),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_small_shift),
        cmocka_unit_test(test_variants_are_related),
        cmocka_unit_test(test_new_missing_failed),
        cmocka_unit_test(test_no_baseline),
        cmocka_unit_test(test_times_that_are_none),
        cmocka_unit_test(test_one_round),
        cmocka_unit_test(test_history_is_used),
        cmocka_unit_test(test_exit_precedence),
        cmocka_unit_test(test_same_input_same_verdicts),
        cmocka_unit_test(test_identical_code_is_not_red),
        cmocka_unit_test(test_identical_code_is_mostly_equivalent),
        cmocka_unit_test(test_planted_regression_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
