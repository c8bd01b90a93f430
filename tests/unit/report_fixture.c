/* SPDX-License-Identifier: Apache-2.0
 * A run made by hand. Samples come from a small generator with a fixed seed, so that documents are the same bytes. */
#include "tests/unit/report_fixture.h"

#include "reports/file.h"

#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 12, PER_ROUND = 20, NRUNS = 8 };

struct shape {
    const char *op, *dtype, *section, *component, *unit, *priority, *item;
    double unit_items, target, ref_seconds, flops, bytes, items;
    int64_t n;
};

static const struct shape shapes[] = {
    { "bpe_encode", "utf8", "Text", "Tokenization", "per 100 characters", "medium", "character", 100, 10e-6, 42e-6, 0,
      4000, 4000, 4000 },
    { "dequant", "q4_0", "Quantisation", "Q4_0 dequantisation", "per block", "high", "block", 1, 2e-6, 910e-9, 0, 4672,
      32, 32 },
    { "dot", "f32", "Dense", "Dot product 384", NULL, "high", NULL, 0, 1e-6, 231e-9, 768, 3072, 0, 384 },
    { "gemv", "f32", "Dense", "Mat-vec 384×384", NULL, "critical", NULL, 0, 500e-6, 91e-6, 294912, 592896, 0, 384 },
    { "layernorm", "f32", "Dense", "Layer norm 384", NULL, "medium", NULL, 0, 10e-6, 1.21e-6, 3072, 6144, 0, 384 },
    { "kv_read", "f32", "Memory", "KV-cache access", NULL, "high", NULL, 0, 1e-6, 180e-9, 0, 6144, 0, 256 },
    { "arena_alloc", "u8", "Memory", "Arena allocation 1 KiB", NULL, "low", NULL, 0, 0.5e-9, 1.9e-9, 0, 0, 0, 1024 },
};
enum { NSHAPES = sizeof shapes / sizeof shapes[0] };

static const struct {
    const char *name;
    double speed;
} variants[] = { { "ref", 1 }, { "auto", 2.7 }, { "neon", 1 }, { "avx2", 7.4 }, { "avx512", 11.9 } };
enum { NVARIANTS = sizeof variants / sizeof variants[0] };

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* --- one result -------------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(const double *x, size_t n, double q)
{
    double place = q * (double)(n - 1);
    size_t i = (size_t)place;
    return i + 1 < n ? x[i] + (place - (double)i) * (x[i + 1] - x[i]) : x[i];
}

static void fill_moments(const double *x, size_t n, struct summary *s)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    s->mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - s->mean) * (x[i] - s->mean);
    s->stddev = sqrt(squares / (double)(n - 1));
    s->cv = s->stddev / s->mean;
}

static void fill_summary(struct mem *m, struct result *r)
{
    size_t n = r->nsamples;
    double *x = mem_array(m, n, sizeof *x);
    memcpy(x, r->samples, n * sizeof *x);
    qsort(x, n, sizeof *x, ascending);
    struct summary *s = &r->summary;
    *s = (struct summary){ .iterations = n * 1000, .samples = n, .rounds = r->nrounds, .trend_slope = NAN };
    fill_moments(x, n, s);
    s->min = x[0];
    s->max = x[n - 1];
    s->p5 = at(x, n, 0.05);
    s->p25 = at(x, n, 0.25);
    s->median = at(x, n, 0.5);
    s->p75 = at(x, n, 0.75);
    s->p95 = at(x, n, 0.95);
    s->p99 = at(x, n, 0.99);
    s->mad = (s->p75 - s->p25) / 2;
    s->ci_low = at(x, n, 0.44);
    s->ci_high = at(x, n, 0.56);
    s->sample_ci_low = s->ci_low;
    s->sample_ci_high = s->ci_high;
    s->ci_level = 0.95;
    s->ops_per_second = 1 / s->median;
    s->bytes_per_second = r->cost.bytes > 0 ? r->cost.bytes / s->median : NAN;
    s->flops_per_second = r->cost.flops > 0 ? r->cost.flops / s->median : NAN;
    s->items_per_second = r->cost.items > 0 ? r->cost.items / s->median : NAN;
    s->rule_outliers = s->max - s->median > 3 * s->stddev;
}

static void fill_samples(struct mem *m, struct result *r, double seconds, uint64_t *state)
{
    r->nrounds = ROUNDS;
    r->rounds = mem_array(m, ROUNDS, sizeof *r->rounds);
    r->nsamples = ROUNDS * PER_ROUND;
    r->samples = mem_array(m, r->nsamples, sizeof *r->samples);
    for (size_t i = 0; i < r->nsamples; i++) {
        if (i % PER_ROUND == 0)
            r->rounds[i / PER_ROUND] = (struct round){ i, PER_ROUND, 1000, (double)i / 100, seconds };
        double noise = (uniform(state) + uniform(state) + uniform(state) - 1.5) * 0.02;
        double tail = uniform(state) > 0.985 ? uniform(state) * 0.6 : 0;
        r->samples[i] = seconds * (1 + noise + tail);
    }
    r->stop = STOP_PRECISION;
    r->status = STATUS_OK;
    fill_summary(m, r);
}

static struct result make_result(struct mem *m, const struct shape *k, size_t variant, double factor, uint64_t *state)
{
    struct km_param *p = mem_alloc(m, sizeof *p);
    *p = (struct km_param){ "n", NULL, k->n };
    const char *family = mem_printf(m, "%s/%s/%s", k->op, k->dtype, variants[variant].name);
    struct result r = {
        .bench = { mem_printf(m, "%s/n:%lld", family, (long long)k->n), family, k->op, k->dtype, variants[variant].name,
                   p, 1, 1, "definition", "0123456789abcdef" },
        .entry = { "core", k->section, k->component, "It is in every token.", k->unit, k->unit_items, k->target,
                   k->priority, 0.10, NULL },
        .cost = { k->flops, k->bytes, k->items, k->item },
    };
    if (strcmp(variants[variant].name, "neon") == 0) {
        r.status = STATUS_UNSUPPORTED;
        r.message = "this CPU has no NEON";
        return r;
    }
    fill_samples(m, &r, k->ref_seconds / variants[variant].speed * factor, state);
    r.metrics = mem_array(m, 2, sizeof *r.metrics);
    r.nmetrics = 2;
    r.metrics[0] = (struct metric){ .name = "instructions", .value = 1234.5 * (double)(variant + 1) };
    r.metrics[1] = (struct metric){ .name = "cache misses",
                                    .value = NAN,
                                    .why = "the kernel does not let us (perf_event_paranoid is 4)" };
    return r;
}

/* --- the run ----------------------------------------------------------------------------------------------------- */

static struct facts copy_facts(struct mem *m, const struct fact *all, size_t n)
{
    struct facts f = { mem_array(m, n, sizeof *all), n };
    memcpy(f.all, all, n * sizeof *all);
    return f;
}
#define FACTS(m, a) copy_facts(m, a, sizeof(a) / sizeof(a)[0])

static const struct fact host_facts[] = {
    { "cpu.model", "CPU", "Example CPU @ 2.10GHz", NULL },
    { "cpu.isa", "SIMD instructions", "avx2 fma f16c avx512f avx512bw avx512vl avx512_vnni", NULL },
    { "cpu.cores", "Cores", "2", NULL },
    { "cpu.cache", "Caches", "48 KiB L1d, 2 MiB L2, 260 MiB L3", NULL },
    { "memory.size", "Memory", "8 GiB", NULL },
    { "memory.speed", "Memory speed", NULL, "only root may read the SMBIOS table" },
    { "kernel", "Kernel", "Linux 6.1.0", NULL },
    { "hypervisor", "Hypervisor", "KVM", NULL },
};
static const struct fact build_facts[] = {
    { "compiler", "Compiler", "gcc 12.2.0", NULL },
    { "flags.avx512", "Flags of AVX-512 code", "-O3 -g -mavx2 -mfma -mavx512f", NULL },
};
static const struct fact before_facts[] = {
    { "load.1", "Load, 1 minute", "0.42", NULL },
    { "temperature", "Temperature", NULL, "no thermal zone" },
};
static const struct fact after_facts[] = { { "load.1", "Load, 1 minute", "1.08", NULL } };

static struct run *make_run(struct mem *m, int64_t id, double factor)
{
    struct run *run = mem_alloc(m, sizeof *run);
    uint64_t state = 7 * (uint64_t)id;
    *run = (struct run){ .id = id,
                         .uuid = "00112233445566778899aabbccddeeff",
                         .started = 1700000000.0 + 86400.0 * (double)id,
                         .finished = 1700000093.0 + 86400.0 * (double)id,
                         .state = RUN_COMPLETE,
                         .suites = "core",
                         .profile = "quick",
                         .command = "kernmark run suites/core.yaml",
                         .version = "0.1.0",
                         .seed = 42 };
    run->host = (struct host){ "feedfacecafebeef", "testhost", FACTS(m, host_facts), 1 };
    run->build = (struct build){ "0badf00d0badf00d", FACTS(m, build_facts), 1 };
    run->commit = (struct commit){ mem_printf(m, "%02llx34567890abcdef1234567890abcdef12345678", (long long)(16 + id)),
                                   NULL,
                                   "main",
                                   "2023-11-20T12:00:00Z",
                                   "gemv: unroll four rows",
                                   id == NRUNS,
                                   NULL };
    run->before = FACTS(m, before_facts);
    run->after = FACTS(m, after_facts);
    run->results = mem_array(m, NSHAPES * NVARIANTS, sizeof *run->results);
    for (size_t i = 0; i < NSHAPES; i++)
        for (size_t v = 0; v < NVARIANTS; v++)
            if (i + 1 < NSHAPES || v < 2)
                run->results[run->nresults++] = make_result(m, &shapes[i], v, i == 3 ? factor : 1, &state);
    return run;
}

/* What the remarks and the failures are made of. */
static void disturb(struct mem *m, struct run *run)
{
    struct result *r = run->results;
    r[1].summary.multimodal = true;
    for (size_t i = 0; i < r[5].nsamples; i += 2)
        r[5].samples[i] *= 1.3;
    fill_summary(m, &r[5]);
    r[5].summary.multimodal = true;
    r[6].summary.trend = true;
    r[6].summary.trend_slope = 0.062;
    r[10].stop = STOP_BUDGET;
    r[10].summary.ci_low = r[10].summary.median * 0.96;
    r[11].summary.rounds = 3;
    r[13].summary.p75 = r[13].summary.p25 * 1.12;
    r[15].summary.severe_outliers = 15;
    r[28].status = STATUS_CRASHED;
    r[28].signal = 11;
    r[28].message = "Segmentation fault after 3 rounds";
    r[28].nsamples = 0;
}

/* --- verdicts and history ---------------------------------------------------------------------------------------- */

static struct verdict *make_verdicts(struct mem *m, const struct run *base, const struct run *run, size_t *n)
{
    struct verdict *v = mem_array(m, run->nresults, sizeof *v);
    *n = 0;
    for (size_t i = 0; i < run->nresults; i++) {
        const struct summary *a = &base->results[i].summary, *b = &run->results[i].summary;
        if (run->results[i].status == STATUS_UNSUPPORTED)
            continue;
        double ratio = b->median / a->median;
        bool failed = run->results[i].status != STATUS_OK;
        v[(*n)++] = (struct verdict){
            .cmp = { run->results[i].bench.name, a->median, failed ? NAN : b->median, failed ? NAN : ratio,
                     failed ? NAN : ratio - 0.02, failed ? NAN : ratio + 0.02, 0.95, failed ? NAN : 0.5, 12, 12, 0.04,
                     0.05, NULL },
            .decision = failed        ? DECISION_FAILED
                        : ratio > 1.1 ? DECISION_REGRESSED
                                      : DECISION_EQUIVALENT,
            .threshold = 0.10,
            .p_adjusted = failed ? NAN : 1,
            .reason = failed        ? "the current run has no time for it"
                      : ratio > 1.1 ? "slower than the threshold and the noise floor"
                                    : "the interval lies inside the threshold",
        };
    }
    return v;
}

static struct series *make_history(struct mem *m, const struct run *run, size_t *n)
{
    struct series *all = mem_array(m, run->nresults, sizeof *all);
    struct run *runs[NRUNS + 1];
    uint64_t state = 99;
    *n = 0;
    for (int64_t k = 1; k <= NRUNS; k++)
        runs[k] = make_run(m, k, 1);
    for (size_t i = 0; i < run->nresults; i++) {
        if (run->results[i].status == STATUS_UNSUPPORTED)
            continue;
        struct series *s = &all[(*n)++];
        *s = (struct series){ run->results[i].bench.name, mem_array(m, NRUNS, sizeof *s->points), NRUNS };
        for (int64_t k = 1; k <= NRUNS; k++) {
            double t =
                run->results[i].summary.median * (1 + 0.02 * (uniform(&state) - 0.5)) * (k < 5 && i == 19 ? 1.4 : 1);
            bool ok = run->results[i].status == STATUS_OK || k < NRUNS;
            s->points[k - 1] = (struct point){ k,
                                               runs[k]->started,
                                               runs[k]->commit,
                                               "b",
                                               "h",
                                               ok ? t : NAN,
                                               t * 0.985,
                                               t * 1.015,
                                               12,
                                               ok ? STATUS_OK : STATUS_CRASHED };
        }
    }
    return all;
}

/* One finding of each kind; `text`, if any, in everything that a machine says. */
static const struct finding *make_findings(struct mem *m, const char *text, size_t *n)
{
    const struct finding all[] = {
        { "steal", "Stolen CPU time", FITNESS_UNFIT, text ? text : "12% of the CPU time while watched",
          "samples are longer", text, text },
        { "governor", "Frequency governor", FITNESS_ADVICE, text ? text : "powersave", "a mix of frequencies",
          text ? text : "echo performance | sudo tee /sys/x", text ? text : "echo powersave | sudo tee /sys/x" },
        { "thp", "Transparent huge pages", FITNESS_GOOD, text ? text : "madvise", NULL, NULL, NULL },
        { "turbo", "Turbo", FITNESS_UNKNOWN, text ? text : "not available: no file", NULL, NULL, NULL },
    };
    *n = sizeof all / sizeof *all;
    return memcpy(mem_alloc(m, sizeof all), all, sizeof all);
}

struct report_data fixture_data(struct mem *m)
{
    struct run *base = make_run(m, NRUNS - 1, 1), *run = make_run(m, NRUNS, 1.22);
    struct report_data d = { .run = run, .base = base, .generated = 1700700000.0 };
    disturb(m, run);
    d.verdicts = make_verdicts(m, base, run, &d.nverdicts);
    d.history = make_history(m, run, &d.nhistory);
    d.findings = make_findings(m, NULL, &d.nfindings);
    d.unfit = "12% of the CPU time was stolen by the hypervisor (limit 5%)";
    return d;
}

struct run *fixture_bare_run(struct mem *m, size_t n)
{
    struct run *run = mem_alloc(m, sizeof *run);
    *run = (struct run){ .id = 1, .started = NAN, .finished = NAN };
    run->results = mem_array(m, n, sizeof *run->results);
    run->nresults = n;
    for (size_t i = 0; i < n; i++) {
        struct summary *s = &run->results[i].summary;
        double *numbers[] = { &s->min,
                              &s->max,
                              &s->mean,
                              &s->median,
                              &s->stddev,
                              &s->mad,
                              &s->cv,
                              &s->p5,
                              &s->p25,
                              &s->p75,
                              &s->p95,
                              &s->p99,
                              &s->ci_low,
                              &s->ci_high,
                              &s->ci_level,
                              &s->sample_ci_low,
                              &s->sample_ci_high,
                              &s->ops_per_second,
                              &s->bytes_per_second,
                              &s->flops_per_second,
                              &s->items_per_second,
                              &s->trend_slope,
                              &run->results[i].entry.target };
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            *numbers[k] = NAN;
        run->results[i].bench.name = mem_printf(m, "bare/%zu", i);
    }
    return run;
}

/* --- hostile texts ----------------------------------------------------------------------------------------------- */

static void spoil_facts(struct mem *m, struct facts *f, const char *text)
{
    for (size_t i = 0; i < f->n; i++) {
        f->all[i].title = text;
        f->all[i].value = i % 2 ? NULL : text;
        f->all[i].why = mem_printf(m, "%s%zu", text, i);
    }
}

static void spoil_result(struct mem *m, struct result *r, const char *text, size_t i)
{
    r->bench.name = mem_printf(m, "%s%zu", text, i);
    r->bench.family = r->entry.suite = r->message = r->entry.why = r->entry.priority = text;
    r->entry.section = mem_printf(m, "%s%zu", text, i / 10);
    r->entry.component = mem_printf(m, "%s%zu", text, i / 5);
    r->entry.unit = r->cost.item = text;
    if (i % 7 == 3)
        r->bench.variant = text;
    for (size_t k = 0; k < r->nmetrics; k++)
        r->metrics[k].name = r->metrics[k].unit = r->metrics[k].why = text;
}

static void spoil_run(struct mem *m, struct run *run, const char *text)
{
    run->suites = run->profile = run->command = run->version = run->uuid = text;
    run->host.name = run->host.fingerprint = run->build.hash = text;
    run->commit = (struct commit){ text, text, text, text, text, true, text };
    spoil_facts(m, &run->host.facts, text);
    spoil_facts(m, &run->build.facts, text);
    spoil_facts(m, &run->before, text);
    spoil_facts(m, &run->after, text);
    for (size_t i = 0; i < run->nresults; i++)
        spoil_result(m, &run->results[i], text, i);
}

struct report_data fixture_hostile(struct mem *m, const char *text)
{
    struct report_data d = fixture_data(m);
    struct run *run = (struct run *)(size_t)d.run;
    spoil_run(m, run, text);
    spoil_run(m, (struct run *)(size_t)d.base, text);
    d.verdicts = make_verdicts(m, d.base, run, &d.nverdicts);
    d.history = make_history(m, run, &d.nhistory);
    d.findings = make_findings(m, text, &d.nfindings);
    d.unfit = text;
    for (size_t i = 0; i < d.nverdicts; i++) {
        struct verdict *v = (struct verdict *)(size_t)&d.verdicts[i];
        v->reason = v->cmp.warning = text;
    }
    for (size_t i = 0; i < d.nhistory; i++)
        for (size_t k = 0; k < d.history[i].n; k++)
            d.history[i].points[k].commit = run->commit;
    return d;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

const char *fixture_folder(struct mem *m)
{
    const char *base = getenv("TMPDIR");
    char *path = mem_printf(m, "%s/kernmark-test-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

void fixture_remove(const char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void fixture_golden(const char *name, const char *text)
{
    struct mem m = { 0 };
    struct err e = { 0 };
    struct buf want = { 0 };
    const char *path = mem_printf(&m, "tests/data/report_golden/%s", name);
    if (getenv("KM_UPDATE_GOLDEN")) {
        struct buf have = { 0 };
        buf_puts(&have, text);
        assert_int_equal(file_mkdirs("tests/data/report_golden", &e), 0);
        assert_int_equal(file_write(path, &have, &e), 0);
        buf_free(&have);
    }
    if (file_read(path, &want, &e))
        fail_msg("%s (KM_UPDATE_GOLDEN=1 writes it)", e.text);
    assert_string_equal(text, buf_text(&want));
    buf_free(&want);
    mem_free(&m);
}
