/* SPDX-License-Identifier: Apache-2.0
 * Steps and creep: how often they are seen where there is nothing, where there is something, and what must not be one. */
#include "harness/stats/changepoint.h"
#include "tests/unit/stats_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LONGEST = 60 };

static size_t steps_of(struct mem *m, const double *x, size_t n, struct stats_change **out)
{
    size_t count;
    *out = stats_changes(m, x, n, NULL, &count);
    return count;
}

/* --- nothing there -------------------------------------------------------------------------------------------------- */

enum noise { PLAIN, SKEWED, TAILS, ALIKE, TWO_MODES, TIES, NOISES };

static double noise(struct rng *r, enum noise kind, double before)
{
    double z = rng_normal(r);
    switch (kind) {
    case SKEWED:
        return exp(z);
    case TAILS:
        return rng_below(r, 10) ? z : 4 * z;
    case ALIKE:
        return 0.3 * before + sqrt(1 - 0.09) * z;
    case TWO_MODES:
        return rng_below(r, 3) ? 0.2 * z : 3 + 0.2 * z;
    case TIES:
        return floor(z);
    default:
        return z;
    }
}

/* The rates the documents promise: about 1% steps, 2% in skewed noise, 4% with two modes, 5% where neighbours
 * resemble each other; creep 2%, of skewed or alike noise 6%, and 10% of two modes. */
static void false_alarms_keep_their_bounds(void **state)
{
    static const double steps[NOISES] = { 0.01, 0.02, 0.01, 0.05, 0.04, 0.01 };
    static const double creep[NOISES] = { 0.02, 0.06, 0.02, 0.06, 0.10, 0.02 };
    static const size_t lengths[] = { 8, 12, 30, LONGEST };
    enum { SERIES = 800 };
    struct rng r;
    (void)state;
    rng_seed(&r, 20);
    for (int kind = 0; kind < NOISES; kind++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            size_t stepped = 0, crept = 0, n = lengths[l];
            for (int i = 0; i < SERIES; i++) {
                struct mem m = { 0 };
                struct stats_change *c;
                double x[LONGEST], z = 0;
                for (size_t k = 0; k < n; k++)
                    x[k] = 1e-6 * exp(0.04 * (z = noise(&r, (enum noise)kind, z)));
                stepped += steps_of(&m, x, n, &c) > 0;
                crept += stats_creep(&m, x, n, 4).alarm;
                mem_free(&m);
            }
            if (too_many(stepped, SERIES, steps[kind]) || too_many(crept, SERIES, creep[kind]))
                fail_msg("noise %d, %zu points: steps in %zu, creep in %zu of %d series", kind, n, stepped, crept,
                         SERIES);
        }
}

/* --- something there ------------------------------------------------------------------------------------------------ */

static void fill(struct rng *r, double *x, size_t n, double sd, double level, size_t from, size_t to)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 2e-6 * exp(sd * rng_normal(r)) * (i >= from && i < to ? level : 1);
}

static void a_step_of_ten_percent_is_seen_where_it_is(void **state)
{
    enum { SERIES = 200, N = 30, AT = 17 };
    size_t found = 0, placed = 0, covered = 0;
    struct rng r;
    (void)state;
    rng_seed(&r, 21);
    for (int i = 0; i < SERIES; i++) {
        struct mem m = { 0 };
        struct stats_change *c;
        double x[N];
        fill(&r, x, N, 0.02, 1.1, AT, N);
        if (steps_of(&m, x, N, &c) == 1) {
            found++;
            placed += c->at + 1 >= AT && c->at <= AT + 1;
            covered += c->low <= 0.1 && c->high >= 0.1;
            assert_true(c->before < c->at && c->p <= 0.01 && c->low <= c->change && c->change <= c->high);
        }
        mem_free(&m);
    }
    assert_true(found >= SERIES * 95 / 100);
    assert_true(placed >= found * 95 / 100);
    assert_true(covered >= found * 90 / 100);
}

static void a_level_that_comes_back_is_two_steps(void **state)
{
    enum { SERIES = 100, N = 36 };
    size_t found = 0;
    struct rng r;
    (void)state;
    rng_seed(&r, 22);
    for (int i = 0; i < SERIES; i++) {
        struct mem m = { 0 };
        struct stats_change *c;
        double x[N];
        fill(&r, x, N, 0.02, 1.1, 12, 24);
        found += steps_of(&m, x, N, &c) == 2 && c[0].change > 0 && c[1].change < 0 && c[0].at < c[1].at;
        mem_free(&m);
    }
    assert_true(found >= 90);
}

static void slow_creep_is_seen(void **state)
{
    enum { SERIES = 100, N = 40 };
    size_t found = 0;
    double sum = 0;
    struct rng r;
    (void)state;
    rng_seed(&r, 23);
    for (int i = 0; i < SERIES; i++) {
        struct mem m = { 0 };
        double x[N];
        fill(&r, x, N, 0.01, 1, 0, 0);
        for (int k = 6; k < N; k++)
            x[k] *= exp(0.06 * (k - 5) / (N - 6));
        struct stats_creep c = stats_creep(&m, x, N, 4);
        found += c.alarm;
        sum += c.change;
        assert_int_equal(c.points, N - 5);
        mem_free(&m);
    }
    assert_true(found >= 95);
    assert_true(fabs(sum / SERIES - 0.058) < 0.006);
}

/* --- what is no step ------------------------------------------------------------------------------------------------ */

static void spikes_are_no_steps(void **state)
{
    struct mem m = { 0 };
    struct rng r;
    struct stats_change *c;
    double x[30];
    (void)state;
    rng_seed(&r, 24);
    fill(&r, x, 30, 0.01, 3, 14, 15);
    assert_int_equal(steps_of(&m, x, 30, &c), 0);
    fill(&r, x, 30, 0.01, 1.5, 14, 17); /* shorter than a level */
    assert_int_equal(steps_of(&m, x, 30, &c), 0);
    assert_false(stats_creep(&m, x, 30, 4).alarm);
    fill(&r, x, 30, 0.01, 1.5, 29, 30); /* the newest run alone is the gate's business */
    assert_int_equal(steps_of(&m, x, 30, &c), 0);
    mem_free(&m);
}

static void a_step_is_no_slope(void **state)
{
    struct mem m = { 0 };
    struct rng r;
    struct stats_change *c;
    double x[40];
    (void)state;
    rng_seed(&r, 26);
    fill(&r, x, 40, 0.01, 1.2, 20, 40);
    size_t n = steps_of(&m, x, 40, &c);
    assert_int_equal(n, 1);
    assert_false(stats_is_gradual(&m, x, 40, 4, c, n));
    double *flat = stats_unstepped(&m, x, 40, &n);
    assert_int_equal(n, 1);
    assert_true(fabs(flat[0] / flat[39] - 1) < 0.08 && flat[39] == x[39]);
    assert_int_equal(steps_of(&m, flat, 40, &c), 0);
    n = steps_of(&m, x, 40, &c);
    assert_true(stats_is_gradual(&m, x, 40, 20, c, n)); /* nothing after it */
    fill(&r, x, 40, 0.01, 1, 0, 0);
    for (int i = 0; i < 40; i++)
        x[i] *= exp(0.2 * i / 39);
    n = steps_of(&m, x, 40, &c);
    assert_true(stats_is_gradual(&m, x, 40, 0, c, n));
    mem_free(&m);
}

static void failed_runs_are_passed_over(void **state)
{
    struct mem m = { 0 };
    struct stats_change *c;
    double x[] = { 1, 1.01, NAN, 0.99, 1.02, 1, NAN, 1.01, NAN, 1.2, 1.21, 0, 1.19, -1, 1.22, INFINITY, 1.2, 1.21 };
    (void)state;
    assert_int_equal(steps_of(&m, x, sizeof x / sizeof *x, &c), 1);
    assert_int_equal(c->before, 7);
    assert_int_equal(c->at, 9);
    assert_true(fabs(c->change - 0.2) < 0.02);
    mem_free(&m);
}

static void strange_series_have_none(void **state)
{
    struct mem m = { 0 };
    struct stats_change *c;
    double same[40], none[40], two[] = { 1, 2 };
    (void)state;
    for (int i = 0; i < 40; i++) {
        same[i] = 3e-7;
        none[i] = NAN;
    }
    assert_int_equal(steps_of(&m, same, 40, &c), 0);
    assert_int_equal(steps_of(&m, none, 40, &c), 0);
    assert_int_equal(steps_of(&m, two, 2, &c), 0);
    assert_int_equal(steps_of(&m, NULL, 0, &c), 0);
    assert_false(stats_creep(&m, same, 40, 0).alarm);
    assert_true(isnan(stats_creep(&m, none, 40, 0).change));
    assert_true(isnan(stats_creep(&m, same, 9, 4).change));
    for (int i = 20; i < 40; i++)
        same[i] = 4e-7; /* no noise at all */
    assert_int_equal(steps_of(&m, same, 40, &c), 1);
    assert_int_equal(c->at, 20);
    assert_true(fabs(c->low - c->high) < 1e-12 && fabs(c->change - 1.0 / 3) < 1e-9);
    mem_free(&m);
}

static void steps_too_small_to_matter_are_left_out(void **state)
{
    struct mem m = { 0 };
    struct stats_change *c;
    double x[40];
    (void)state;
    for (int i = 0; i < 40; i++)
        x[i] = i < 20 ? 1 : 1.005;
    assert_int_equal(steps_of(&m, x, 40, &c), 0);
    struct change_policy fine = change_policy_default;
    size_t count;
    fine.least = 0.001;
    stats_changes(&m, x, 40, &fine, &count);
    assert_int_equal(count, 1);
    mem_free(&m);
}

static void the_same_series_gives_the_same_steps(void **state)
{
    struct mem m = { 0 };
    struct rng r;
    struct stats_change *a, *b;
    double x[400];
    (void)state;
    rng_seed(&r, 25);
    fill(&r, x, 400, 0.03, 1.05, 320, 400); /* longer than what is looked at: indices still fit */
    size_t n = steps_of(&m, x, 400, &a);
    assert_int_equal(n, 1);
    assert_int_equal(steps_of(&m, x, 400, &b), n);
    assert_memory_equal(a, b, n * sizeof *a);
    assert_true(a->at >= 315 && a->at <= 325);
    mem_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(false_alarms_keep_their_bounds),
        cmocka_unit_test(a_step_of_ten_percent_is_seen_where_it_is),
        cmocka_unit_test(a_level_that_comes_back_is_two_steps),
        cmocka_unit_test(slow_creep_is_seen),
        cmocka_unit_test(spikes_are_no_steps),
        cmocka_unit_test(a_step_is_no_slope),
        cmocka_unit_test(failed_runs_are_passed_over),
        cmocka_unit_test(strange_series_have_none),
        cmocka_unit_test(steps_too_small_to_matter_are_left_out),
        cmocka_unit_test(the_same_series_gives_the_same_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
