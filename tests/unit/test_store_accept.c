/* SPDX-License-Identifier: Apache-2.0
 * Accepted changes, baselines that follow, and the runs fit to be one. */
#include "tests/unit/store_full.h"
#include "tests/unit/store_help.h"

#include <math.h>
#include <string.h>

static int64_t put(struct place *p, double started, const char *commit, enum status status, const char *host)
{
    return put_plain(p, &(struct plain){ .started = started,
                                         .commit = commit,
                                         .names = { "a/x", "b" },
                                         .state = RUN_COMPLETE,
                                         .status = status,
                                         .host = host });
}

static int64_t host_of(struct place *p, const char *name)
{
    int64_t id;
    must(p, store_host_id(p->s, name, &id, &p->e));
    return id;
}

static void accepted_changes_come_back_as_they_were(void **state)
{
    struct place *p = *state;
    struct acceptance *all;
    size_t n;
    int64_t run = put(p, 5, "c1", STATUS_OK, "h1");
    struct acceptance a = { .run_id = run, .pattern = "a/*", .reason = HOSTILE, .accepted = 9, .expires = NAN };
    struct acceptance b = {
        .run_id = run, .pattern = "*", .reason = "r", .author = HOSTILE, .accepted = 8, .expires = 99
    };
    must(p, store_accept(p->s, &a, &p->e));
    must(p, store_accept(p->s, &b, &p->e));
    must(p, store_accepted(p->s, &p->m, host_of(p, "h1"), &all, &n, &p->e));
    assert_int_equal(n, 2);
    assert_int_equal(all[1].id, a.id); /* by date */
    assert_string_equal(all[1].reason, HOSTILE);
    assert_string_equal(all[1].pattern, "a/*");
    assert_null(all[1].author);
    assert_true(isnan(all[1].expires) && all[1].accepted == 9 && all[1].run_started == 5);
    assert_string_equal(all[0].author, HOSTILE);
    assert_true(all[0].expires == 99 && all[0].run_id == run);
    must_fail(p, store_accept_rm(p->s, 77, host_of(p, "h1"), &p->e), EXIT_USAGE, "no accepted change 77");
    must_fail(p, store_accept_rm(p->s, a.id, 77, &p->e), EXIT_USAGE, "on this host");
    must(p, store_accept_rm(p->s, a.id, host_of(p, "h1"), &p->e));
    must(p, store_accepted(p->s, &p->m, host_of(p, "h1"), &all, &n, &p->e));
    assert_int_equal(n, 1);
}

static void nonsense_is_not_accepted(void **state)
{
    struct place *p = *state;
    int64_t run = put(p, 5, "c1", STATUS_CRASHED, "h1"); /* a/x crashed, b is fine */
    char *huge = mem_alloc(&p->m, 5000);
    memset(huge, 'x', 4999);
    struct acceptance a = { .run_id = run, .pattern = "a/*", .reason = "r", .expires = NAN };
    must_fail(p, store_accept(p->s, &a, &p->e), EXIT_USAGE, "no measured benchmark that matches 'a/*'");
    a.pattern = "b";
    a.reason = " \n";
    must_fail(p, store_accept(p->s, &a, &p->e), EXIT_USAGE, "a reason");
    a.reason = huge;
    must_fail(p, store_accept(p->s, &a, &p->e), EXIT_USAGE, "a reason");
    a.reason = NULL;
    must_fail(p, store_accept(p->s, &a, &p->e), EXIT_USAGE, "a reason");
    a = (struct acceptance){ .run_id = 99, .pattern = "", .reason = "r" };
    must_fail(p, store_accept(p->s, &a, &p->e), EXIT_USAGE, "a pattern");
    a.pattern = "*";
    must_fail(p, store_accept(p->s, &a, &p->e), EXIT_USAGE, "no run 99");
    assert_int_equal(ask(p, "SELECT count(*) FROM acceptance"), 0);
}

static void a_following_baseline_keeps_its_reason_and_refuses_failures(void **state)
{
    struct place *p = *state;
    struct baseline *all;
    size_t n;
    int64_t r1 = put(p, 1, "c1", STATUS_OK, "h1"), r2 = put(p, 2, "c2", STATUS_OK, "h1");
    int64_t bad = put(p, 3, "c3", STATUS_WRONG, "h1");
    must(p, store_baseline_follow(p->s, "default", r1, "why", &p->e));
    must(p, store_baseline_follow(p->s, "default", r2, NULL, &p->e));
    must_fail(p, store_baseline_follow(p->s, "default", bad, NULL, &p->e), EXIT_BENCH_FAILED, "failed benchmarks");
    must(p, store_baselines(p->s, &p->m, &all, &n, &p->e));
    assert_int_equal(n, 1);
    assert_true(all->follows && all->run_id == r2);
    assert_string_equal(all->reason, "why");
    must(p, store_baseline_set(p->s, "default", r1, NULL, &p->e));
    must(p, store_baselines(p->s, &p->m, &all, &n, &p->e));
    assert_false(all->follows);
    assert_null(all->reason);
}

static void only_passing_runs_of_clean_commits_are_fit(void **state)
{
    struct place *p = *state;
    struct run *all;
    size_t n;
    int64_t good = put(p, 1, "c1", STATUS_OK, "h1"), later = put(p, 4, "c4", STATUS_OK, "h1");
    put(p, 2, "c2", STATUS_WRONG, "h1");
    put(p, 3, "c3", STATUS_OK, "h2");
    put_plain(p, &(struct plain){ .started = 5, .commit = "c5", .names = { "b" }, .state = RUN_OPEN, .host = "h1" });
    int64_t slow = put(p, 6, "c6", STATUS_OK, "h1"), dirty = put(p, 7, "c7", STATUS_OK, "h1");
    struct verdict v = { .cmp = { .name = "b" }, .decision = DECISION_REGRESSED };
    must(p, store_verdicts(p->s, slow, good, &v, 1, &p->e));
    tamper(p, mem_printf(&p->m, "UPDATE run SET dirty = (id = %lld)", (long long)dirty));
    must(p, store_fit_runs(p->s, &p->m, host_of(p, "h1"), &all, &n, &p->e));
    assert_int_equal(n, 2);
    assert_int_equal(all[0].id, later);
    assert_int_equal(all[1].id, good);
    assert_string_equal(all[1].commit.hash, "c1");
    assert_true(all[1].started == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(accepted_changes_come_back_as_they_were, place_open, place_remove),
        cmocka_unit_test_setup_teardown(nonsense_is_not_accepted, place_open, place_remove),
        cmocka_unit_test_setup_teardown(a_following_baseline_keeps_its_reason_and_refuses_failures, place_open,
                                        place_remove),
        cmocka_unit_test_setup_teardown(only_passing_runs_of_clean_commits_are_fit, place_open, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
