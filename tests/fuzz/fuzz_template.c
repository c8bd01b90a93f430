/* SPDX-License-Identifier: Apache-2.0
 * Document templates: any text is refused with "t.md:line: ..." or renders. What the check lets pass must render, over
 * a run whose names hold everything that Markdown gives a meaning. */
#include "reports/template.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

static struct result result_of(const char *name, enum status status, const char *message)
{
    struct result r = { .status = status, .message = message };
    r.bench =
        (struct bench){ .name = name, .family = name, .op = "dot", .dtype = "f32", .variant = "ref", .threads = 1 };
    strcpy(r.bench.hash, "0123456789abcdef");
    r.entry = (struct entry){ .suite = "s", .section = "A|B", .component = "`c`", .target = 1e-6, .threshold = 0.1 };
    r.summary =
        (struct summary){ .samples = 3, .rounds = 3, .median = 1e-6, .mean = 1e-6, .ci_low = NAN, .ci_high = 2 };
    return r;
}

static void render(const char *text, const struct report_data *data)
{
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct buf out = { 0 };
    struct figures figures = { .link = "x" };
    struct template t = { "t.md", text, data, &figures };
    bool good = template_check(&m, &t, &e) == 0;
    FUZZ_CHECK(good || (e.kind == EXIT_USAGE && !strncmp(e.text, "t.md:", 5)));
    for (size_t i = 0; i < FIGURES_MAX; i++)
        figures.drawings[i].why = "no drawing here";
    if (good)
        FUZZ_CHECK(template_render(&m, &t, &out, &e) == 0);
    buf_free(&out);
    mem_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result results[] = {
        result_of("dot/f32/ref/n:1", STATUS_OK, NULL),
        result_of("{{each}} | <b> $item `x`", STATUS_CRASHED, "killed | {{end}}"),
        result_of("[*?]", STATUS_UNSUPPORTED, "no AVX"),
    };
    struct run run = { .id = 1, .uuid = "0", .finished = NAN, .results = results, .nresults = 3 };
    struct verdict verdict = { .cmp = { .name = "dot/f32/ref/n:1", .ratio = 1.2 }, .decision = DECISION_REGRESSED };
    struct report_data d = { .run = &run, .verdicts = &verdict, .nverdicts = 1 };
    char *text = strndup((const char *)data, size);
    render(text, &d);
    free(text);
    return 0;
}
