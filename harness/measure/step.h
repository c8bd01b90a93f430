/* SPDX-License-Identifier: Apache-2.0
 * Counts instructions of another process one by one, by single-stepping it (ptrace) from one mark to the next. It needs
 * no hardware counter, works with every instruction that the processor has, and of a deterministic program the count is
 * the same in every run. It costs some microseconds per instruction.
 *
 * Counted is what the marked thread executes in user mode: the kernel's work is one instruction, and so is each round of
 * a string instruction such as `rep movsb`. */
#ifndef KM_STEP_H
#define KM_STEP_H

#include "harness/measure/child.h"

#include <stdint.h>

enum step_end {
    STEP_COUNTED,
    STEP_TOO_MANY, /* more than `most` */
    STEP_ENDED,    /* the process is gone; its status still waits to be reaped */
    STEP_LATE,     /* the deadline passed */
    STEP_INTERRUPTED,
    STEP_BROKEN, /* the system refused; errno says why */
};

/* In the process that is counted: begins a stretch or ends it. Without a tracer it would stop for ever. */
void step_mark(void);

/* Becomes the tracer of a child; 0 or -1 with errno. The child goes on. */
int step_attach(pid_t pid);

/* Waits for a mark, steps to the next one, and lets the child go on. *count is what lay between, the return from the
 * first mark and the way into the second included, which are always the same: the difference of two stretches is exact.
 * After any other end than STEP_COUNTED the child is good for nothing but to be killed. */
enum step_end step_count(pid_t pid, const struct leash *leash, uint64_t most, uint64_t *count);

#endif
