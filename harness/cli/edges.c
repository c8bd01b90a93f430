/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/edges.h"

#include "harness/cli/paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* The moment at which every simulated run starts: 2026-01-01 12:00:00 UTC, one day later for each seed. */
static const double fake_epoch = 1767268800;

static const char *fake_folder(void)
{
    const char *folder = getenv("KERNMARK_FAKE");
    return folder && *folder ? folder : NULL;
}

const struct host_edge *host_edge(void)
{
    static struct host_edge fake;
    fake = (struct host_edge){ .root = fake_folder(), .host_name = "fakehost" };
    return fake.root ? &fake : NULL;
}

const struct host_edge *host_edge_after(void)
{
    static struct host_edge later;
    const char *folder = getenv("KERNMARK_FAKE_AFTER");
    later = (struct host_edge){ .root = folder, .host_name = "fakehost" };
    return fake_folder() && folder && *folder ? &later : host_edge();
}

void read_build(struct mem *m, struct build *out)
{
    static struct fact compiler = { "compiler", "Compiler", "a simulated compiler", NULL };
    if (fake_folder())
        *out = (struct build){ .hash = "00000000000000fa", .facts = { &compiler, 1 } };
    else
        build_read(m, out);
}

static double fake_time(void)
{
    const char *day = getenv("KERNMARK_FAKE_DAY");
    return fake_epoch + 86400.0 * (day ? atoi(day) : 0);
}

double wall_clock(void)
{
    struct timespec t;
    if (fake_folder())
        return fake_time();
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t random_bits(void)
{
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        bits = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
    return bits;
}

const char *new_uuid(struct mem *m, uint64_t seed)
{
    uint64_t high = fake_folder() ? (uint64_t)fake_time() : random_bits();
    return mem_printf(m, "%016llx%016llx", (unsigned long long)high,
                      (unsigned long long)(fake_folder() ? seed : random_bits()));
}

/* Short enough to type again. */
uint64_t new_seed(void)
{
    return fake_folder() ? 1 : random_bits() % 1000000000 + 1;
}

const char *base_clock(void)
{
    const char *clock = getenv("KERNMARK_FAKE_CLOCK_BASE");
    return fake_folder() && clock && *clock ? clock : NULL;
}

void runner_edges_init(struct mem *m, struct runner_edges *out)
{
    const char **worker = mem_array(m, 3, sizeof *worker);
    worker[0] = self_path(m);
    worker[1] = "worker";
    *out = (struct runner_edges){ .worker = worker };
    if (fake_folder()) {
        const char *clock = getenv("KERNMARK_FAKE_CLOCK");
        out->fake_clock = clock && *clock ? clock : "1";
    }
}
