/* SPDX-License-Identifier: Apache-2.0
 * What writer and reader of Google Benchmark's JSON share. */
#ifndef KM_GBENCH_ROW_H
#define KM_GBENCH_ROW_H

#include "harness/base/result.h"

/* Fields of a row that are ours; Google Benchmark's own tools ignore unknown fields by their contract. */
#define GBENCH_HASH    "kernmark_hash"         /* of the benchmark's definition */
#define GBENCH_SAMPLES "kernmark_samples"      /* how many are behind the mean of the row */
#define GBENCH_TIMES   "kernmark_sample_times" /* they themselves, in the unit of the row */
#define GBENCH_STATUS  "kernmark_status"       /* "WRONG", "CRASHED", ... of an error row */

/* Context keys that are ours, beside "host.<fact>" and "build.<fact>". */
#define GBENCH_FINGERPRINT "host.fingerprint"
#define GBENCH_BUILD_HASH  "build.hash"

const char *gbench_status_name(enum status s);             /* "WRONG" */
bool gbench_status_find(const char *name, enum status *s); /* false: no such name */

struct gbench_cache {
    const char *key;  /* of the fact */
    const char *type; /* Google Benchmark's word */
    int level;
};
extern const struct gbench_cache gbench_caches[4];

#endif
