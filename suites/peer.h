/* SPDX-License-Identifier: Apache-2.0
 * Peers: libraries that others wrote, measured beside libkern by the same bindings, on the same inputs, in the same
 * interleaved rounds, verified against the same reference. A peer is a variant named after its library.
 *
 * The library is opened at run time, never linked: nothing is needed to build, one binary serves machines with and
 * without it, and an upgrade of the system that takes a version away turns its rows into "not available" instead of
 * breaking the program. The few prototypes that are called are declared in suites/<library>.c from the libraries'
 * documentation. Peers run on one thread. */
#ifndef SUITES_PEER_H
#define SUITES_PEER_H

#include <kernmark/binding.h>

#include <stddef.h>

/* What is to be computed; parts that an operation does not have are 0. Arrays outlive the peer.
 *     gemm       y = x w: x is m rows of k, w k rows of n, or n rows of k if `transposed`; y m rows of n
 *     gemv       y = w x: w is m rows of k; with dtype i8 w are int8 with a scale in b for each row
 *     dot        y[0] = x w, n elements each
 *     axpy       y = factor x + y and then the other way, by turns: -factor for even numbers of iterations left
 *     layernorm  of x with gains w and offsets b, n elements; factor is what is added to the variance
 *     softmax    of x, n elements */
struct peer_job {
    const char *op, *dtype;
    const void *x, *w, *b;
    void *y;
    size_t m, n, k;
    int transposed;
    int packed; /* w may be brought into another layout at set-up, as weights are */
    float factor;
};

/* A job bound to a library: run() does it so many times. close() frees; both are the library's adapter. */
struct peer {
    void (*run)(struct peer *p, uint64_t iterations);
    void (*close)(struct peer *p);
};

typedef enum km_answer peer_open_fn(struct km_case *c, struct peer **out, const struct peer_job *job);

/* The adapters; *out is NULL unless KM_RIGHT. KM_ABSENT: the library, or a function in it, is not there. */
peer_open_fn openblas_open, onednn_open;

/* Binds a job to the peer that c->variant names. */
enum km_answer peer_open(struct km_case *c, struct peer **out, const struct peer_job *job);

/* NULL does nothing. */
void peer_close(struct peer *p);

/* --- for the adapters --------------------------------------------------------------------------------------------- */

/* A function of a library: its name, and where in the adapter's table its pointer goes. */
struct peer_symbol {
    const char *name;
    size_t offset;
};

/* Opens a library by its soname and fills `table` with its functions; symbols end with a NULL name. KM_ABSENT with
 * "not available: NAME not found (apt install PACKAGE)" or what else is wrong with it. The library stays loaded until
 * the process ends. Before it is loaded the environment is set so that it starts no thread. */
enum km_answer peer_library(struct km_case *c, const char *soname, const char *package,
                            const struct peer_symbol *symbols, void *table);

#endif
