/* SPDX-License-Identifier: Apache-2.0
 * One measuring run on a machine at a time, because two would disturb each other. */
#ifndef KM_LOCK_H
#define KM_LOCK_H

#include "harness/base/err.h"

/* Waits for its turn (says so on standard error) and returns a handle; -1 only for Ctrl-C while waiting. Where the lock
 * file cannot be made, runs are not kept apart and the handle is 0. */
int lock_host(struct err *e);
void unlock_host(int handle);

#endif
