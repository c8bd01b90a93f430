/* SPDX-License-Identifier: Apache-2.0
 * For the tests of the store. */
#include "tests/unit/store_help.h"

#include "db/sql.h"
#include "harness/stats/summary.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int place_make(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    const char *base = getenv("TMPDIR");
    assert_non_null(p);
    snprintf(p->dir, sizeof p->dir, "%s/kernmark-store-XXXXXX", base && *base ? base : P_tmpdir);
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/.kernmark/results.db", p->dir);
    *state = p;
    return 0;
}

int place_open(void **state)
{
    place_make(state);
    struct place *p = *state;
    must(p, store_open(&p->s, p->path, STORE_WRITE, &p->e));
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

int place_remove(void **state)
{
    struct place *p = *state;
    store_close(&p->s);
    mem_free(&p->m);
    int rc = nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(p);
    return rc;
}

void must(struct place *p, int rc)
{
    if (rc)
        fail_msg("unexpected error of kind %d: %s", (int)p->e.kind, p->e.text);
}

void must_fail(struct place *p, int rc, enum exit_code kind, const char *part)
{
    assert_int_equal(rc, -1);
    if (p->e.kind != kind || !strstr(p->e.text, part))
        fail_msg("expected kind %d with '%s', got kind %d: %s", (int)kind, part, (int)p->e.kind, p->e.text);
    p->e = (struct err){ 0 };
}

static const char *or_else(const char *given, const char *otherwise)
{
    return given ? given : otherwise;
}

struct run plain_run(struct mem *m, const struct plain *plain)
{
    struct fact *fact = mem_array(m, 1, sizeof *fact);
    *fact = (struct fact){ "cpu.model", "CPU", or_else(plain->host, "aaaa000000000001"), NULL };
    struct run run = {
        .uuid = or_else(plain->uuid, mem_printf(m, "%032x", (unsigned)(plain->started * 8))),
        .started = plain->started,
        .finished = NAN,
        .suites = "core",
        .profile = or_else(plain->profile, "quick"),
        .host = { .fingerprint = or_else(plain->host, "aaaa000000000001"), .facts = { fact, 1 } },
        .build = { .hash = or_else(plain->build, "bbbb000000000001") },
        .commit = { .hash = or_else(plain->commit, "cccc000000000001") },
    };
    run.host.name = mem_printf(m, "name-%s", run.host.fingerprint);
    return run;
}

struct result plain_result(struct mem *m, const char *name, double median)
{
    struct result r = { .bench = { .name = name, .threads = 1 }, .cost = { .flops = 2, .item = "element" } };
    snprintf(r.bench.hash, sizeof r.bench.hash, "d1");
    r.nsamples = 24;
    r.samples = mem_array(m, r.nsamples, sizeof *r.samples);
    r.nrounds = 8;
    r.rounds = mem_array(m, r.nrounds, sizeof *r.rounds);
    for (size_t i = 0; i < r.nsamples; i++)
        r.samples[i] = median * (1 + 0.001 * ((double)((i * 7) % r.nsamples) - 11.5));
    for (size_t i = 0; i < r.nrounds; i++)
        r.rounds[i] = (struct round){ .first = i * 3, .count = 3, .iterations = 100, .started = (double)i };
    summarize(&r);
    r.summary.median = median;
    return r;
}

int64_t put_plain(struct place *p, const struct plain *plain)
{
    struct run run = plain_run(&p->m, plain);
    must(p, store_begin(p->s, &run, &p->e));
    for (size_t i = 0; i < 4 && plain->names[i]; i++) {
        struct result r = plain_result(&p->m, plain->names[i], plain->medians[i] > 0 ? plain->medians[i] : 1e-6);
        if (plain->hash)
            snprintf(r.bench.hash, sizeof r.bench.hash, "%s", plain->hash);
        if (!i)
            r.status = plain->status;
        must(p, store_result(p->s, run.id, &r, &p->e));
    }
    run.state = plain->state;
    run.finished = plain->started + 1;
    if (plain->state != RUN_OPEN)
        must(p, store_finish(p->s, &run, &p->e));
    return run.id;
}

char *slurp(struct mem *m, const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    rewind(f);
    char *text = mem_alloc(m, (size_t)size + 1);
    assert_int_equal(fread(text, 1, (size_t)size, f), (size_t)size);
    fclose(f);
    if (len)
        *len = (size_t)size;
    return text;
}

void spill(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

int64_t ask(struct place *p, const char *sql)
{
    int64_t value = -1;
    if (sql_int(p->s, &value, sql, NULL, &p->e) < 0)
        fail_msg("%s: %s", sql, p->e.text);
    return value;
}

void tamper(struct place *p, const char *sql)
{
    must(p, sql_script(p->s, sql, &p->e));
}
