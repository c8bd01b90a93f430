/* SPDX-License-Identifier: Apache-2.0
 * What the bindings share: parameters, variants, memory, seeded inputs, and checking answers. Times and prints nothing.
 *
 * A binding fills `struct km_op`; see suites/dot.c for the shortest one. Functions that refuse write c->message. */
#ifndef SUITES_BINDING_UTIL_H
#define SUITES_BINDING_UTIL_H

#include "suites/peer.h"

#include <kernmark/binding.h>

/* A kernel without its type; cast it back to the operation's own function type before calling. */
typedef void bu_function(void);

/* What the state of every binding here begins with, so that the tests can put a wrong function in and see it caught. */
enum { BU_ARRAYS = 8 };
struct bu_state {
    bu_function *fn;         /* of the variant */
    struct peer *peer;       /* or, instead, another library; NULL for a variant of libkern */
    void *arrays[BU_ARRAYS]; /* what bu_take() gave */
    size_t narrays;
    int starved; /* it could not give all */
};

/* Variants of an operation that this CPU can run and KERN_ISA allows, weakest first, starting with "ref"; NULL-terminated; lives for the
 * whole program. An operation unknown to libkern gives an empty list. */
const char *const *bu_variants(const char *op, const char *dtype);

/* The function of c->variant, or NULL with c->message filled where this CPU or build has none: return KM_CANNOT. */
bu_function *bu_lookup(struct km_case *c, const char *op, const char *dtype);

/* A parameter by name. A missing one is a mistake of the caller (every one is present): 0 and NULL. */
int64_t bu_number(const struct km_case *c, const char *name);
const char *bu_word(const struct km_case *c, const char *name);

/* Zeroed memory that starts `lines` cache lines (64 bytes, 0..63) after a page boundary, so that the arrays of one
 * binding do not share their page offset (a store and a later load at the same offset stall each other). NULL when
 * out of memory. bu_free() takes what bu_alloc() gave, or NULL. */
void *bu_alloc(size_t bytes, unsigned lines);
void bu_free(void *p);

/* The next 64 random bits; *state starts as c->seed. */
uint64_t bu_random(uint64_t *state);
void bu_fill(float *x, size_t n, float low, float high, uint64_t *state); /* uniform in [low, high) */

/* States a number about the answer (km_case.values), once per name; name and unit are literals. */
void bu_state_value(struct km_case *c, const char *name, const char *unit, double value);

/* Fill c->message and return KM_CANNOT, KM_WRONG or KM_ABSENT, so that refusing is one line. */
enum km_answer bu_cannot(struct km_case *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
enum km_answer bu_wrong(struct km_case *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
enum km_answer bu_absent(struct km_case *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends a setup: KM_RIGHT if `ok`; otherwise calls teardown, says that there is not enough memory and returns
 * KM_CANNOT. */
enum km_answer bu_ready(struct km_case *c, int ok, void (*teardown)(struct km_case *c));

/* The same for an operation that has peers: also binds the job to the library where c->variant is one. Answers what
 * peer_open() does. Such a binding's run() begins with `if (bu_run_peer(&s->head, iterations)) return;`, and its teardown
 * calls peer_close(s->head.peer). */
enum km_answer bu_ready_peer(struct km_case *c, int ok, void (*teardown)(struct km_case *c),
                             const struct peer_job *job);
int bu_run_peer(struct bu_state *s, uint64_t iterations);

/* Allocates the state of a binding (`bytes` long, beginning with a struct bu_state), puts it in c->state and looks the
 * variant's function up. NULL, with c->message filled and nothing left behind, where that fails: return KM_CANNOT. */
void *bu_begin(struct km_case *c, size_t bytes, const char *op, const char *dtype);

/* bu_alloc() for the state that bu_begin() made, at most BU_ARRAYS times; bu_floats() also fills n floats, as bu_fill().
 * Whether they got the memory is asked at the end, by bu_made(), or bu_made_peer() for an operation that has peers: answers
 * of setup as of bu_ready() and bu_ready_peer(); one with a pool gives `starved` to tu_ready(). bu_end() is the teardown,
 * or its last step: it lets the peer go and frees the arrays and the state. */
void *bu_take(struct km_case *c, size_t bytes, unsigned lines);
float *bu_floats(struct km_case *c, size_t n, unsigned lines, float low, float high, uint64_t *random);
enum km_answer bu_made(struct km_case *c);
enum km_answer bu_made_peer(struct km_case *c, const struct peer_job *job);
void bu_end(struct km_case *c);

/* The cost of an operation over a vector of "n" elements, from what one costs: operations, and floats read or written. */
struct km_cost bu_cost(const struct km_case *c, double flops, double floats);

/* The binding of an operation on floats: `start` is what setup answers, an expression of its case c; verify is
 * <name>_verify. */
#define BU_OP_F32(name, specs, start, run, cost)                                                                       \
    static const char *const *name##_variants(void)                                                                    \
    {                                                                                                                  \
        return bu_variants(#name, "f32");                                                                              \
    }                                                                                                                  \
    static enum km_answer name##_setup(struct km_case *c)                                                              \
    {                                                                                                                  \
        return start;                                                                                                  \
    }                                                                                                                  \
    const struct km_op km_op_##name##_f32 = { #name,        "f32",         1,   specs, name##_variants,                \
                                              name##_setup, name##_verify, run, cost,  bu_end };

/* Unit roundoff of float, 2^-24, and its smallest normal number: what error bounds are made of. */
#define BU_ROUNDOFF 0x1p-24
#define BU_TINY     0x1p-126

/* Compares one value or n values: wrong where |got - want| > tolerance (which is absolute), or got is not finite.
 * `what` names the value in the message ("y"). */
enum km_answer bu_check(struct km_case *c, const char *what, double got, double want, double tolerance);
enum km_answer bu_check_all(struct km_case *c, const char *what, const float *got, const double *want, size_t n,
                            double tolerance);

#endif
