/* SPDX-License-Identifier: Apache-2.0
 * Claims, the walk over variants, guarded memory and input classes; see check.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kern/check.h"

void check_at(struct checks *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->where, sizeof c->where, fmt, args);
    va_end(args);
}

bool check_that(struct checks *c, bool ok, const char *fmt, ...)
{
    if (ok) {
        c->passed++;
        return true;
    }
    c->failed++;
    if (c->quiet)
        return false;

    va_list args;
    va_start(args, fmt);
    printf("FAILED %s: ", c->where);
    vprintf(fmt, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
    return false;
}

size_t check_variants(struct checks *c, const char *op, const char *dtype, check_variant_fn *fn)
{
    size_t n, found = 0;
    const struct kern_variant *v = kern_variants(&n);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(v[i].op, op) != 0 || strcmp(v[i].dtype, dtype) != 0 || (v[i].need & ~c->isas) != 0)
            continue;
        check_at(c, "%s/%s/%s", op, dtype, v[i].isa);
        fn(c, &v[i]);
        found++;
    }
    check_at(c, "%s/%s", op, dtype);
    check_that(c, found > 0 || c->some_only, "no variant found");
    return found;
}

uint64_t rnd(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint64_t check_seed(const struct checks *c, const char *text)
{
    uint64_t state = c->seed;

    for (; *text; text++) {
        state ^= (unsigned char)*text;
        rnd(&state);
    }
    return rnd(&state);
}

size_t rnd_below(uint64_t *state, size_t n)
{
    return (size_t)(rnd(state) % n);
}

float rnd_float(uint64_t *state)
{
    return (float)((int64_t)(rnd(state) >> 40) - (1 << 23)) * 0x1p-23f;
}

uint32_t float_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

bool same_float(float a, float b)
{
    return float_bits(a) == float_bits(b) || (isnan(a) && isnan(b));
}

static void *must(void *p)
{
    if (!p || p == MAP_FAILED) {
        perror("check-kern");
        exit(70);
    }
    return p;
}

/* The byte at position i of a guarded buffer; never the same as its neighbours. */
static unsigned char pattern(size_t i)
{
    return (unsigned char)(0xa5 ^ (i * 31 & 0xff));
}

struct guard guard_new(size_t bytes, size_t offset)
{
    size_t before = GUARD_BYTES + offset % 64, all = before + bytes + GUARD_BYTES;
    struct guard g = { .mem = must(aligned_alloc(64, (all + 63) / 64 * 64)), .bytes = bytes };

    g.data = g.mem + before;
    for (size_t i = 0; i < all; i++)
        g.mem[i] = pattern(i);
    return g;
}

bool guard_ok(const struct guard *g)
{
    size_t before = (size_t)(g->data - g->mem), all = before + g->bytes + GUARD_BYTES;

    for (size_t i = 0; i < before; i++)
        if (g->mem[i] != pattern(i))
            return false;
    for (size_t i = before + g->bytes; i < all; i++)
        if (g->mem[i] != pattern(i))
            return false;
    return true;
}

void guard_free(struct guard *g)
{
    free(g->mem);
    *g = (struct guard){ 0 };
}

struct fence fence_new(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (bytes + page - 1) / page * page;
    struct fence f = { .map_bytes = room + 2 * page, .room = room };

    f.map = must(mmap(NULL, f.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    f.start = f.map + page;
    f.end = f.start + room;
    if (room && mprotect(f.start, room, PROT_READ | PROT_WRITE) != 0)
        must(NULL);
    return f;
}

void *fence_start(const struct fence *f, size_t bytes)
{
    return bytes <= f->room ? f->start : must(NULL);
}

void *fence_end(const struct fence *f, size_t bytes)
{
    return bytes <= f->room ? f->end - bytes : must(NULL);
}

void fence_free(struct fence *f)
{
    munmap(f->map, f->map_bytes);
    *f = (struct fence){ 0 };
}

static const char *const input_names[IN_CLASSES] = { "uniform", "tiny",  "huge",   "denormal",
                                                     "zero",    "equal", "offset", "mixed" };

const char *input_name(enum input_class k)
{
    return input_names[k];
}

static float input_one(enum input_class k, uint64_t *state)
{
    float f = rnd_float(state);

    switch (k) {
    case IN_TINY:
        return f * 1e-18f;
    case IN_HUGE:
        return f * 1e15f;
    case IN_DENORMAL:
        return f * 0x1p-127f;
    case IN_ZERO:
        return f < 0 ? -0.0f : 0.0f;
    case IN_OFFSET:
        return 1000.0f + f;
    case IN_MIXED:
        return ldexpf(f, (int)rnd_below(state, 61) - 30);
    default:
        return f;
    }
}

void input_fill(float *x, size_t n, enum input_class k, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        x[i] = k == IN_EQUAL && i > 0 ? x[0] : input_one(k, state);
}
