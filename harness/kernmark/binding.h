/* SPDX-License-Identifier: Apache-2.0
 * What a binding is: the public header between the runner and an operation that suites measure.
 *
 * A *binding* (struct km_op) connects one operation to the runner. It sets inputs up, runs the operation a given number
 * of times, says what one iteration costs, and checks the answer against a double-precision reference. It never times,
 * prints or judges: the runner does, in a child process of its own.
 *
 * Compiles alone as C11 and as C++17. */
#ifndef KERNMARK_BINDING_H
#define KERNMARK_BINDING_H

#include <kernmark/benchmark.h> /* km_do_not_optimize(), km_clobber_memory() */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One parameter of a benchmark: a number ("n:384") or, where `word` is not NULL, a word ("text:english"). */
struct km_param {
    const char *name;
    const char *word;
    int64_t number;
};

/* What a parameter may be. `words` is a NULL-terminated list for word parameters and NULL for numbers;
 * min and max bound a number, both inclusive; multiple (0: any) must divide it. */
struct km_param_spec {
    const char *name;
    int64_t min, max, multiple;
    const char *const *words;
    const char *what; /* "elements of each vector": shown when a suite gets it wrong */
};

/* The last row of an operation that can share its work among threads: setup makes a pool of c->threads threads, run uses
 * it, and the answer is the same. It is no parameter; suites then may say `threads`. */
#define KM_THREADS                                                                                                     \
    {                                                                                                                  \
        "threads", 1, 4096, 0, NULL, "threads that share the work"                                                     \
    }

/* A number that a benchmark states about its answer beside its times ("kl-divergence", "nats"); not finite where it has
 * none. Name and unit live as long as the program. */
struct km_value {
    const char *name, *unit;
    double value;
};
enum { KM_VALUES_MAX = 8 };

/* One benchmark about to run in this process. `state` belongs to the binding from setup to teardown. */
struct km_case {
    const struct km_param *params; /* in the order of the binding's specs; every one is present */
    size_t nparams;
    const char *variant;  /* "avx512" */
    const char *data_dir; /* folder of shipped input files (suites/data) */
    uint64_t seed;        /* the only source of randomness allowed */
    int threads;          /* to share the work among, the caller's own included; above 1 only with KM_THREADS */
    void *state;
    char message[512];                     /* why setup or verify failed */
    struct km_value values[KM_VALUES_MAX]; /* what verify has to say beside right or wrong: stored with the result */
    size_t nvalues;
};

/* Work of one iteration, for throughput; 0 where the notion does not apply. */
struct km_cost {
    double flops;     /* floating-point operations, an FMA counts two */
    double bytes;     /* bytes read and written once each, as an ideal cache would */
    double items;     /* units of the operation's own kind */
    const char *item; /* their singular name: "character", "block", "element" */
};

enum km_answer {
    KM_RIGHT = 0,
    KM_WRONG = 1,  /* the answer is off; message says by how much and where */
    KM_CANNOT = 2, /* set-up failed (missing file, no memory, variant not on this CPU); message says why */
    KM_ABSENT = 3, /* of setup: this machine does not have what is measured (a library, a cache), which is no failure:
                      the benchmark is reported as not available; message says what and how to get it */
};

struct km_op {
    const char *op, *dtype;
    int version;                        /* raise when what is measured changes: a new series starts */
    const struct km_param_spec *params; /* terminated by a row whose name is NULL */
    /* NULL-terminated list of variant names this CPU can run, weakest first, starting with "ref". */
    const char *const *(*variants)(void);
    enum km_answer (*setup)(struct km_case *c);
    enum km_answer (*verify)(struct km_case *c); /* after setup, before any timing; leaves the state ready to run */
    void (*run)(struct km_case *c, uint64_t iterations);
    struct km_cost (*cost)(const struct km_case *c); /* after setup */
    void (*teardown)(struct km_case *c);             /* after a setup that returned KM_RIGHT */
};

#ifdef __cplusplus
}
#endif
#endif
