/* SPDX-License-Identifier: Apache-2.0
 * Parts of a turn that paired rounds use as well, and the one that counts instructions. */
#ifndef KM_TURN_STEP_H
#define KM_TURN_STEP_H

#include "harness/measure/session.h"
#include "harness/measure/turn.h"

/* "instructions-stepped": the instructions of one iteration of a job on one thread, counted by single steps (step.h) in
 * a process of its own whose memory layout is always the same: exact from run to run wherever the benchmark is
 * deterministic. It is the difference of a batch of two and a batch of one. */
void turn_step(struct mem *m, const struct turn_order *order, struct metric *out);

/* What the kernel counted over so many iterations, per iteration: "page-faults", "context-switches". */
enum { TURN_USAGE = 2 };
void turn_usage(uint64_t faults, uint64_t switches, double iterations, struct metric rows[TURN_USAGE]);

/* Puts a job before a worker. *ready is valid until the next command. */
int turn_set_up(struct session *s, const struct turn_order *order, struct wire_ready *ready);

#endif
