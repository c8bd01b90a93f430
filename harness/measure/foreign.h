/* SPDX-License-Identifier: Apache-2.0
 * Benchmarks of any executable that speaks Google Benchmark's contract, C++ ones of any version included, as jobs of the
 * runner: one turn is one process of the program that runs one benchmark and writes its JSON to a file.
 *
 * The time of a sample is the row's real_time, whatever clock the program stops by: it is what a caller waits for, what
 * manual time is reported as, and what the runner's own samples are. cpu_time is kept beside it (round.cpu_seconds). */
#ifndef KM_FOREIGN_H
#define KM_FOREIGN_H

#include "harness/measure/turn.h"

struct foreign {
    const char *path; /* for exec: has a slash in it */
    const char *name; /* base name, only [A-Za-z0-9._-]: the suite of its benchmarks */
    const char *const *args;
    size_t nargs;
    const char *folder, *out; /* where the program writes its results; NULL: not open */
    bool shadowed;            /* built with a sanitizer: child.h */
    bool suffix;              /* it is known to understand "0.5s" */
};

/* Finds the program: a path, or a name looked up in the current folder and then in PATH. EXIT_USAGE if there is none.
 * args are borrowed. Strings live in m. */
int foreign_find(struct mem *m, const char *program, const char *const *args, size_t nargs, struct foreign *f,
                 struct err *e);

/* Asks the program for its benchmarks and makes *plan of them, in its order. A name that it lists more than once cannot
 * be asked for alone: it is one unsupported job. EXIT_BENCH_FAILED with the program's last words if it cannot say,
 * EXIT_USAGE if it has none. `settings` are those of every job. */
int foreign_list(struct mem *m, const struct foreign *f, const struct settings *settings, struct plan *plan,
                 struct err *e);

/* Makes and removes the folder for results. */
int foreign_open(struct mem *m, struct foreign *f, struct err *e);
void foreign_close(struct foreign *f);

/* One turn (runner_edges.turn); the edges' ctx is the open struct foreign. Whatever the program does is a result. */
void foreign_turn(struct mem *m, const struct turn_order *order, struct pace *pace, struct turn *out);

/* --- its parts, for tests --- */

/* "^name$" as a POSIX extended regular expression that matches this name only. */
const char *foreign_pattern(struct mem *m, const char *name);

/* Value of --benchmark_min_time. Seconds are a plain number, which every version reads, until the program is known to
 * want a suffix (without one, new versions complain on standard error). */
const char *foreign_min_time(struct mem *m, double seconds, uint64_t iterations, bool suffix);

/* Seconds that one process should measure for, so that the most rounds of the settings fit the budget: half of it is
 * for start and search of the iteration count. */
double foreign_seconds(const struct settings *s);

/* Is `got`, from a JSON file, the benchmark that was listed as `listed`? Bytes that are no JSON text may have become
 * '?' or U+FFFD on the way. */
bool foreign_same_name(const char *listed, const char *got);

#endif
