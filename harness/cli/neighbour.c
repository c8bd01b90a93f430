/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/neighbour.h"

#include "harness/measure/clock.h"
#include "harness/stats/rng.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { MEMORY = 64 << 20, LINE = 64 };

static void stream(volatile unsigned char *memory, double until)
{
    while (clock_seconds() < until)
        for (size_t i = 0; i < MEMORY; i += LINE)
            memory[i]++;
}

static void compute(double until)
{
    volatile uint64_t sink = 1;
    while (clock_seconds() < until)
        for (int i = 0; i < 10000; i++)
            sink = sink * UINT64_C(6364136223846793005) + 1;
}

static _Noreturn void disturb(void)
{
    struct rng r;
    unsigned char *memory = calloc(1, MEMORY);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (!memory)
        _exit(EXIT_INTERNAL);
    rng_seed(&r, 1);
    for (;;) {
        stream(memory, clock_seconds() + 0.05 + 0.25 * rng_uniform(&r));
        compute(clock_seconds() + 0.05 + 0.25 * rng_uniform(&r));
    }
}

int neighbour_start(pid_t *out, struct err *e)
{
    *out = fork();
    if (!*out)
        disturb();
    return *out < 0 ? err_set(e, EXIT_INTERNAL, "cannot start a noisy neighbour: %s", strerror(errno)) : 0;
}

void neighbour_stop(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
