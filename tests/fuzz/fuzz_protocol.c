/* SPDX-License-Identifier: Apache-2.0
 * Lines between runner and worker: any line is a mistake, or says the same after it is written and read again; and any
 * text is one printable line after wire_clean(). */
#include "harness/base/utf8.h"
#include "harness/measure/protocol.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

enum { EXPECTED = 5 };

/* What was written for a message that was read; compared with what is written for it read again. */
typedef bool reader(struct wire *w, struct buf *again);

static bool again_job(struct wire *w, struct buf *again)
{
    struct mem m = { 0 };
    struct wire_job job;
    bool ok = wire_get_job(&m, w, &job) == 0;
    if (ok)
        wire_put_job(again, &job);
    mem_free(&m);
    return ok;
}

static bool again_ready(struct wire *w, struct buf *again)
{
    struct wire_ready ready;
    bool ok = wire_get_ready(w, &ready) == 0;
    if (ok) {
        FUZZ_CHECK(isfinite(ready.cost.flops) && ready.cost.flops >= 0);
        wire_put_ready(again, &ready);
    }
    return ok;
}

static bool again_samples(struct wire *w, struct buf *again)
{
    uint64_t ns[EXPECTED];
    struct wire_samples samples = { .ns = ns };
    bool ok = wire_get_samples(w, EXPECTED, &samples) == 0;
    if (ok)
        wire_put_samples(again, &samples);
    return ok;
}

static bool again_metrics(struct wire *w, struct buf *again)
{
    struct metric rows[WIRE_METRICS_MAX];
    size_t n;
    bool ok = wire_get_metrics(w, rows, &n) == 0;
    if (ok) {
        FUZZ_CHECK(n <= WIRE_METRICS_MAX);
        wire_put_metrics(again, rows, n);
    }
    return ok;
}

static const struct {
    const char *word;
    reader *read;
} messages[] = {
    { "job", again_job }, { "ready", again_ready }, { "samples", again_samples }, { "counters", again_metrics }
};

/* What one line says, in the writer's own words; false if it is a mistake. The line is destroyed. */
static bool normal(char *line, struct buf *out)
{
    struct wire w = wire_read(line);
    uint64_t number;
    if (!wire_take_number(&w, UINT64_MAX, &number))
        return false;
    const char *word = wire_take(&w);
    wire_number(out, number);
    for (size_t i = 0; word && i < sizeof messages / sizeof *messages; i++)
        if (!strcmp(word, messages[i].word))
            return messages[i].read(&w, out);
    return false;
}

static void check_line(const char *line)
{
    struct buf first = { 0 }, second = { 0 };
    char *copy = strdup(line);
    if (normal(copy, &first)) {
        char *again = strdup(buf_text(&first));
        FUZZ_CHECK(normal(again, &second));
        FUZZ_CHECK(!strcmp(buf_text(&first), buf_text(&second)));
        free(again);
    }
    free(copy);
    buf_free(&first);
    buf_free(&second);
}

static void check_clean(char *text)
{
    size_t before = strlen(text);
    wire_clean(text);
    size_t len = strlen(text);
    FUZZ_CHECK(len <= before);
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length(text + i, len - i);
        FUZZ_CHECK(n > 0 && (unsigned char)text[i] >= ' ' && text[i] != 0x7f);
        i += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size), *save = NULL;
    char *copy = strdup(text);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        check_line(line);
    free(copy);
    check_clean(text);
    free(text);
    return 0;
}
