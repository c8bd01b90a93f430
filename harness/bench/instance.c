/* SPDX-License-Identifier: Apache-2.0
 * Families into instances. */
#include "harness/bench/instance.h"

#include <string.h>

enum { MANY = 100 };

/* Whether it was kept. */
static bool consider(struct mem *m, struct instance_list *out, const struct instance *in, instance_keep *keep,
                     void *ctx)
{
    static const char disabled[] = "DISABLED_";
    if (!strncmp(in->name, disabled, sizeof disabled - 1) || (keep && !keep(ctx, in->name)))
        return false;
    out->v = mem_grow(m, out->v, &out->cap, out->n + 1, sizeof *out->v);
    out->v[out->n++] = *in;
    return true;
}

/* Returns how many were kept. */
static int64_t expand(struct mem *m, struct instance_list *out, const struct instance *like, instance_keep *keep,
                      void *ctx)
{
    const struct km_benchmark *b = like->family;
    struct instance in = *like;
    for (size_t i = 0; i < (b->nsets ? b->nsets : 1); i++) {
        in.args = b->nsets ? b->sets[i] : (struct arg_set){ 0 };
        for (size_t t = 0; t < (b->nthreads ? b->nthreads : 1); t++) {
            in.threads = b->nthreads ? b->threads[t] : 1;
            in.name = instance_name(m, b, &in.args, in.threads);
            in.per_family_instance_index += consider(m, out, &in, keep, ctx);
        }
    }
    return in.per_family_instance_index;
}

int instances_select(struct mem *m, struct instance_list *out, instance_keep *keep, void *ctx, FILE *warn,
                     struct err *e)
{
    int64_t family_index = 0;
    *out = (struct instance_list){ 0 };
    for (size_t i = 0; i < family_count(); i++) {
        const struct km_benchmark *b = family_at(i);
        if (b->problem[0])
            return err_set(e, EXIT_USAGE, "benchmark %s: %s", b->name, b->problem);
        size_t inputs = b->nsets * (b->nthreads ? b->nthreads : 1);
        if (warn && inputs > MANY)
            fprintf(warn, "The number of inputs is very large. %s will be repeated at least %zu times.\n", b->name,
                    inputs);
        struct instance like = { .family = b, .family_index = family_index };
        family_index += expand(m, out, &like, keep, ctx) > 0;
    }
    return 0;
}
