/* SPDX-License-Identifier: Apache-2.0
 * Counters, over a kernel that says what the test wants. */
#include "harness/measure/counters.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A kernel: per row the error of open, what one stretch adds, the error of read. */
struct kernel {
    int open_error[COUNTERS], read_error[COUNTERS];
    uint64_t step[COUNTERS][3], now[COUNTERS][3];
    int opened, enabled;
};

enum { FIRST_FD = 1000 };

static int fake_open(void *ctx, int row)
{
    struct kernel *k = ctx;
    if (k->open_error[row])
        return -k->open_error[row];
    k->opened++;
    return FIRST_FD + row;
}

static int fake_read(void *ctx, int fd, uint64_t out[3])
{
    struct kernel *k = ctx;
    memcpy(out, k->now[fd - FIRST_FD], sizeof k->now[0]);
    return -k->read_error[fd - FIRST_FD];
}

static void fake_enable(void *ctx, int fd, bool on)
{
    struct kernel *k = ctx;
    k->enabled += on ? 1 : -1;
    for (int i = 0; !on && i < 3; i++)
        k->now[fd - FIRST_FD][i] += k->step[fd - FIRST_FD][i];
}

static void fake_close(void *ctx, int fd)
{
    struct kernel *k = ctx;
    (void)fd;
    k->opened--;
}

/* One stretch of ten iterations, after an earlier one. */
static void stretch(struct kernel *k, struct counters *c, struct metric rows[COUNTER_ROWS])
{
    static struct counters_edge edge = { fake_open, fake_read, fake_enable, fake_close, NULL };
    edge.ctx = k;
    counters_open(c, &edge);
    counters_start(c);
    counters_stop(c);
    counters_start(c);
    counters_stop(c);
    counters_read(c, 10, rows);
    assert_int_equal(k->enabled, 0);
}

static const struct kernel willing = {
    /* The second event had the processor half of the time. */
    .step = { { 4000, 100, 100 }, { 1000, 100, 50 }, { 20, 100, 100 }, { 0, 100, 100 } },
};

static void counts_are_per_iteration_and_scaled(void **state)
{
    (void)state;
    struct kernel k = willing;
    struct counters c;
    struct metric rows[COUNTER_ROWS];
    stretch(&k, &c, rows);
    assert_true(counters_any(&c));
    static const char *const names[] = { "instructions", "cycles", "branch-misses", "cache-misses", "ipc" };
    static const double values[] = { 400, 200, 2, 0, 2 };
    for (int i = 0; i < COUNTER_ROWS; i++) {
        assert_string_equal(rows[i].name, names[i]);
        assert_true(rows[i].value == values[i]);
        assert_null(rows[i].why);
    }
    counters_close(&c);
    assert_int_equal(k.opened, 0);
}

static void what_is_refused_says_why(void **state)
{
    (void)state;
    struct kernel k = willing;
    struct counters c;
    struct metric rows[COUNTER_ROWS];
    k.open_error[1] = ENOENT;
    k.open_error[2] = EACCES;
    k.open_error[3] = ESTALE;
    stretch(&k, &c, rows);
    assert_true(rows[0].value == 400);
    for (int i = 1; i < COUNTER_ROWS; i++)
        assert_true(isnan(rows[i].value));
    assert_string_equal(rows[1].why, "not available: no hardware counters here, as in most virtual machines (ENOENT)");
    assert_non_null(strstr(rows[2].why, "perf_event_paranoid"));
    assert_non_null(strstr(rows[3].why, strerror(ESTALE)));
    assert_string_equal(rows[4].why, rows[1].why); /* no cycles, no ratio */
    counters_close(&c);
    assert_int_equal(k.opened, 0);
}

static void a_counter_without_a_turn_is_not_zero(void **state)
{
    (void)state;
    struct kernel k = willing;
    struct counters c;
    struct metric rows[COUNTER_ROWS];
    memset(k.step[0], 0, sizeof k.step[0]);
    k.step[0][1] = 100;
    k.read_error[2] = EIO;
    stretch(&k, &c, rows);
    assert_true(isnan(rows[0].value) && isnan(rows[2].value) && isnan(rows[4].value));
    assert_non_null(strstr(rows[0].why, "never got its turn"));
    assert_non_null(strstr(rows[2].why, strerror(EIO)));
    assert_true(rows[1].value == 200);
    counters_close(&c);
    assert_int_equal(k.opened, 0);
}

static void no_counter_at_all_is_known(void **state)
{
    (void)state;
    struct kernel k = { .open_error = { ENOENT, ENOENT, ENOENT, ENOENT } };
    struct counters c;
    struct metric rows[COUNTER_ROWS];
    stretch(&k, &c, rows);
    assert_false(counters_any(&c));
    counters_close(&c);
}

/* Whatever this kernel says, a row has a number or a reason. */
static void the_real_kernel_answers(void **state)
{
    (void)state;
    struct counters c;
    struct metric rows[COUNTER_ROWS];
    counters_open(&c, &counters_kernel);
    counters_start(&c);
    for (volatile int i = 0; i < 100000;)
        i = i + 1;
    counters_stop(&c);
    counters_read(&c, 100000, rows);
    for (int i = 0; i < COUNTER_ROWS; i++)
        assert_true(isnan(rows[i].value) ? rows[i].why != NULL : rows[i].value >= 0 && !rows[i].why);
    counters_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_per_iteration_and_scaled),
        cmocka_unit_test(what_is_refused_says_why),
        cmocka_unit_test(a_counter_without_a_turn_is_not_zero),
        cmocka_unit_test(no_counter_at_all_is_known),
        cmocka_unit_test(the_real_kernel_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
