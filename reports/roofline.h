/* SPDX-License-Identifier: Apache-2.0
 * How far a kernel is from what its machine can do: the roofline model (S. Williams, A. Waterman and D. Patterson,
 * Communications of the ACM 52(4), 2009) with ceilings that were measured, by suites/ceilings.yaml. Pure functions. */
#ifndef KM_ROOFLINE_H
#define KM_ROOFLINE_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

/* One ceiling. */
struct roof {
    const char *variant; /* instruction set that it was measured with */
    const char *what; /* "f32", "i8", "bf16": arithmetic of that type; "l1", "l2", "l3", "dram": reading from there */
    bool memory;      /* which of the two */
    int threads;      /* that were measured together */
    double rate;      /* flop/s or byte/s, of all of them */
};

struct roofline {
    const struct roof *roofs; /* in the order of the run */
    size_t n;
    double caches[3]; /* bytes of the levels; 0: unknown */
};

/* What one iteration takes at the ceilings. */
struct ceiling {
    double seconds;
    const struct roof *roof; /* the one that limits */
};

/* Whether a run measured ceilings. */
bool roofline_has(const struct run *run);

/* The ceilings of a run that measured them; the sizes of the caches are those of its host's facts. */
struct roofline roofline_of(struct mem *m, const struct run *run);

/* The ceiling of one result. With flops F and bytes B of an iteration it takes at least max(F / peak, B / bandwidth).
 *
 * peak: the best that the variant can do with numbers of the result's type, be it as floats; a variant that has no
 * ceiling of its own (the scalar reference, the compiler's, other libraries) is held against the best of the machine.
 * bandwidth: of the smallest level that holds B, because B is what an ideal cache would move and the next iteration
 * finds it there; it is that of reading, also for what is written.
 * Several threads are held against the ceilings of as many; where these were not measured, of the next more, and where
 * there are none, of the most, but never of one.
 *
 * False where there is none: the result is not OK or a ceiling itself, says neither flops nor bytes, or what it would
 * need was not measured. */
bool roofline_ceiling(const struct roofline *r, const struct result *result, struct ceiling *out);

/* "arithmetic (f32, avx512)", "bandwidth of L2"; of several threads with ", 4 threads". */
const char *roof_name(struct mem *m, const struct roof *roof);

#endif
