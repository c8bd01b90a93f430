/* SPDX-License-Identifier: Apache-2.0
 * Counters, over a kernel that says what the test wants. */
#include "harness/counters/counters.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { COUNTERS = 4, COUNTER_ROWS = COUNTERS + 1 };

/* A kernel: per event, in order of opening, the error of open, what one stretch adds, the error of read. */
struct kernel {
    int open_error[COUNTERS], read_error[COUNTERS];
    uint64_t step[COUNTERS][3], now[COUNTERS][3];
    int asked, opened, enabled, paranoid;
};

enum { FIRST_FD = 1000 };

/* Knows every name but "unknown"; those with a '!' are counted in the kernel. */
static int fake_find(void *ctx, struct event *event)
{
    (void)ctx;
    event->unit = "events";
    event->kernel = strchr(event->name, '!') != NULL;
    snprintf(event->why, sizeof event->why, "never heard of it");
    return strcmp(event->name, "unknown") ? 0 : -1;
}

static int fake_open(void *ctx, const struct event *event)
{
    struct kernel *k = ctx;
    int row = k->asked++ % COUNTERS;
    assert_non_null(event->unit);
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

static int fake_paranoid(void *ctx)
{
    return ((struct kernel *)ctx)->paranoid;
}

/* One stretch of ten iterations, after an earlier one. */
static size_t stretch_named(struct kernel *k, struct counters *c, const char *names, struct metric *rows)
{
    static struct counters_edge edge = {
        fake_find, fake_open, fake_read, fake_enable, fake_close, fake_paranoid, NULL
    };
    edge.ctx = k;
    if (names)
        counters_open_named(c, &edge, names);
    else
        counters_open(c, &edge);
    counters_start(c);
    counters_stop(c);
    counters_start(c);
    counters_stop(c);
    size_t n = counters_read(c, 10, rows);
    assert_int_equal(k->enabled, 0);
    return n;
}

static void stretch(struct kernel *k, struct counters *c, struct metric *rows)
{
    assert_int_equal(stretch_named(k, c, NULL, rows), COUNTER_ROWS);
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
    struct metric rows[COUNTER_ROWS_MAX];
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
    struct metric rows[COUNTER_ROWS_MAX];
    k.open_error[1] = ENOENT;
    k.open_error[2] = EACCES;
    k.paranoid = 4;
    k.open_error[3] = ESTALE;
    stretch(&k, &c, rows);
    assert_true(rows[0].value == 400);
    for (int i = 1; i < COUNTER_ROWS; i++)
        assert_true(isnan(rows[i].value));
    assert_string_equal(rows[1].why, "no hardware counters here, as in most virtual machines (ENOENT)");
    assert_non_null(strstr(rows[2].why, "kernel.perf_event_paranoid is 4"));
    assert_non_null(strstr(rows[2].why, "sysctl kernel.perf_event_paranoid=2"));
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
    struct metric rows[COUNTER_ROWS_MAX];
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
    struct metric rows[COUNTER_ROWS_MAX];
    stretch(&k, &c, rows);
    assert_false(counters_any(&c));
    counters_close(&c);
}

static void permission_has_several_reasons(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int paranoid;
        const char *why;
    } cases[] = {
        { "x", 3, "sysctl kernel.perf_event_paranoid=2" },
        { "x!", 2, "sysctl kernel.perf_event_paranoid=1" },
        { "x", 2, "seccomp" },
        { "x!", 1, "--cap-add=PERFMON" },
        { "x", PARANOID_UNKNOWN, "cannot be read" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kernel k = { .open_error = { EPERM }, .paranoid = cases[i].paranoid };
        struct counters c;
        struct metric rows[COUNTER_ROWS_MAX];
        assert_int_equal(stretch_named(&k, &c, cases[i].name, rows), 1);
        assert_true(isnan(rows[0].value));
        assert_non_null(strstr(rows[0].why, cases[i].why));
        counters_close(&c);
    }
}

static void names_are_taken_apart(void **state)
{
    (void)state;
    struct kernel k = willing;
    struct counters c;
    struct metric rows[COUNTER_ROWS_MAX];
    assert_int_equal(stretch_named(&k, &c, "a,,b, c,a,unknown,", rows), 4);
    static const char *const names[] = { "a", "b", "c", "unknown" };
    static const double values[] = { 400, 200, 2, NAN };
    for (int i = 0; i < 4; i++) {
        assert_string_equal(rows[i].name, names[i]);
        assert_true(isnan(values[i]) ? isnan(rows[i].value) : rows[i].value == values[i]);
    }
    assert_string_equal(rows[3].why, "never heard of it");
    counters_close(&c);
    assert_int_equal(k.opened, 0);
    assert_int_equal(stretch_named(&k, &c, "", rows), 0);
    assert_int_equal(stretch_named(&k, &c, "cycles,instructions", rows), 3); /* and their ratio */
    assert_string_equal(rows[2].name, "ipc");
    counters_close(&c);
}

static void hostile_lists_are_bounded(void **state)
{
    (void)state;
    struct kernel k = willing;
    struct counters c;
    struct metric rows[COUNTER_ROWS_MAX];
    char many[1000] = "", lengthy[500];
    for (int i = 0; i < 100; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "e%d,", i);
    assert_int_equal(stretch_named(&k, &c, many, rows), COUNTERS_MAX);
    counters_close(&c);
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    assert_int_equal(stretch_named(&k, &c, lengthy, rows), 1);
    assert_non_null(strstr(rows[0].why, "so long a name"));
    counters_close(&c);
    assert_int_equal(k.opened, 0);
}

static struct event find(const char *name, int expected)
{
    struct event event = { .unit = NULL };
    snprintf(event.name, sizeof event.name, "%s", name);
    assert_int_equal(event_find(&event), expected);
    assert_int_equal(*event.why == '\0', expected == 0);
    return event;
}

static void events_have_names(void **state)
{
    (void)state;
    assert_string_equal(find("INSTRUCTIONS", 0).name, "instructions");
    assert_string_equal(find("l1_dcache_load_misses", 0).name, "L1-dcache-load-misses");
    assert_int_equal(find("instructions", 0).config, 1);
    assert_int_equal(find("L1-dcache-load-misses", 0).config, 0x10000);
    assert_int_equal(find("r01C2", 0).config, 0x1c2);
    assert_true(find("context-switches", 0).kernel);
    assert_false(find("page-faults", 0).kernel);
    find("no such event, really", -1);
    find("r", -1);
    find("r12345678901234567", -1);
    find("", -1);
}

/* Where libpfm is installed, its names for what the kernel has too mean the same. */
static void libpfm_is_asked_where_it_is(void **state)
{
    (void)state;
    struct event event = { .name = "PERF_COUNT_HW_INSTRUCTIONS" };
    if (event_find(&event)) {
        assert_non_null(strstr(event.why, "libpfm"));
        if (strstr(event.why, "not installed"))
            skip();
    }
    assert_int_equal(event.config, find("instructions", 0).config);
    assert_true(event.user && !event.kernel);
}

/* Memory that is touched for the first time is counted, by every kernel that has perf events. */
static void page_faults_are_real(void **state)
{
    (void)state;
    enum { PAGES = 256 };
    struct counters c;
    struct metric rows[COUNTER_ROWS_MAX];
    counters_open_named(&c, &counters_kernel, "page-faults");
    counters_start(&c);
    char *memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    for (size_t i = 0; i < PAGES; i++)
        memory[i * 4096] = 1;
    counters_stop(&c);
    assert_int_equal(counters_read(&c, 1, rows), 1);
    assert_true(isnan(rows[0].value) ? rows[0].why != NULL : rows[0].value >= 1);
    munmap(memory, PAGES * 4096);
    counters_close(&c);
}

/* Whatever this kernel says, a row has a number or a reason. */
static void the_real_kernel_answers(void **state)
{
    (void)state;
    struct counters c;
    struct metric rows[COUNTER_ROWS_MAX];
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
        cmocka_unit_test(permission_has_several_reasons),
        cmocka_unit_test(names_are_taken_apart),
        cmocka_unit_test(hostile_lists_are_bounded),
        cmocka_unit_test(events_have_names),
        cmocka_unit_test(libpfm_is_asked_where_it_is),
        cmocka_unit_test(page_faults_are_real),
        cmocka_unit_test(the_real_kernel_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
