/* SPDX-License-Identifier: Apache-2.0
 * The upkeep check finds planted damage, each kind by its own line, and nothing in a sound store. */
#include "tests/unit/store_help.h"

#include <stdio.h>
#include <string.h>

static void fill(struct place *p)
{
    for (int i = 0; i < 3; i++)
        put_plain(p, &(struct plain){ .started = 1000 + i, .names = { "a", "b" }, .state = RUN_COMPLETE });
    struct run run = plain_run(&p->m, &(struct plain){ .started = 2000 });
    struct result none = { .bench = { .name = "c", .hash = "c" }, .status = STATUS_TIMEOUT };
    must(p, store_begin(p->s, &run, &p->e));
    must(p, store_result(p->s, run.id, &none, &p->e));
}

/* The line that is not ok, "" if all are; more than one: joined by '+'. */
static const char *findings(struct place *p, const char **detail)
{
    struct check_line *lines;
    size_t n;
    const char *bad = "";
    must(p, store_check(p->s, &p->m, &lines, &n, &p->e));
    assert_int_equal(n, 9);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(lines[i].detail);
        if (lines[i].ok)
            continue;
        bad = *bad ? mem_printf(&p->m, "%s+%s", bad, lines[i].what) : lines[i].what;
        *detail = lines[i].detail;
    }
    return bad;
}

static void a_sound_store_passes(void **state)
{
    struct place *p = *state;
    const char *detail = "";
    assert_string_equal(findings(p, &detail), "");
    fill(p);
    assert_string_equal(findings(p, &detail), "");
}

static void planted_damage_is_found(void **state)
{
    struct place *p = *state;
    static const struct {
        const char *damage, *what, *detail;
    } cases[] = {
        { "PRAGMA user_version = 1", "schema", "version 1 of 6" },
        { "PRAGMA foreign_keys = OFF; DELETE FROM entry", "references", "of result has no entry" },
        { "UPDATE result SET started = 5 WHERE id = 3", "results belong to their runs", "result 3 is of another" },
        { "DELETE FROM sample WHERE result = 2", "samples are complete", "result 2 has 24 samples in 8 rounds, but 0" },
        { "UPDATE sample SET data = substr(data, 1, 191) WHERE result = 2",
          "samples are complete+summaries agree with samples", "damaged samples: 191 bytes" },
        { "UPDATE sample SET rounds = x'00' WHERE result = 2", "samples are complete+summaries agree with samples",
          "damaged rounds" },
        { "UPDATE sample SET rounds = cast(zeroblob(312) || x'ffffffffffffffff' AS BLOB) WHERE result = 2",
          "summaries agree with samples", "result 2: " },
        { "UPDATE sample SET data = cast(zeroblob(184) || x'000000000000f03f' AS BLOB) WHERE result = 4",
          "summaries agree with samples", "result 4: " },
        { "UPDATE result SET median = median * 1.000001 WHERE id = 1", "summaries agree with samples",
          "result 1: median" },
        { "UPDATE result SET p99 = NULL WHERE id = 1", "summaries agree with samples", "result 1: p99" },
        { "UPDATE result SET severe_outliers = 7 WHERE id = 1", "summaries agree with samples",
          "result 1: severe_outliers" },
        { "UPDATE result SET status = 'fine' WHERE id = 1", "summaries agree with samples", "unknown status 'fine'" },
        { "INSERT INTO trial(uuid, host, started, state, seed, method) VALUES ('u', 1, 1, 'complete', 1, 1);"
          "INSERT INTO trial_verdict(trial, pos, benchmark, name, decision, base_rounds, current_rounds, screening, "
          "rounds) VALUES (1, 0, 1, 'a', 'REGRESSED', 1, 1, 1, x'00')",
          "paired rounds are complete", "benchmark 0 of paired run 1 has 1 bytes" },
        { "INSERT INTO metric_kind(id, name) VALUES (1, 'misses');"
          "INSERT INTO metric(result, pos, kind, rounds) VALUES (2, 0, 1, x'0011')",
          "values of metrics are complete", "metric 0 of result 2 has 2 bytes" },
        { "INSERT INTO entry(suite) VALUES ('x')", "no unused rows", "1 of entry" },
        { "INSERT INTO fact_set DEFAULT VALUES", "no unused rows", "1 of fact_set" },
        { "UPDATE result SET p5 = NULL, samples = 24", "samples are complete+summaries agree with samples", "; ..." },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *detail = "";
        store_close(&p->s);
        remove(p->path);
        must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
        fill(p);
        tamper(p, cases[i].damage);
        const char *bad = findings(p, &detail);
        if (strcmp(bad, cases[i].what) || !strstr(detail, cases[i].detail))
            fail_msg("%s: found '%s': %s", cases[i].damage, bad, detail);
    }
}

static void damaged_samples_are_not_loaded(void **state)
{
    struct place *p = *state;
    struct run run;
    fill(p);
    tamper(p, "UPDATE sample SET data = x'00' WHERE result = 2");
    must_fail(p, store_load(p->s, &p->m, 1, &run, &p->e), EXIT_STORE, "result 2: damaged samples");
    must(p, store_load(p->s, &p->m, 2, &run, &p->e));
    tamper(p, "UPDATE result SET stop = 'tired' WHERE id = 3");
    must_fail(p, store_load(p->s, &p->m, 2, &run, &p->e), EXIT_STORE, "unknown stop 'tired'");
}

/* Damage to a page of the file itself, under rows that are all well. */
static void a_broken_index_is_found(void **state)
{
    struct place *p = *state;
    const char *detail = "";
    size_t len;
    fill(p);
    int64_t page = ask(p, "SELECT rootpage FROM sqlite_schema WHERE name = 'run_commit'");
    store_close(&p->s);
    char *bytes = slurp(&p->m, p->path, &len);
    assert_in_range(page, 2, len / 4096);
    /* One cell fewer than there are rows: bytes 3 and 4 of the page's header. */
    char *cells = bytes + (page - 1) * 4096 + 3;
    assert_int_equal(cells[1], 4);
    cells[1] = 3;
    spill(p->path, bytes, len);
    must(p, store_open(&p->s, p->path, STORE_READ, &p->e));
    assert_string_equal(findings(p, &detail), "file structure");
    assert_non_null(strstr(detail, "run_commit"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_open, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_sound_store_passes),
        TEST(planted_damage_is_found),
        TEST(damaged_samples_are_not_loaded),
        TEST(a_broken_index_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
