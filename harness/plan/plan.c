/* SPDX-License-Identifier: Apache-2.0
 * First every benchmark of the suite is checked against its binding and counted, then the jobs are made, so that a
 * suite either expands whole or fails with one message. */
#include "harness/plan/plan.h"

#include "harness/base/filter.h"

#include "harness/base/buf.h"
#include "harness/plan/words.h"
#include "suites/bindings.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_JOBS = 100000 };

/* One benchmark of a suite beside its binding. */
struct shape {
    const struct suite_bench *bench;
    const struct km_op *op;
    const struct suite_param **axes; /* one per parameter of the binding, in its order */
    size_t naxes;
    const struct suite_value *variants;
    size_t nvariants;
    const int *threads; /* of nthreads, at least one */
    size_t nthreads;
    size_t jobs;
};

struct expansion {
    struct mem *m;
    const struct suite *suite;
    struct settings settings;
    const struct plan_host *host;
    const struct km_op *const *ops;
    size_t nops;
    struct err *e;
};

static int fail(struct expansion *x, int line, int column, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int fail(struct expansion *x, int line, int column, const char *fmt, ...)
{
    char message[sizeof x->e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    return err_set(x->e, EXIT_USAGE, "%s:%d:%d: %s", x->suite->path, line, column, message);
}

/* --- the binding ------------------------------------------------------------------------------------------------- */

/* Names of the operations (dtype NULL) or of the dtypes of one operation, each once, NULL-terminated. */
static const char *const *op_names(struct expansion *x, const char *op)
{
    const char **names = mem_array(x->m, x->nops + 1, sizeof *names);
    for (size_t i = 0, n = 0; i < x->nops; i++) {
        const char *name = op ? x->ops[i]->dtype : x->ops[i]->op;
        if ((!op || strcmp(x->ops[i]->op, op) == 0) && !words_has(names, name))
            names[n++] = name;
    }
    return names;
}

static int find_op(struct expansion *x, struct shape *s)
{
    const struct suite_bench *b = s->bench;
    for (size_t i = 0; i < x->nops && !s->op; i++)
        if (strcmp(x->ops[i]->op, b->op) == 0 && strcmp(x->ops[i]->dtype, b->dtype) == 0)
            s->op = x->ops[i];
    if (s->op)
        return 0;
    const char *const *ops = op_names(x, NULL);
    if (!words_has(ops, b->op))
        return fail(x, b->op_at.line, b->op_at.column, "unknown operation %s%s", words_quote(x->m, b->op),
                    words_hint(x->m, b->op, ops));
    return fail(x, b->dtype_at.line, b->dtype_at.column, "operation '%s' has no dtype %s%s", b->op,
                words_quote(x->m, b->dtype), words_hint(x->m, b->dtype, op_names(x, b->op)));
}

/* Whether a row is a parameter; if not, the list ends there, or it is KM_THREADS. */
static bool is_param(const struct km_param_spec *spec)
{
    return spec->name && strcmp(spec->name, "threads") != 0;
}

static bool is_threaded(const struct km_op *op)
{
    const struct km_param_spec *spec = op->params;
    while (is_param(spec))
        spec++;
    return spec->name != NULL;
}

static const struct suite_param *find_param(const struct suite_bench *b, const char *name)
{
    for (size_t i = 0; i < b->nparams; i++)
        if (strcmp(b->params[i].name, name) == 0)
            return &b->params[i];
    return NULL;
}

static int check_number(struct expansion *x, const struct km_param_spec *spec, const struct suite_value *v)
{
    if (v->word)
        return fail(x, v->line, v->column, "%s: expected a number (%s), got %s", spec->name, spec->what,
                    words_quote(x->m, v->word));
    if (v->number < spec->min || v->number > spec->max)
        return fail(x, v->line, v->column, "%s: %" PRId64 " is impossible; %s: from %" PRId64 " to %" PRId64,
                    spec->name, v->number, spec->what, spec->min, spec->max);
    if (spec->multiple && v->number % spec->multiple)
        return fail(x, v->line, v->column, "%s: %" PRId64 " is impossible; %s: a multiple of %" PRId64, spec->name,
                    v->number, spec->what, spec->multiple);
    return 0;
}

static int check_value(struct expansion *x, const struct km_param_spec *spec, const struct suite_value *v)
{
    if (!spec->words)
        return check_number(x, spec, v);
    if (v->word && words_has(spec->words, v->word))
        return 0;
    const char *given = v->word ? v->word : mem_printf(x->m, "%" PRId64, v->number);
    return fail(x, v->line, v->column, "%s: %s is no %s%s", spec->name, words_quote(x->m, given), spec->what,
                words_hint(x->m, given, spec->words));
}

static const char *const *spec_names(struct expansion *x, const struct km_op *op)
{
    size_t n = 0;
    while (is_param(&op->params[n]))
        n++;
    const char **names = mem_array(x->m, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = op->params[i].name;
    return names;
}

static int check_unknown_params(struct expansion *x, const struct shape *s)
{
    const char *const *known = spec_names(x, s->op);
    for (size_t i = 0; i < s->bench->nparams; i++) {
        const struct suite_param *p = &s->bench->params[i];
        if (!words_has(known, p->name))
            return fail(x, p->line, p->column, "%s/%s has no parameter %s%s", s->op->op, s->op->dtype,
                        words_quote(x->m, p->name), words_hint(x->m, p->name, known));
    }
    return 0;
}

static int check_params(struct expansion *x, struct shape *s)
{
    if (check_unknown_params(x, s))
        return -1;
    for (s->naxes = 0; is_param(&s->op->params[s->naxes]);)
        s->naxes++;
    s->axes = mem_array(x->m, s->naxes, sizeof *s->axes);
    for (size_t i = 0; i < s->naxes; i++) {
        const struct km_param_spec *spec = &s->op->params[i];
        const struct suite_param *p = s->axes[i] = find_param(s->bench, spec->name);
        if (!p)
            return fail(x, s->bench->line, s->bench->column, "%s/%s lacks the parameter '%s' (%s)", s->op->op,
                        s->op->dtype, spec->name, spec->what);
        for (size_t v = 0; v < p->nvalues; v++)
            if (check_value(x, spec, &p->values[v]))
                return -1;
    }
    return 0;
}

static int check_variants(struct expansion *x, struct shape *s)
{
    const char *const *here = s->op->variants(), *const *anywhere = km_variant_names();
    size_t n = 0;
    if (s->bench->variants) {
        s->variants = s->bench->variants;
        s->nvariants = s->bench->nvariants;
        for (size_t i = 0; i < s->nvariants; i++) {
            const struct suite_value *v = &s->variants[i];
            if (!words_has(here, v->word) && !words_has(anywhere, v->word) && !words_has(km_peer_names(), v->word))
                return fail(x, v->line, v->column, "unknown variant %s%s", words_quote(x->m, v->word),
                            words_hint(x->m, v->word, anywhere));
        }
        return 0;
    }
    while (here[n])
        n++;
    struct suite_value *all = mem_array(x->m, n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i].word = here[i];
    s->variants = all;
    s->nvariants = n;
    return 0;
}

/* 1, 2, 4, ... up to the CPUs and their number itself; the next after n, 0: that was the last. */
static int next_of_host(const struct plan_host *host, int n)
{
    int cpus = host->cpus > 1 ? host->cpus : 1;
    return n >= cpus ? 0 : n * 2 > cpus ? cpus : n * 2;
}

static bool has_threads(const struct suite_bench *b, int n)
{
    for (size_t i = 0; i < b->nthreads; i++)
        if (!b->threads[i].word && b->threads[i].number == n)
            return true;
    return false;
}

/* "host" adds what is not listed as a number anyway. */
static int check_threads(struct expansion *x, struct shape *s)
{
    static const int one_thread[] = { 1 };
    enum { DOUBLINGS = 33 };
    const struct suite_bench *b = s->bench;
    int *all = mem_array(x->m, b->nthreads * DOUBLINGS + 1, sizeof *all);
    s->threads = b->threads ? all : one_thread;
    s->nthreads = b->threads ? 0 : 1;
    for (size_t i = 0; i < b->nthreads; i++) {
        const struct suite_value *v = &b->threads[i];
        if (!is_threaded(s->op) && (v->word || v->number != 1))
            return fail(x, v->line, v->column, "threads: %s/%s runs on one thread", s->op->op, s->op->dtype);
        if (!v->word)
            all[s->nthreads++] = (int)v->number;
        for (int n = v->word ? 1 : 0; n; n = next_of_host(x->host, n))
            if (!has_threads(b, n))
                all[s->nthreads++] = n;
    }
    return 0;
}

/* Fills a shape and counts its jobs; *total is those so far. */
static int check_bench(struct expansion *x, struct shape *s, size_t *total)
{
    if (find_op(x, s) || check_params(x, s) || check_variants(x, s) || check_threads(x, s))
        return -1;
    s->jobs = s->nthreads * s->nvariants;
    for (size_t i = 0; i < s->naxes && s->jobs <= MAX_JOBS; i++)
        s->jobs *= s->axes[i]->nvalues;
    *total += s->jobs;
    if (s->jobs > MAX_JOBS || *total > MAX_JOBS)
        return fail(x, s->bench->line, s->bench->column, "the suite expands to more than %d benchmarks", MAX_JOBS);
    return 0;
}

/* --- one job ----------------------------------------------------------------------------------------------------- */

static const char *value_text(struct mem *m, const struct km_param *p)
{
    return p->word ? p->word : mem_printf(m, "%" PRId64, p->number);
}

static const char *take(struct mem *m, struct buf *b)
{
    const char *text = mem_dupn(m, buf_text(b), b->len);
    buf_free(b);
    return text;
}

static const char *job_name(struct mem *m, const struct shape *s, const struct bench *b)
{
    struct buf name = { 0 };
    buf_puts(&name, b->family);
    for (size_t i = 0; i < b->nparams; i++)
        buf_printf(&name, "/%s:%s", b->params[i].name, value_text(m, &b->params[i]));
    if (s->bench->threads)
        buf_printf(&name, "/threads:%d", b->threads);
    return take(m, &name);
}

/* Everything that changes what is measured and nothing else: how often, and how it is shown and judged, stays out. */
static const char *job_definition(struct mem *m, const struct bench *b, int version, enum mode mode)
{
    struct buf text = { 0 };
    buf_printf(&text, "operation=%s dtype=%s variant=%s version=%d", b->op, b->dtype, b->variant, version);
    for (size_t i = 0; i < b->nparams; i++)
        buf_printf(&text, " %s:%s", b->params[i].name, value_text(m, &b->params[i]));
    buf_printf(&text, " threads=%d mode=%s", b->threads, mode == MODE_PER_CALL ? "per_call" : "batch");
    return take(m, &text);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923). */
static void hash_text(const char *text, char out[17])
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        h = (h ^ *s) * UINT64_C(0x100000001b3);
    snprintf(out, 17, "%016" PRIx64, h);
}

/* Puts the value in the place of "{name}", or behind the title if there is no such place and there are `several`. */
static void fill_slot(struct mem *m, struct buf *out, const char *title, const char *name, const char *value,
                      bool several)
{
    const char *slot = mem_printf(m, "{%s}", name);
    char *at = out->data ? strstr(out->data, slot) : NULL;
    if (!at && several && !strstr(title, slot))
        buf_printf(out, " %s:%s", name, value);
    for (; at; at = strstr(out->data, slot)) {
        const char *tail = mem_dup(m, at + strlen(slot));
        out->len = (size_t)(at - out->data);
        buf_printf(out, "%s%s", value, tail);
    }
}

/* The row title with "{n}" replaced by the value of parameter n, and "{threads}"; braces around anything else stay. What
 * has several values and is not mentioned is added, so that rows can be told apart. */
static const char *job_component(struct mem *m, const struct shape *s, const struct bench *b)
{
    const char *title = s->bench->entry.component;
    struct buf out = { 0 };
    buf_puts(&out, title);
    for (size_t i = 0; i < b->nparams; i++)
        fill_slot(m, &out, title, b->params[i].name, value_text(m, &b->params[i]), s->axes[i]->nvalues > 1);
    fill_slot(m, &out, title, "threads", mem_printf(m, "%d", b->threads), s->nthreads > 1);
    return take(m, &out);
}

static double choose_target(const struct suite_bench *b, const char *cpu_model)
{
    for (size_t i = 0; i < b->ntargets; i++)
        if (!b->targets[i].cpu || (cpu_model && strcasestr(cpu_model, b->targets[i].cpu)))
            return b->targets[i].seconds;
    return NAN;
}

static const char *why_unsupported(struct mem *m, const struct km_op *op, const struct bench *b)
{
    if (words_has(op->variants(), b->variant))
        return NULL;
    if (km_has_peer(op->op, op->dtype, b->variant))
        return b->threads == 1 ? NULL : mem_printf(m, "%s runs on one thread here", b->variant);
    const char *const *written = km_op_variants(op);
    if (words_has(written, b->variant))
        return mem_printf(m, km_variant_ruled_out(b->variant) ? "KERN_ISA rules %s out" : "this CPU has no %s",
                          km_variant_title(b->variant));
    return mem_printf(m, "no such variant: %s/%s is written for %s only", op->op, op->dtype,
                      words_join(m, written[0] ? written : op->variants()));
}

/* Job number `index` of a shape: variants turn fastest, then threads, then the last parameter. */
static struct job make_job(struct expansion *x, const struct shape *s, size_t index)
{
    struct job job = { .op = s->op, .entry = s->bench->entry, .settings = x->settings };
    struct bench *b = &job.bench;
    struct km_param *params = mem_array(x->m, s->naxes, sizeof *params);
    b->op = s->op->op;
    b->dtype = s->op->dtype;
    b->variant = s->variants[index % s->nvariants].word;
    index /= s->nvariants;
    b->threads = s->threads[index % s->nthreads];
    index /= s->nthreads;
    for (size_t i = s->naxes; i-- > 0; index /= s->axes[i]->nvalues) {
        const struct suite_value *v = &s->axes[i]->values[index % s->axes[i]->nvalues];
        params[i] = (struct km_param){ s->op->params[i].name, v->word, v->number };
    }
    b->params = params;
    b->nparams = s->naxes;
    if (s->bench->has_mode)
        job.settings.mode = s->bench->mode;
    b->family = mem_printf(x->m, "%s/%s/%s", b->op, b->dtype, b->variant);
    b->name = job_name(x->m, s, b);
    b->definition = job_definition(x->m, b, s->op->version, job.settings.mode);
    hash_text(b->definition, b->hash);
    job.entry.component = job_component(x->m, s, b);
    job.entry.target = choose_target(s->bench, x->host->cpu_model);
    job.unsupported = why_unsupported(x->m, s->op, b);
    return job;
}

/* --- the plan ---------------------------------------------------------------------------------------------------- */

/* A name and where it came from; bench is NULL for what the plan held before. */
struct named {
    const char *name;
    size_t order;
    const struct suite_bench *bench;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

/* The same benchmark in two suites, as common ones are when both are asked for. */
static bool planned_before(const struct plan *plan, const struct named *first, const struct named *again)
{
    return !first->bench && again->bench &&
           !strcmp(plan->jobs[first->order].bench.hash, plan->jobs[again->order].bench.hash);
}

/* Fills drop[] for what an earlier suite has planned: it is measured once, under the heading it has there. */
static int check_unique(struct expansion *x, const struct plan *plan, const struct shape *shapes, bool *drop)
{
    struct named *all = mem_array(x->m, plan->njobs, sizeof *all);
    size_t added = 0;
    for (size_t i = 0; i < x->suite->nbenches; i++)
        added += shapes[i].jobs;
    for (size_t i = 0; i < plan->njobs - added; i++)
        all[i] = (struct named){ plan->jobs[i].bench.name, i, NULL };
    for (size_t i = 0, at = plan->njobs - added; i < x->suite->nbenches; i++)
        for (size_t k = 0; k < shapes[i].jobs; k++, at++)
            all[at] = (struct named){ plan->jobs[at].bench.name, at, shapes[i].bench };
    if (plan->njobs)
        qsort(all, plan->njobs, sizeof *all, by_name);
    for (size_t i = 1; i < plan->njobs; i++) {
        const struct named *first = &all[i - 1], *again = &all[i];
        if (strcmp(first->name, again->name) != 0)
            continue;
        if (planned_before(plan, first, again)) {
            drop[again->order] = true;
            continue;
        }
        const char *where = !first->bench ? "in another suite"
                            : first->bench == again->bench
                                ? "by this benchmark (a value is listed twice)"
                                : mem_printf(x->m, "at %d:%d", first->bench->line, first->bench->column);
        return fail(x, again->bench->line, again->bench->column, "benchmark name '%s' is already made %s", again->name,
                    where);
    }
    return 0;
}

int plan_add(struct mem *m, struct plan *plan, const struct suite *suite, const char *profile,
             const struct plan_host *host, const struct km_op *const *ops, size_t nops, struct err *e)
{
    struct expansion x = { .m = m, .suite = suite, .host = host, .ops = ops, .nops = nops, .e = e };
    struct shape *shapes = mem_array(m, suite->nbenches, sizeof *shapes);
    size_t total = 0;
    if (suite_settings(suite, profile, &x.settings, e))
        return -1;
    for (size_t i = 0; i < suite->nbenches; i++) {
        shapes[i].bench = &suite->benches[i];
        if (check_bench(&x, &shapes[i], &total))
            return -1;
    }
    struct plan grown = { mem_array(m, plan->njobs + total, sizeof *grown.jobs), plan->njobs };
    if (plan->njobs)
        memcpy(grown.jobs, plan->jobs, plan->njobs * sizeof *grown.jobs);
    for (size_t i = 0; i < suite->nbenches; i++)
        for (size_t k = 0; k < shapes[i].jobs; k++)
            grown.jobs[grown.njobs++] = make_job(&x, &shapes[i], k);
    bool *drop = mem_array(m, grown.njobs, sizeof *drop);
    if (check_unique(&x, &grown, shapes, drop))
        return -1;
    size_t kept = 0;
    for (size_t i = 0; i < grown.njobs; i++)
        if (!drop[i])
            grown.jobs[kept++] = grown.jobs[i];
    grown.njobs = kept;
    *plan = grown;
    return 0;
}

/* --- the filter -------------------------------------------------------------------------------------------------- */

int plan_filter(struct plan *plan, const char *text, struct err *e)
{
    struct name_filter filter;
    if (filter_init(&filter, text, e))
        return -1;
    size_t kept = 0;
    for (size_t i = 0; i < plan->njobs; i++)
        if (filter_keeps(&filter, plan->jobs[i].bench.name))
            plan->jobs[kept++] = plan->jobs[i];
    plan->njobs = kept;
    filter_release(&filter);
    return 0;
}
