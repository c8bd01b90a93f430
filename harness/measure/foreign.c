/* SPDX-License-Identifier: Apache-2.0
 * Programs that speak Google Benchmark's contract: found, listed, asked for one benchmark at a time. */
#include "harness/measure/foreign.h"

#include "harness/base/fnv.h"
#include "harness/base/utf8.h"
#include "harness/host/host.h"
#include "harness/import/gbench_read.h"
#include "harness/measure/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LIMIT = 4096 }; /* of the reader of results */

static const double DEFAULT_PATIENCE = 60;

/* --- finding ----------------------------------------------------------------------------------------------------- */

static bool is_program(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static const char *look_up(struct mem *m, const char *name)
{
    const char *here = mem_printf(m, "./%s", name), *at = getenv("PATH");
    if (strchr(name, '/'))
        return is_program(name) ? name : NULL;
    if (is_program(here))
        return here;
    while (at && *at) {
        size_t len = strcspn(at, ":");
        const char *path = mem_printf(m, "%.*s/%s", (int)len, at, name);
        if (len && is_program(path))
            return path;
        at += len + (at[len] == ':');
    }
    return NULL;
}

/* Sanitizers with shadow memory map terabytes, which a limit of the address space would forbid. Their runtime is known by
 * a name that is in the file wherever it is linked. */
static bool is_shadowed(const char *path)
{
    static const char *const marks[] = { "__asan_init", "__tsan_init", "__msan_init", "__hwasan_init" };
    enum { CHUNK = 1 << 16, OVERLAP = 16 };
    char chunk[OVERLAP + CHUNK] = "";
    bool found = false;
    FILE *f = fopen(path, "rbe");
    for (size_t n; f && !found && (n = fread(chunk + OVERLAP, 1, CHUNK, f)) > 0;) {
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            found = found || memmem(chunk, OVERLAP + n, marks[i], strlen(marks[i]));
        memmove(chunk, chunk + n, OVERLAP);
    }
    if (f)
        fclose(f);
    return found;
}

int foreign_find(struct mem *m, const char *program, const char *const *args, size_t nargs, struct foreign *f,
                 struct err *e)
{
    const char *slash = strrchr(program, '/');
    *f = (struct foreign){ .args = args, .nargs = nargs };
    f->path = *program ? look_up(m, program) : NULL;
    f->name = host_clean_name(m, slash ? slash + 1 : program);
    f->shadowed = f->path && is_shadowed(f->path);
    return f->path ? 0 : err_set(e, EXIT_USAGE, "--exec=%s: no such program, or it cannot be executed", program);
}

int foreign_open(struct mem *m, struct foreign *f, struct err *e)
{
    const char *temp = getenv("TMPDIR");
    char *folder = mem_printf(m, "%s/kernmark-XXXXXX", temp && *temp ? temp : "/tmp");
    if (!mkdtemp(folder))
        return err_set(e, EXIT_USAGE, "%s: %s", folder, strerror(errno));
    f->folder = folder;
    f->out = mem_printf(m, "%s/out.json", folder);
    return 0;
}

void foreign_close(struct foreign *f)
{
    if (!f->folder)
        return;
    unlink(f->out);
    rmdir(f->folder);
    f->folder = f->out = NULL;
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

const char *foreign_pattern(struct mem *m, const char *name)
{
    char *out = mem_alloc(m, 2 * strlen(name) + 3), *p = out;
    *p++ = '^';
    for (; *name; name++) {
        if (strchr(".[\\()*+?{|^$", *name)) /* only these: an escaped ordinary character means nothing in POSIX */
            *p++ = '\\';
        *p++ = *name;
    }
    *p = '$';
    return out;
}

const char *foreign_min_time(struct mem *m, double seconds, uint64_t iterations, bool suffix)
{
    if (iterations)
        return mem_printf(m, "%llux", (unsigned long long)iterations);
    return mem_printf(m, "%.6g%s", seconds, suffix ? "s" : "");
}

double foreign_seconds(const struct settings *s)
{
    double least = s->sample_seconds > 0 ? s->sample_seconds * (s->samples > 1 ? s->samples : 1) : 0;
    double share = s->budget_seconds > 0 ? s->budget_seconds / (2.0 * (s->max_rounds > 1 ? s->max_rounds : 1)) : 0;
    double seconds = fmax(least, share);
    return seconds > 0 ? seconds : 0.1;
}

/* PROGRAM ARGS..., with room for `more` and the end. */
static const char **command(struct mem *m, const struct foreign *f, size_t more, size_t *n)
{
    const char **argv = mem_array(m, f->nargs + more + 2, sizeof *argv);
    argv[0] = f->path;
    for (size_t i = 0; i < f->nargs; i++)
        argv[1 + i] = f->args[i];
    *n = 1 + f->nargs;
    return argv;
}

/* --- listing ----------------------------------------------------------------------------------------------------- */

static void define(struct mem *m, const struct foreign *f, struct bench *b)
{
    struct buf text = { 0 };
    buf_printf(&text, "program %s\n", f->name);
    for (size_t i = 0; i < f->nargs; i++)
        buf_printf(&text, "argument %s\n", f->args[i]);
    buf_printf(&text, "benchmark %s\n", b->name);
    fnv_hex(fnv_add(FNV_START, text.data, text.len), b->hash);
    b->definition = mem_dup(m, text.data);
    buf_free(&text);
}

static int threads_of(const char *name)
{
    const char *last = strrchr(name, '/');
    long n = last && !strncmp(last, "/threads:", 9) ? strtol(last + 9, NULL, 10) : 1;
    return n >= 1 && n <= 65536 ? (int)n : 1;
}

static void make_job(struct mem *m, const struct foreign *f, const char *name, const struct settings *settings,
                     struct job *job)
{
    *job = (struct job){ .settings = *settings };
    gbench_name(m, name, &job->bench);
    job->bench.threads = threads_of(name);
    define(m, f, &job->bench);
    job->entry = (struct entry){ .suite = f->name,
                                 .section = f->name,
                                 .component = job->bench.name,
                                 .why = mem_printf(m, "a benchmark of the program %s", f->name),
                                 .target = NAN,
                                 .threshold = NAN };
    job->settings.mode = MODE_BATCH;
}

static int by_name(const void *a, const void *b)
{
    const struct job *x = *(const struct job *const *)a, *y = *(const struct job *const *)b;
    int order = strcmp(x->bench.name, y->bench.name);
    return order ? order : x < y ? -1 : x > y;
}

/* Of equal names the first stays, and says why it cannot be measured. */
static void join_equal(struct mem *m, struct plan *plan)
{
    struct job **sorted = mem_array(m, plan->njobs, sizeof(struct job *));
    size_t kept = 0;
    for (size_t i = 0; i < plan->njobs; i++)
        sorted[i] = &plan->jobs[i];
    qsort(sorted, plan->njobs, sizeof(struct job *), by_name);
    for (size_t i = 0, n; i < plan->njobs; i += n) {
        for (n = 1; i + n < plan->njobs && !strcmp(sorted[i + n]->bench.name, sorted[i]->bench.name); n++)
            sorted[i + n]->bench.name = NULL;
        if (n > 1)
            sorted[i]->unsupported = mem_printf(m, "%zu benchmarks of the program have this name", n);
    }
    for (size_t i = 0; i < plan->njobs; i++)
        if (plan->jobs[i].bench.name)
            plan->jobs[kept++] = plan->jobs[i];
    plan->njobs = kept;
}

static void add_lines(struct mem *m, const struct foreign *f, const struct settings *settings, const struct buf *said,
                      struct plan *plan)
{
    size_t cap = 0;
    for (const char *p = buf_text(said), *end = p + said->len, *next; p < end; p = next) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((newline ? newline : end) - p);
        next = newline ? newline + 1 : end;
        len -= len && p[len - 1] == '\r';
        const char *name = mem_dupn(m, p, len);
        if (!*name)
            continue;
        plan->jobs = mem_grow(m, plan->jobs, &cap, plan->njobs + 1, sizeof *plan->jobs);
        make_job(m, f, name, settings, &plan->jobs[plan->njobs++]);
    }
}

int foreign_list(struct mem *m, const struct foreign *f, const struct settings *settings, struct plan *plan,
                 struct err *e)
{
    struct session s;
    struct buf said = { 0 };
    size_t n;
    const char **argv = command(m, f, 1, &n);
    argv[n] = "--benchmark_list_tests=true";
    struct session_limits limits = { .memory = settings->memory_bytes,
                                     .patience = settings->timeout_seconds,
                                     .shadowed = f->shadowed };
    *plan = (struct plan){ 0 };
    int rc = session_program(&s, argv, &limits, &said);
    if (rc)
        err_set(e, EXIT_BENCH_FAILED, "%s %s: %s", f->path, argv[n], s.message);
    else
        add_lines(m, f, settings, &said, plan);
    session_end(&s);
    buf_free(&said);
    if (rc)
        return -1;
    join_equal(m, plan);
    return plan->njobs ? 0
                       : err_set(e, EXIT_USAGE, "%s %s: it lists no benchmark: does it use Google Benchmark?", f->path,
                                 argv[n]);
}

/* --- results ----------------------------------------------------------------------------------------------------- */

static size_t plain_length(const char *s, size_t left)
{
    size_t len = utf8_length(s, left);
    return len == 1 && (unsigned char)*s < ' ' ? 0 : len;
}

bool foreign_same_name(const char *listed, const char *got)
{
    size_t left = strlen(listed);
    while (left) {
        size_t len = plain_length(listed, left);
        if (*listed == *got && strncmp(listed, got, len ? len : 1) == 0) {
            got += len ? len : 1;
        } else if (!len && *got == '?') {
            got++;
        } else if (!len && strncmp(got, "\xef\xbf\xbd", 3) == 0) {
            got += 3;
        } else {
            return false;
        }
        listed += len ? len : 1;
        left -= len ? len : 1;
    }
    return !*got;
}

/* What the file says of the benchmark that was asked for; NULL with *why if it does not. */
static const struct result *read_result(struct mem *m, const struct foreign *f, const char *name, struct run *run,
                                        const char **why)
{
    struct stat st;
    struct err e;
    *run = (struct run){ 0 };
    if (lstat(f->out, &st) || !S_ISREG(st.st_mode) || !st.st_size) {
        *why = "it ended well but wrote no result to --benchmark_out";
        return NULL;
    }
    if (gbench_read(m, f->out, run, &e)) { /* the message begins with a path that is nobody's business */
        size_t path = strncmp(e.text, f->out, strlen(f->out)) ? 0 : strlen(f->out);
        *why = mem_printf(m, "its output%s%s", path ? "" : ": ", e.text + path);
        return NULL;
    }
    for (size_t i = 0; i < run->nresults; i++)
        if (foreign_same_name(name, run->results[i].bench.name))
            return &run->results[i];
    *why = mem_printf(m, "its output has %zu benchmarks but not this one", run->nresults);
    return NULL;
}

static void take_samples(struct mem *m, const struct result *r, struct pace *pace, struct turn *out)
{
    double cpu = 0;
    out->samples = mem_array(m, r->nsamples, sizeof *out->samples);
    memcpy(out->samples, r->samples, r->nsamples * sizeof *r->samples);
    out->nsamples = r->nsamples;
    out->sampling = r->sampling_seconds;
    for (size_t i = 0; i < r->nrounds; i++)
        cpu += r->rounds[i].cpu_seconds;
    out->cpu = cpu / (double)r->nrounds;
    *pace = (struct pace){ r->rounds[0].iterations, r->nsamples };
}

/* Before 1.8, --benchmark_min_time is a number of seconds, and a number of iterations ends the program. */
static const char *plainly(struct mem *m, const struct turn_order *order, const char *message)
{
    if (!order->options->fixed_iterations || !strstr(message, "--benchmark_min_time"))
        return message;
    return mem_printf(m,
                      "it takes no number of iterations (Google Benchmark before 1.8 does not): give "
                      "--benchmark_min_time in seconds, such as 0.1s. It said: %s",
                      message);
}

static void take_metrics(struct mem *m, const struct result *r, struct turn *out)
{
    out->metrics = mem_array(m, r->nmetrics, sizeof *out->metrics);
    out->nmetrics = r->nmetrics;
    for (size_t i = 0; i < r->nmetrics; i++)
        out->metrics[i] = (struct metric){ .name = mem_dup(m, r->metrics[i].name),
                                           .value = r->metrics[i].value,
                                           .why = mem_dup(m, r->metrics[i].why) };
}

static void refuse(struct mem *m, struct turn *out, enum status status, const char *message)
{
    out->status = status;
    out->message = mem_dup(m, message);
}

static void take_result(struct mem *m, const struct result *r, struct pace *pace, struct turn *out)
{
    out->cost = r->cost;
    out->cost.item = r->cost.items > 0 ? "item" : NULL;
    if (r->status == STATUS_OK)
        take_samples(m, r, pace, out), take_metrics(m, r, out);
    else
        refuse(m, out, r->status, r->message ? r->message : "it reported an error without a message");
}

/* --- the turn ---------------------------------------------------------------------------------------------------- */

static const char **turn_command(struct mem *m, const struct foreign *f, const struct turn_order *order)
{
    const struct runner_options *o = order->options;
    double seconds = o->min_time > 0 ? o->min_time : foreign_seconds(&order->job->settings);
    const char *min_time = foreign_min_time(m, seconds, o->fixed_iterations, f->suffix);
    size_t n;
    const char **argv = command(m, f, 4, &n);
    argv[n++] = mem_printf(m, "--benchmark_filter=%s", foreign_pattern(m, order->job->bench.name));
    argv[n++] = mem_printf(m, "--benchmark_out=%s", f->out);
    argv[n++] = "--benchmark_out_format=json";
    argv[n] = mem_printf(m, "--benchmark_min_time=%s", min_time);
    return argv;
}

static int run_program(struct mem *m, const struct foreign *f, const struct turn_order *order, struct turn *out)
{
    const struct settings *set = &order->job->settings;
    double patience = set->timeout_seconds > 0 ? set->timeout_seconds : DEFAULT_PATIENCE;
    if (order->options->min_time > 0)
        patience += 2 * order->options->min_time;
    struct session_limits limits = { .memory = set->memory_bytes,
                                     .patience = patience,
                                     .interrupted = order->options->interrupted,
                                     .pin = order->options->pin,
                                     .shadowed = f->shadowed };
    struct session s;
    int rc = session_program(&s, turn_command(m, f, order), &limits, NULL);
    if (rc) {
        refuse(m, out, s.status, s.message);
        out->signal = s.signal;
    }
    session_end(&s);
    return rc;
}

/* Runs the program and reads what it wrote. A program that ends with an error because its benchmark failed says more in
 * its output than by its exit code. */
static void ask(struct mem *m, struct mem *scratch, const struct turn_order *order, struct pace *pace, struct turn *out)
{
    struct foreign *f = order->edges->ctx;
    struct turn end = { .status = STATUS_OK };
    struct run run;
    const char *why = NULL;
    if (run_program(scratch, f, order, &end)) {
        refuse(m, out, end.status, plainly(scratch, order, end.message));
        out->signal = end.signal;
        if (end.status != STATUS_FAILED)
            return;
    }
    const struct result *r = read_result(scratch, f, order->job->bench.name, &run, &why);
    f->suffix = f->suffix || run.version;
    if (end.status == STATUS_OK && r)
        take_result(m, r, pace, out);
    else if (end.status == STATUS_OK)
        refuse(m, out, STATUS_FAILED, why);
    else if (r && r->status == STATUS_FAILED && r->message)
        refuse(m, out, STATUS_FAILED, r->message);
}

void foreign_turn(struct mem *m, const struct turn_order *order, struct pace *pace, struct turn *out)
{
    struct foreign *f = order->edges->ctx;
    struct mem scratch = { 0 };
    *out = (struct turn){ .status = STATUS_OK, .cpu = NAN };
    if (strlen(order->job->bench.name) > NAME_LIMIT) {
        refuse(m, out, STATUS_FAILED, "its name is longer than 4096 bytes");
        return;
    }
    ask(m, &scratch, order, pace, out);
    unlink(f->out);
    mem_free(&scratch);
}
