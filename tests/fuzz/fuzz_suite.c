/* SPDX-License-Identifier: Apache-2.0
 * Suite files: any text is refused with "file:line:column: ..." or gives a suite whose profiles all resolve. */
#include "harness/plan/suite.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

static void check_bench(const struct suite_bench *b)
{
    FUZZ_CHECK(b->op && b->dtype);
    FUZZ_CHECK(b->entry.section && b->entry.component && b->entry.why);
    FUZZ_CHECK(b->entry.threshold > 0);
    for (size_t i = 0; i < b->nparams; i++)
        FUZZ_CHECK(b->params[i].name && b->params[i].nvalues > 0);
    for (size_t i = 0; i < b->nthreads; i++)
        FUZZ_CHECK(b->threads[i].word || b->threads[i].number >= 1);
    for (size_t i = 0; i < b->ntargets; i++)
        FUZZ_CHECK(b->targets[i].seconds > 0 && isfinite(b->targets[i].seconds));
}

static void check_profile(const struct suite *s, const char *name)
{
    struct settings settings;
    struct err e = { .text = "" };
    FUZZ_CHECK(suite_settings(s, name, &settings, &e) == 0);
    FUZZ_CHECK(settings.min_rounds >= 1 && settings.max_rounds >= settings.min_rounds);
    FUZZ_CHECK(settings.samples >= 1 && settings.timeout_seconds > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct suite s;
    if (suite_parse(&m, "f.yaml", (const char *)data, size, &s, &e)) {
        FUZZ_CHECK(e.kind == EXIT_USAGE && !strncmp(e.text, "f.yaml:", 7));
    } else {
        FUZZ_CHECK(s.name && s.title && s.why);
        for (size_t i = 0; i < s.nbenches; i++)
            check_bench(&s.benches[i]);
        for (size_t i = 0; i < s.nprofiles; i++)
            check_profile(&s, s.profiles[i].name);
        check_profile(&s, "quick");
    }
    mem_free(&m);
    return 0;
}
