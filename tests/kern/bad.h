/* SPDX-License-Identifier: Apache-2.0
 * Tables of kernels that are wrong on purpose (and of right ones under other names) */
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

#define BAD(check, fn) BAD_AS("bad", check, fn)
#define BAD_END                                                                                                        \
    {                                                                                                                  \
        NULL, NULL, NULL, NULL                                                                                         \
    }

/* Each ends with BAD_END and is in bad_<subject>.c. */
extern const struct bad_kernel bad_dot[], right_dot[], bad_layernorm[], right_layernorm[], bad_dequant[],
    right_dequant[], bad_memory[], right_memory[], bad_attn[], right_attn[], bad_kv[], right_kv[], bad_gemm[],
    right_gemm[], bad_vec[], right_vec[], bad_peak[], right_peak[];

/* Claims that each of the first is caught, or crashes if its name says that it reads what it must not, and that each of
 * the second passes; `part` is what the claims are called by. */
void check_bad_kernels(struct checks *c, const char *part, const struct bad_kernel *wrong,
                       const struct bad_kernel *right);

#endif
