/* SPDX-License-Identifier: Apache-2.0
 * Tables of kernels that are wrong on purpose (and of right ones under other names), for bad.c. */
#ifndef TESTS_KERN_BAD_H
#define TESTS_KERN_BAD_H

#include "tests/kern/check.h"

struct bad_kernel {
    const char *name, *op;
    check_variant_fn *check;
    void (*fn)(void);
};

#define BAD_AS(op, check, fn)                                                                                          \
    {                                                                                                                  \
#fn, op, check, (void (*)(void))(fn)                                                                           \
    }

/* Terminated by a row without a name; bad_vec.c. */
extern const struct bad_kernel bad_vec[], right_vec[];
/* The same; bad_peak.c. */
extern const struct bad_kernel bad_peak[], right_peak[];

#endif
