/* SPDX-License-Identifier: Apache-2.0
 * A noisy neighbour: what other tenants of a machine do to it, on demand. */
#ifndef KM_NEIGHBOUR_H
#define KM_NEIGHBOUR_H

#include "harness/base/err.h"

#include <sys/types.h>

/* Starts a process that alternately streams through more memory than caches hold and computes, for some 50 to 300 ms at
 * a time, on any CPU. It ends with us. */
int neighbour_start(pid_t *out, struct err *e);
void neighbour_stop(pid_t pid); /* 0: none */

#endif
