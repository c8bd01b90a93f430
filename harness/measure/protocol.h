/* SPDX-License-Identifier: Apache-2.0
 * What the runner and a worker process say to each other: lines of words over two pipes. Pure: text in, structs out.
 *
 * The worker reads commands on descriptor WORKER_IN and answers on WORKER_OUT, one line for one line. Its standard
 * input and output are /dev/null; its standard error is kept as last words. A line is words separated by one space,
 * ended by a newline. A word is percent-encoded: everything outside '!'..'~', and '%' itself, is %XX; the empty word
 * is "%". Numbers are decimal, without sign; a real number is the 16 hex digits of its IEEE 754 bits, so that no
 * locale set by a benchmark changes anything. Every command starts with a number that its answer repeats, so that
 * stray output of a benchmark is never taken for an answer. Times are nanoseconds on the worker's clock.
 *
 *   command                                      answer
 *   N job OP DTYPE VARIANT NAME SEED RUN-SEED    N ready FLOPS BYTES ITEMS ITEM CLOCK RESOLUTION COST
 *     ROUND THREADS DATA-DIR FAKE COUNTERS PARAMS {NAME n|w VALUE}
 *   N verify                                     N ok
 *   N trust                                      N ok     instead: another process of this program was verified
 *   N slow FACTOR                                N ok     from now on batches last so many times as long as they do
 *   N calibrate LEAST-TIME                       N iterations ITERATIONS TIME   of the last batch of so many iterations
 *   N warmup LEAST-TIME LEAST-BATCHES ITERATIONS N ok
 *   N sample ITERATIONS COUNT                    N samples COUNT CPU-TIME FAULTS SWITCHES {TIME}
 *   N counters ITERATIONS                        N counters COUNT {NAME UNIT VALUE WHY}
 *   N step ITERATIONS                            N ok     after a batch between two marks (step.h), for a tracer
 *   N quit                                       N bye TIME             of the whole turn; then the worker exits
 *
 * Any command may be answered by "N wrong TEXT", "N cannot TEXT" or "N absent TEXT" instead. `job` comes first and
 * once, and sets the benchmark up. `warmup`, `sample`, `counters` and `step` may come in any number and order after
 * `verify`, so a runner can keep two workers alive and give them turns. `slow` plants a slowdown that a judge must find:
 * the worker idles busily after the work, inside the time taken. `quit` tears down first, so its answer says that this
 * went well. */
#ifndef KM_PROTOCOL_H
#define KM_PROTOCOL_H

#include "harness/base/buf.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

enum {
    WORKER_IN = 3,
    WORKER_OUT = 4,
    WIRE_SAMPLES_MAX = 65536, /* of one command */
    WIRE_PARAMS_MAX = 64,
    WIRE_THREADS_MAX = 4096,
    WIRE_METRICS_MAX = 64,
    WIRE_LINE_MAX = 2 << 20,
};

#define WIRE_ITERATIONS_MAX UINT64_C(1000000000000)
#define WIRE_TIME_MAX       UINT64_C(1000000000000000000) /* 31 years */

/* --- lines ------------------------------------------------------------------------------------------------------ */

void wire_word(struct buf *b, const char *word); /* NULL is written as "" */
void wire_number(struct buf *b, uint64_t number);
void wire_real(struct buf *b, double number);
void wire_end(struct buf *b);

/* Reads a line (without its newline) word by word, in place. After the first mistake every further take fails. */
struct wire {
    char *at; /* NULL: after the last word, or after a mistake */
    bool bad;
};

struct wire wire_read(char *line);
const char *wire_take(struct wire *w);                                 /* NULL and bad: none left, or badly encoded */
bool wire_take_number(struct wire *w, uint64_t max, uint64_t *number); /* false and bad: not one, or above max */
bool wire_take_real(struct wire *w, double *number);
bool wire_take_exactly(struct wire *w, const char *word);
bool wire_done(const struct wire *w); /* all words taken, none bad */

/* --- messages --------------------------------------------------------------------------------------------------- */

struct wire_job {
    const char *op, *dtype, *variant, *name, *data_dir;
    const char *fake;     /* runner.h: fake_clock; "" or NULL is real time */
    const char *counters; /* perf events beside the standard ones; "" or NULL: none */
    uint64_t seed;        /* of the inputs */
    uint64_t run_seed, round;
    uint64_t threads;
    const struct km_param *params;
    size_t nparams;
};

struct wire_ready {
    struct km_cost cost;
    const char *clock;
    uint64_t resolution, clock_cost;
};

struct wire_samples {
    uint64_t *ns;
    uint64_t count, cpu, faults, switches;
};

/* Writers add the words of a message. Readers take all words after its first one, check them and return 0, or -1 if
 * anything is not as written above. Strings point into the line; arrays live in m, or in *out where it brings them. */
void wire_put_job(struct buf *b, const struct wire_job *job);
int wire_get_job(struct mem *m, struct wire *w, struct wire_job *out);
void wire_put_ready(struct buf *b, const struct wire_ready *ready);
int wire_get_ready(struct wire *w, struct wire_ready *out);
void wire_put_samples(struct buf *b, const struct wire_samples *samples);
/* out->ns has room for `expected` times; any other count is a mistake. */
int wire_get_samples(struct wire *w, uint64_t expected, struct wire_samples *out);
void wire_put_metrics(struct buf *b, const struct metric *rows, size_t n);
int wire_get_metrics(struct wire *w, struct metric rows[WIRE_METRICS_MAX], size_t *n);

/* Text of unknown origin as one line that can be printed: control characters become blanks, bytes that are no UTF-8
 * become '?', blanks at the ends go. In place. */
void wire_clean(char *text);

#endif
