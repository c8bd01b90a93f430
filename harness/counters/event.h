/* SPDX-License-Identifier: Apache-2.0
 * Perf events by name. The kernel's generic ones ("instructions", "L1-dcache-load-misses", "page-faults"; capitals and
 * '_' for '-' are the same) and raw ones ("r01c2") are known here. Every other name is one of this processor's own, as
 * libpfm has them ("RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED"): where that library is installed it is loaded when such
 * a name is asked for. It is neither linked nor needed to build. */
#ifndef KM_EVENT_H
#define KM_EVENT_H

#include "harness/base/result.h"

struct event {
    char name[96]; /* as asked for; generic ones as above */
    const char *unit;
    uint32_t type;
    uint64_t config, config1, config2;
    bool user, kernel; /* modes in which it is counted */
    char why[192];     /* where event_find() fails */
};

/* Fills the rest from event->name. 0, or -1 with event->why. */
int event_find(struct event *event);

/* The part of it that asks libpfm. */
int event_find_pfm(struct event *event);

#endif
