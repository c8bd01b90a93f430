/* SPDX-License-Identifier: Apache-2.0
 * The runner's side of the protocol: one worker process, asked one thing after another, none of its answers believed
 * before it is checked. Several sessions can be open and take turns. */
#ifndef KM_SESSION_H
#define KM_SESSION_H

#include "harness/measure/child.h"
#include "harness/measure/protocol.h"
#include "harness/measure/step.h"

struct session_limits {
    double memory; /* bytes; 0: none */
    double patience;
    const volatile int *interrupted;
    int pin;       /* the CPU it stays on, plus 1; 0: any */
    bool shadowed; /* child.h */
};

/* Every function below that returns -1 has ended the process and filled status, signal and message. */
struct session {
    struct child child;
    struct leash leash; /* may be changed between calls: it bounds each of them */
    const char *phase;  /* for messages: "the set-up" */
    uint64_t asked;
    double patience; /* seconds, for messages */
    double memory;   /* limit in bytes; 0: none */
    enum status status;
    int signal;
    char message[2048];
};

/* `patience` seconds from now is the deadline of the whole session. fixed_layout: child.h. */
int session_start(struct session *s, const char *const *argv, const struct session_limits *limits, bool fixed_layout);
/* Strings of *ready are valid until the next call. */
int session_job(struct session *s, const struct wire_job *job, struct wire_ready *ready);
int session_verify(struct session *s);
/* In place of session_verify(), where another process of the same program has passed it. Programs of an earlier protocol
 * do not know it. */
int session_trust(struct session *s);
/* Plants a slowdown: batches last `factor` times as long as they do. */
int session_slow(struct session *s, double factor);
int session_calibrate(struct session *s, uint64_t least_ns, uint64_t *iterations, uint64_t *lasted_ns);
int session_warmup(struct session *s, uint64_t least_ns, uint64_t least_batches, uint64_t iterations);
/* out->count says how many samples, at most WIRE_SAMPLES_MAX; out->ns has room for them. */
int session_sample(struct session *s, uint64_t iterations, struct wire_samples *out);
/* Strings of the rows are valid until the next call. */
int session_counters(struct session *s, uint64_t iterations, struct metric rows[WIRE_METRICS_MAX], size_t *n);
/* Steps through a batch of so many iterations of a process that step_attach() has. STEP_COUNTED; STEP_TOO_MANY and
 * STEP_BROKEN, after which the session can only be ended; or STEP_ENDED after a failure as above. */
enum step_end session_step(struct session *s, uint64_t iterations, uint64_t most, uint64_t *count);
/* Lets the process tear down and exit; anything but a clean exit is a failure. */
int session_quit(struct session *s, uint64_t *took_ns);

/* Instead of all of the above: runs a program that knows nothing of the protocol to its end, which must be a clean
 * exit. *said gets what it wrote to standard output, at most CHILD_TEXT_MAX bytes of it; NULL: that is dropped. */
int session_program(struct session *s, const char *const *argv, const struct session_limits *limits, struct buf *said);

void session_end(struct session *s); /* kills what is left and frees; after any of the above, once */

#endif
