/* SPDX-License-Identifier: Apache-2.0
 * Metrics beside time: directions, distances where there is no ratio, and their verdicts on paired rounds. */
#include "harness/stats/metric.h"
#include "harness/stats/paired.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- the table ----------------------------------------------------------------------------------------------------- */

static void directions(void **state)
{
    (void)state;
    static const struct {
        const char *name, *unit;
        enum direction want;
    } rows[] = {
        { "items_per_second", NULL, DIRECTION_HIGHER },
        { "tokens/s", NULL, DIRECTION_HIGHER },
        { "frames_per_sec", NULL, DIRECTION_HIGHER },
        { "speed", "frames/s", DIRECTION_HIGHER },
        { "read_throughput", NULL, DIRECTION_HIGHER },
        { "cosine", NULL, DIRECTION_HIGHER },
        { "INSTRUCTIONS", NULL, DIRECTION_LOWER },
        { "cache_misses", NULL, DIRECTION_LOWER },
        { "L1-dcache-load-misses", "misses", DIRECTION_LOWER },
        { "footprint", "bytes", DIRECTION_LOWER },
        { "delay", "ms", DIRECTION_LOWER },
        { "rmse", NULL, DIRECTION_LOWER },
        { "clock-cost", "s", DIRECTION_NONE },
        { "transmisses", NULL, DIRECTION_UNKNOWN }, /* no word of its own */
        { "frames", NULL, DIRECTION_UNKNOWN },
        { "", "", DIRECTION_UNKNOWN },
        { "x", "S", DIRECTION_UNKNOWN }, /* case counts in units */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (metric_direction(rows[i].name, rows[i].unit) != rows[i].want)
            fail_msg("%s in %s is %s", rows[i].name, rows[i].unit ? rows[i].unit : "nothing",
                     direction_name(metric_direction(rows[i].name, rows[i].unit)));
    assert_true(metric_worse(DIRECTION_LOWER) > 0 && metric_worse(DIRECTION_HIGHER) < 0);
}

static void rates(void **state)
{
    (void)state;
    const struct km_cost cost = { .flops = 8, .items = 0, .bytes = 64 };
    assert_true(metric_work("ops_per_second", &cost) == 1);
    assert_true(metric_work("bytes_per_second", &cost) == 64 && metric_work("flops_per_second", &cost) == 8);
    assert_true(isnan(metric_work("items_per_second", &cost)) && isnan(metric_work("tokens_per_second", &cost)));
    assert_true(metric_is_rate("ops_per_second") && !metric_is_rate("tokens_per_second"));
    assert_string_equal(metric_rate_unit("bytes_per_second"), "B/s");
}

static void distances(void **state)
{
    (void)state;
    const double big = METRIC_FAR;
    const double rows[][3] = {
        { 1, 2, log(2) }, { 2, 1, -log(2) },    { 0, 0, 0 },       { 5, 5, 0 },          { -3, -3, 0 },
        { 0, 1e-9, big }, { 0, -1, -big },      { 2, 0, -log(2) }, { -2, -1, log(1.5) }, { -2, 2, log(3) },
        { NAN, 1, NAN },  { 1, INFINITY, NAN }, { 1, NAN, NAN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = metric_distance(rows[i][0], rows[i][1]), want = rows[i][2];
        if (!(fabs(got - want) < 1e-12) && !(isnan(got) && isnan(want)))
            fail_msg("from %g to %g is %g, not %g", rows[i][0], rows[i][1], got, want);
    }
    assert_true(metric_has_ratio(1, 2));
    assert_false(metric_has_ratio(0, 2) || metric_has_ratio(2, 0) || metric_has_ratio(-1, -2) ||
                 metric_has_ratio(NAN, 1));
}

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

enum { MOST = 4, ROUNDS = 32, FRESH = 2 * ROUNDS };

struct scene {
    struct mem m;
    struct pair_series s[MOST];
    double d[MOST][FRESH]; /* the fresh rounds say the same as those before them */
    size_t n;
    struct pair_policy p;
    struct verdict *v;
};

/* The first series is time, and unchanged; the other one a metric that changed from `base` to `current`. */
static struct pair_series *set(struct scene *s, const char *metric, double base, double current)
{
    memset(s, 0, sizeof *s);
    s->p = pair_policy_default;
    s->p.confirm = FRESH;
    s->p.confirm_alpha = 0.01;
    s->n = 2;
    for (size_t i = 0; i < s->n; i++) {
        double distance = i ? metric_distance(base, current) : 0;
        for (size_t k = 0; k < FRESH; k++)
            s->d[i][k] = distance + 0.001 * ((double)((k * 7) % ROUNDS) / ROUNDS - 0.5);
        s->s[i] = (struct pair_series){ .name = "b",
                                        .op = "b",
                                        .threshold = 0.10,
                                        .d = s->d[i],
                                        .n = ROUNDS,
                                        .again = s->d[i],
                                        .nagain = i ? FRESH : 0,
                                        .base = i ? base : 1e-6,
                                        .current = i ? current : 1e-6,
                                        .floor = NAN,
                                        .base_work = NAN,
                                        .current_work = NAN };
    }
    s->s[1].metric = metric;
    s->s[1].direction = metric_direction(metric, NULL);
    return &s->s[1];
}

static const struct verdict *expect(struct scene *s, size_t i, enum decision d, const char *words)
{
    s->v = pair_verdicts(&s->m, s->s, s->n, &s->p);
    const struct verdict *v = &s->v[i];
    if (v->decision != d || !strstr(v->reason, words))
        fail_msg("%s is %s: %s", v->metric ? v->metric : "time", decision_name(v->decision), v->reason);
    return v;
}

static void a_direction_decides_what_is_worse(void **state)
{
    (void)state;
    static const struct {
        const char *metric;
        double base, current;
        enum decision want;
        const char *words;
    } rows[] = {
        { "tokens_per_second", 1000, 500, DECISION_REGRESSED, "tokens_per_second 2.00× lower (" },
        { "tokens_per_second", 500, 1000, DECISION_IMPROVED, "tokens_per_second 2.00× higher (" },
        { "misses", 500, 1000, DECISION_REGRESSED, "misses 2.00× higher (" },
        { "misses", 1000, 500, DECISION_IMPROVED, "misses 2.00× lower (" },
        { "misses", 1000, 1010, DECISION_EQUIVALENT, "no change beyond the threshold" },
        { "frames", 1000, 500, DECISION_INCONCLUSIVE, "--metric=frames:higher or frames:lower tells" },
        { "frames", 1000, 1000, DECISION_EQUIVALENT, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        set(&s, rows[i].metric, rows[i].base, rows[i].current);
        const struct verdict *v = expect(&s, 1, rows[i].want, rows[i].words);
        double ratio = rows[i].current / rows[i].base; /* in the metric's own terms, whatever is better */
        assert_true(fabs(v->cmp.ratio / ratio - 1) < 0.01 && v->cmp.low <= v->cmp.ratio && v->cmp.ratio <= v->cmp.high);
        assert_true(s.v[0].decision == DECISION_EQUIVALENT && !s.v[0].metric);
        mem_free(&s.m);
    }
}

static void exit_codes(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "tokens_per_second", 1000, 500);
    expect(&s, 1, DECISION_REGRESSED, "");
    assert_int_equal(verdict_exit(s.v, 2), EXIT_REGRESSION);
    s.s[1].direction = DIRECTION_UNKNOWN;
    expect(&s, 1, DECISION_INCONCLUSIVE, "is higher or lower better?");
    assert_int_equal(verdict_exit(s.v, 2), EXIT_INCONCLUSIVE);
    s.s[1].direction = DIRECTION_NONE;
    expect(&s, 1, DECISION_INCONCLUSIVE, "for information, not judged");
    assert_int_equal(verdict_exit(s.v, 2), EXIT_PASS);
    assert_int_equal(verdict_exit(&s.v[1], 1), EXIT_INCONCLUSIVE); /* nothing else was compared */
    mem_free(&s.m);
}

static void the_family_is_one(void **state)
{
    (void)state;
    struct scene s;
    enum pair_next next[MOST];
    set(&s, "misses", 500, 1000)->n = 8;
    s.s[1].nagain = s.s[0].n = 0;
    double alone = pair_verdicts(&s.m, &s.s[1], 1, &s.p)->p_adjusted;
    s.s[0].n = 8;
    double beside_time = expect(&s, 1, DECISION_INCONCLUSIVE, "")->p_adjusted;
    assert_true(fabs(beside_time - 2 * alone) < 1e-12);
    s.s[1].direction = DIRECTION_HIGHER; /* improved: no evidence of being worse */
    assert_true(expect(&s, 1, DECISION_INCONCLUSIVE, "")->p_adjusted > 0.99);
    s.s[1].direction = DIRECTION_NONE;
    s.s[1].n = ROUNDS;
    pair_next(&s.m, s.s, 2, &s.p, next);
    assert_int_equal(next[1], PAIR_DONE); /* nobody measures again for information */
    mem_free(&s.m);
}

static void values_without_a_ratio(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "misses", 0, 3);
    const struct verdict *v = expect(&s, 1, DECISION_REGRESSED, "misses from 0 to 3: a change that no ratio tells");
    assert_true(isnan(v->cmp.ratio) && isnan(v->cmp.low) && isnan(v->cmp.mde) && v->cmp.base == 0);
    mem_free(&s.m);
    set(&s, "tokens_per_second", 3, 0);
    expect(&s, 1, DECISION_REGRESSED, "from 3 to 0");
    mem_free(&s.m);
    set(&s, "misses", 0, 0);
    expect(&s, 1, DECISION_EQUIVALENT, "misses 0 on both sides");
    mem_free(&s.m);
    struct pair_series *silent = set(&s, "misses", NAN, NAN);
    for (size_t k = 0; k < ROUNDS; k++)
        s.d[1][k] = NAN;
    silent->n = 8;
    silent->nagain = 0;
    enum pair_next next[MOST];
    pair_next(&s.m, s.s, 2, &s.p, next);
    assert_int_equal(next[1], PAIR_DONE); /* more rounds would say nothing either */
    expect(&s, 1, DECISION_INCONCLUSIVE, "");
    mem_free(&s.m);
}

static void thresholds_and_floors(void **state)
{
    (void)state;
    struct scene s;
    struct pair_series *misses = set(&s, "misses", 0.001, 0.002);
    misses->least = 0.5;
    expect(&s, 1, DECISION_EQUIVALENT, "threshold 10% and 0.5, floor 0%");
    expect(&s, 1, DECISION_EQUIVALENT, "below the least that counts");
    mem_free(&s.m);
    set(&s, "misses", 100, 105)->own_threshold = true;
    s.s[1].threshold = 0.02;
    s.p.rule.threshold = 0.50; /* of whoever has no threshold of its own */
    expect(&s, 1, DECISION_REGRESSED, "threshold 2%");
    s.s[1].own_threshold = false;
    expect(&s, 1, DECISION_EQUIVALENT, "threshold 50%");
    mem_free(&s.m);
}

static void exact_counts(void **state)
{
    (void)state;
    struct scene s;
    static const struct {
        double base, current, threshold, least;
        enum decision want;
    } rows[] = {
        { 1000, 1000, 0, 0, DECISION_EQUIVALENT },   { 1000, 1001, 0, 0, DECISION_REGRESSED },
        { 1000, 999, 0, 0, DECISION_IMPROVED },      { 1000, 1001, 0.01, 0, DECISION_EQUIVALENT },
        { 1000, 1100, 0.01, 0, DECISION_REGRESSED }, { 1000, 1100, 0.01, 100, DECISION_EQUIVALENT },
        { 0, 1, 0.10, 0, DECISION_REGRESSED },       { 0, 1, 0.10, 1, DECISION_EQUIVALENT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum pair_next next[MOST];
        struct pair_series *x = set(&s, "instructions", rows[i].base, rows[i].current);
        x->exact = x->own_threshold = true;
        x->n = 1;
        x->nagain = 0;
        s.d[1][0] = metric_distance(rows[i].base, rows[i].current);
        x->threshold = rows[i].threshold;
        x->least = rows[i].least;
        pair_next(&s.m, s.s, 2, &s.p, next);
        assert_int_equal(next[1], PAIR_DONE);
        const struct verdict *v = expect(&s, 1, rows[i].want, "counted exactly");
        assert_true(isnan(v->p_adjusted) && !v->cmp.warning);
        mem_free(&s.m);
    }
}

/* Time moves over the whole suite: so do rates, which are no news then; exact counts are. */
static void the_machine_moves_rates_but_no_counts(void **state)
{
    (void)state;
    struct mem m = { 0 };
    enum { OPS = 6, SERIES = OPS + 2 };
    static const char *const ops[OPS] = { "a", "b", "c", "d", "e", "f" };
    struct pair_series s[SERIES];
    double slow[FRESH], rate[FRESH], twice = log(2);
    struct pair_policy p = pair_policy_default;
    p.confirm = FRESH;
    p.confirm_alpha = 0.01;
    for (size_t k = 0; k < FRESH; k++) {
        slow[k] = log(1.5) + 0.001 * (double)(k % 5);
        rate[k] = -slow[k];
    }
    for (size_t i = 0; i < SERIES; i++)
        s[i] = (struct pair_series){ .name = ops[i % OPS],
                                     .op = ops[i % OPS],
                                     .threshold = 0.10,
                                     .d = slow,
                                     .n = ROUNDS,
                                     .again = slow,
                                     .nagain = FRESH,
                                     .base = 1e-6,
                                     .current = 1.5e-6,
                                     .floor = NAN,
                                     .base_work = NAN,
                                     .current_work = NAN };
    s[OPS].metric = "ops_per_second";
    s[OPS].direction = DIRECTION_HIGHER;
    s[OPS].d = rate;
    s[OPS].again = rate;
    s[OPS + 1].metric = "instructions";
    s[OPS + 1].exact = true;
    s[OPS + 1].d = &twice;
    s[OPS + 1].n = 1;
    s[OPS + 1].nagain = 0;
    struct verdict *v = pair_verdicts(&m, s, SERIES, &p);
    for (size_t i = 0; i <= OPS; i++)
        if (v[i].decision != DECISION_ENVIRONMENT)
            fail_msg("%zu is %s: %s", i, decision_name(v[i].decision), v[i].reason);
    assert_int_equal(v[OPS + 1].decision, DECISION_REGRESSED);
    mem_free(&m);
}

/* --- the second witness -------------------------------------------------------------------------------------------- */

static void instructions_bear_witness(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "misses", 1, 1);
    s.n = 1;
    s.s[0].base_work = s.s[0].current_work = 1000;
    expect(&s, 0, DECISION_EQUIVALENT, "no change beyond the threshold");
    assert_null(strstr(s.v[0].reason, "instructions"));
    s.s[0].current_work = 1300;
    expect(&s, 0, DECISION_EQUIVALENT, "; but instructions +30%, which time does not show here");
    for (size_t k = 0; k < FRESH; k++)
        s.d[0][k] = log(1.5) + 0.001 * (double)(k % 5);
    s.s[0].nagain = FRESH;
    expect(&s, 0, DECISION_REGRESSED, "; instructions +30%");
    s.s[0].current_work = 1000;
    expect(&s, 0, DECISION_REGRESSED, "; the same instructions: suspect layout, alignment or clock frequency");
    mem_free(&s.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directions),
        cmocka_unit_test(rates),
        cmocka_unit_test(distances),
        cmocka_unit_test(a_direction_decides_what_is_worse),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(the_family_is_one),
        cmocka_unit_test(values_without_a_ratio),
        cmocka_unit_test(thresholds_and_floors),
        cmocka_unit_test(exact_counts),
        cmocka_unit_test(the_machine_moves_rates_but_no_counts),
        cmocka_unit_test(instructions_bear_witness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
