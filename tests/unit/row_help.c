/* SPDX-License-Identifier: Apache-2.0 */
#include "row_help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void capture_begin(struct capture *c, int fd)
{
    fflush(NULL);
    c->fd = fd;
    c->file = tmpfile();
    c->saved = dup(fd);
    if (!c->file || c->saved < 0 || dup2(fileno(c->file), fd) < 0)
        fail_msg("cannot redirect");
}

char *capture_end(struct capture *c)
{
    fflush(NULL);
    dup2(c->saved, c->fd);
    close(c->saved);
    long len = (fseek(c->file, 0, SEEK_END), ftell(c->file));
    char *text = calloc((size_t)len + 1, 1);
    rewind(c->file);
    if (!text || fread(text, 1, (size_t)len, c->file) != (size_t)len)
        fail_msg("cannot read what was printed");
    fclose(c->file);
    return text;
}

void rig_open(struct rig *g, const char *format, const struct report_style *style)
{
    static const struct report_style plain = { false, false };
    *g = (struct rig){ 0 };
    FILE *out = open_memstream(&g->out, &g->out_len), *err = open_memstream(&g->err, &g->err_len);
    assert_true(out && err);
    assert_true(report_init(&g->r, &g->m, format, out, err, style ? style : &plain));
}

void rig_close(struct rig *g)
{
    fclose(g->r.out);
    fclose(g->r.err);
    free(g->out);
    free(g->err);
    mem_free(&g->m);
}

void row_text_is(const char *got, const char *want)
{
    size_t i = 0;
    while (got[i] && got[i] == want[i])
        i++;
    if (got[i] || want[i])
        fail_msg("differs at byte %zu, at '%.40s', expected '%.40s'\n--- got\n%s\n--- expected\n%s", i, got + i,
                 want + i, got, want);
}

static const struct bench_cache caches[] = { { "Data", 1, 49152, 1 }, { "Unified", 3, 33554432, 2 } };
static const struct context_pair custom[] = { { "branch", "a \"b\"" }, { "dry_run", "true" } };

const struct bench_context bench_example = {
    .date = "2026-11-20T15:03:54+00:00",
    .host_name = "vm",
    .executable = "./same",
    .num_cpus = 2,
    .mhz = 2596.12,
    .cpu_scaling_enabled = 1,
    .aslr_enabled = 1,
    .caches = caches,
    .ncaches = 2,
    .load_avg = { 2.7641, 2.25, 1.5 },
    .nload_avg = 3,
    .library_version = "1.2.3",
    .library_build_type = "debug",
    .custom = custom,
    .ncustom = 2,
    .name_field_width = 14,
};

static const struct row_counter counters[] = {
    { "bar", 2205882.3529, ROW_RATE, 1000, false },
    { "bytes_per_second", 1e9, ROW_RATE, 1024, false },
    { "foo", 12345.678, 0, 1000, false },
    { "inv", 4.53333e-7, ROW_RATE | ROW_INVERT, 1000, false },
};
static const struct row_counter shares[] = {
    { "bar", 0.0123, ROW_RATE, 1000, true },
    { "bytes_per_second", 0.5, ROW_RATE, 1024, true },
    { "foo", 0, 0, 1000, true },
    { "inv", 1, ROW_RATE | ROW_INVERT, 1000, true },
};

const struct row bench_rows[] = {
    [ROW_FIRST] = { .run_name = "A/8",
                    .repetitions = 2,
                    .threads = 1,
                    .iterations = 1000,
                    .real_time = 2.625e-9,
                    .cpu_time = 0.5e-9,
                    .counters = counters,
                    .ncounters = 4,
                    .label = "lab \"x\"" },
    [ROW_SECOND] = { .run_name = "A/8",
                     .repetitions = 2,
                     .repetition_index = 1,
                     .threads = 1,
                     .iterations = 1000,
                     .real_time = 27.5e-9,
                     .cpu_time = 12345e-9,
                     .counters = counters,
                     .ncounters = 4 },
    [ROW_MEAN] = { .kind = ROW_AGGREGATE,
                   .run_name = "A/8",
                   .aggregate_name = "mean",
                   .repetitions = 2,
                   .threads = 1,
                   .iterations = 2,
                   .real_time = 0.25,
                   .cpu_time = 0.125,
                   .unit = UNIT_MS,
                   .counters = counters,
                   .ncounters = 4 },
    [ROW_CV] = { .kind = ROW_AGGREGATE,
                 .run_name = "A/8",
                 .aggregate_name = "cv",
                 .percentage = true,
                 .repetitions = 2,
                 .threads = 1,
                 .iterations = 2,
                 .real_time = 0.6921,
                 .cpu_time = 0.441,
                 .unit = UNIT_MS,
                 .counters = shares,
                 .ncounters = 4 },
    [ROW_FIT] = { .kind = ROW_BIG_O,
                  .run_name = "A",
                  .aggregate_name = "BigO",
                  .repetitions = 1,
                  .threads = 1,
                  .real_time = 0.25e-9,
                  .cpu_time = 0.5e-9,
                  .big_o = BIG_O_N_LOG_N },
    [ROW_RESIDUE] = { .kind = ROW_RMS,
                      .run_name = "A",
                      .aggregate_name = "RMS",
                      .percentage = true,
                      .repetitions = 1,
                      .threads = 1,
                      .real_time = 0.120465,
                      .cpu_time = 0.125,
                      .big_o = BIG_O_N_LOG_N },
    [ROW_FAILED] = { .run_name = "E",
                     .family_index = 1,
                     .repetitions = 1,
                     .threads = 1,
                     .skipped = SKIP_ERROR,
                     .skip_message = "bad, \"news\"" },
    [ROW_SKIPPED] = { .run_name = "S",
                      .family_index = 2,
                      .repetitions = 1,
                      .threads = 1,
                      .skipped = SKIP_MESSAGE,
                      .skip_message = "later",
                      .label = "why" },
};
const size_t bench_nrows = sizeof bench_rows / sizeof *bench_rows;
