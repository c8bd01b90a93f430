/* SPDX-License-Identifier: Apache-2.0
 * Paired runs, noise and calibrations through the store: everything comes back as it went in, damage is found, and
 * nothing walks what grows. */
#include "tests/unit/store_full.h"
#include "tests/unit/store_help.h"

#include "db/sql.h"
#include "harness/base/buf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RESULTS = 3, ROUNDS = 5 };

static struct verdict full_verdict(void)
{
    return (struct verdict){ .cmp = { .name = "name " HOSTILE,
                                      .base = 1e-6,
                                      .current = 2e-6,
                                      .ratio = 2.0 / 3,
                                      .low = 0.5,
                                      .high = 0.75,
                                      .level = 0.9,
                                      .p = 5e-324,
                                      .base_rounds = 101,
                                      .current_rounds = 102,
                                      .floor = 0.03,
                                      .mde = 0.04,
                                      .warning = "warning " HOSTILE },
                             .decision = DECISION_ENVIRONMENT,
                             .metric = "metric " HOSTILE,
                             .unit = "unit " HOSTILE,
                             .direction = DIRECTION_UNKNOWN,
                             .threshold = 0.125,
                             .p_adjusted = 0.0625,
                             .reason = "reason " HOSTILE };
}

static struct verdict empty_verdict(const char *name)
{
    return (struct verdict){ .cmp = { name, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, 0, NAN, NAN, NULL },
                             .decision = DECISION_NEW,
                             .threshold = NAN,
                             .p_adjusted = NAN };
}

static struct paired_run full_trial(struct mem *m)
{
    static struct paired_values rounds[ROUNDS] = {
        { 0.1, 1e-6, 1.1e-6 }, { NAN, 0, 0 }, { -INFINITY, 5e-324, 1e308 }, { -0.0, 1, 1 }, { 1.0 / 3, NAN, INFINITY }
    };
    struct run whole = full_run();
    struct paired_run run = { .uuid = "0123456789abcdef0123456789abcdef",
                              .started = 1e9 + 1.0 / 3,
                              .finished = 1e9 + 60,
                              .state = RUN_INTERRUPTED,
                              .base = { "main " HOSTILE, whole.commit, "00000000000000aa" },
                              .current = { "this build", { .hash = NULL }, NULL },
                              .suites = "core," HOSTILE,
                              .filter = "gemv" HOSTILE,
                              .command = "kernmark ab " HOSTILE,
                              .version = "0.1.0",
                              .seed = UINT64_MAX - 1,
                              .host = whole.host,
                              .results = mem_array(m, RESULTS, sizeof(struct paired_result)),
                              .nresults = RESULTS };
    run.results[0] = (struct paired_result){ full_result().bench, full_verdict(), rounds, ROUNDS, 3 };
    run.results[1] = (struct paired_result){ { .name = "b", .hash = "b" }, empty_verdict("b"), NULL, 0, 0 };
    run.results[2] = (struct paired_result){ { .name = "c", .hash = "c" }, full_verdict(), rounds, ROUNDS, ROUNDS };
    return run;
}

static void same_verdict(const struct verdict *a, const struct verdict *b)
{
    same_text(a->cmp.name, b->cmp.name);
    same_text(a->cmp.warning, b->cmp.warning);
    same_text(a->reason, b->reason);
    same_text(a->metric, b->metric);
    same_text(a->unit, b->unit);
    assert_int_equal(a->decision, b->decision);
    assert_int_equal(a->direction, b->direction);
    assert_int_equal(a->cmp.base_rounds, b->cmp.base_rounds);
    assert_int_equal(a->cmp.current_rounds, b->cmp.current_rounds);
    const double x[] = { a->cmp.base, a->cmp.current, a->cmp.ratio, a->cmp.low,   a->cmp.high,  a->cmp.level,
                         a->cmp.p,    a->cmp.floor,   a->cmp.mde,   a->threshold, a->p_adjusted };
    const double y[] = { b->cmp.base, b->cmp.current, b->cmp.ratio, b->cmp.low,   b->cmp.high,  b->cmp.level,
                         b->cmp.p,    b->cmp.floor,   b->cmp.mde,   b->threshold, b->p_adjusted };
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        same_real(x[i], y[i]);
}

static void same_paired_result(const struct paired_result *a, const struct paired_result *b)
{
    same_text(a->bench.name, b->bench.name);
    same_text(a->bench.hash, b->bench.hash);
    same_text(a->bench.op, b->bench.op);
    same_text(a->bench.definition, b->bench.definition);
    same_verdict(&a->verdict, &b->verdict);
    assert_int_equal(a->nrounds, b->nrounds);
    assert_int_equal(a->screening, b->screening);
    for (size_t i = 0; i < a->nrounds; i++) {
        same_real(a->rounds[i].d, b->rounds[i].d);
        same_real(a->rounds[i].base, b->rounds[i].base);
        same_real(a->rounds[i].current, b->rounds[i].current);
    }
}

static void same_side(const struct paired_side *a, const struct paired_side *b)
{
    same_text(a->label, b->label);
    same_text(a->code, b->code);
    same_text(a->commit.hash, b->commit.hash);
    same_text(a->commit.parents, b->commit.parents);
    same_text(a->commit.date, b->commit.date);
    same_text(a->commit.subject, b->commit.subject);
}

static void a_paired_run_comes_back_whole(void **state)
{
    struct place *p = *state;
    struct paired_run run = full_trial(&p->m), back;
    must(p, store_trial(p->s, &run, &p->e));
    assert_true(run.id > 0 && run.host.id > 0);
    store_close(&p->s);
    must(p, store_open(&p->s, p->path, STORE_READ, &p->e));
    must(p, store_load_trial(p->s, &p->m, run.id, run.host.id, &back, &p->e));
    assert_int_equal(back.id, run.id);
    same_text(back.uuid, run.uuid);
    same_real(back.started, run.started);
    same_real(back.finished, run.finished);
    assert_int_equal(back.state, run.state);
    assert_true(back.seed == run.seed);
    same_text(back.suites, run.suites);
    same_text(back.filter, run.filter);
    same_text(back.command, run.command);
    same_text(back.version, run.version);
    same_text(back.host.fingerprint, run.host.fingerprint);
    same_text(back.host.name, run.host.name);
    same_side(&back.base, &run.base);
    same_side(&back.current, &run.current);
    assert_int_equal(back.nresults, RESULTS);
    for (size_t i = 0; i < RESULTS; i++)
        same_paired_result(&back.results[i], &run.results[i]);
}

/* Three runs on two hosts, not stored in order of time. */
static void put_three(struct place *p, int64_t id[3], int64_t host[3])
{
    static const char *const uuids[] = { "a0000000000000000000000000000000", "b0000000000000000000000000000000",
                                         "c0000000000000000000000000000000" };
    static const char *const hosts[] = { "aaaa000000000001", "aaaa000000000002", "aaaa000000000001" };
    static const double started[] = { 3000, 2000, 1000 };
    for (int i = 0; i < 3; i++) {
        struct paired_run run = full_trial(&p->m);
        run.uuid = uuids[i];
        run.started = started[i];
        run.host = (struct host){ .fingerprint = hosts[i], .name = hosts[i] };
        must(p, store_trial(p->s, &run, &p->e));
        id[i] = run.id;
        host[i] = run.host.id;
    }
    assert_true(host[0] == host[2] && host[0] != host[1]);
}

static void the_right_one_is_found(void **state)
{
    struct place *p = *state;
    struct paired_run back;
    int64_t id[3], host[3];
    must(p, store_load_trial(p->s, &p->m, 0, 0, &back, &p->e));
    assert_int_equal(back.id, 0); /* none yet */
    put_three(p, id, host);
    const struct {
        int64_t id, host, want;
    } cases[] = { { 0, 0, id[0] },
                  { 0, host[0], id[0] },
                  { 0, host[1], id[1] },
                  { id[2], 0, id[2] },
                  { id[2], host[2], id[2] },
                  { id[2], host[1], 0 },
                  { 99, 0, 0 },
                  { 0, 99, 0 },
                  { -1, 0, 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must(p, store_load_trial(p->s, &p->m, cases[i].id, cases[i].host, &back, &p->e));
        assert_int_equal(back.id, cases[i].want);
        assert_int_equal(back.nresults, cases[i].want ? RESULTS : 0);
    }
}

/* Refused whole: nothing of it stays. */
static void a_second_run_of_a_uuid_is_refused(void **state)
{
    struct place *p = *state;
    struct paired_run run = full_trial(&p->m);
    must(p, store_trial(p->s, &run, &p->e));
    must_fail(p, store_trial(p->s, &run, &p->e), EXIT_STORE, "uuid");
    run.uuid = "ffffffffffffffffffffffffffffffff";
    run.results[2].verdict.cmp.name = NULL;
    must_fail(p, store_trial(p->s, &run, &p->e), EXIT_STORE, "name");
    assert_int_equal(ask(p, "SELECT count(*) FROM trial"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM trial_verdict"), RESULTS);
}

/* The lines of the check that are not well, joined. */
static const char *findings(struct place *p)
{
    struct check_line *lines;
    size_t n;
    const char *bad = "";
    must(p, store_check(p->s, &p->m, &lines, &n, &p->e));
    for (size_t i = 0; i < n; i++)
        if (!lines[i].ok)
            bad = mem_printf(&p->m, "%s[%s: %s]", bad, lines[i].what, lines[i].detail);
    return bad;
}

static void damage_is_found(void **state)
{
    struct place *p = *state;
    static const struct {
        const char *damage, *found, *refused;
    } cases[] = {
        { "rounds = x'00'", "paired rounds are complete: benchmark 0 of paired run 1 has 1 bytes",
          "damaged samples: 1" },
        { "rounds = zeroblob(112)", "has 112 bytes of rounds, of which 3 screened", "damaged" },
        { "rounds = x''", "has 0 bytes of rounds, of which 3 screened", "damaged" },
        { "screening = 6", "of which 6 screened", "damaged" },
        { "screening = -1", "of which -1 screened", "damaged" },
        { "decision = 'great'", "", "unknown decision 'great'" },
        { "benchmark = 77", "references: ", NULL },
    };
    struct paired_run back, run = full_trial(&p->m);
    assert_string_equal(findings(p), "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        store_close(&p->s);
        remove(p->path);
        must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
        must(p, store_trial(p->s, &run, &p->e));
        assert_string_equal(findings(p), "");
        tamper(p, mem_printf(&p->m, "PRAGMA foreign_keys = OFF; UPDATE trial_verdict SET %s WHERE pos = 0",
                             cases[i].damage));
        const char *bad = findings(p);
        if (!strstr(bad, cases[i].found) || (*cases[i].found && !*bad))
            fail_msg("%s: found '%s'", cases[i].damage, bad);
        if (cases[i].refused)
            must_fail(p, store_load_trial(p->s, &p->m, 0, 0, &back, &p->e), EXIT_STORE, cases[i].refused);
    }
}

static void a_deleted_run_takes_its_verdicts_along(void **state)
{
    struct place *p = *state;
    struct paired_run run = full_trial(&p->m);
    must(p, store_trial(p->s, &run, &p->e));
    tamper(p, "DELETE FROM trial");
    assert_int_equal(ask(p, "SELECT count(*) FROM trial_verdict"), 0);
}

/* --- noise --------------------------------------------------------------------------------------------------------- */

static struct noise_point point(const char *name, const char *hash, double change)
{
    struct noise_point n = { .bench = { .name = name }, .change = change, .error = 0.25 * change, .rounds = 8 };
    snprintf(n.bench.hash, sizeof n.bench.hash, "%s", hash);
    return n;
}

static void noise_comes_back_by_benchmark_and_time(void **state)
{
    struct place *p = *state;
    const struct host one = { .fingerprint = "aaaa000000000001", .name = "one" },
                      two = { .fingerprint = "aaaa000000000002", .name = "two" };
    struct noise_point *back;
    size_t n;
    for (int i = 0; i < 5; i++) {
        const struct noise_point points[] = { point("b" HOSTILE, "1", 0.1 * i), point("a", "2", -0.1 * i),
                                              point("a", "1", 1 + i) };
        must(p, store_noise_points(p->s, i == 4 ? &two : &one, points, 3, &p->e));
    }
    int64_t host;
    must(p, store_host_id(p->s, one.fingerprint, &host, &p->e));
    must(p, store_load_noise_points(p->s, &p->m, host, 3, &back, &n, &p->e));
    assert_int_equal(n, 9); /* the last three of each */
    static const char *const names[] = { "a", "a", "b" HOSTILE }, *const hashes[] = { "1", "2", "1" };
    for (size_t i = 0; i < 9; i++) {
        double step = (double)(i % 3 + 1), want = i < 3 ? 1 + step : i < 6 ? -0.1 * step : 0.1 * step;
        assert_string_equal(back[i].bench.name, names[i / 3]);
        assert_string_equal(back[i].bench.hash, hashes[i / 3]);
        assert_true(fabs(back[i].change - want) < 1e-12);
        assert_true(back[i].error == 0.25 * back[i].change);
        assert_int_equal(back[i].rounds, 8);
    }
    must(p, store_load_noise_points(p->s, &p->m, host, 0, &back, &n, &p->e));
    assert_int_equal(n, 12);
    must(p, store_load_noise_points(p->s, &p->m, 99, 3, &back, &n, &p->e));
    assert_int_equal(n, 0);
    assert_string_equal(findings(p), "");
}

static void a_change_that_is_no_number_is_refused_whole(void **state)
{
    struct place *p = *state;
    const struct host host = { .fingerprint = "aaaa000000000001", .name = "one" };
    const struct noise_point points[] = { point("a", "1", 0), point("b", "1", NAN) };
    must_fail(p, store_noise_points(p->s, &host, points, 2, &p->e), EXIT_STORE, "noise.change");
    assert_int_equal(ask(p, "SELECT count(*) FROM noise"), 0);
    must(p, store_noise_points(p->s, &host, points, 0, &p->e));
}

/* --- calibration --------------------------------------------------------------------------------------------------- */

static struct calibration full_line(double measured, double effect)
{
    struct calibration c = { .measured = measured,
                             .version = "0.1.0",
                             .suites = "core" HOSTILE,
                             .filter = NULL,
                             .seed = UINT64_MAX,
                             .neighbour = true,
                             .threshold = NAN,
                             .effect = effect,
                             .gates = 1,
                             .red = 2,
                             .unsettled = 3,
                             .asked = 4,
                             .regressed = 5,
                             .equivalent = 6,
                             .inconclusive = 7,
                             .other = 8,
                             .seconds = 9.5 };
    for (size_t i = 0; i < RIVALS; i++) {
        c.rivals[i].red = 10 + 2 * i;
        c.rivals[i].called = 11 + 2 * i;
    }
    return c;
}

static void same_line(const struct calibration *a, const struct calibration *b)
{
    const size_t x[] = { a->gates,     a->red,        a->unsettled,    a->asked,
                         a->regressed, a->equivalent, a->inconclusive, a->other };
    const size_t y[] = { b->gates,     b->red,        b->unsettled,    b->asked,
                         b->regressed, b->equivalent, b->inconclusive, b->other };
    assert_memory_equal(x, y, sizeof x);
    assert_memory_equal(a->rivals, b->rivals, sizeof a->rivals);
    same_text(a->version, b->version);
    same_text(a->suites, b->suites);
    same_text(a->filter, b->filter);
    same_real(a->measured, b->measured);
    same_real(a->threshold, b->threshold);
    same_real(a->effect, b->effect);
    same_real(a->seconds, b->seconds);
    assert_true(a->seed == b->seed && a->neighbour == b->neighbour);
}

static void every_calibration_comes_back(void **state)
{
    struct place *p = *state;
    const struct host host = { .fingerprint = "aaaa000000000001", .name = "one" },
                      other = { .fingerprint = "aaaa000000000002", .name = "two" };
    struct calibration old = full_line(1000, 0.5), newer[] = { full_line(2000, 0.25), full_line(2000, 0) }, *back;
    size_t n;
    int64_t id;
    newer[1].neighbour = false;
    newer[1].threshold = 0.03;
    must(p, store_calibration(p->s, &host, newer, 2, &p->e));
    must(p, store_calibration(p->s, &host, &old, 1, &p->e));
    must(p, store_calibration(p->s, &other, &old, 1, &p->e));
    must(p, store_host_id(p->s, host.fingerprint, &id, &p->e));
    must(p, store_load_calibration(p->s, &p->m, id, &back, &n, &p->e));
    assert_int_equal(n, 3);
    same_line(&back[0], &old); /* oldest first, then in order of effect */
    same_line(&back[1], &newer[1]);
    same_line(&back[2], &newer[0]);
    /* What another method of deciding showed says nothing about this one. */
    ask(p, "UPDATE calibration SET method = method - 1 WHERE measured_at > 1500 RETURNING id");
    must(p, store_load_calibration(p->s, &p->m, id, &back, &n, &p->e));
    assert_int_equal(n, 1);
    must(p, store_load_calibration(p->s, &p->m, 99, &back, &n, &p->e));
    assert_int_equal(n, 0);
    assert_string_equal(findings(p), "");
}

/* --- plans --------------------------------------------------------------------------------------------------------- */

static int note(unsigned what, void *ctx, void *statement, void *text)
{
    (void)what, (void)text;
    char *sql = sqlite3_expanded_sql(statement);
    if (sql && !strncmp(sql, "SELECT", 6)) {
        buf_puts(ctx, sql);
        buf_putc(ctx, '\f');
    }
    sqlite3_free(sql);
    return 0;
}

/* The only walk is over the paired runs, where the last one of any host is wanted. */
static void check_plan(struct place *p, const char *sql)
{
    sqlite3_stmt *st;
    must(p, sql_query(p->s, &st, mem_printf(&p->m, "EXPLAIN QUERY PLAN %s", sql), NULL, &p->e));
    while (sql_next(p->s, st, &p->e) == 1) {
        const char *step = (const char *)sqlite3_column_text(st, 3);
        bool any_host = strstr(sql, "0 = 0 AND 0 = 0") && (strstr(step, "SCAN trial") || strstr(step, "SCAN host"));
        if (!strncmp(step, "SCAN ", 5) && strncmp(step, "SCAN known", 10) && strncmp(step, "SCAN (", 6) && !any_host)
            fail_msg("%s\n  %s", step, sql);
    }
    sql_done(&st);
}

static void no_query_walks_what_grows(void **state)
{
    struct place *p = *state;
    struct buf ran = { 0 };
    int64_t id[3], host[3];
    struct paired_run back;
    struct noise_point *points;
    struct calibration *lines;
    size_t n, statements = 0;
    put_three(p, id, host);
    sqlite3_trace_v2(p->s->db, SQLITE_TRACE_STMT, note, &ran);
    must(p, store_load_trial(p->s, &p->m, id[0], host[0], &back, &p->e));
    must(p, store_load_trial(p->s, &p->m, id[0], 0, &back, &p->e));
    must(p, store_load_trial(p->s, &p->m, 0, host[0], &back, &p->e));
    must(p, store_load_trial(p->s, &p->m, 0, 0, &back, &p->e));
    must(p, store_load_noise_points(p->s, &p->m, host[0], 30, &points, &n, &p->e));
    must(p, store_load_calibration(p->s, &p->m, host[0], &lines, &n, &p->e));
    sqlite3_trace_v2(p->s->db, 0, NULL, NULL);
    char *rest = NULL;
    for (char *sql = strtok_r(ran.data, "\f", &rest); sql; sql = strtok_r(NULL, "\f", &rest), statements++)
        check_plan(p, sql);
    assert_true(statements >= 18);
    buf_free(&ran);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_open, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_paired_run_comes_back_whole),
        TEST(the_right_one_is_found),
        TEST(a_second_run_of_a_uuid_is_refused),
        TEST(damage_is_found),
        TEST(a_deleted_run_takes_its_verdicts_along),
        TEST(noise_comes_back_by_benchmark_and_time),
        TEST(a_change_that_is_no_number_is_refused_whole),
        TEST(every_calibration_comes_back),
        TEST(no_query_walks_what_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
