/* SPDX-License-Identifier: Apache-2.0
 * Ceilings out of a run, and the one that limits a result. */
#include "reports/roofline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const levels[] = { "l1", "l2", "l3", "dram" };
enum { L1, L2, L3, DRAM };

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static const char *word(const struct bench *b, const char *name)
{
    for (size_t i = 0; i < b->nparams; i++)
        if (is(b->params[i].name, name))
            return b->params[i].word;
    return NULL;
}

static bool is_ceiling(const struct bench *b)
{
    return is(b->op, "peak") ? b->nparams == 0 : is(b->op, "read") && b->nparams == 1 && word(b, "level");
}

static bool is_good(const struct result *r)
{
    return r->status == STATUS_OK && r->summary.median > 0;
}

bool roofline_has(const struct run *run)
{
    for (size_t i = 0; run && i < run->nresults; i++)
        if (is_good(&run->results[i]) && is_ceiling(&run->results[i].bench))
            return true;
    return false;
}

/* "48 KiB, shared by 1" */
static double bytes_of(const char *text)
{
    char *end;
    if (!text)
        return 0;
    double number = strtod(text, &end);
    if (!(number > 0))
        return 0;
    return strncmp(end, " KiB", 4) == 0 ? number * 1024 : strncmp(end, " MiB", 4) == 0 ? number * 1048576 : 0;
}

static double cache_size(const struct facts *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (is(f->all[i].key, key))
            return bytes_of(f->all[i].value);
    return 0;
}

struct roofline roofline_of(struct mem *m, const struct run *run)
{
    static const char *const keys[] = { "cache.l1d", "cache.l2", "cache.l3" };
    struct roofline r = { 0 };
    struct roof *roofs = mem_array(m, run->nresults + 1, sizeof *roofs);
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *c = &run->results[i];
        const struct bench *b = &c->bench;
        if (!is_good(c) || !is_ceiling(b))
            continue;
        bool memory = is(b->op, "read");
        const char *what = memory ? word(b, "level") : b->dtype;
        double work = memory ? c->cost.bytes : c->cost.flops;
        if (what && work > 0)
            roofs[r.n++] = (struct roof){ b->variant, what, memory, b->threads, work / c->summary.median };
    }
    r.roofs = roofs;
    for (int i = 0; i < 3; i++)
        r.caches[i] = cache_size(&run->host.facts, keys[i]);
    return r;
}

/* --- which ceiling ----------------------------------------------------------------------------------------------- */

/* "avx512vnni" can do what "avx512" can. */
static bool extends(const char *variant, const char *base)
{
    return variant && base && strncmp(variant, base, strlen(base)) == 0;
}

static bool has_own(const struct roofline *r, const char *variant)
{
    for (size_t i = 0; i < r->n; i++)
        if (extends(variant, r->roofs[i].variant))
            return true;
    return false;
}

/* Whether a is the better roof for that many threads: of as many, of the next more, of the most, and then the highest. */
static bool is_better(const struct roof *a, const struct roof *b, int threads)
{
    if (a->threads == b->threads)
        return a->rate > b->rate;
    if (a->threads < threads || b->threads < threads)
        return a->threads > b->threads;
    return a->threads < b->threads;
}

/* The best of one kind; NULL if there is none. */
static const struct roof *best(const struct roofline *r, const char *variant, const char *what, bool memory,
                               int threads)
{
    const struct roof *found = NULL;
    bool own = has_own(r, variant);
    for (size_t i = 0; i < r->n; i++) {
        const struct roof *roof = &r->roofs[i];
        if (roof->memory == memory && (roof->threads > 1) == (threads > 1) && is(what, roof->what) &&
            (!own || extends(variant, roof->variant)) && (!found || is_better(roof, found, threads)))
            found = roof;
    }
    return found;
}

/* Which products a kernel of this type could use instead of those of floats. */
static const char *class_of(const char *dtype)
{
    if (is(dtype, "bf16"))
        return "bf16";
    return is(dtype, "i8") || (dtype && dtype[0] == 'q') ? "i8" : "f32";
}

static const struct roof *arithmetic(const struct roofline *r, const struct bench *b)
{
    const struct roof *floats = best(r, b->variant, "f32", false, b->threads);
    const struct roof *special = best(r, b->variant, class_of(b->dtype), false, b->threads);
    if (!floats || (special && special->rate > floats->rate))
        return special;
    return floats;
}

/* The first two levels belong to a core, so several threads have as many of them. */
static int level_of(const struct roofline *r, double bytes, int threads)
{
    int level = L1;
    while (level < DRAM && !(bytes <= r->caches[level] * (level < L3 ? threads : 1)))
        level++;
    return level;
}

bool roofline_ceiling(const struct roofline *r, const struct result *result, struct ceiling *out)
{
    const struct bench *b = &result->bench;
    double flops = result->cost.flops, bytes = result->cost.bytes;
    bool sizes = r->caches[L1] > 0;
    *out = (struct ceiling){ 0, NULL };
    if (!is_good(result) || is_ceiling(b) || !(flops > 0 || bytes > 0) || (bytes > 0 && !sizes))
        return false;
    const struct roof *peak = arithmetic(r, b);
    const struct roof *bandwidth = best(r, b->variant, levels[level_of(r, bytes, b->threads)], true, b->threads);
    if ((flops > 0 && !peak) || (bytes > 0 && !bandwidth))
        return false;
    double computing = flops > 0 ? flops / peak->rate : 0, moving = bytes > 0 ? bytes / bandwidth->rate : 0;
    *out = computing > moving ? (struct ceiling){ computing, peak } : (struct ceiling){ moving, bandwidth };
    return true;
}

const char *roof_name(struct mem *m, const struct roof *roof)
{
    const char *threads = roof->threads > 1 ? mem_printf(m, ", %d threads", roof->threads) : "";
    if (!roof->memory)
        return mem_printf(m, "arithmetic (%s, %s)%s", roof->what, roof->variant, threads);
    if (is(roof->what, "dram"))
        return mem_printf(m, "bandwidth of memory%s", threads);
    return mem_printf(m, "bandwidth of L%s%s", roof->what + 1, threads);
}
