/* SPDX-License-Identifier: Apache-2.0
 * Pinning to CPUs. */
#ifndef KM_BENCH_AFFINITY_H
#define KM_BENCH_AFFINITY_H

#include "harness/base/err.h"

/* Pins the calling thread, and those it starts later, to the CPUs of a list such as "0,2-3". EXIT_USAGE where the list is
 * malformed, EXIT_ENVIRONMENT where the kernel refuses. */
int affinity_pin(const char *list, struct err *e);

#endif
