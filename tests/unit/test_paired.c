/* SPDX-License-Identifier: Apache-2.0
 * Decisions on paired rounds that are written out by hand: what is measured next, what is said in the end, and in which
 * words. How often they are right on noise is tests/calibrate's question. */
#include "harness/stats/paired.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 8, ROUNDS = 300 };

struct scene {
    struct mem m;
    struct pair_series s[MOST];
    double d[MOST][ROUNDS], again[MOST][ROUNDS];
    char name[MOST][24];
    size_t n;
    struct pair_policy p;
    struct verdict *v;
};

/* n benchmarks without a round. The looks are short, so that every number below can be seen. */
static void set(struct scene *s, size_t n)
{
    memset(s, 0, sizeof *s);
    s->n = n;
    s->p = pair_policy_default;
    s->p.nlooks = 2;
    s->p.looks[0] = 8;
    s->p.looks[1] = 16;
    s->p.confirm = 32;
    s->p.confirm_alpha = 0.01;
    for (size_t i = 0; i < n; i++) {
        snprintf(s->name[i], sizeof s->name[i], "b%zu", i);
        s->s[i] = (struct pair_series){ .name = s->name[i],
                                        .op = s->name[i],
                                        .threshold = 0.10,
                                        .d = s->d[i],
                                        .again = s->again[i],
                                        .base = 1e-6,
                                        .current = 1e-6,
                                        .floor = NAN,
                                        .round_seconds = 0.5,
                                        .base_work = NAN,
                                        .current_work = NAN };
    }
}

/* Rounds spread evenly within `spread` around a ratio. */
static void fill(double *d, size_t n, double ratio, double spread)
{
    for (size_t i = 0; i < n; i++)
        d[i] = log(ratio) + spread * (2 * ((double)((i * 7) % n) + 0.5) / (double)n - 1);
}

static void screen(struct scene *s, size_t i, size_t n, double ratio, double spread)
{
    fill(s->d[i], n, ratio, spread);
    s->s[i].n = n;
    s->s[i].current = s->s[i].base * ratio;
}

static void confirm(struct scene *s, size_t i, size_t n, double ratio, double spread)
{
    fill(s->again[i], n, ratio, spread);
    s->s[i].nagain = n;
}

static void judge_all(struct scene *s)
{
    s->v = pair_verdicts(&s->m, s->s, s->n, &s->p);
}

static void expect(const struct scene *s, size_t i, enum decision d, const char *words)
{
    const struct verdict *v = &s->v[i];
    if (v->decision != d || !strstr(v->reason, words))
        fail_msg("%s is %s: %s", v->cmp.name, decision_name(v->decision), v->reason);
}

static void expect_next(struct scene *s, const enum pair_next *want)
{
    enum pair_next next[MOST];
    pair_next(&s->m, s->s, s->n, &s->p, next);
    for (size_t i = 0; i < s->n; i++)
        if (next[i] != want[i])
            fail_msg("next of %zu is %d, not %d", i, (int)next[i], (int)want[i]);
}

/* --- what next ----------------------------------------------------------------------------------------------------- */

static void looks_are_fixed(void **state)
{
    (void)state;
    struct pair_series s = { 0 };
    const int goals[][2] = { { 0, 8 }, { 7, 8 }, { 8, 16 }, { 15, 16 }, { 16, 16 }, { 99, 16 } };
    struct scene scene;
    set(&scene, 1);
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
        s.n = (size_t)goals[i][0];
        assert_int_equal(pair_goal(&s, &scene.p), goals[i][1]);
    }
    s.n = 0;
    assert_int_equal(pair_goal(&s, NULL), pair_policy_default.looks[0]);
    for (int i = 1; i < pair_policy_default.nlooks; i++)
        assert_true(pair_policy_default.looks[i] > pair_policy_default.looks[i - 1]);
    assert_true(pair_policy_default.nlooks <= PAIR_LOOKS_MAX);
}

static void beyond_patience_there_must_be_a_prospect(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 4);
    s.p.nlooks = 3;
    s.p.looks[2] = 64;
    s.p.patience = 16;
    for (size_t i = 0; i < 3; i++)
        screen(&s, i, 8, 1, 0.9);
    expect_next(&s, (enum pair_next[]){ PAIR_MORE, PAIR_MORE, PAIR_MORE, PAIR_MORE }); /* too early to give up */
    screen(&s, 0, 16, 1, 0.2); /* 4 times as many are about enough */
    screen(&s, 1, 16, 1, 0.9); /* and here a hundred times */
    screen(&s, 2, 16, 1, 0.2);
    s.s[2].floor = 0.2;             /* that no rounds can lower */
    screen(&s, 3, 16, 1.0999, 0.2); /* at the threshold, but who knows */
    expect_next(&s, (enum pair_next[]){ PAIR_MORE, PAIR_DONE, PAIR_DONE, PAIR_MORE });
    screen(&s, 0, 64, 1, 0.9);
    screen(&s, 3, 64, 1.0999, 0.2);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_DONE, PAIR_DONE, PAIR_DONE });
    mem_free(&s.m);
}

static void a_confirmation_is_longer_than_the_suspicion(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    screen(&s, 0, 16, 1.5, 0.01);
    s.p.confirm = 8;
    assert_int_equal(pair_fresh(&s.s[0], &s.p), 32);
    s.p.confirm = 40;
    assert_int_equal(pair_fresh(&s.s[0], &s.p), 40);
    confirm(&s, 0, 39, 1.5, 0.01);
    expect_next(&s, (enum pair_next[]){ PAIR_CONFIRM });
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "suspected, but there was no time to confirm it");
    mem_free(&s.m);
    confirm(&s, 0, 40, 1.5, 0.01);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE });
    judge_all(&s);
    expect(&s, 0, DECISION_REGRESSED, "confirmed");
    mem_free(&s.m);
}

static void open_ones_are_measured_on(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 3);
    expect_next(&s, (enum pair_next[]){ PAIR_MORE, PAIR_MORE, PAIR_MORE });
    screen(&s, 0, 8, 1, 0.01); /* the same */
    screen(&s, 1, 8, 1, 0.50); /* who knows */
    screen(&s, 2, 7, 1, 0.01); /* not at its first look yet */
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_MORE, PAIR_MORE });
    screen(&s, 1, 16, 1, 0.50);
    screen(&s, 2, 8, 1, 0.01);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_DONE, PAIR_DONE });
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "no change beyond the threshold");
    expect(&s, 1, DECISION_INCONCLUSIVE, "cannot gate at 10% here");
    mem_free(&s.m);
}

static void only_suspects_are_confirmed_and_last(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 3);
    screen(&s, 0, 8, 1, 0.01);
    screen(&s, 1, 16, 1.3, 0.01);
    screen(&s, 2, 8, 1, 0.50);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_DONE, PAIR_MORE });
    screen(&s, 2, 16, 1 / 1.3, 0.01);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_CONFIRM, PAIR_CONFIRM });
    confirm(&s, 1, 23, 1.3, 0.01);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_CONFIRM, PAIR_CONFIRM });
    judge_all(&s);
    expect(&s, 1, DECISION_INCONCLUSIVE, "suspected, but there was no time to confirm it");
    confirm(&s, 1, 32, 1.3, 0.01);
    confirm(&s, 2, 32, 1 / 1.3, 0.01);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE, PAIR_DONE, PAIR_DONE });
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "");
    expect(&s, 1, DECISION_REGRESSED, "1.30× slower (1.3");
    expect(&s, 1, DECISION_REGRESSED, "threshold 10%, floor ");
    expect(&s, 1, DECISION_REGRESSED, "16 and 32 fresh rounds; confirmed (p ");
    expect(&s, 2, DECISION_IMPROVED, "1.30× faster (1.");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_REGRESSION);
    mem_free(&s.m);
}

/* Eight rounds cannot prove anything over 30 benchmarks: 2^-8 times 30 is more than any level. */
static void few_rounds_make_no_suspect_of_a_large_suite(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 8);
    for (size_t i = 0; i < 8; i++)
        screen(&s, i, 8, i ? 1 : 2, 0.01);
    enum pair_next next[MOST];
    pair_next(&s.m, s.s, 8, &s.p, next);
    assert_int_equal(next[0], PAIR_MORE);
    pair_next(&s.m, s.s, 1, &s.p, next); /* of one benchmark they do */
    assert_int_equal(next[0], PAIR_CONFIRM);
    mem_free(&s.m);
}

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

static void fresh_rounds_that_disagree(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 2);
    screen(&s, 0, 16, 1.3, 0.01);
    confirm(&s, 0, 32, 1, 0.01);
    screen(&s, 1, 16, 1.12, 0.005);
    confirm(&s, 1, 32, 1.05, 0.005); /* slower, but both together not by more than 10% */
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "suspected, but fresh rounds do not confirm it (p ");
    expect(&s, 1, DECISION_INCONCLUSIVE, "with the fresh rounds it is not beyond threshold and floor");
    mem_free(&s.m);
}

static void strict_asks_for_the_bound(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    screen(&s, 0, 16, 1.12, 0.08);
    confirm(&s, 0, 32, 1.12, 0.08);
    judge_all(&s);
    expect(&s, 0, DECISION_REGRESSED, "1.12× slower");
    s.p.rule.strict = true;
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "its lower bound is not (strict)");
    screen(&s, 0, 16, 1.12, 0.01);
    confirm(&s, 0, 32, 1.12, 0.01);
    judge_all(&s);
    expect(&s, 0, DECISION_REGRESSED, "1.12× slower");
    screen(&s, 0, 16, 1 / 1.12, 0.08);
    confirm(&s, 0, 32, 1 / 1.12, 0.08);
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "(strict)");
    mem_free(&s.m);
}

static void identical_code_does_not_change(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 2);
    for (size_t i = 0; i < 2; i++) {
        screen(&s, i, 16, i ? 1 / 1.3 : 1.3, 0.01);
        confirm(&s, i, 32, i ? 1 / 1.3 : 1.3, 0.01);
        s.s[i].identical = true;
    }
    judge_all(&s);
    expect(&s, 0, DECISION_ENVIRONMENT, "both sides run the same code, so this is the host");
    expect(&s, 1, DECISION_ENVIRONMENT, "both sides run the same code, so this is the host");
    mem_free(&s.m);
}

static void a_suite_that_moved_as_one(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 6);
    for (size_t i = 0; i < 6; i++) {
        screen(&s, i, 16, 1.3, 0.01);
        confirm(&s, i, 32, 1.3, 0.01);
    }
    judge_all(&s);
    for (size_t i = 0; i < 6; i++)
        expect(&s, i, DECISION_ENVIRONMENT,
               "unrelated benchmarks moved together, 30% slower (6 of 6 operations beyond their noise)");
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_ENVIRONMENT);
    for (size_t i = 0; i < 6; i++)
        s.s[i].op = "one"; /* related: a regression of that operation */
    judge_all(&s);
    expect(&s, 3, DECISION_REGRESSED, "confirmed");
    mem_free(&s.m);
}

static void a_floor_above_the_threshold(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    s.s[0].floor = 0.14;
    screen(&s, 0, 16, 1, 0.01);
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE,
           "cannot gate at 10% here: floor 14%, which identical programs differ by however many rounds they take");
    assert_true(s.v[0].cmp.floor == 0.14);
    assert_int_equal(verdict_exit(s.v, s.n), EXIT_INCONCLUSIVE);
    screen(&s, 0, 16, 1.12, 0.01); /* beyond the threshold, not beyond the floor */
    expect_next(&s, (enum pair_next[]){ PAIR_DONE });
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "cannot gate at 10% here");
    screen(&s, 0, 16, 1.2, 0.01);
    confirm(&s, 0, 32, 1.2, 0.01);
    judge_all(&s);
    expect(&s, 0, DECISION_REGRESSED, "floor 14%");
    s.p.rule.threshold = 0.25; /* overrides the benchmark's */
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "threshold 25%");
    mem_free(&s.m);
}

/* The scatter of the rounds themselves: more of them help, and the verdict says how many. */
static void a_scatter_above_the_threshold(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    screen(&s, 0, 16, 1, 0.5);
    judge_all(&s);
    /* MAD 0.25, so the median's error is 1.4826 * 0.25 * sqrt(pi / 32) = 0.1161 and the floor e^(1.96 * 0.1161) - 1 = 25.6%;
     * (0.2276 / ln 1.10)^2 * 16 rounds is 91.3. */
    expect(&s, 0, DECISION_INCONCLUSIVE,
           "cannot gate at 10% here: floor 25.6%; needs 92 rounds, 0.8 minutes for this benchmark alone");
    mem_free(&s.m);
}

static void differences_below_the_clock(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    s.s[0].base = 1e-9;
    screen(&s, 0, 16, 1.5, 0.01);
    confirm(&s, 0, 32, 1.5, 0.01);
    s.s[0].least = 0.6e-9;
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "the difference is below what the clock tells");
    s.s[0].least = 0.4e-9;
    judge_all(&s);
    expect(&s, 0, DECISION_REGRESSED, "confirmed");
    s.s[0].nagain = 0;
    s.s[0].least = 0.6e-9; /* needs no confirmation, and no more rounds */
    expect_next(&s, (enum pair_next[]){ PAIR_DONE });
    screen(&s, 0, 8, 1.2, 0.2);
    expect_next(&s, (enum pair_next[]){ PAIR_DONE });
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "the difference is below what the clock tells");
    screen(&s, 0, 8, 1.2, 0.6); /* a wide interval may hide what the clock would tell */
    expect_next(&s, (enum pair_next[]){ PAIR_MORE });
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "needs ");
    mem_free(&s.m);
}

static void the_second_witness(void **state)
{
    (void)state;
    static const struct {
        double base, current;
        const char *words;
    } cases[] = {
        { 1000, 1000.9, "; the same instructions: suspect layout, alignment or clock frequency rather than work" },
        { 1000, 1300, "; instructions +30%" },
        { 1000, 900, "; instructions -10%" },
        { NAN, 1000, "confirmed (p " },
        { 0, 1000, "confirmed (p " },
    };
    struct scene s;
    set(&s, 1);
    screen(&s, 0, 16, 1.3, 0.01);
    confirm(&s, 0, 32, 1.3, 0.01);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.s[0].base_work = cases[i].base;
        s.s[0].current_work = cases[i].current;
        judge_all(&s);
        expect(&s, 0, DECISION_REGRESSED, cases[i].words);
        assert_true(i < 3 || !strstr(s.v[0].reason, "instructions"));
    }
    mem_free(&s.m);
}

/* Every verdict tells what could have been seen. */
static void detectable_effects_are_told(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 2);
    screen(&s, 0, 16, 1, 0.02);
    screen(&s, 1, 16, 1, 0.30);
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "detectable from ");
    expect(&s, 1, DECISION_INCONCLUSIVE, "detectable from ");
    assert_true(s.v[0].cmp.mde > 0 && s.v[0].cmp.mde < 0.05 && s.v[1].cmp.mde > 0.10);
    assert_true(s.v[0].cmp.floor < s.v[0].cmp.mde);
    mem_free(&s.m);
}

static void what_would_settle_it(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    screen(&s, 0, 16, 1.07, 0.1);
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "within the threshold, but the interval is not; needs ");
    expect(&s, 0, DECISION_INCONCLUSIVE,
           " minutes for this benchmark alone, more than are tried: it takes a quieter host");
    screen(&s, 0, 16, 1.09999, 0.1);
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "too close to the threshold to be settled");
    screen(&s, 0, 7, 1.3, 0.01);
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "beyond the threshold, but not proven over the whole suite; needs 8 rounds");
    expect(&s, 0, DECISION_INCONCLUSIVE, ": give it more time");
    mem_free(&s.m);
}

/* Nothing measured, and rounds that gave no number. */
static void rounds_that_are_none(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 3);
    screen(&s, 1, 16, 1, 0.01);
    for (int i = 0; i < 16; i++)
        s.d[1][i] = i % 2 ? NAN : INFINITY;
    screen(&s, 2, 16, 1, 0.01);
    s.d[2][3] = NAN;
    judge_all(&s);
    expect(&s, 0, DECISION_INCONCLUSIVE, "no round gave a ratio: nothing to compare");
    expect(&s, 1, DECISION_INCONCLUSIVE, "no round gave a ratio: nothing to compare");
    expect(&s, 2, DECISION_EQUIVALENT, "16 rounds");
    expect_next(&s, (enum pair_next[]){ PAIR_MORE, PAIR_DONE, PAIR_DONE });
    assert_int_equal(s.v[2].cmp.base_rounds, 15);
    mem_free(&s.m);
}

static void a_clock_too_coarse(void **state)
{
    (void)state;
    struct scene s;
    set(&s, 1);
    s.s[0].n = 16;
    judge_all(&s);
    expect(&s, 0, DECISION_EQUIVALENT, "1.00× slower");
    assert_non_null(strstr(s.v[0].cmp.warning, "16 of 16 rounds are exactly equal: the clock is too coarse"));
    mem_free(&s.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_fixed),
        cmocka_unit_test(beyond_patience_there_must_be_a_prospect),
        cmocka_unit_test(a_confirmation_is_longer_than_the_suspicion),
        cmocka_unit_test(open_ones_are_measured_on),
        cmocka_unit_test(only_suspects_are_confirmed_and_last),
        cmocka_unit_test(few_rounds_make_no_suspect_of_a_large_suite),
        cmocka_unit_test(fresh_rounds_that_disagree),
        cmocka_unit_test(strict_asks_for_the_bound),
        cmocka_unit_test(identical_code_does_not_change),
        cmocka_unit_test(a_suite_that_moved_as_one),
        cmocka_unit_test(a_floor_above_the_threshold),
        cmocka_unit_test(a_scatter_above_the_threshold),
        cmocka_unit_test(differences_below_the_clock),
        cmocka_unit_test(the_second_witness),
        cmocka_unit_test(detectable_effects_are_told),
        cmocka_unit_test(what_would_settle_it),
        cmocka_unit_test(rounds_that_are_none),
        cmocka_unit_test(a_clock_too_coarse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
