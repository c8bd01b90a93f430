/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler can only reach a global; it is written here and read by whoever holds the pointer. */
static volatile int interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

const volatile int *interrupt_watch(void)
{
    /* SA_RESETHAND: the second signal finds the default action. No SA_RESTART: a wait for a child ends at once. */
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
    return &interrupted;
}
