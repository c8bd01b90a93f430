/* SPDX-License-Identifier: Apache-2.0
 * A conversation with one worker, and what its end means. */
#include "harness/measure/session.h"

#include "harness/measure/clock.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { LAST_LINES = 3, LAST_BYTES = 400, WORDS_BYTES = 1000 };

static const double GRACE = 1; /* seconds to die after closing its end */

/* --- what went wrong --------------------------------------------------------------------------------------------- */

/* A sanitizer's report ends with pages of legend; its one line that matters begins so. */
static bool summary_of(const struct buf *words, char out[LAST_BYTES + 1])
{
    const char *line = strstr(buf_text(words), "SUMMARY: ");
    if (line)
        snprintf(out, LAST_BYTES + 1, "%.*s", (int)strcspn(line, "\n"), line);
    wire_clean(out);
    return line;
}

/* The last few lines that are not blank, from `words`, as one line: "out of luck | giving up". */
static void last_words(const struct buf *words, char out[LAST_BYTES + 1])
{
    char end[WORDS_BYTES + 1], joined[WORDS_BYTES + 3 * LAST_LINES + 1] = "", *lines[LAST_LINES];
    size_t skip = words->len > WORDS_BYTES ? words->len - WORDS_BYTES : 0, n = 0, used = 0;
    out[0] = '\0';
    if (summary_of(words, out))
        return;
    snprintf(end, sizeof end, "%s", buf_text(words) + skip);
    for (char *save, *line = strtok_r(end, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        wire_clean(line);
        if (*line && n == LAST_LINES)
            memmove(lines, lines + 1, --n * sizeof *lines);
        if (*line)
            lines[n++] = line;
    }
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", i ? " | " : "", lines[i]);
    /* Of too much, the end. */
    snprintf(out, LAST_BYTES + 1, "%s", joined + (used > LAST_BYTES ? used - LAST_BYTES : 0));
    wire_clean(out); /* the cut may have gone through a character */
}

static bool speaks_of_memory(const char *text)
{
    static const char *const signs[] = { "out of memory", "cannot allocate memory", "not enough memory", "bad_alloc",
                                         "ENOMEM",        "out-of-memory" };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcasestr(text, signs[i]))
            return true;
    return false;
}

static const char *signal_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = { { SIGABRT, "SIGABRT" }, { SIGBUS, "SIGBUS" },   { SIGFPE, "SIGFPE" },   { SIGILL, "SIGILL" },
                  { SIGKILL, "SIGKILL" }, { SIGPIPE, "SIGPIPE" }, { SIGSEGV, "SIGSEGV" }, { SIGSYS, "SIGSYS" },
                  { SIGTERM, "SIGTERM" }, { SIGTRAP, "SIGTRAP" }, { SIGXCPU, "SIGXCPU" }, { SIGALRM, "SIGALRM" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return "signal";
}

/* Ends the process and keeps why: "WHAT during PHASE: LAST WORDS". */
static int fail(struct session *s, enum status status, const char *what)
{
    char words[LAST_BYTES + 1];
    child_end(&s->child);
    last_words(&s->child.words, words);
    snprintf(s->message, sizeof s->message, "%s during %s%s%s", what, s->phase, *words ? ": " : "", words);
    s->status = status;
    return -1;
}

/* A benchmark whose memory is limited seldom says so before it falls over. One that filled three quarters of its limit
 * with pages and died is taken to have died of that. */
static bool starved(const struct session *s)
{
    return s->memory > 0 && s->child.peak >= 0.75 * s->memory;
}

static int killed(struct session *s, int number)
{
    char what[192];
    s->signal = number;
    snprintf(what, sizeof what, "killed by %s (%s)", signal_name(number), strsignal(number));
    if (number == SIGKILL && !starved(s))
        return fail(s, STATUS_OOM, "killed by SIGKILL (as the kernel does when memory runs out)");
    if (!starved(s))
        return fail(s, STATUS_CRASHED, what);
    snprintf(what, sizeof what, "out of memory (limit %.0f MiB), killed by %s", s->memory / 0x1p20,
             signal_name(number));
    return fail(s, STATUS_OOM, what);
}

/* The process is gone, without being asked to. */
static int gone(struct session *s, int status)
{
    char what[64];
    if (WIFSIGNALED(status))
        return killed(s, WTERMSIG(status));
    int code = WEXITSTATUS(status);
    snprintf(what, sizeof what, "exited with code %d", code);
    bool memory = code && (starved(s) || speaks_of_memory(buf_text(&s->child.words)));
    return fail(s, memory ? STATUS_OOM : STATUS_FAILED, what);
}

static int late(struct session *s)
{
    char what[64];
    snprintf(what, sizeof what, "no %s within %g s", s->asked ? "answer" : "end", s->patience);
    return fail(s, STATUS_TIMEOUT, what);
}

static int hung_up(struct session *s)
{
    struct leash grace = s->leash;
    grace.deadline = fmin(grace.deadline, clock_seconds() + GRACE);
    if (child_wait(&s->child, &grace))
        return gone(s, child_end(&s->child));
    return fail(s, STATUS_FAILED, "closed its connection to the runner");
}

static int lost(struct session *s, enum child_io io)
{
    if (io == CHILD_LATE)
        return late(s);
    if (io == CHILD_INTERRUPTED)
        return fail(s, STATUS_INTERRUPTED, "interrupted");
    if (io == CHILD_ENDED)
        return hung_up(s);
    return fail(s, STATUS_FAILED, "unreadable answer");
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static int garbled(struct session *s, const char *line)
{
    char start[101], what[160];
    snprintf(start, sizeof start, "%s", line);
    wire_clean(start);
    snprintf(what, sizeof what, "unreadable answer '%s'", start);
    return fail(s, STATUS_FAILED, what);
}

/* The worker's refusal, in its own words. */
static int refused(struct session *s, enum status status, struct wire *words)
{
    const char *text = wire_take(words);
    if (!text || !wire_done(words))
        return fail(s, STATUS_FAILED, "unreadable refusal");
    snprintf(s->message, sizeof s->message, "%s", text);
    wire_clean(s->message);
    s->status = status == STATUS_FAILED && speaks_of_memory(text) ? STATUS_OOM : status;
    child_end(&s->child);
    return -1;
}

static const struct {
    const char *kind;
    enum status status;
} refusals[] = { { "wrong", STATUS_WRONG }, { "cannot", STATUS_FAILED }, { "absent", STATUS_UNSUPPORTED } };

/* A line that begins with the number of the question; anything else is somebody else's. */
static int understand(struct session *s, char *line, const char *kind, struct wire *words)
{
    uint64_t number;
    char copy[101];
    snprintf(copy, sizeof copy, "%s", line);
    *words = wire_read(line);
    if (!wire_take_number(words, UINT64_MAX, &number) || number != s->asked)
        return garbled(s, copy);
    const char *got = wire_take(words);
    for (size_t i = 0; got && i < sizeof refusals / sizeof *refusals; i++)
        if (!strcmp(got, refusals[i].kind))
            return refused(s, refusals[i].status, words);
    return got && !strcmp(got, kind) ? 0 : garbled(s, copy);
}

/* Starts a question with its number. */
static void question(struct session *s, struct buf *b, const char *phase)
{
    s->phase = phase;
    wire_number(b, ++s->asked);
}

/* Sends the question and frees it. */
static int put(struct session *s, struct buf *b)
{
    wire_end(b);
    bool more = child_has_said_more(&s->child);
    enum child_io io = more ? CHILD_GARBAGE : child_send(&s->child, &s->leash, b->data, b->len);
    buf_free(b);
    return io ? lost(s, io) : 0;
}

/* Reads an answer of that kind. *words stands after the kind. */
static int hear(struct session *s, const char *kind, struct wire *words)
{
    char *line = NULL;
    enum child_io io = child_line(&s->child, &s->leash, &line);
    return io ? lost(s, io) : understand(s, line, kind, words);
}

static int ask(struct session *s, struct buf *b, const char *kind, struct wire *words)
{
    return put(s, b) || hear(s, kind, words) ? -1 : 0;
}

static int unreadable(struct session *s, int rc)
{
    return rc ? fail(s, STATUS_FAILED, "unreadable answer") : 0;
}

static int start(struct session *s, const char *const *argv, const struct session_limits *limits,
                 const struct child_how *how, const char *phase)
{
    struct err e;
    *s = (struct session){ .leash = { clock_seconds() + limits->patience, limits->interrupted },
                           .phase = phase,
                           .patience = limits->patience,
                           .memory = limits->memory > 0 ? limits->memory : 0,
                           .child = { .to = -1, .from = -1, .log = -1 } };
    return child_start_as(&s->child, argv, how, &e) ? fail(s, STATUS_FAILED, e.text) : 0;
}

int session_start(struct session *s, const char *const *argv, const struct session_limits *limits, bool fixed_layout)
{
    struct child_how how = { .memory_bytes = limits->memory, .fixed_layout = fixed_layout, .pin = limits->pin };
    return start(s, argv, limits, &how, "the start");
}

int session_job(struct session *s, const struct wire_job *job, struct wire_ready *ready)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "set-up");
    wire_put_job(&b, job);
    return ask(s, &b, "ready", &words) ? -1 : unreadable(s, wire_get_ready(&words, ready));
}

int session_verify(struct session *s)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "verification");
    wire_word(&b, "verify");
    return ask(s, &b, "ok", &words) ? -1 : unreadable(s, !wire_done(&words));
}

int session_trust(struct session *s)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "set-up");
    wire_word(&b, "trust");
    return ask(s, &b, "ok", &words) ? -1 : unreadable(s, !wire_done(&words));
}

int session_slow(struct session *s, double factor)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "set-up");
    wire_word(&b, "slow");
    wire_real(&b, factor);
    return ask(s, &b, "ok", &words) ? -1 : unreadable(s, !wire_done(&words));
}

int session_calibrate(struct session *s, uint64_t least_ns, uint64_t *iterations, uint64_t *lasted_ns)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "calibration");
    wire_word(&b, "calibrate");
    wire_number(&b, least_ns);
    if (ask(s, &b, "iterations", &words))
        return -1;
    wire_take_number(&words, WIRE_ITERATIONS_MAX, iterations);
    wire_take_number(&words, WIRE_TIME_MAX, lasted_ns);
    return unreadable(s, !wire_done(&words) || !*iterations);
}

int session_warmup(struct session *s, uint64_t least_ns, uint64_t least_batches, uint64_t iterations)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "warm-up");
    wire_word(&b, "warmup");
    wire_number(&b, least_ns);
    wire_number(&b, least_batches);
    wire_number(&b, iterations);
    return ask(s, &b, "ok", &words) ? -1 : unreadable(s, !wire_done(&words));
}

int session_sample(struct session *s, uint64_t iterations, struct wire_samples *out)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "sampling");
    wire_word(&b, "sample");
    wire_number(&b, iterations);
    wire_number(&b, out->count);
    return ask(s, &b, "samples", &words) ? -1 : unreadable(s, wire_get_samples(&words, out->count, out));
}

int session_counters(struct session *s, uint64_t iterations, struct metric rows[WIRE_METRICS_MAX], size_t *n)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "counting");
    wire_word(&b, "counters");
    wire_number(&b, iterations);
    return ask(s, &b, "counters", &words) ? -1 : unreadable(s, wire_get_metrics(&words, rows, n));
}

enum step_end session_step(struct session *s, uint64_t iterations, uint64_t most, uint64_t *count)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "single steps");
    wire_word(&b, "step");
    wire_number(&b, iterations);
    if (put(s, &b))
        return STEP_ENDED;
    enum step_end end = step_count(s->child.pid, &s->leash, most, count);
    if (end == STEP_LATE)
        late(s);
    else if (end == STEP_INTERRUPTED)
        lost(s, CHILD_INTERRUPTED);
    else if (end == STEP_ENDED)
        hung_up(s);
    else if (end != STEP_COUNTED)
        return end;
    else if (!hear(s, "ok", &words) && !unreadable(s, !wire_done(&words)))
        return STEP_COUNTED;
    return STEP_ENDED;
}

int session_quit(struct session *s, uint64_t *took_ns)
{
    struct buf b = { 0 };
    struct wire words;
    question(s, &b, "tear-down");
    wire_word(&b, "quit");
    if (ask(s, &b, "bye", &words))
        return -1;
    if (!wire_take_number(&words, WIRE_TIME_MAX, took_ns) || !wire_done(&words))
        return unreadable(s, -1);
    if (!child_wait(&s->child, &s->leash))
        return s->leash.interrupted && *s->leash.interrupted ? lost(s, CHILD_INTERRUPTED) : late(s);
    int status = child_end(&s->child);
    return status ? gone(s, status) : 0;
}

int session_program(struct session *s, const char *const *argv, const struct session_limits *limits, struct buf *said)
{
    struct child_how how = {
        .memory_bytes = limits->memory, .program = true, .pin = limits->pin, .shadowed = limits->shadowed
    };
    if (start(s, argv, limits, &how, "its run"))
        return -1;
    enum child_io io = child_follow(&s->child, &s->leash, said ? CHILD_TEXT_MAX : 0);
    if (io == CHILD_GARBAGE)
        return fail(s, STATUS_FAILED, "endless output");
    if (io)
        return lost(s, io);
    if (said) {
        *said = s->child.inbox;
        s->child.inbox = (struct buf){ 0 };
    }
    int status = child_end(&s->child);
    return status ? gone(s, status) : 0;
}

void session_end(struct session *s)
{
    child_end(&s->child);
    buf_free(&s->child.words);
}
