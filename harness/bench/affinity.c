/* SPDX-License-Identifier: Apache-2.0
 * Pinning to CPUs. */
#include "harness/bench/affinity.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* A CPU's number, or -1. */
static long number(const char **p)
{
    char *end;
    if (!isdigit((unsigned char)**p))
        return -1;
    errno = 0;
    long n = strtol(*p, &end, 10);
    *p = end;
    return errno || n >= CPU_SETSIZE ? -1 : n;
}

static int parse(const char *list, cpu_set_t *set)
{
    const char *p = list;
    CPU_ZERO(set);
    for (;;) {
        long from = number(&p), to = from;
        if (*p == '-') {
            p++;
            to = number(&p);
        }
        if (from < 0 || to < from)
            return -1;
        for (long cpu = from; cpu <= to; cpu++)
            CPU_SET((size_t)cpu, set);
        if (!*p)
            return 0;
        if (*p++ != ',')
            return -1;
    }
}

int affinity_pin(const char *list, struct err *e)
{
    cpu_set_t set;
    if (parse(list, &set))
        return err_set(e, EXIT_USAGE, "\"%s\" is no list of CPUs such as 0,2-3", list);
    if (sched_setaffinity(0, sizeof set, &set))
        return err_set(e, EXIT_ENVIRONMENT, "cannot pin to the CPUs %s: %s", list, strerror(errno));
    return 0;
}
