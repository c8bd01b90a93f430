/* SPDX-License-Identifier: Apache-2.0
 * Ctrl-C: the first one asks the run to end with what it has; the second one ends the program. */
#ifndef KM_INTERRUPT_H
#define KM_INTERRUPT_H

/* Catches SIGINT, SIGTERM and SIGHUP from now on. The flag returned becomes non-zero with the first of them. */
const volatile int *interrupt_watch(void);

#endif
