/* SPDX-License-Identifier: Apache-2.0
 * Google Benchmark's JSON: any file is refused with a message, or read into a run that obeys the contract of
 * gbench_read() and that gbench_write() writes as valid JSON which reads back as the same benchmarks. */
#include "harness/format/gbench.h"
#include "harness/import/gbench_read.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The reader takes a path, so the bytes become a file without a name. */
static int read_bytes(struct mem *m, const void *bytes, size_t len, struct run *run, struct err *e)
{
    char path[64];
    int fd = memfd_create("gbench", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = gbench_read(m, path, run, e);
    close(fd);
    return rc;
}

static void check_result(const struct result *r)
{
    FUZZ_CHECK(r->bench.name && *r->bench.name);
    FUZZ_CHECK(strlen(r->bench.hash) == 16);
    FUZZ_CHECK(r->bench.threads >= 1);
    FUZZ_CHECK(r->nsamples == r->nrounds);
    FUZZ_CHECK(r->status != STATUS_OK || r->nsamples > 0);
    for (size_t i = 0; i < r->nsamples; i++)
        FUZZ_CHECK(r->samples[i] >= 0 && r->rounds[i].first == i && r->rounds[i].count == 1);
}

static void check_written(const struct run *run)
{
    char *text = NULL;
    size_t len = 0;
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct run again;
    json_error_t why;
    FILE *f = open_memstream(&text, &len);
    FUZZ_CHECK(f && gbench_write(f, run, &e) == 0 && fclose(f) == 0);
    json_t *root = json_loadb(text, len, 0, &why);
    FUZZ_CHECK(root);
    json_decref(root);
    FUZZ_CHECK(read_bytes(&m, text, len, &again, &e) == 0);
    FUZZ_CHECK(again.nresults <= run->nresults);
    mem_free(&m);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mem m = { 0 };
    struct err e = { .text = "" };
    struct run run;
    if (read_bytes(&m, data, size, &run, &e)) {
        FUZZ_CHECK(e.kind == EXIT_USAGE && *e.text);
    } else {
        for (size_t i = 0; i < run.nresults; i++)
            check_result(&run.results[i]);
        check_written(&run);
    }
    mem_free(&m);
    return 0;
}
