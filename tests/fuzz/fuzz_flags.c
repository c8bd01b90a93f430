/* SPDX-License-Identifier: Apache-2.0
 * The flags of benchmark executables, one word per line; a line that begins with BENCHMARK_ or V= is set in the
 * environment instead. Any words are refused, or give flags that a run can start with; a word that is no flag stays in
 * argv. Help and messages are printed, so a fuzzer is run with -close_fd_mask=3. */
#include "harness/bench/flags.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

enum { WORDS_MAX = 64 };

struct command_line {
    int argc;
    char *argv[WORDS_MAX + 2], *env[WORDS_MAX];
    size_t nenv;
};

/* The words point into `text`. */
static void split(struct command_line *c, char *text)
{
    static char program[] = "fuzz";
    *c = (struct command_line){ .argc = 1, .argv = { program } };
    for (char *word; c->argc <= WORDS_MAX && (word = strsep(&text, "\n")) != NULL;) {
        bool env = !strncmp(word, "BENCHMARK_", 10) || !strncmp(word, "V=", 2);
        if (!env)
            c->argv[c->argc++] = word;
        else if (c->nenv < WORDS_MAX && strchr(word, '='))
            c->env[c->nenv++] = word;
    }
}

static void set_env(const struct command_line *c, bool on)
{
    for (size_t i = 0; i < c->nenv; i++) {
        char *name = strndup(c->env[i], strcspn(c->env[i], "="));
        if (on)
            setenv(name, strchr(c->env[i], '=') + 1, 1);
        else
            unsetenv(name);
        free(name);
    }
}

static void check(const struct bench_flags *f, const struct command_line *before, const struct command_line *after)
{
    FUZZ_CHECK(after->argc >= 1 && after->argc <= before->argc);
    FUZZ_CHECK(after->argv[0] == before->argv[0]);
    FUZZ_CHECK(f->min_iterations > 0 ? isnan(f->min_time) : isfinite(f->min_time) && f->min_time >= 0);
    FUZZ_CHECK(isfinite(f->min_warmup_time) && f->min_warmup_time >= 0);
    FUZZ_CHECK(f->repetitions >= 1);
    FUZZ_CHECK(f->target_ci >= 0 && f->max_time >= 0 && f->total_time >= 0);
    FUZZ_CHECK(isfinite(f->target_ci) && isfinite(f->max_time) && isfinite(f->total_time));
    const char *const texts[] = { f->filter, f->format,        f->out,       f->out_format, f->color,
                                  f->cpus,   f->perf_counters, f->time_unit, f->context,    f->baseline };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        FUZZ_CHECK(texts[i]);
}

/* Every pair of a context that was accepted has both its parts. */
static void check_context(const char *context)
{
    struct mem m = { 0 };
    for (const char *at = *context ? context : NULL; at;) {
        char *key = NULL, *value = NULL;
        at = bench_flags_next_pair(&m, at, &key, &value);
        FUZZ_CHECK(key && value);
    }
    mem_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mem m = { 0 };
    struct bench_flags flags;
    struct command_line before, after;
    char *text = strndup((const char *)data, size);
    split(&before, text);
    after = before;
    set_env(&before, true);
    int rc = bench_flags_read(&m, &flags, &after.argc, after.argv);
    set_env(&before, false);
    int left = rc == 0 ? bench_flags_report_unrecognized(after.argc, after.argv) : 0;
    FUZZ_CHECK(rc == 0 || rc == 1 || rc == -1);
    if (rc == 0) {
        FUZZ_CHECK(left == after.argc - 1);
        check(&flags, &before, &after);
        check_context(flags.context);
    }
    mem_free(&m);
    free(text);
    return 0;
}
