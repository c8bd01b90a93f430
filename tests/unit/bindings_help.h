/* SPDX-License-Identifier: Apache-2.0
 * What the tests of bindings share: whole lives of benchmarks, and tables of sizes, of wrong kernels and of set-ups that
 * must be refused. Operations are named "gemv", the first of that name, or "gemv/q8_0". All fail the test by themselves. */
#ifndef BINDINGS_HELP_H
#define BINDINGS_HELP_H

#include "suites/binding_util.h"
#include "suites/bindings.h"

#include <stdbool.h>
#include <stddef.h>

#define BH_COUNT(table) (sizeof(table) / sizeof(table)[0])

/* A parameter that is a number. */
#define BH_N(name, number)                                                                                             \
    {                                                                                                                  \
        name, NULL, number                                                                                             \
    }

const struct km_op *bh_find(const char *name);

/* Sets up, verifies and runs, twice, and tears down; returns what one iteration costs. */
struct km_cost bh_whole_life(const struct km_op *op, const struct km_param *params, size_t nparams,
                             const char *variant);

/* The whole life of every benchmark of a suite in every variant of this CPU, of which there must be `least`; each must
 * move bytes if `moves` says so. */
void bh_suite(const char *path, const char *profile, size_t least, bool moves);

struct bh_size {
    const char *op;
    struct km_param params[5];
    size_t nparams;
};
void bh_sizes(const struct bh_size *rows, size_t n);

/* verify() must find that `fn` is in the kernel's place, and say so. */
struct bh_wrong {
    const char *op;
    struct km_param params[5];
    size_t nparams;
    bu_function *fn;
    const char *fragment; /* of the message */
};
void bh_wrong_kernels(const struct bh_wrong *rows, size_t n);

struct bh_impossible {
    const char *op;
    struct km_param params[5];
    size_t nparams;
    const char *variant, *fragment;
};
void bh_impossible_set_ups(const struct bh_impossible *rows, size_t n);

#endif
