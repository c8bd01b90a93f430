/* SPDX-License-Identifier: Apache-2.0
 * Rows about results: every benchmark, the best of each component against its target, failures. */
#include "reports/source.h"

#include <math.h>
#include <string.h>

/* --- what a result says ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *action;
} statuses[] = {
    [STATUS_OK] = { "ok", NULL },
    [STATUS_WRONG] = { "WRONG", "the kernel is wrong, not slow: run kernmark verify and repair it before timing it" },
    [STATUS_CRASHED] = { "CRASHED", "run kernmark verify with a build made with SANITIZE='-fsanitize=address'" },
    [STATUS_TIMEOUT] = { "TIMEOUT", "raise the timeout in the suite, or make the size smaller" },
    [STATUS_OOM] = { "OUT OF MEMORY", "raise the memory limit in the suite, or make the size smaller" },
    [STATUS_FAILED] = { "FAILED", "the message is what the process said last: repair that and run again" },
    [STATUS_UNSUPPORTED] = { "unsupported", NULL },
    [STATUS_INTERRUPTED] = { "interrupted", "run again and let it finish" },
};

const char *status_name(enum status s)
{
    return (size_t)s < sizeof statuses / sizeof statuses[0] ? statuses[s].name : "unknown";
}

static bool is_ok(const struct result *r)
{
    return r && r->status == STATUS_OK;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

const struct result *result_find(const struct run *run, const char *name)
{
    for (size_t i = 0; run && name && i < run->nresults; i++)
        if (same(run->results[i].bench.name, name))
            return &run->results[i];
    return NULL;
}

bool result_same_sizes(const struct bench *a, const struct bench *b)
{
    if (!same(a->op, b->op) || !same(a->dtype, b->dtype) || a->nparams != b->nparams)
        return false;
    for (size_t i = 0; i < a->nparams; i++)
        if (!same(a->params[i].name, b->params[i].name) || !same(a->params[i].word, b->params[i].word) ||
            a->params[i].number != b->params[i].number)
            return false;
    return true;
}

static bool same_case(const struct bench *a, const struct bench *b)
{
    return a->threads == b->threads && result_same_sizes(a, b);
}

bool result_same_case(const struct result *a, const struct result *b)
{
    return a->bench.op && same_case(&a->bench, &b->bench);
}

const struct result *result_reference(const struct run *run, const struct result *r)
{
    for (size_t i = 0; run && r->bench.op && i < run->nresults; i++) {
        const struct result *ref = &run->results[i];
        if (is_ok(ref) && same(ref->bench.variant, "ref") && same_case(&ref->bench, &r->bench))
            return ref;
    }
    return NULL;
}

double result_speedup(const struct run *run, const struct result *r)
{
    const struct result *ref = is_ok(r) ? result_reference(run, r) : NULL;
    return ref && r->summary.median > 0 ? ref->summary.median / r->summary.median : NAN;
}

double per_unit(const struct result *r, double seconds)
{
    if (!(r->entry.unit_items > 0))
        return seconds;
    return r->cost.items > 0 ? seconds * r->entry.unit_items / r->cost.items : NAN;
}

static double unit_result(const struct result *r)
{
    return is_ok(r) ? per_unit(r, r->summary.median) : NAN;
}

const char *result_params(struct mem *m, const struct bench *b)
{
    struct buf text = { 0 };
    for (size_t i = 0; i < b->nparams; i++) {
        const struct km_param *p = &b->params[i];
        buf_printf(&text, "%s%s:", i ? "/" : "", p->name);
        if (p->word)
            buf_puts(&text, p->word);
        else
            buf_printf(&text, "%lld", (long long)p->number);
    }
    const char *copy = text.len ? mem_dup(m, buf_text(&text)) : NULL;
    buf_free(&text);
    return copy;
}

/* --- cells ------------------------------------------------------------------------------------------------------- */

/* arg is the offset of a string in struct result. */
static void c_string(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (r->result)
        cell_text(m, c, *(const char *const *)(const void *)((const char *)r->result + arg));
}

/* arg is the offset of a double in struct summary, in seconds. */
static void c_seconds(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (is_ok(r->result))
        cell_seconds(m, c, *(const double *)(const void *)((const char *)&r->result->summary + arg));
}

/* arg is the offset of a size_t in struct summary. */
static void c_size(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (is_ok(r->result))
        cell_count(m, c, (double)*(const size_t *)(const void *)((const char *)&r->result->summary + arg));
}

static void c_iterations(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (is_ok(r->result))
        cell_count(m, c, (double)r->result->summary.iterations);
}

/* The suite's word for what is measured; a benchmark from elsewhere has only its name. */
static void c_component(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_text(m, c, r->result->entry.component ? r->result->entry.component : r->result->bench.name);
}

static void c_section(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_text(m, c, r->result->entry.section ? r->result->entry.section : "Benchmarks");
}

static void c_params(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_text(m, c, result_params(m, &r->result->bench));
}

static void c_threads(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_count(m, c, r->result->bench.threads);
}

static void c_status(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_text(m, c, status_name(r->result->status));
}

static void c_action(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result && (size_t)r->result->status < sizeof statuses / sizeof statuses[0])
        cell_text(m, c, statuses[r->result->status].action);
}

static void c_signal(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result && r->result->signal)
        cell_count(m, c, r->result->signal);
}

static void c_stop(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const char *const names[] = {
        [STOP_NONE] = NULL,     [STOP_PRECISION] = "precision", [STOP_BUDGET] = "budget",
        [STOP_COUNT] = "count", [STOP_INTERRUPT] = "interrupt", [STOP_FAILURE] = "failure",
    };
    (void)arg;
    if (r->result && (size_t)r->result->stop < sizeof names / sizeof names[0])
        cell_text(m, c, names[r->result->stop]);
}

static void c_interval(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (is_ok(r->result) && isfinite(r->result->summary.ci_low) && isfinite(r->result->summary.ci_high))
        cell_text(m, c, show_interval(m, r->result->summary.ci_low, r->result->summary.ci_high));
}

static void c_level(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (is_ok(r->result))
        cell_share(m, c, r->result->summary.ci_level);
}

/* Half the interval's width over the median: "±0.8%". */
static void c_precision(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (!is_ok(r->result))
        return;
    const struct summary *s = &r->result->summary;
    c->number = (s->ci_high - s->ci_low) / 2 / s->median;
    if (isfinite(c->number))
        c->text = mem_printf(m, "±%s", show_share(m, c->number));
}

static void c_cv(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (is_ok(r->result))
        cell_share(m, c, r->result->summary.cv);
}

/* 0 for what the benchmark does not count is no rate. */
static void rate(struct mem *m, struct cell *c, double v, const char *unit)
{
    if (v > 0) {
        c->number = v;
        c->text = unit[0] == ' ' ? mem_printf(m, "%s%s", show_count(m, v), unit) : show_rate(m, v, unit);
    }
}

enum { RATE_OPS, RATE_BYTES, RATE_FLOPS, RATE_ITEMS };

static void c_rate(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    if (!is_ok(r->result))
        return;
    const struct summary *s = &r->result->summary;
    const char *item = r->result->cost.item ? r->result->cost.item : "item";
    switch (arg) {
    case RATE_OPS:
        rate(m, c, s->ops_per_second, " calls/s");
        break;
    case RATE_BYTES:
        rate(m, c, s->bytes_per_second, "B/s");
        break;
    case RATE_FLOPS:
        rate(m, c, s->flops_per_second, "flop/s");
        break;
    default:
        rate(m, c, s->items_per_second, mem_printf(m, " %ss/s", item));
    }
}

/* The rate a reader asks for first: work, else things, else calls. Bytes have their own column. */
static void c_throughput(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    static const size_t order[] = { RATE_FLOPS, RATE_ITEMS, RATE_OPS };
    (void)arg;
    for (size_t i = 0; i < 3 && !c->text; i++)
        c_rate(m, r, order[i], c);
}

static void c_speedup(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_ratio(m, c, result_speedup(r->d->run, r->result));
}

static void c_result(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_seconds(m, c, unit_result(r->result));
}

static void c_unit(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_text(m, c, r->result->entry.unit ? r->result->entry.unit : "per call");
}

static void c_target(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result && isfinite(r->result->entry.target)) {
        c->number = r->result->entry.target;
        c->text = mem_printf(m, "< %s", show_seconds(m, c->number));
    }
}

static double used(const struct result *r)
{
    return r->entry.target > 0 ? unit_result(r) / r->entry.target : NAN;
}

static void c_used(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result)
        cell_share(m, c, used(r->result));
}

static bool fails(const struct result *r)
{
    return r->status != STATUS_OK && r->status != STATUS_UNSUPPORTED;
}

static bool meets(const struct result *r)
{
    return unit_result(r) < r->entry.target;
}

static void c_met(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (r->result && isfinite(r->result->entry.target) && r->result->status != STATUS_UNSUPPORTED)
        cell_text(m, c, meets(r->result) ? "PASS" : "FAIL");
}

static void c_note(struct mem *m, const struct row *r, size_t arg, struct cell *c)
{
    (void)arg;
    if (!r->result)
        return;
    const char *why = r->result->message;
    if (is_ok(r->result))
        c->text = result_flags(m, r->d->run, r->result);
    else
        c->text = mem_printf(m, "%s%s%s", status_name(r->result->status), why ? ": " : "", why ? why : "");
}

#define STRING(member) c_string, offsetof(struct result, member)
#define TIME(member)   c_seconds, offsetof(struct summary, member)
#define SIZE(member)   c_size, offsetof(struct summary, member)

const struct source_column result_columns[] = {
    { "name", { "name", "benchmark", ALIGN_LEFT }, STRING(bench.name), NULL },
    { "family", { "family", "family", ALIGN_LEFT }, STRING(bench.family), NULL },
    { "op", { "op", "operation", ALIGN_LEFT }, STRING(bench.op), NULL },
    { "dtype", { "dtype", "type", ALIGN_LEFT }, STRING(bench.dtype), NULL },
    { "variant", { "variant", "variant", ALIGN_LEFT }, STRING(bench.variant), NULL },
    { "params", { "params", "parameters", ALIGN_LEFT }, c_params, 0, NULL },
    { "threads", { "threads", "threads", ALIGN_RIGHT }, c_threads, 0, NULL },
    { "suite", { "suite", "suite", ALIGN_LEFT }, STRING(entry.suite), NULL },
    { "section", { "section", "section", ALIGN_LEFT }, c_section, 0, NULL },
    { "component", { "component", "component", ALIGN_LEFT }, c_component, 0, NULL },
    { "why", { "why", "why", ALIGN_LEFT }, STRING(entry.why), NULL },
    { "priority", { "priority", "priority", ALIGN_LEFT }, STRING(entry.priority), NULL },
    { "status", { "status", "status", ALIGN_LEFT }, c_status, 0, NULL },
    { "message", { "message", "message", ALIGN_LEFT }, STRING(message), NULL },
    { "signal", { "signal", "signal", ALIGN_RIGHT }, c_signal, 0, NULL },
    { "action", { "action", "what to do", ALIGN_LEFT }, c_action, 0, NULL },
    { "note", { "note", "note", ALIGN_LEFT }, c_note, 0, NULL },
    { "median", { "median_s", "median", ALIGN_RIGHT }, TIME(median), NULL },
    { "mean", { "mean_s", "mean", ALIGN_RIGHT }, TIME(mean), NULL },
    { "min", { "min_s", "min", ALIGN_RIGHT }, TIME(min), NULL },
    { "max", { "max_s", "max", ALIGN_RIGHT }, TIME(max), NULL },
    { "stddev", { "stddev_s", "std. dev.", ALIGN_RIGHT }, TIME(stddev), NULL },
    { "mad", { "mad_s", "MAD", ALIGN_RIGHT }, TIME(mad), NULL },
    { "p5", { "p5_s", "p5", ALIGN_RIGHT }, TIME(p5), NULL },
    { "p25", { "p25_s", "p25", ALIGN_RIGHT }, TIME(p25), NULL },
    { "p75", { "p75_s", "p75", ALIGN_RIGHT }, TIME(p75), NULL },
    { "p95", { "p95_s", "p95", ALIGN_RIGHT }, TIME(p95), NULL },
    { "p99", { "p99_s", "p99", ALIGN_RIGHT }, TIME(p99), NULL },
    { "ci_low", { "ci_low_s", "interval from", ALIGN_RIGHT }, TIME(ci_low), NULL },
    { "ci_high", { "ci_high_s", "interval to", ALIGN_RIGHT }, TIME(ci_high), NULL },
    { "ci_level", { "ci_level", "level", ALIGN_RIGHT }, c_level, 0, NULL },
    { "interval", { "interval", "interval", ALIGN_RIGHT }, c_interval, 0, NULL },
    { "precision", { "precision", "±", ALIGN_RIGHT }, c_precision, 0, NULL },
    { "cv", { "cv", "CV", ALIGN_RIGHT }, c_cv, 0, NULL },
    { "samples", { "samples", "samples", ALIGN_RIGHT }, SIZE(samples), NULL },
    { "rounds", { "rounds", "rounds", ALIGN_RIGHT }, SIZE(rounds), NULL },
    { "iterations", { "iterations", "iterations", ALIGN_RIGHT }, c_iterations, 0, NULL },
    { "mild", { "mild_outliers", "mild outliers", ALIGN_RIGHT }, SIZE(mild_outliers), NULL },
    { "severe", { "severe_outliers", "severe outliers", ALIGN_RIGHT }, SIZE(severe_outliers), NULL },
    { "stop", { "stop", "stopped by", ALIGN_LEFT }, c_stop, 0, NULL },
    { "throughput", { "throughput", "throughput", ALIGN_RIGHT }, c_throughput, 0, NULL },
    { "ops", { "ops_per_s", "calls per second", ALIGN_RIGHT }, c_rate, RATE_OPS, NULL },
    { "bytes", { "bytes_per_s", "bandwidth", ALIGN_RIGHT }, c_rate, RATE_BYTES, NULL },
    { "flops", { "flops_per_s", "arithmetic", ALIGN_RIGHT }, c_rate, RATE_FLOPS, NULL },
    { "items", { "items_per_s", "items per second", ALIGN_RIGHT }, c_rate, RATE_ITEMS, NULL },
    { "speedup", { "speedup", "speed-up", ALIGN_RIGHT }, c_speedup, 0, NULL },
    { "ceiling", { "ceiling_s", "at the ceiling", ALIGN_RIGHT }, cell_ceiling, CEILING_SECONDS, header_ceiling },
    { "share", { "ceiling_share", "share of ceiling", ALIGN_RIGHT }, cell_ceiling, CEILING_SHARE, header_ceiling },
    { "limit", { "limited_by", "limited by", ALIGN_LEFT }, cell_ceiling, CEILING_LIMIT, header_ceiling },
    { "result", { "result_s", "result", ALIGN_RIGHT }, c_result, 0, NULL },
    { "unit", { "unit", "unit", ALIGN_LEFT }, c_unit, 0, NULL },
    { "target", { "target_s", "target", ALIGN_RIGHT }, c_target, 0, NULL },
    { "used", { "target_used", "target used", ALIGN_RIGHT }, c_used, 0, NULL },
    { "met", { "target_met", "target met", ALIGN_LEFT }, c_met, 0, NULL },
    { "rmse", { "rmse", "RMSE", ALIGN_RIGHT }, cell_stated, STATED_RMSE, NULL },
    { "max_error", { "max_error", "largest error", ALIGN_RIGHT }, cell_stated, STATED_MOST, NULL },
    { "cosine", { "cosine", "cosine", ALIGN_RIGHT }, cell_stated, STATED_COSINE, NULL },
    { "kl", { "kl_divergence", "KL divergence", ALIGN_RIGHT }, cell_stated, STATED_KL, NULL },
    { NULL, { NULL, NULL, ALIGN_LEFT }, NULL, 0, NULL },
};

/* --- rows -------------------------------------------------------------------------------------------------------- */

static void rows_where(struct mem *m, const struct report_data *d, struct rows *out,
                       bool (*keep)(const struct result *))
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++)
        if (keep(&d->run->results[i]))
            rows_add(m, out, d)->result = &d->run->results[i];
}

static bool any(const struct result *r)
{
    return r != NULL;
}

static bool unsupported(const struct result *r)
{
    return r->status == STATUS_UNSUPPORTED;
}

void rows_results(struct mem *m, const struct report_data *d, struct rows *out)
{
    rows_where(m, d, out, any);
}

void rows_failures(struct mem *m, const struct report_data *d, struct rows *out)
{
    rows_where(m, d, out, fails);
}

void rows_unsupported(struct mem *m, const struct report_data *d, struct rows *out)
{
    rows_where(m, d, out, unsupported);
}

static bool same_component(const struct result *a, const struct result *b)
{
    return same(a->entry.suite, b->entry.suite) && same(a->entry.section, b->entry.section) &&
           same(a->entry.component, b->entry.component) && (a->entry.component || same(a->bench.name, b->bench.name));
}

/* A measured one beats a failed one, which beats an unsupported one; then the faster one. */
static bool better(const struct result *a, const struct result *b)
{
    int x = is_ok(a) ? 2 : fails(a), y = is_ok(b) ? 2 : fails(b);
    if (x != y || x != 2)
        return x > y;
    double p = unit_result(a), q = unit_result(b);
    return isnan(q) ? !isnan(p) : p < q;
}

void rows_targets(struct mem *m, const struct report_data *d, struct rows *out)
{
    for (size_t i = 0; d->run && i < d->run->nresults; i++) {
        const struct result *r = &d->run->results[i];
        if (!isfinite(r->entry.target))
            continue;
        struct row *have = NULL;
        for (size_t k = 0; k < out->n && !have; k++)
            if (same_component(out->all[k].result, r))
                have = &out->all[k];
        if (!have)
            rows_add(m, out, d)->result = r;
        else if (better(r, have->result))
            have->result = r;
    }
}

const char *targets_summary(struct mem *m, const struct report_data *d)
{
    struct rows rows = { 0 };
    rows_targets(m, d, &rows);
    size_t met = 0;
    for (size_t i = 0; i < rows.n; i++)
        met += meets(rows.all[i].result);
    if (!rows.n)
        return "no targets";
    return mem_printf(m, "%zu of %zu targets met", met, rows.n);
}
