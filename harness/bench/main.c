/* SPDX-License-Identifier: Apache-2.0
 * The program around the benchmarks of an executable: flags, selection, reporters, exit code. The public functions have
 * no argument to hold the flags in, so they are here, and nowhere else. */
#include "harness/base/filter.h"
#include "harness/base/progress.h"
#include "harness/bench/context.h"
#include "harness/bench/perf.h"
#include "harness/bench/report.h"
#include "harness/bench/run.h"
#include "harness/bench/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(ROW_RATE == KM_COUNTER_IS_RATE && ROW_INVERT == KM_COUNTER_INVERT, "the bits of counters");

static struct {
    struct mem mem;
    struct bench_flags flags;
    const char *executable;
    bool ready;
    struct context_added context;
} program;

static volatile sig_atomic_t interrupted; /* a signal handler can only reach a global */

/* One call of km_run_specified_benchmarks(). */
struct session {
    struct mem mem;
    const struct bench_flags *flags;
    struct instance_list list;
    struct reporter display, file;
    bool has_file;
    int folder;         /* in which the file's name is to be read, wherever a benchmark goes; -1: none */
    const char *broken; /* the output that could not be written; NULL: none */
    struct progress progress;
};

int km_initialize(int *argc, char **argv)
{
    program.executable = *argc > 0 && argv[0] ? argv[0] : "benchmark";
    int rc = bench_flags_read(&program.mem, &program.flags, argc, argv);
    program.ready = !rc;
    program.context.before = program.context.n;
    return rc;
}

void km_add_custom_context(const char *key, const char *value)
{
    struct context_added *c = &program.context;
    c->all = mem_grow(&program.mem, c->all, &c->cap, c->n + 1, sizeof *c->all);
    c->all[c->n++] =
        (struct context_pair){ mem_dup(&program.mem, key ? key : ""), mem_dup(&program.mem, value ? value : "") };
}

bool km_report_unrecognized_arguments(int argc, char **argv)
{
    return bench_flags_report_unrecognized(argc, argv) > 0;
}

void km_shutdown(void)
{
    km_clear_registered();
    mem_free(&program.mem);
    program.context = (struct context_added){ 0 };
    program.ready = false;
}

int km_main(int argc, char **argv)
{
    int rc = km_initialize(&argc, argv);
    if (!rc && km_report_unrecognized_arguments(argc, argv))
        rc = -1;
    int code = rc ? (rc < 0 ? EXIT_USAGE : EXIT_PASS) : km_run_specified_benchmarks();
    km_shutdown();
    return code;
}

/* --- selection ---------------------------------------------------------------------------------------------------- */

static bool keeps(void *filter, const char *name)
{
    return filter_keeps(filter, name);
}

static int select_instances(struct session *s)
{
    struct name_filter filter;
    struct err e = { 0 };
    const char *text = s->flags->filter;
    if (filter_init(&filter, text, &e)) {
        fprintf(stderr, "Could not compile benchmark re: %s\n", e.text);
        return EXIT_USAGE;
    }
    int rc = instances_select(&s->mem, &s->list, keeps, &filter, stderr, &e);
    filter_release(&filter);
    if (rc) {
        fprintf(stderr, "%s: %s\n", program.executable, e.text);
        return (int)e.kind;
    }
    if (s->list.n)
        return 0;
    fprintf(stderr, "Failed to match any benchmarks against regex: %s\n",
            *text && strcmp(text, "all") != 0 ? bench_flag_shown(&s->mem, text) : ".");
    return EXIT_USAGE;
}

#define DISPLAY "standard output"

/* --- output ------------------------------------------------------------------------------------------------------- */

static int cannot_write(struct session *s, const char *what)
{
    int error = errno;
    progress_clear(&s->progress);
    fprintf(stderr, "%s: cannot write %s: %s\n", program.executable, bench_flag_shown(&s->mem, what), strerror(error));
    s->broken = what;
    errno = error;
    return -1;
}

static int open_reporters(struct session *s)
{
    const struct bench_flags *f = s->flags;
    struct report_style style = { report_wants_color(f->color, stdout), f->counters_tabular };
    report_init(&s->display, &s->mem, f->format, stdout, stderr, &style);
    if (!*f->out || f->list_tests)
        return 0;
    FILE *out = fopen(f->out, "w");
    if (!out) {
        int error = errno;
        fprintf(stderr, "invalid file name: '%s': %s\n", bench_flag_shown(&s->mem, f->out), strerror(error));
        return EXIT_USAGE;
    }
    s->folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    style.color = false;
    /* As theirs, the console's text about the machine goes into the file; within a CSV it would be no row. */
    report_init(&s->file, &s->mem, f->out_format, out, strcmp(f->out_format, "csv") ? out : NULL, &style);
    s->has_file = true;
    return 0;
}

static int put_context(struct session *s, const struct bench_context *c)
{
    if (s->display.context(&s->display, c))
        return cannot_write(s, DISPLAY);
    return s->has_file && s->file.context(&s->file, c) ? cannot_write(s, s->flags->out) : 0;
}

static bool is_aggregate(const struct row *r)
{
    return r->kind != ROW_ITERATION;
}

/* Without aggregates there is nothing else to show, so everything is shown. */
static int put_rows(struct reporter *r, const struct bench_report *report, bool aggregates_only)
{
    size_t single = 0;
    while (single < report->n && !is_aggregate(&report->rows[single]))
        single++;
    bool all = !aggregates_only || single == report->n;
    const struct row *rows = report->rows + (all ? 0 : single);
    return r->report(r, rows, report->n - (all ? 0 : single));
}

static int on_report(void *ctx, const struct bench_report *report)
{
    struct session *s = ctx;
    progress_clear(&s->progress);
    int rc = put_rows(&s->display, report, report->display_aggregates_only) ? cannot_write(s, DISPLAY) : 0;
    if (s->has_file && put_rows(&s->file, report, report->file_aggregates_only))
        rc = cannot_write(s, s->flags->out);
    return rc;
}

static void on_begin(void *ctx, const struct instance *in, size_t done, size_t total)
{
    struct session *s = ctx;
    progress_show_even(&s->progress, in->name, done, total);
}

/* Whether the name still leads to what was written: its folder may have gone meanwhile. */
static int close_file(struct session *s)
{
    struct stat open_file, named;
    int fd = fileno(s->file.out);
    bool there = fstat(fd, &open_file) == 0 &&
                 fstatat(s->folder < 0 ? AT_FDCWD : s->folder, s->flags->out, &named, 0) == 0 &&
                 open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
    int error = there ? 0 : errno ? errno : ENOENT;
    if (fclose(s->file.out) && !error)
        error = errno;
    if (s->folder >= 0)
        close(s->folder);
    s->has_file = false;
    errno = error;
    return error ? -1 : 0;
}

static void close_reporters(struct session *s)
{
    if (s->display.finalize && s->display.finalize(&s->display) && !s->broken)
        cannot_write(s, DISPLAY);
    if (!s->has_file)
        return;
    if (s->file.finalize(&s->file) && !s->broken)
        cannot_write(s, s->flags->out);
    errno = 0;
    if (close_file(s) && !s->broken)
        cannot_write(s, s->flags->out);
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

enum { NSIGNALS = 3 };
static const int signals[NSIGNALS] = { SIGINT, SIGTERM, SIGHUP };

/* The second signal finds the default action. One that was ignored (nohup) stays so. */
static void watch_signals(struct sigaction old[NSIGNALS])
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    for (size_t i = 0; i < NSIGNALS; i++) {
        sigaction(signals[i], NULL, &old[i]);
        if (old[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

static void restore_signals(const struct sigaction old[NSIGNALS])
{
    for (size_t i = 0; i < NSIGNALS; i++)
        sigaction(signals[i], &old[i], NULL);
}

/* As theirs: room for the longest suffix where the flag or a family asks for repetitions, even if none comes. */
static size_t name_width(const struct session *s)
{
    size_t width = 10, suffix = strlen("median");
    bool repeated = s->flags->repetitions > 1;
    for (size_t i = 0; i < s->list.n; i++) {
        const struct instance *in = &s->list.v[i];
        size_t n = strlen(in->name);
        width = n > width ? n : width;
        repeated = repeated || in->family->repetitions > 1;
        for (size_t k = 0; k < in->family->nstatistics; k++) {
            n = strlen(in->family->statistics[k].name);
            suffix = n > suffix ? n : suffix;
        }
    }
    return repeated ? width + 1 + suffix : width;
}

static uint64_t new_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
        seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    return seed ? seed : 1;
}

static int run_all(struct session *s)
{
    const struct bench_flags *f = s->flags;
    struct bench_context context;
    struct bench_totals totals = { 0 };
    struct err e = { 0 };
    struct sigaction old[NSIGNALS];
    bench_context_read(&s->mem, &context, program.executable, NULL);
    bench_context_custom(&s->mem, &context, f, &program.context);
    context.name_field_width = name_width(s);
    context.seed = f->random_interleaving ? (f->seed ? f->seed : new_seed()) : 0;
    if (put_context(s, &context))
        return EXIT_USAGE;
    struct bench_options options = {
        .flags = f, .seed = context.seed, .report = on_report, .begin = on_begin, .ctx = s, .interrupted = &interrupted
    };
    perf_explain(f->perf_counters, stderr);
    progress_init(&s->progress);
    interrupted = 0;
    watch_signals(old);
    watch_open(program.executable, STDOUT_FILENO, s->display.closing);
    int rc = bench_run(&options, &s->list, &totals, &e);
    watch_close();
    restore_signals(old);
    progress_clear(&s->progress);
    if (s->broken)
        return EXIT_USAGE;
    if (rc) {
        fprintf(stderr, "%s: %s\n", program.executable, e.text);
        return (int)e.kind;
    }
    if (totals.interrupted)
        fprintf(stderr, "%s: interrupted; what was measured is reported\n", program.executable);
    return totals.failed || totals.interrupted ? EXIT_BENCH_FAILED : EXIT_PASS;
}

static int list_all(struct session *s)
{
    const char **names = mem_array(&s->mem, s->list.n, sizeof *names);
    for (size_t i = 0; i < s->list.n; i++)
        names[i] = s->list.v[i].name;
    return s->display.list(&s->display, names, s->list.n) ? cannot_write(s, DISPLAY) : 0;
}

int km_run_specified_benchmarks(void)
{
    int none = 1;
    char name[] = "benchmark", *argv[] = { name, NULL };
    if (!program.ready && km_initialize(&none, argv)) /* a main() without flags still has the environment */
        return EXIT_USAGE;
    struct session s = { .flags = &program.flags, .folder = -1 };
    int code = select_instances(&s);
    if (!code)
        code = open_reporters(&s);
    if (!code)
        code = s.flags->list_tests ? list_all(&s) : run_all(&s);
    close_reporters(&s);
    mem_free(&s.mem);
    return s.broken ? EXIT_USAGE : code;
}
