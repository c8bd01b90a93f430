/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/format/gbench_row.h"

#include <string.h>

static const char *const status_names[] = {
    [STATUS_OK] = "OK",
    [STATUS_WRONG] = "WRONG",
    [STATUS_CRASHED] = "CRASHED",
    [STATUS_TIMEOUT] = "TIMEOUT",
    [STATUS_OOM] = "OUT OF MEMORY",
    [STATUS_FAILED] = "FAILED",
    [STATUS_UNSUPPORTED] = "UNSUPPORTED",
    [STATUS_INTERRUPTED] = "INTERRUPTED",
};
enum { NSTATUS = sizeof status_names / sizeof *status_names };

const struct gbench_cache gbench_caches[4] = {
    { "cache.l1d", "Data", 1 },
    { "cache.l1i", "Instruction", 1 },
    { "cache.l2", "Unified", 2 },
    { "cache.l3", "Unified", 3 },
};

const char *gbench_status_name(enum status s)
{
    return (unsigned)s < NSTATUS ? status_names[s] : "FAILED";
}

bool gbench_status_find(const char *name, enum status *s)
{
    for (int i = 0; name && i < NSTATUS; i++)
        if (!strcmp(name, status_names[i])) {
            *s = (enum status)i;
            return true;
        }
    return false;
}
