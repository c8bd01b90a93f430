/* SPDX-License-Identifier: Apache-2.0
 * The store: every result ever measured, in one SQLite file. SQL lives in this room only.
 *
 * One short transaction per finished benchmark: a kill loses at most the one running. All functions return 0, or -1
 * with kind EXIT_STORE (or EXIT_USAGE where the request names something that does not exist). */
#ifndef KM_STORE_H
#define KM_STORE_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"
#include "harness/stats/compare.h"

struct store;

/* The baseline that is meant where none is named. */
#define STORE_BASELINE "default"

/* Version of the statistics behind verdicts, stored with them. Raise it when equal samples may get another verdict. */
enum { STORE_METHOD = 3 };

enum store_mode {
    STORE_WRITE, /* create if missing, migrate */
    STORE_READ,  /* must exist; never written; an older schema is refused */
};

/* Creates the file and its folder for STORE_WRITE. Missing or empty for STORE_READ, locked, read-only, damaged, of a
 * newer schema, or another program's database: EXIT_STORE, and the file is as it was. *out is NULL on failure. */
int store_open(struct store **out, const char *path, enum store_mode mode, struct err *e);
void store_close(struct store **s);

/* --- writing a run ---
 * Text is kept byte for byte, UTF-8 or not; a NULL string stays NULL and a NAN stays NAN. The facts of host and build
 * are those of this run: a later run with other facts changes nothing here. Only the host's name is that of its last
 * run, and a commit gains what an earlier run did not know of it. */

/* Sets run->id, host.id, build.id. A uuid that is already stored is refused. */
int store_begin(struct store *s, struct run *run, struct err *e);
/* Sets r->id. Refused: a second result of the same benchmark, and any result of a run that has ended. */
int store_result(struct store *s, int64_t run_id, struct result *r, struct err *e);
/* Stores state, finished and after of run->id. */
int store_finish(struct store *s, const struct run *run, struct err *e);
/* Adds one judging of the run. base_id 0: there was no baseline. */
int store_verdicts(struct store *s, int64_t run_id, int64_t base_id, const struct verdict *v, size_t n, struct err *e);

/* --- reading --- */

/* A run by what a person types:
 *   latest, latest~N      by time of start, among the runs with at least one result; of what this machine cannot
 *                         run only if the run came to its end
 *   12                    the run of that number, on any host
 *   3f9a                  4 or more first characters of a run's uuid, or of a commit (its latest run with a result)
 *   baseline[:NAME]       STORE_BASELINE if no name
 * host 0: any host. Nothing fits: EXIT_USAGE saying what is possible, or EXIT_STORE where the store has no run at all.
 * Several fit: EXIT_USAGE naming them. No such baseline: EXIT_INCONCLUSIVE. */
int store_find(struct store *s, const char *spec, int64_t host_id, int64_t *run_id, struct err *e);
/* Results come in the order of their positions in the plan. */
int store_load(struct store *s, struct mem *m, int64_t run_id, struct run *out, struct err *e);
/* As store_load without results, newest first. limit 0: all. */
int store_runs(struct store *s, struct mem *m, int64_t host_id, int limit, struct run **out, size_t *n, struct err *e);
/* By name, with the facts of their last run. */
int store_hosts(struct store *s, struct mem *m, struct host **out, size_t *n, struct err *e);
int store_host_id(struct store *s, const char *fingerprint_or_name, int64_t *id, struct err *e);
/* Of the last judging of the run; *n is 0 where there was none. */
int store_load_verdicts(struct store *s, struct mem *m, int64_t run_id, int64_t *base_id, struct verdict **v, size_t *n,
                        struct err *e);

/* One point of a series. */
struct point {
    int64_t run_id;
    double started;
    struct commit commit;
    const char *build_hash, *bench_hash;
    double median, ci_low, ci_high;
    size_t rounds;
    enum status status;
};

struct series {
    const char *name;
    struct point *points; /* oldest first */
    size_t n;
};

/* The last `limit` points (0: all) of every series of a host whose benchmark's name matches the GLOB pattern
 * (case-sensitive), in order of name; a changed definition is another series of the same name. Points of all builds,
 * failed ones too: build_hash and status tell. */
int store_history(struct store *s, struct mem *m, int64_t host_id, const char *glob, int limit, struct series **out,
                  size_t *n, struct err *e);

/* Medians of the last `limit` complete runs (0: all) per benchmark on this host and build, oldest first, for variance
 * between runs. With before_run: only runs that started before it and had its profile, and only the benchmarks (name
 * and definition) that it has. before_run 0: all runs; of several definitions of a name, the one stored last. */
int store_noise(struct store *s, struct mem *m, int64_t host_id, const char *build_hash, int64_t before_run, int limit,
                struct history_noise **out, size_t *n, struct err *e);

/* --- baselines --- */
struct baseline {
    const char *name;
    int64_t host_id, run_id;
    const char *host_name, *reason;
    double set_at;
    bool follows; /* moves to every later run that passes against it; else pinned */
};
/* Refused with EXIT_BENCH_FAILED, because a failing value never becomes a baseline: a run that did not complete, has no
 * good result, has a failed benchmark, or whose last judging found a regression while no reason is given to accept it.
 * An earlier baseline of that name and host is replaced; the new one is pinned. A name is up to 64 letters, digits and
 * . _ / + - */
int store_baseline_set(struct store *s, const char *name, int64_t run_id, const char *reason, struct err *e);
/* As store_baseline_set, and the baseline follows. Without a reason the one that it had stays. */
int store_baseline_follow(struct store *s, const char *name, int64_t run_id, const char *reason, struct err *e);
int store_baseline_rm(struct store *s, const char *name, int64_t host_id, struct err *e);
int store_baselines(struct store *s, struct mem *m, struct baseline **out, size_t *n, struct err *e);

/* The runs of a host that could become baselines, were clean and have a commit, newest first: without results and facts. */
int store_fit_runs(struct store *s, struct mem *m, int64_t host_id, struct run **out, size_t *n, struct err *e);

/* --- accepted changes --- */
/* Of the host of a->run_id; sets a->id. EXIT_USAGE: no such run, no measured benchmark of it matches the pattern, or
 * pattern or reason is empty or too long. */
int store_accept(struct store *s, struct acceptance *a, struct err *e);
int store_accept_rm(struct store *s, int64_t id, int64_t host_id, struct err *e);
/* Oldest first, expired ones too. */
int store_accepted(struct store *s, struct mem *m, int64_t host_id, struct acceptance **out, size_t *n, struct err *e);

/* --- paired runs, noise, calibration --- */
/* Stores a paired run that has ended, whole, and sets its id. */
int store_trial(struct store *s, struct paired_run *run, struct err *e);
/* By id, or id 0: the last one of the host (0: any). run->id is 0 where there is none. Parameters of the benchmarks are
 * not read. */
int store_load_trial(struct store *s, struct mem *m, int64_t id, int64_t host_id, struct paired_run *run,
                     struct err *e);
/* What a session of identical programs showed. */
int store_noise_points(struct store *s, const struct host *host, const struct noise_point *points, size_t n,
                       struct err *e);
/* Of this host: the last `limit` points of every benchmark, oldest first, in order of name and hash. */
int store_load_noise_points(struct store *s, struct mem *m, int64_t host_id, int limit, struct noise_point **out,
                            size_t *n, struct err *e);
int store_calibration(struct store *s, const struct host *host, const struct calibration *rows, size_t n,
                      struct err *e);
/* The lines of all calibrations of this host by the present method, oldest first, then in order of effect. */
int store_load_calibration(struct store *s, struct mem *m, int64_t host_id, struct calibration **out, size_t *n,
                           struct err *e);

/* --- upkeep --- */
struct check_line {
    const char *what;
    bool ok;
    const char *detail;
};
/* Finds damage; -1 only where the check itself is impossible. */
int store_check(struct store *s, struct mem *m, struct check_line **out, size_t *n, struct err *e);
int store_schema(struct store *s, int *have, int *known, struct err *e);

#endif
