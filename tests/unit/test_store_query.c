/* SPDX-License-Identifier: Apache-2.0
 * Questions to the store: which run, what history, how much noise, which baseline; and that they use indexes. */
#include "tests/unit/store_help.h"

#include "db/sql.h"
#include "harness/base/buf.h"

#include <stdio.h>
#include <string.h>

static int64_t find(struct place *p, const char *spec, int64_t host)
{
    int64_t run = -1;
    if (store_find(p->s, spec, host, &run, &p->e))
        fail_msg("%s: %s", spec, p->e.text);
    return run;
}

static void not_found(struct place *p, const char *spec, int64_t host, enum exit_code kind, const char *part)
{
    int64_t run = -1;
    must_fail(p, store_find(p->s, spec, host, &run, &p->e), kind, part);
    assert_int_equal(run, -1);
}

static int64_t host_id(struct place *p, const char *host)
{
    int64_t id = -1;
    must(p, store_host_id(p->s, host, &id, &p->e));
    return id;
}

/* --- find --- */

static void runs_are_found(void **state)
{
    struct place *p = *state;
    const struct plain plain[] = {
        { .uuid = "aaaa1111", .host = "h1", .commit = "c1c1c1c1", .started = 1000, .names = { "x" } },
        { .uuid = "aaaa2222", .host = "h1", .commit = "c1c1ffff", .started = 3000, .names = { "x" } },
        { .uuid = "bbbb1111", .host = "h2", .commit = "c1c1c1c1", .started = 2000, .names = { "x" } },
        { .uuid = "cccc1111", .host = "h1", .commit = "dddd0000", .started = 4000 }, /* no result */
        { .uuid = "12345678", .host = "h2", .commit = "c1c1c1c1", .started = 1500, .names = { "x" } },
        /* killed before anything was measured */
        { .uuid = "eeee1111",
          .host = "h1",
          .commit = "c1c1c1c1",
          .started = 5000,
          .names = { "x" },
          .status = STATUS_UNSUPPORTED },
        /* the same at its end, and killed later */
        { .uuid = "eeee2222",
          .commit = "c1c1c1c1",
          .host = "h3",
          .started = 500,
          .names = { "x" },
          .status = STATUS_UNSUPPORTED,
          .state = RUN_COMPLETE },
        { .uuid = "eeee3333",
          .commit = "c1c1c1c1",
          .host = "h4",
          .started = 400,
          .names = { "x", "y" },
          .status = STATUS_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_int_equal(put_plain(p, &plain[i]), i + 1);
    int64_t h1 = host_id(p, "h1"), h2 = host_id(p, "h2"), h3 = host_id(p, "h3"), h4 = host_id(p, "h4");
    const struct {
        const char *spec;
        int64_t host, run;
    } cases[] = {
        { "latest", 0, 2 },  { "latest~0", 0, 2 },  { "latest~1", 0, 3 }, { "latest~2", 0, 5 }, { "latest~3", 0, 1 },
        { "latest", h1, 2 }, { "latest~1", h1, 1 }, { "latest", h2, 3 },  { "1", 0, 1 },        { "4", 0, 4 },
        { "3", h1, 3 },      { "aaaa1", 0, 1 },     { "AAAA1111", 0, 1 }, { "bbbb", 0, 3 },     { "cccc", 0, 4 },
        { "c1c1c", 0, 3 },   { "c1c1c1c1", h1, 1 }, { "c1c1f", 0, 2 },    { "12345678", 0, 5 }, { "1234", h1, 5 },
        { "latest", h3, 7 }, { "latest", h4, 8 },   { "6", h1, 6 },       { "eeee1", h1, 6 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (find(p, cases[i].spec, cases[i].host) != cases[i].run)
            fail_msg("%s on host %d: not run %d", cases[i].spec, (int)cases[i].host, (int)cases[i].run);
}

static void what_is_no_run_is_explained(void **state)
{
    struct place *p = *state;
    not_found(p, "latest", 0, EXIT_STORE, "no results yet: run `kernmark run` first");
    not_found(p, "7", 0, EXIT_STORE, "no results yet");
    put_plain(p, &(struct plain){ .uuid = "aaaa1111", .commit = "aaaa3333", .started = 1, .names = { "x" } });
    put_plain(p, &(struct plain){ .uuid = "aaaa2222", .commit = "eeee", .started = 2 });
    static const char *const unknown[] = { "latest~1",
                                           "latest~",
                                           "latest~x",
                                           "latest~-1",
                                           "latest1",
                                           "99",
                                           "",
                                           "-1",
                                           "aaa",
                                           "zzzz",
                                           "eeee",
                                           "ffff",
                                           "1 ",
                                           "99999999999999999999",
                                           "'; DROP TABLE run; --",
                                           "aaaa%",
                                           "%",
                                           "latest~99999999999999999999" };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        not_found(p, unknown[i], 0, EXIT_USAGE, "Possible: latest, latest~N, a run number");
    not_found(p, "aaaa", 0, EXIT_USAGE,
              "could be run 1 (aaaa1111), run 2 (aaaa2222), commit aaaa3333: type more of it");
    not_found(p, "baseline", 0, EXIT_INCONCLUSIVE, "no baseline 'default'");
    not_found(p, "baseline:", 0, EXIT_INCONCLUSIVE, "no baseline ''");
    not_found(p, "baseline:a'b", 1, EXIT_INCONCLUSIVE, "no baseline 'a'b' on this host");
    char longest[3000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    not_found(p, longest, 0, EXIT_USAGE, "Possible:");
}

static void many_candidates_are_cut(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < 8; i++)
        put_plain(p, &(struct plain){ .uuid = mem_printf(&p->m, "abcd%d", i), .started = i, .names = { "x" } });
    not_found(p, "abcd", 0, EXIT_USAGE, "run 5 (abcd4), ...: type more of it");
}

static void hosts_are_found(void **state)
{
    struct place *p = *state;
    int64_t id = -1;
    must_fail(p, store_host_id(p->s, "h1", &id, &p->e), EXIT_USAGE, "There is: none yet");
    put_plain(p, &(struct plain){ .host = "h2", .started = 1 });
    put_plain(p, &(struct plain){ .host = "h1", .started = 2 });
    assert_int_equal(host_id(p, "h2"), 1);
    assert_int_equal(host_id(p, "name-h1"), 2);
    must_fail(p, store_host_id(p->s, "h", &id, &p->e), EXIT_USAGE,
              "no host 'h' in the store. There is: name-h1 (h1), name-h2 (h2)");
    tamper(p, "UPDATE host SET name = 'box'");
    must_fail(p, store_host_id(p->s, "box", &id, &p->e), EXIT_USAGE, "several hosts are called 'box'");
    assert_int_equal(id, -1);
    struct host *hosts;
    size_t n;
    must(p, store_hosts(p->s, &p->m, &hosts, &n, &p->e));
    assert_int_equal(n, 2);
    assert_string_equal(hosts[1].facts.all[0].value, "h1");
}

static void runs_are_listed_newest_first(void **state)
{
    struct place *p = *state;
    struct run *runs;
    size_t n;
    must(p, store_runs(p->s, &p->m, 0, 5, &runs, &n, &p->e));
    assert_int_equal(n, 0);
    for (int i = 0; i < 6; i++)
        put_plain(p, &(struct plain){ .host = i % 2 ? "h1" : "h2", .started = 100 - i, .names = { "x" } });
    must(p, store_runs(p->s, &p->m, 0, 4, &runs, &n, &p->e));
    assert_int_equal(n, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(runs[i].id, i + 1);
    must(p, store_runs(p->s, &p->m, host_id(p, "h1"), 0, &runs, &n, &p->e));
    assert_int_equal(n, 3);
    assert_int_equal(runs[0].id, 2);
    assert_string_equal(runs[0].host.name, "name-h1");
    assert_string_equal(runs[0].commit.hash, "cccc000000000001");
}

/* --- history --- */

static void history_is_ordered_and_limited(void **state)
{
    struct place *p = *state;
    struct series *all;
    size_t n;
    /* Stored out of order; two builds, two definitions, another host, one without `b`. */
    put_plain(p, &(struct plain){ .started = 30, .names = { "a", "b" }, .medians = { 3, 30 } });
    put_plain(p, &(struct plain){ .started = 10, .names = { "a", "b" }, .medians = { 1, 10 }, .build = "b2" });
    put_plain(p, &(struct plain){ .started = 20, .names = { "a" }, .medians = { 2 }, .hash = "d2", .commit = "c2" });
    put_plain(p, &(struct plain){ .started = 40, .names = { "a" }, .medians = { 4 }, .status = STATUS_CRASHED });
    put_plain(p, &(struct plain){ .started = 25, .names = { "a" }, .medians = { 9 }, .host = "other" });
    must(p, store_history(p->s, &p->m, 1, "*", 0, &all, &n, &p->e));
    assert_int_equal(n, 3); /* a changed definition is another series of the same name */
    assert_string_equal(all[0].name, "a");
    assert_string_equal(all[1].name, "a");
    assert_string_equal(all[2].name, "b");
    static const double medians[] = { 1, 3, 4 };
    assert_int_equal(all[0].n, 3);
    for (int i = 0; i < 3; i++)
        assert_float_equal(all[0].points[i].median, medians[i], 1e-6);
    assert_int_equal(all[1].n, 1);
    assert_int_equal(all[2].n, 2);
    assert_float_equal(all[2].points[0].median, 10, 1e-6);
    const struct point *first = &all[0].points[0], *changed = &all[1].points[0], *last = &all[0].points[2];
    assert_string_equal(first->build_hash, "b2");
    assert_string_equal(first->bench_hash, "d1");
    assert_int_equal(first->run_id, 2);
    assert_int_equal(first->rounds, 8);
    assert_true(first->ci_low < 1 && first->ci_high > 1);
    assert_true(first->started == 10);
    assert_string_equal(changed->bench_hash, "d2");
    assert_string_equal(changed->commit.hash, "c2");
    assert_int_equal(last->status, STATUS_CRASHED);
    must(p, store_history(p->s, &p->m, 1, "*", 2, &all, &n, &p->e));
    assert_int_equal(all[0].n, 2);
    assert_float_equal(all[0].points[0].median, 3, 1e-6);
    assert_float_equal(all[0].points[1].median, 4, 1e-6);
    assert_int_equal(all[2].n, 2);
}

static void history_names_are_patterns(void **state)
{
    struct place *p = *state;
    static const char *const names[] = { "dot/f32/avx2", "dot/f32/ref", "gemv/f32/ref", "it's \"[odd]\"\n|" };
    struct plain plain = { .started = 1 };
    memcpy(plain.names, names, sizeof names);
    put_plain(p, &plain);
    const struct {
        const char *glob;
        size_t n;
    } cases[] = { { "*", 4 },   { "dot/*", 2 }, { "*/ref", 2 }, { "DOT/*", 0 }, { "dot/f32/re?", 1 }, { "", 0 },
                  { "dot", 0 }, { "it's*", 1 }, { "*\n|", 1 },  { "[", 0 },     { "' OR 1=1", 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct series *all;
        size_t n;
        must(p, store_history(p->s, &p->m, 1, cases[i].glob, 5, &all, &n, &p->e));
        assert_int_equal(n, cases[i].n);
    }
}

/* --- noise --- */

static void check_noise(struct place *p, const char *build, int64_t before, int limit, const char *want)
{
    struct history_noise *noise;
    size_t n;
    struct buf got = { 0 };
    must(p, store_noise(p->s, &p->m, 1, build, before, limit, &noise, &n, &p->e));
    for (size_t i = 0; i < n; i++) {
        buf_printf(&got, "%s:", noise[i].name);
        for (size_t k = 0; k < noise[i].n; k++)
            buf_printf(&got, " %g", noise[i].medians[k]);
        buf_puts(&got, "; ");
    }
    assert_string_equal(buf_text(&got), want);
    buf_free(&got);
}

static void noise_is_of_earlier_complete_runs(void **state)
{
    struct place *p = *state;
    const enum run_state done = RUN_COMPLETE;
    const struct plain plain[] = {
        { .started = 10, .state = done, .names = { "a", "b" }, .medians = { 1, 10 } },
        { .started = 20, .state = done, .names = { "a", "b" }, .medians = { 2, 20 } },
        { .started = 30, .state = RUN_OPEN, .names = { "a" }, .medians = { 91 } },
        { .started = 31, .state = RUN_INTERRUPTED, .names = { "a" }, .medians = { 92 } },
        { .started = 32, .state = done, .names = { "a" }, .medians = { 93 }, .profile = "full" },
        { .started = 33, .state = done, .names = { "a" }, .medians = { 94 }, .status = STATUS_FAILED },
        { .started = 34, .state = done, .names = { "a" }, .medians = { 95 }, .build = "b2" },
        { .started = 35, .state = done, .names = { "a" }, .medians = { 96 }, .host = "other" },
        { .started = 36, .state = done, .names = { "a" }, .medians = { 97 }, .hash = "d0" },
        { .started = 40, .state = done, .names = { "a", "b" }, .medians = { 4, 40 } },
        { .started = 50, .state = done, .names = { "b", "c" }, .medians = { 50, 5 } }, /* 11: the one to judge */
        { .started = 60, .state = done, .names = { "a", "b" }, .medians = { 98, 60 } },
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        put_plain(p, &plain[i]);
    static const char build[] = "bbbb000000000001";
    check_noise(p, build, 11, 20, "b: 10 20 40; ");
    check_noise(p, build, 11, 2, "b: 20 40; ");
    check_noise(p, build, 10, 20, "a: 1 2; b: 10 20; ");
    check_noise(p, build, 1, 20, "");
    check_noise(p, build, 12, 0, "a: 1 2 4; b: 10 20 40 50; ");
    check_noise(p, "none", 11, 20, "");
    /* Without a run: everything, and of two definitions of `a` the one stored last. */
    check_noise(p, build, 0, 0, "a: 97; b: 10 20 40 50 60; c: 5; ");
    check_noise(p, "b2", 0, 0, "a: 95; ");
}

/* --- baselines --- */

static void baselines_are_set_found_and_removed(void **state)
{
    struct place *p = *state;
    struct baseline *all;
    size_t n;
    const enum run_state done = RUN_COMPLETE;
    int64_t r1 = put_plain(p, &(struct plain){ .started = 1, .names = { "a" }, .state = done, .host = "h1" });
    int64_t r2 = put_plain(p, &(struct plain){ .started = 2, .names = { "a" }, .state = done, .host = "h1" });
    int64_t r3 = put_plain(p, &(struct plain){ .started = 3, .names = { "a" }, .state = done, .host = "h2" });
    int64_t h1 = host_id(p, "h1"), h2 = host_id(p, "h2");
    must(p, store_baseline_set(p->s, "default", r1, "first", &p->e));
    assert_int_equal(find(p, "baseline", 0), r1);
    must(p, store_baseline_set(p->s, "default", r2, NULL, &p->e));
    must(p, store_baseline_set(p->s, "default", r3, "it's; \"odd\"\n", &p->e));
    must(p, store_baseline_set(p->s, "v1.0/x+y", r1, NULL, &p->e));
    assert_int_equal(find(p, "baseline", h1), r2);
    assert_int_equal(find(p, "baseline:default", h2), r3);
    assert_int_equal(find(p, "baseline:v1.0/x+y", h1), r1);
    not_found(p, "baseline:v1.0/x+y", h2, EXIT_INCONCLUSIVE, "no baseline 'v1.0/x+y' on this host");
    not_found(p, "baseline", 0, EXIT_USAGE, "exists on several hosts (name-h1, name-h2)");
    must(p, store_baselines(p->s, &p->m, &all, &n, &p->e));
    assert_int_equal(n, 3);
    assert_string_equal(all[1].name, "default");
    assert_string_equal(all[1].host_name, "name-h2");
    assert_string_equal(all[1].reason, "it's; \"odd\"\n");
    assert_int_equal(all[1].run_id, r3);
    assert_int_equal(all[1].host_id, h2);
    assert_true(all[1].set_at > 1.6e9);
    assert_null(all[0].reason);
    must(p, store_baseline_rm(p->s, "default", h1, &p->e));
    must_fail(p, store_baseline_rm(p->s, "default", h1, &p->e), EXIT_USAGE, "no baseline 'default' on this host");
    must(p, store_baselines(p->s, &p->m, &all, &n, &p->e));
    assert_int_equal(n, 2);
}

static void a_failing_value_never_becomes_a_baseline(void **state)
{
    struct place *p = *state;
    struct plain plain = { .started = 1, .names = { "bad`one", "good" }, .state = RUN_COMPLETE };
    for (int status = STATUS_WRONG; status <= STATUS_INTERRUPTED; status++) {
        plain.status = (enum status)status;
        plain.started++;
        int64_t run = put_plain(p, &plain);
        if (status == STATUS_UNSUPPORTED)
            must(p, store_baseline_set(p->s, "unsupported", run, NULL, &p->e));
        else
            must_fail(p, store_baseline_set(p->s, "x", run, "please", &p->e), EXIT_BENCH_FAILED, "bad`one (");
    }
    const struct plain unfit[] = {
        { .started = 20, .names = { "a" }, .state = RUN_OPEN },
        { .started = 21, .names = { "a" }, .state = RUN_INTERRUPTED },
        { .started = 22, .state = RUN_COMPLETE },
        { .started = 23, .names = { "a" }, .state = RUN_COMPLETE, .status = STATUS_UNSUPPORTED },
    };
    static const char *const why[] = { "did not run to its end", "did not run to its end", "has no result",
                                       "has no result" };
    for (size_t i = 0; i < 4; i++)
        must_fail(p, store_baseline_set(p->s, "x", put_plain(p, &unfit[i]), NULL, &p->e), EXIT_BENCH_FAILED, why[i]);
    must_fail(p, store_baseline_set(p->s, "x", 99, NULL, &p->e), EXIT_USAGE, "there is no run 99");
    assert_int_equal(ask(p, "SELECT count(*) FROM baseline"), 1);
}

static void a_regression_becomes_a_baseline_only_with_a_reason(void **state)
{
    struct place *p = *state;
    int64_t run = put_plain(p, &(struct plain){ .started = 1, .names = { "a" }, .state = RUN_COMPLETE });
    struct verdict v = { .cmp = { .name = "a" }, .decision = DECISION_REGRESSED };
    must(p, store_verdicts(p->s, run, 0, &v, 1, &p->e));
    must_fail(p, store_baseline_set(p->s, "x", run, NULL, &p->e), EXIT_BENCH_FAILED, "it was judged slower");
    must_fail(p, store_baseline_set(p->s, "x", run, "", &p->e), EXIT_BENCH_FAILED, "give a reason");
    must(p, store_baseline_set(p->s, "x", run, "a is safer now", &p->e));
    v.decision = DECISION_EQUIVALENT;
    must(p, store_verdicts(p->s, run, 0, &v, 1, &p->e));
    must(p, store_baseline_set(p->s, "x", run, NULL, &p->e));
}

static void a_baseline_name_is_a_word(void **state)
{
    struct place *p = *state;
    int64_t run = put_plain(p, &(struct plain){ .started = 1, .names = { "a" }, .state = RUN_COMPLETE });
    static const char *const bad[] = {
        "", "a b", "a\nb", "a'b", "a|b", "ä", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        must_fail(p, store_baseline_set(p->s, bad[i], run, NULL, &p->e), EXIT_USAGE, "baseline name");
    must(p, store_baseline_set(p->s, bad[6] + 1, run, NULL, &p->e));
}

/* --- plans --- */

/* Every statement that the store ran, with its values. */
static int note(unsigned what, void *ctx, void *statement, void *text)
{
    (void)what, (void)text;
    char *sql = sqlite3_expanded_sql(statement);
    if (sql && strncmp(sql, "PRAGMA", 6) && strncmp(sql, "BEGIN", 5) && strncmp(sql, "COMMIT", 6)) {
        buf_puts(ctx, sql);
        buf_putc(ctx, '\f');
    }
    sqlite3_free(sql);
    return 0;
}

/* Fails if the plan walks a table that grows. The only walk allowed is over the runs of any host by time, which stops
 * at its limit. */
static void check_plan(struct place *p, const char *sql)
{
    static const char *const big[] = { "result", "sample", "metric", "verdict",   "judgement",
                                       "run",    "fact",   "last",   "past",      "param",
                                       "entry",  "series", "now",    "benchmark", "metric_kind" };
    sqlite3_stmt *st;
    must(p, sql_query(p->s, &st, mem_printf(&p->m, "EXPLAIN QUERY PLAN %s", sql), NULL, &p->e));
    while (sql_next(p->s, st, &p->e) == 1) {
        const char *step = (const char *)sqlite3_column_text(st, 3);
        if (strstr(step, "INDEX run_started") && strstr(sql, "0 = 0"))
            continue;
        for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
            size_t len = strlen(big[i]);
            if (!strncmp(step, "SCAN ", 5) && !strncmp(step + 5, big[i], len) &&
                (!step[5 + len] || step[5 + len] == ' '))
                fail_msg("%s\n  %s", step, sql);
        }
    }
    sql_done(&st);
}

static void ask_everything(struct place *p, int64_t run)
{
    struct run back, *runs;
    struct series *series;
    struct history_noise *noise;
    struct verdict *verdicts;
    size_t n;
    int64_t id;
    static const char *const specs[] = { "latest", "latest~1", "2", "cccc0", "baseline" };
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        for (int64_t host = 0; host < 2; host++)
            must(p, store_find(p->s, specs[i], host, &id, &p->e));
    must(p, store_load(p->s, &p->m, run, &back, &p->e));
    must(p, store_runs(p->s, &p->m, 1, 10, &runs, &n, &p->e));
    must(p, store_history(p->s, &p->m, 1, "a*", 10, &series, &n, &p->e));
    must(p, store_noise(p->s, &p->m, 1, "bbbb000000000001", run, 10, &noise, &n, &p->e));
    must(p, store_noise(p->s, &p->m, 1, "bbbb000000000001", 0, 10, &noise, &n, &p->e));
    must(p, store_load_verdicts(p->s, &p->m, run, &id, &verdicts, &n, &p->e));
}

static void store_everything(struct place *p, int64_t run)
{
    struct metric metric = { .name = "instructions", .unit = "", .value = 1 };
    struct run open = plain_run(&p->m, &(struct plain){ .started = 20 });
    struct result r = plain_result(&p->m, "c", 1);
    struct verdict v = { .cmp = { .name = "a" } };
    r.metrics = &metric;
    r.nmetrics = 1;
    must(p, store_begin(p->s, &open, &p->e));
    must(p, store_result(p->s, open.id, &r, &p->e));
    must(p, store_finish(p->s, &open, &p->e));
    must(p, store_verdicts(p->s, run, 1, &v, 1, &p->e));
    must(p, store_baseline_set(p->s, STORE_BASELINE, run, NULL, &p->e));
}

static void no_query_walks_what_grows(void **state)
{
    struct place *p = *state;
    struct buf ran = { 0 };
    int64_t run = 0;
    for (int i = 0; i < 3; i++)
        run = put_plain(p, &(struct plain){ .started = i, .names = { "a", "b" }, .state = RUN_COMPLETE });
    sqlite3_trace_v2(p->s->db, SQLITE_TRACE_STMT, note, &ran);
    store_everything(p, run);
    ask_everything(p, run);
    sqlite3_trace_v2(p->s->db, 0, NULL, NULL);
    size_t statements = 0;
    char *rest = NULL;
    for (char *sql = strtok_r(ran.data, "\f", &rest); sql; sql = strtok_r(NULL, "\f", &rest), statements++)
        check_plan(p, sql);
    assert_true(statements > 50);
    buf_free(&ran);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_open, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(runs_are_found),
        TEST(what_is_no_run_is_explained),
        TEST(many_candidates_are_cut),
        TEST(hosts_are_found),
        TEST(runs_are_listed_newest_first),
        TEST(history_is_ordered_and_limited),
        TEST(history_names_are_patterns),
        TEST(noise_is_of_earlier_complete_runs),
        TEST(baselines_are_set_found_and_removed),
        TEST(a_failing_value_never_becomes_a_baseline),
        TEST(a_regression_becomes_a_baseline_only_with_a_reason),
        TEST(a_baseline_name_is_a_word),
        TEST(no_query_walks_what_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
