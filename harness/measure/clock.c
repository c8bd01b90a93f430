/* SPDX-License-Identifier: Apache-2.0
 * Clocks, real and fake. */
#include "harness/measure/clock.h"

#include "harness/measure/seed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEPS = 200, MAX_READS = 100000, COST_READS = 500, COST_TRIES = 5, PART = 1 << 20 };

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;
    if (clock_gettime(id, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now_monotonic(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t cpu_process(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

#ifdef CLOCK_MONOTONIC_RAW
static uint64_t now_raw(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_MONOTONIC_RAW);
}
#endif

/* Best first. */
static const struct clock clocks[] = {
#ifdef CLOCK_MONOTONIC_RAW
    { .now = now_raw, .cpu = cpu_process, .name = "CLOCK_MONOTONIC_RAW" },
#endif
    { .now = now_monotonic, .cpu = cpu_process, .name = "CLOCK_MONOTONIC" },
};

/* Least positive difference between neighbouring readings, over up to STEPS steps. */
static int measure_resolution(struct clock *c, struct err *e)
{
    uint64_t least = UINT64_MAX, before = c->now(c->ctx);
    int steps = 0;
    for (int i = 0; i < MAX_READS && steps < STEPS; i++) {
        uint64_t now = c->now(c->ctx);
        if (now < before)
            return err_set(e, EXIT_ENVIRONMENT, "clock %s runs backwards", c->name);
        if (now > before && now - before < least)
            least = now - before;
        steps += now > before;
        before = now;
    }
    if (!steps)
        return err_set(e, EXIT_ENVIRONMENT, "clock %s stands still", c->name);
    c->resolution = least;
    return 0;
}

/* The least of a few tries: anything above it is something else that happened meanwhile. */
static void measure_cost(struct clock *c)
{
    c->cost = UINT64_MAX;
    for (int try = 0; try < COST_TRIES; try++) {
        uint64_t from = c->now(c->ctx), to = from;
        for (int i = 0; i < COST_READS; i++)
            to = c->now(c->ctx);
        uint64_t each = (to - from + COST_READS - 1) / COST_READS;
        if (each < c->cost)
            c->cost = each;
    }
}

int clock_measure(struct clock *c, struct err *e)
{
    if (measure_resolution(c, e))
        return -1;
    measure_cost(c);
    return 0;
}

int clock_real(struct clock *out, struct err *e)
{
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        *out = clocks[i];
        if (!clock_measure(out, e))
            return 0;
    }
    return -1;
}

double clock_seconds(void)
{
    return (double)read_clock(CLOCK_MONOTONIC) * 1e-9;
}

/* A reading shows the time before the pending batch; the next one shows the time after it. */
static uint64_t fake_now(void *ctx)
{
    struct fake_clock *f = ctx;
    uint64_t now = f->time;
    f->time += f->pending;
    f->pending = 0;
    return now;
}

static uint64_t fake_cpu(void *ctx)
{
    const struct fake_clock *f = ctx;
    return f->cpu;
}

/* Uniform in 1 - most/PART to 1 + most/PART. Every step is exact, so that fusing two of them changes nothing. */
static double around_one(struct rng *r, uint64_t most)
{
    return 1 + ((double)rng_below(r, 2 * most + 1) - (double)most) * (1.0 / PART);
}

static void fake_expect(void *ctx, uint64_t iterations)
{
    struct fake_clock *f = ctx;
    f->pending = (uint64_t)(f->per_iteration * around_one(&f->noise, PART / 200) * (double)iterations);
    f->cpu += f->pending - f->pending / 100;
}

/* The factor of "SEED*FACTOR@PART", 1 where it does not apply. */
static double fake_factor(const char *spec, const char *name)
{
    const char *star = strchr(spec, '*');
    if (!star)
        return 1;
    char *end;
    double factor = strtod(star + 1, &end);
    if (!(factor > 0 && factor < 1e6) || (*end == '@' && !strstr(name, end + 1)))
        return 1;
    return factor;
}

static uint64_t spec_seed(const char *spec)
{
    char seed[64];
    size_t len = strcspn(spec, "*");
    if (len >= sizeof seed)
        len = sizeof seed - 1;
    memcpy(seed, spec, len);
    seed[len] = '\0';
    return seed_of_text(seed);
}

void clock_fake(struct clock *out, struct fake_clock *fake, const char *spec, const char *name, uint64_t seed,
                uint64_t round)
{
    struct rng level, noise;
    uint64_t own = seed_mix(spec_seed(spec), seed_of_text(name));
    rng_seed(&level, own);
    rng_seed(&noise, seed_mix(seed_mix(own, seed), round));
    double ns = 50 * (1 + rng_uniform(&level));
    ns *= (double)(UINT64_C(1) << rng_below(&level, 9)); /* in a statement of its own: the order of draws is fixed */
    double process = around_one(&noise, PART / 100) * around_one(&noise, PART / 100);
    *fake = (struct fake_clock){ .per_iteration = ns * process * fake_factor(spec, name), .noise = noise };
    *out = (struct clock){
        .now = fake_now,
        .cpu = fake_cpu,
        .expect = fake_expect,
        .ctx = fake,
        .name = "fake",
        .resolution = 1,
        .cost = 20,
    };
}
