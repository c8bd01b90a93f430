/* SPDX-License-Identifier: Apache-2.0
 * Writing and reading back: every field, hostile text, and what is refused. */
#include "tests/unit/store_help.h"

#include "db/sql.h"
#include "tests/unit/store_full.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void everything_comes_back(void **state)
{
    struct place *p = *state;
    struct run run = full_run(), back;
    struct result results[] = { full_result(), empty_result() };
    must(p, store_begin(p->s, &run, &p->e));
    assert_true(run.id > 0 && run.host.id > 0 && run.build.id > 0);
    for (size_t i = 0; i < 2; i++)
        must(p, store_result(p->s, run.id, &results[i], &p->e));
    run.state = RUN_INTERRUPTED;
    run.finished = 1700000009.5;
    must(p, store_finish(p->s, &run, &p->e));
    /* From another connection: from the file, that is. */
    struct store *reader;
    must(p, store_open(&reader, p->path, STORE_READ, &p->e));
    must(p, store_load(reader, &p->m, run.id, &back, &p->e));
    store_close(&reader);
    same_run(&run, &back);
    assert_int_equal(back.nresults, 2);
    for (size_t i = 0; i < 2; i++)
        same_result(&results[i], &back.results[i]);
}

/* Other programs read the store by the names of its columns. */
static void columns_hold_what_their_names_say(void **state)
{
    struct place *p = *state;
    struct run run = full_run();
    struct result r = full_result();
    sqlite3_stmt *st;
    must(p, store_begin(p->s, &run, &p->e));
    must(p, store_result(p->s, run.id, &r, &p->e));
    for (int i = 0; i < FULL_REALS; i++) {
        must(p, sql_query(p->s, &st, mem_printf(&p->m, "SELECT %s FROM result", full_real_columns[i]), NULL, &p->e));
        assert_int_equal(sql_next(p->s, st, &p->e), 1);
        assert_true(sql_real(st, 0) == full_real(i));
        sql_done(&st);
    }
    static const char *const holds[] = {
        "SELECT count(*) FROM result WHERE status = 'ok' AND signal = 11 AND mode = 'per_call' AND stop = 'budget'",
        "SELECT count(*) FROM result WHERE samples = 5 AND rounds = 2 AND mild_outliers = 11 AND severe_outliers = 12",
        "SELECT count(*) FROM result WHERE rule_outliers = 1 AND multimodal = 0 AND trend = 1 AND iterations = -6",
        "SELECT count(*) FROM result WHERE cost_flops = 1.5 AND cost_bytes = 2.5 AND cost_items = 3.5",
        "SELECT count(*) FROM result WHERE sampling_seconds = 0.125 AND wall_seconds = 0.75 AND cost_item = 'element'",
        "SELECT count(*) FROM entry WHERE suite = 'core' AND section = 'Dense' AND component LIKE 'Mat-vec%'",
        "SELECT count(*) FROM entry WHERE unit LIKE 'per 100%' AND priority = 'critical' AND why LIKE 'Because%'",
        "SELECT count(*) FROM entry WHERE unit_items = 100 AND target = 1.5e-6 AND threshold = 0.1",
        "SELECT count(*) FROM benchmark WHERE family = 'gemv/f32/avx512' AND op = 'gemv' AND dtype = 'f32'",
        "SELECT count(*) FROM benchmark WHERE variant = 'avx512' AND threads = 64 AND hash = '0123456789abcdef'",
        "SELECT count(*) FROM run WHERE suites = 'core,decode' AND profile = 'quick' AND version = '0.1.0'",
        "SELECT count(*) FROM run WHERE branch = 'main' AND dirty = 1 AND state = 'open' AND command LIKE 'kernmark%'",
        "SELECT count(*) FROM git_commit WHERE hash = 'c0ffee' AND parents = 'p1 p2' AND subject LIKE 'Subject%'",
    };
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++)
        if (ask(p, holds[i]) != 1)
            fail_msg("%s", holds[i]);
}

static void an_open_run_has_no_end(void **state)
{
    struct place *p = *state;
    struct run run = full_run(), back;
    run.after = (struct facts){ 0 };
    run.commit = (struct commit){ .why = "no git repository" };
    must(p, store_begin(p->s, &run, &p->e));
    must(p, store_load(p->s, &p->m, run.id, &back, &p->e));
    same_run(&run, &back);
    assert_null(back.results);
    assert_int_equal(back.nresults, 0);
    struct run *list;
    size_t n;
    must(p, store_runs(p->s, &p->m, 0, 0, &list, &n, &p->e));
    assert_int_equal(n, 1);
    same_run(&run, &list[0]);
}

static void every_enum_value_comes_back(void **state)
{
    struct place *p = *state;
    struct run run = full_run(), back;
    must(p, store_begin(p->s, &run, &p->e));
    for (int i = 0; i <= STATUS_INTERRUPTED; i++) {
        struct result r = empty_result();
        r.bench.name = mem_printf(&p->m, "b%d", i);
        r.status = (enum status)i;
        r.stop = (enum stop_reason)(i % (STOP_FAILURE + 1));
        r.mode = (enum mode)(i % 2);
        must(p, store_result(p->s, run.id, &r, &p->e));
    }
    must(p, store_load(p->s, &p->m, run.id, &back, &p->e));
    assert_int_equal(back.nresults, STATUS_INTERRUPTED + 1);
    for (int i = 0; i <= STATUS_INTERRUPTED; i++) {
        assert_int_equal(back.results[i].status, i);
        assert_int_equal(back.results[i].stop, i % (STOP_FAILURE + 1));
        assert_int_equal(back.results[i].mode, i % 2);
    }
}

/* --- what is shared, and what is not --- */

static void equal_content_is_stored_once(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < 5; i++) {
        struct run run = full_run();
        struct result results[] = { full_result(), empty_result() };
        run.uuid = mem_printf(&p->m, "%032d", i);
        run.started += i;
        must(p, store_begin(p->s, &run, &p->e));
        for (size_t k = 0; k < 2; k++)
            must(p, store_result(p->s, run.id, &results[k], &p->e));
    }
    static const char *const once[] = { "host", "build", "git_commit" }, *const twice[] = { "benchmark", "entry",
                                                                                            "series" };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ask(p, mem_printf(&p->m, "SELECT count(*) FROM %s", once[i])), 1);
        assert_int_equal(ask(p, mem_printf(&p->m, "SELECT count(*) FROM %s", twice[i])), 2);
    }
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), 10);
    assert_int_equal(ask(p, "SELECT count(*) FROM param"), 3);
    assert_int_equal(ask(p, "SELECT count(*) FROM metric_kind"), 4);
    /* Two for host and build, and the state before each run. */
    assert_int_equal(ask(p, "SELECT count(*) FROM fact_set"), 2 + 5);
}

static void a_run_keeps_the_facts_of_its_time(void **state)
{
    struct place *p = *state;
    struct run old = full_run(), new = full_run(), back;
    struct fact kernel = { "os.kernel", "Kernel", "6.2", NULL };
    new.uuid = "11111111111111111111111111111111";
    new.started += 10;
    new.host.name = "renamed";
    new.host.facts = (struct facts){ &kernel, 1 };
    must(p, store_begin(p->s, &old, &p->e));
    must(p, store_begin(p->s, &new, &p->e));
    assert_int_equal(old.host.id, new.host.id);
    must(p, store_load(p->s, &p->m, old.id, &back, &p->e));
    same_facts(&back.host.facts, &old.host.facts);
    must(p, store_load(p->s, &p->m, new.id, &back, &p->e));
    same_facts(&back.host.facts, &new.host.facts);
    struct host *hosts;
    size_t n;
    must(p, store_hosts(p->s, &p->m, &hosts, &n, &p->e));
    assert_int_equal(n, 1);
    assert_string_equal(hosts[0].name, "renamed");
    same_facts(&hosts[0].facts, &new.host.facts);
}

static void a_commit_gains_what_was_unknown(void **state)
{
    struct place *p = *state;
    struct run shallow = full_run(), deep = full_run(), back;
    shallow.commit = (struct commit){ .hash = "c0ffee", .subject = "Subject" };
    deep.uuid = "11111111111111111111111111111111";
    deep.commit.subject = "Other";
    must(p, store_begin(p->s, &shallow, &p->e));
    must(p, store_begin(p->s, &deep, &p->e));
    must(p, store_load(p->s, &p->m, shallow.id, &back, &p->e));
    assert_string_equal(back.commit.parents, "p1 p2");
    assert_string_equal(back.commit.subject, "Subject");
    assert_null(back.commit.branch);
    assert_false(back.commit.dirty);
}

/* --- refusals --- */

static void a_result_is_stored_once(void **state)
{
    struct place *p = *state;
    struct run run = full_run();
    struct result r = full_result(), again = full_result();
    must(p, store_begin(p->s, &run, &p->e));
    must(p, store_result(p->s, run.id, &r, &p->e));
    must_fail(p, store_result(p->s, run.id, &again, &p->e), EXIT_STORE, "already has a result of 'gemv/f32");
    assert_int_equal(again.id, 0);
    assert_int_equal(ask(p, "SELECT count(*) FROM result"), 1);
    assert_int_equal(ask(p, "SELECT count(*) FROM metric"), 4);
    must_fail(p, store_begin(p->s, &run, &p->e), EXIT_STORE, "is already stored, as number 1");
    assert_int_equal(ask(p, "SELECT count(*) FROM run"), 1);
}

static void what_has_no_place_is_refused(void **state)
{
    struct place *p = *state;
    struct run run = full_run(), back;
    struct result r = full_result();
    must_fail(p, store_result(p->s, 99, &r, &p->e), EXIT_USAGE, "there is no run 99");
    must_fail(p, store_load(p->s, &p->m, 99, &back, &p->e), EXIT_USAGE, "there is no run 99");
    run.id = 99;
    must_fail(p, store_finish(p->s, &run, &p->e), EXIT_USAGE, "there is no run 99");
    assert_int_equal(ask(p, "SELECT (SELECT count(*) FROM benchmark) + (SELECT count(*) FROM fact_set)"), 0);
    must(p, store_begin(p->s, &run, &p->e));
    run.state = RUN_COMPLETE;
    must(p, store_finish(p->s, &run, &p->e));
    must_fail(p, store_result(p->s, run.id, &r, &p->e), EXIT_STORE, "has ended");
    run.uuid = NULL;
    must_fail(p, store_begin(p->s, &run, &p->e), EXIT_STORE, "NOT NULL");
    assert_int_equal(ask(p, "SELECT count(*) FROM run"), 1);
}

/* --- a kill --- */

static void child_stores_until_killed(const struct place *p, int ready)
{
    struct mem m = { 0 };
    struct err e;
    struct store *s;
    struct run run = plain_run(&m, &(struct plain){ .started = 1000 });
    if (store_open(&s, p->path, STORE_WRITE, &e) || store_begin(s, &run, &e))
        _exit(1);
    for (int i = 0;; i++) {
        struct result r = plain_result(&m, mem_printf(&m, "bench%d", i), 1e-6);
        if (store_result(s, run.id, &r, &e) || write(ready, "x", 1) != 1)
            _exit(1);
    }
}

/* Everything that store_result returned for survives a kill -9 at any moment, and the store is sound. */
static void a_kill_loses_nothing_committed(void **state)
{
    struct place *p = *state;
    int pipe_fd[2], status;
    char bytes[20];
    assert_int_equal(pipe(pipe_fd), 0);
    pid_t child = fork();
    if (!child) {
        close(pipe_fd[0]);
        child_stores_until_killed(p, pipe_fd[1]);
    }
    close(pipe_fd[1]);
    size_t told = 0;
    ssize_t got = 0;
    while (told < sizeof bytes && (got = read(pipe_fd[0], bytes, sizeof bytes - told)) > 0)
        told += (size_t)got;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while ((got = read(pipe_fd[0], bytes, sizeof bytes)) > 0)
        told += (size_t)got;
    close(pipe_fd[0]);

    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    struct run back;
    must(p, store_load(p->s, &p->m, 1, &back, &p->e));
    assert_in_range(back.nresults, told, told + 1);
    assert_int_equal(back.state, RUN_OPEN);
    struct check_line *lines;
    size_t n;
    must(p, store_check(p->s, &p->m, &lines, &n, &p->e));
    for (size_t i = 0; i < n; i++)
        if (!lines[i].ok)
            fail_msg("%s: %s", lines[i].what, lines[i].detail);
}

/* --- verdicts --- */

static void verdicts_come_back(void **state)
{
    struct place *p = *state;
    int64_t base = put_plain(p, &(struct plain){ .started = 1000, .names = { "a" } });
    int64_t run = put_plain(p, &(struct plain){ .started = 2000, .names = { "a" } });
    struct verdict in[DECISION_NEW + 1], *out;
    size_t n;
    int64_t base_back;
    memset(in, 0, sizeof in);
    for (int i = 0; i <= DECISION_NEW; i++) {
        in[i].cmp =
            (struct comparison){ i ? "b" : HOSTILE, 1e-6, 2e-6, 2, 1.5, 2.5, 0.95, 0.001, 8, 9, 0.04, 0.06, NULL };
        in[i].decision = (enum decision)i;
        in[i].threshold = 0.1;
        in[i].p_adjusted = 0.002;
        in[i].reason = HOSTILE;
    }
    in[DECISION_NEW].cmp.base = NAN;
    in[DECISION_NEW].cmp.warning = "warned";
    in[DECISION_NEW].reason = NULL;
    must(p, store_load_verdicts(p->s, &p->m, run, &base_back, &out, &n, &p->e));
    assert_int_equal(n, 0);
    assert_int_equal(base_back, 0);
    must(p, store_verdicts(p->s, run, 0, in, 1, &p->e));
    must(p, store_load_verdicts(p->s, &p->m, run, &base_back, &out, &n, &p->e));
    assert_int_equal(n, 1);
    assert_int_equal(base_back, 0);
    must(p, store_verdicts(p->s, run, base, in, DECISION_NEW + 1, &p->e));
    must(p, store_load_verdicts(p->s, &p->m, run, &base_back, &out, &n, &p->e));
    assert_int_equal(n, DECISION_NEW + 1);
    assert_int_equal(base_back, base);
    for (size_t i = 0; i < n; i++) {
        const struct comparison *a = &in[i].cmp, *b = &out[i].cmp;
        same_text(a->name, b->name);
        same_text(a->warning, b->warning);
        same_text(in[i].reason, out[i].reason);
        assert_int_equal(in[i].decision, out[i].decision);
        const double pairs[][2] = { { a->base, b->base },
                                    { a->current, b->current },
                                    { a->ratio, b->ratio },
                                    { a->low, b->low },
                                    { a->high, b->high },
                                    { a->level, b->level },
                                    { a->p, b->p },
                                    { a->floor, b->floor },
                                    { a->mde, b->mde },
                                    { in[i].threshold, out[i].threshold },
                                    { in[i].p_adjusted, out[i].p_adjusted } };
        for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
            same_real(pairs[k][0], pairs[k][1]);
        assert_int_equal(a->base_rounds, b->base_rounds);
        assert_int_equal(a->current_rounds, b->current_rounds);
    }
    assert_int_equal(ask(p, "SELECT count(*) FROM judgement"), 2);
    assert_int_equal(ask(p, "SELECT method FROM judgement ORDER BY id DESC"), STORE_METHOD);
    must_fail(p, store_verdicts(p->s, 99, base, in, 1, &p->e), EXIT_STORE, "FOREIGN KEY");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_open, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(everything_comes_back),
        TEST(columns_hold_what_their_names_say),
        TEST(an_open_run_has_no_end),
        TEST(every_enum_value_comes_back),
        TEST(equal_content_is_stored_once),
        TEST(a_run_keeps_the_facts_of_its_time),
        TEST(a_commit_gains_what_was_unknown),
        TEST(a_result_is_stored_once),
        TEST(what_has_no_place_is_refused),
        cmocka_unit_test_setup_teardown(a_kill_loses_nothing_committed, place_make, place_remove),
        TEST(verdicts_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
