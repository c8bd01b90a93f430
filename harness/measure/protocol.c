/* SPDX-License-Identifier: Apache-2.0
 * The worker protocol, encoded and decoded. */
#include "harness/measure/protocol.h"

#include "harness/base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* --- lines ------------------------------------------------------------------------------------------------------ */

static void separate(struct buf *b)
{
    if (b->len && b->data[b->len - 1] != '\n')
        buf_putc(b, ' ');
}

void wire_word(struct buf *b, const char *word)
{
    separate(b);
    if (!word || !*word)
        buf_putc(b, '%');
    for (const char *p = word; p && *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c > ' ' && c < 0x7f && c != '%')
            buf_putc(b, *p);
        else
            buf_printf(b, "%%%02x", c);
    }
}

void wire_number(struct buf *b, uint64_t number)
{
    separate(b);
    buf_printf(b, "%" PRIu64, number);
}

void wire_real(struct buf *b, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    separate(b);
    buf_printf(b, "%016" PRIx64, bits);
}

void wire_end(struct buf *b)
{
    buf_putc(b, '\n');
}

struct wire wire_read(char *line)
{
    return (struct wire){ .at = line };
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes one word where it stands. NUL has no place in a C string, so %00 is a mistake. */
static int decode(char *word)
{
    if (!strcmp(word, "%")) {
        *word = '\0';
        return 0;
    }
    char *out = word;
    for (const char *p = word; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f)
            return -1;
        if (*p != '%') {
            *out++ = *p;
            continue;
        }
        int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
        if (low < 0 || high * 16 + low == 0)
            return -1;
        *out++ = (char)(high * 16 + low);
        p += 2;
    }
    *out = '\0';
    return *word ? 0 : -1;
}

const char *wire_take(struct wire *w)
{
    char *word = w->at;
    if (w->bad || !word) {
        w->bad = true;
        return NULL;
    }
    char *end = strchr(word, ' ');
    w->at = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    if (!*word || decode(word)) {
        w->bad = true;
        return NULL;
    }
    return word;
}

bool wire_take_number(struct wire *w, uint64_t max, uint64_t *number)
{
    const char *word = wire_take(w);
    uint64_t n = 0;
    *number = 0;
    if (!word || !*word)
        w->bad = true;
    for (const char *p = word; !w->bad && *p; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            w->bad = true;
        else
            n = n * 10 + digit;
    }
    w->bad = w->bad || n > max;
    if (!w->bad)
        *number = n;
    return !w->bad;
}

bool wire_take_real(struct wire *w, double *number)
{
    const char *word = wire_take(w);
    uint64_t bits = 0;
    *number = NAN;
    if (!word || strlen(word) != 16)
        w->bad = true;
    for (int i = 0; !w->bad && i < 16; i++) {
        int digit = hex_digit(word[i]);
        w->bad = digit < 0;
        bits = bits << 4 | (uint64_t)(digit & 15);
    }
    if (!w->bad)
        memcpy(number, &bits, sizeof bits);
    return !w->bad;
}

bool wire_take_exactly(struct wire *w, const char *word)
{
    const char *got = wire_take(w);
    if (!got || strcmp(got, word))
        w->bad = true;
    return !w->bad;
}

bool wire_done(const struct wire *w)
{
    return !w->bad && !w->at;
}

/* --- messages --------------------------------------------------------------------------------------------------- */

void wire_put_job(struct buf *b, const struct wire_job *job)
{
    const char *words[] = { "job", job->op, job->dtype, job->variant, job->name };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        wire_word(b, words[i]);
    wire_number(b, job->seed);
    wire_number(b, job->run_seed);
    wire_number(b, job->round);
    wire_number(b, job->threads);
    wire_word(b, job->data_dir);
    wire_word(b, job->fake);
    wire_word(b, job->counters);
    wire_number(b, job->nparams);
    for (size_t i = 0; i < job->nparams; i++) {
        const struct km_param *p = &job->params[i];
        wire_word(b, p->name);
        wire_word(b, p->word ? "w" : "n");
        if (p->word)
            wire_word(b, p->word);
        else
            wire_number(b, (uint64_t)p->number);
    }
}

static void take_param(struct wire *w, struct km_param *p)
{
    uint64_t number = 0;
    p->name = wire_take(w);
    const char *kind = wire_take(w);
    if (kind && !strcmp(kind, "w"))
        p->word = wire_take(w);
    else if (!kind || strcmp(kind, "n"))
        w->bad = true;
    else
        wire_take_number(w, UINT64_MAX, &number);
    p->number = (int64_t)number;
}

int wire_get_job(struct mem *m, struct wire *w, struct wire_job *out)
{
    uint64_t n;
    *out = (struct wire_job){ .op = wire_take(w) };
    out->dtype = wire_take(w);
    out->variant = wire_take(w);
    out->name = wire_take(w);
    wire_take_number(w, UINT64_MAX, &out->seed);
    wire_take_number(w, UINT64_MAX, &out->run_seed);
    wire_take_number(w, UINT64_MAX, &out->round);
    wire_take_number(w, WIRE_THREADS_MAX, &out->threads);
    out->data_dir = wire_take(w);
    out->fake = wire_take(w);
    out->counters = wire_take(w);
    if (!wire_take_number(w, WIRE_PARAMS_MAX, &n))
        return -1;
    struct km_param *params = mem_array(m, (size_t)n, sizeof *params);
    for (size_t i = 0; i < n; i++)
        take_param(w, &params[i]);
    out->params = params;
    out->nparams = (size_t)n;
    return wire_done(w) ? 0 : -1;
}

void wire_put_ready(struct buf *b, const struct wire_ready *ready)
{
    wire_word(b, "ready");
    wire_real(b, ready->cost.flops);
    wire_real(b, ready->cost.bytes);
    wire_real(b, ready->cost.items);
    wire_word(b, ready->cost.item);
    wire_word(b, ready->clock);
    wire_number(b, ready->resolution);
    wire_number(b, ready->clock_cost);
}

static void take_cost(struct wire *w, double *number)
{
    if (wire_take_real(w, number) && !(*number >= 0 && isfinite(*number)))
        w->bad = true;
}

int wire_get_ready(struct wire *w, struct wire_ready *out)
{
    *out = (struct wire_ready){ .clock = NULL };
    take_cost(w, &out->cost.flops);
    take_cost(w, &out->cost.bytes);
    take_cost(w, &out->cost.items);
    out->cost.item = wire_take(w);
    out->clock = wire_take(w);
    wire_take_number(w, 1000000000, &out->resolution);
    wire_take_number(w, 1000000000, &out->clock_cost);
    return wire_done(w) ? 0 : -1;
}

void wire_put_samples(struct buf *b, const struct wire_samples *samples)
{
    wire_word(b, "samples");
    wire_number(b, samples->count);
    wire_number(b, samples->cpu);
    wire_number(b, samples->faults);
    wire_number(b, samples->switches);
    for (uint64_t i = 0; i < samples->count; i++)
        wire_number(b, samples->ns[i]);
}

int wire_get_samples(struct wire *w, uint64_t expected, struct wire_samples *out)
{
    if (!wire_take_number(w, expected, &out->count) || out->count != expected)
        return -1;
    wire_take_number(w, WIRE_TIME_MAX, &out->cpu);
    wire_take_number(w, WIRE_TIME_MAX, &out->faults);
    wire_take_number(w, WIRE_TIME_MAX, &out->switches);
    for (uint64_t i = 0; i < expected; i++)
        wire_take_number(w, WIRE_TIME_MAX, &out->ns[i]);
    return wire_done(w) ? 0 : -1;
}

void wire_put_metrics(struct buf *b, const struct metric *rows, size_t n)
{
    wire_word(b, "counters");
    wire_number(b, n);
    for (size_t i = 0; i < n; i++) {
        wire_word(b, rows[i].name);
        wire_word(b, rows[i].unit);
        wire_real(b, rows[i].value);
        wire_word(b, rows[i].why);
    }
}

/* A missing number must say why; a number that is there must be a possible count. */
static void take_metric(struct wire *w, struct metric *row)
{
    row->name = wire_take(w);
    row->unit = wire_take(w);
    wire_take_real(w, &row->value);
    row->why = wire_take(w);
    if (w->bad)
        return;
    bool missing = isnan(row->value);
    if (missing != (*row->why != '\0') || (!missing && !(row->value >= 0 && isfinite(row->value))))
        w->bad = true;
    if (!missing)
        row->why = NULL;
}

int wire_get_metrics(struct wire *w, struct metric rows[WIRE_METRICS_MAX], size_t *n)
{
    uint64_t count;
    if (!wire_take_number(w, WIRE_METRICS_MAX, &count))
        return -1;
    for (uint64_t i = 0; i < count; i++)
        take_metric(w, &rows[i]);
    *n = (size_t)count;
    return wire_done(w) ? 0 : -1;
}

/* Is the character of that length a control character? Those of Latin-1 (U+0080 to U+009F) are some too. */
static bool is_control(const char *p, size_t len)
{
    unsigned char first = (unsigned char)p[0];
    if (len == 1)
        return first < ' ' || first == 0x7f;
    return len == 2 && first == 0xc2 && (unsigned char)p[1] < 0xa0;
}

void wire_clean(char *text)
{
    char *out = text;
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        size_t len = utf8_length(p, (size_t)(end - p));
        if (len && !is_control(p, len)) {
            memmove(out, p, len);
            out += len;
        } else {
            *out++ = len ? ' ' : '?';
        }
        p += len ? len : 1;
    }
    while (out > text && out[-1] == ' ')
        out--;
    *out = '\0';
    size_t lead = strspn(text, " ");
    memmove(text, text + lead, strlen(text + lead) + 1);
}
