/* SPDX-License-Identifier: Apache-2.0
 * Which operations have which peers, and how a library is opened. */
#include "suites/peer.h"

#include "suites/binding_util.h"
#include "suites/bindings.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "openblas", "onednn", NULL };

static const struct {
    const char *op, *dtype, *peer;
    peer_open_fn *open;
} peers[] = {
    { "dot", "f32", "openblas", openblas_open },   { "axpy", "f32", "openblas", openblas_open },
    { "gemv", "f32", "openblas", openblas_open },  { "gemv", "f32", "onednn", onednn_open },
    { "gemv", "i8", "onednn", onednn_open },       { "gemm", "f32", "openblas", openblas_open },
    { "gemm", "f32", "onednn", onednn_open },      { "gemm", "bf16", "onednn", onednn_open },
    { "layernorm", "f32", "onednn", onednn_open }, { "softmax", "f32", "onednn", onednn_open },
};

static peer_open_fn *opener(const char *op, const char *dtype, const char *peer)
{
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        if (!strcmp(peers[i].op, op) && !strcmp(peers[i].dtype, dtype) && !strcmp(peers[i].peer, peer))
            return peers[i].open;
    return NULL;
}

const char *const *km_peer_names(void)
{
    return names;
}

int km_has_peer(const char *op, const char *dtype, const char *variant)
{
    return opener(op, dtype, variant) != NULL;
}

enum km_answer peer_open(struct km_case *c, struct peer **out, const struct peer_job *job)
{
    peer_open_fn *open = opener(job->op, job->dtype, c->variant);
    *out = NULL;
    return open ? open(c, out, job) : bu_cannot(c, "%s has no %s/%s here", c->variant, job->op, job->dtype);
}

void peer_close(struct peer *p)
{
    if (p)
        p->close(p);
}

enum km_answer peer_library(struct km_case *c, const char *soname, const char *package,
                            const struct peer_symbol *symbols, void *table)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *why = dlerror();
        int missing = why && strstr(why, "No such file");
        return bu_absent(c, "not available: %s %s (apt install %s)", soname, missing || !why ? "not found" : why,
                         package);
    }
    for (; symbols->name; symbols++) {
        void *function = dlsym(library, symbols->name);
        if (!function)
            return bu_absent(c, "not available: %s has no %s", soname, symbols->name);
        memcpy((char *)table + symbols->offset, &function, sizeof function);
    }
    return KM_RIGHT;
}
