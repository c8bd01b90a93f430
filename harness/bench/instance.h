/* SPDX-License-Identifier: Apache-2.0
 * Instances: families expanded over their argument sets and thread counts, each with its full name. */
#ifndef KM_BENCH_INSTANCE_H
#define KM_BENCH_INSTANCE_H

#include "harness/base/err.h"
#include "harness/bench/family.h"

#include <stdio.h>

struct instance {
    const struct km_benchmark *family;
    const char *name; /* "copy/64/threads:2" */
    struct arg_set args;
    int threads;
    /* among those selected, as Google Benchmark counts */
    int64_t family_index, per_family_instance_index;
};

struct instance_list {
    struct instance *v;
    size_t n, cap;
};

/* Says yes or no to a full name. */
typedef bool instance_keep(void *ctx, const char *name);

/* All instances that `keep` (NULL: all) says yes to, in order: families as registered, for each its argument sets, for
 * each its thread counts. Names that begin with DISABLED_ are never there. A family of more than 100 argument sets is
 * told on `warn` (NULL: nowhere). Fails with EXIT_USAGE where a family's configuration is wrong. The list and its names
 * live in m. */
int instances_select(struct mem *m, struct instance_list *out, instance_keep *keep, void *ctx, FILE *warn,
                     struct err *e);

/* The name of an instance; without its arguments where `args` is NULL. Lives in m. */
const char *instance_name(struct mem *m, const struct km_benchmark *b, const struct arg_set *args, int threads);

/* The part of its name after the family's: equal for equal arguments of two families. */
const char *instance_suffix(const struct instance *in);

#endif
