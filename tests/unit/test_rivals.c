/* SPDX-License-Identifier: Apache-2.0
 * The rules of others, each on data where it and the rest disagree. */
#include "harness/stats/rivals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 32 };

static void each(const struct rival_round *base, const struct rival_round *current, size_t n, const bool *want)
{
    struct mem m = { 0 };
    for (int rule = 0; rule < RIVALS; rule++)
        if (rival_red(&m, (enum rival)rule, base, current, n, 0.10) != want[rule])
            fail_msg("rule %d says %d", rule, !want[rule]);
    mem_free(&m);
}

/* n rounds with a scatter of 1%, times `ratio`. */
static void fill(struct rival_round *r, size_t n, double ratio)
{
    for (size_t i = 0; i < n; i++) {
        double x = ratio * (1 + 0.001 * (double)((i * 7) % n));
        r[i] = (struct rival_round){ x, 0.9 * x };
    }
}

static void by_size(void **state)
{
    (void)state;
    static const struct {
        double ratio;
        bool red[RIVALS]; /* mean, U test and 5%, U test and 10%, minimum */
    } cases[] = {
        { 1, { false, false, false, false } },       { 1.04, { false, false, false, false } },
        { 1.07, { false, true, false, false } },     { 1.13, { true, true, true, true } },
        { 1 / 1.5, { false, false, false, false } },
    };
    struct rival_round base[MOST], current[MOST];
    fill(base, MOST, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fill(current, MOST, cases[i].ratio);
        each(base, current, MOST, cases[i].red);
        fill(current, 9, cases[i].ratio);
        fill(base, 9, 1);
        each(base, current, 9, cases[i].red);
        fill(base, MOST, 1);
    }
}

/* One bad moment is enough for a mean; nothing else sees it. */
static void one_stray_round(void **state)
{
    (void)state;
    struct rival_round base[MOST], current[MOST];
    fill(base, MOST, 1);
    fill(current, MOST, 1);
    current[20].mean = 10;
    each(base, current, MOST, (const bool[]){ true, false, false, false });
}

/* A minimum believes one lucky round of the baseline. */
static void one_lucky_round(void **state)
{
    (void)state;
    struct rival_round base[MOST], current[MOST];
    fill(base, MOST, 1);
    fill(current, MOST, 1);
    base[3].min = 0.5;
    each(base, current, MOST, (const bool[]){ false, false, false, true });
}

/* The U test looks at the first nine only, as is recommended for it. */
static void nine_repetitions(void **state)
{
    (void)state;
    struct rival_round base[MOST], current[MOST];
    fill(base, MOST, 1);
    fill(current, MOST, 1.5);
    fill(current, 9, 1);
    each(base, current, MOST, (const bool[]){ true, false, false, false });
}

static void few_rounds(void **state)
{
    (void)state;
    struct rival_round base[MOST], current[MOST];
    fill(base, 3, 1);
    fill(current, 3, 2);
    each(base, current, 0, (const bool[]){ false, false, false, false });
    each(base, current, 1, (const bool[]){ true, false, false, true });
    each(base, current, 3, (const bool[]){ true, false, false, true }); /* 3 against 3: p is 0.1 at best */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_size),          cmocka_unit_test(one_stray_round), cmocka_unit_test(one_lucky_round),
        cmocka_unit_test(nine_repetitions), cmocka_unit_test(few_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
