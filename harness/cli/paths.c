/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *self_path(struct mem *m)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    return len > 0 ? mem_dupn(m, path, (size_t)len) : "kernmark";
}

/* The folder `up` levels above the program: 1 is its own. */
static const char *above_self(struct mem *m, int up)
{
    char *path = mem_dup(m, self_path(m));
    while (up-- > 0) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return ".";
        *slash = '\0';
    }
    return path;
}

int share_path(struct mem *m, const char *relative, const char **out, struct err *e)
{
    const char *share = getenv("KERNMARK_SHARE");
    const char *places[] = {
        share && *share ? share : above_self(m, 2), /* build/kernmark stands in the source tree */
        mem_printf(m, "%s/share/kernmark", above_self(m, 2)),
        above_self(m, 3),
        ".",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        *out = mem_printf(m, "%s/%s", places[i], relative);
        if (access(*out, R_OK) == 0)
            return 0;
    }
    return err_set(e, EXIT_USAGE,
                   "%s was not found beside the program: set KERNMARK_SHARE to the folder that holds suites/ and "
                   "reports/",
                   relative);
}

int suite_path(struct mem *m, const char *name, const char **out, struct err *e)
{
    size_t len = strlen(name);
    if (strchr(name, '/') || (len > 5 && !strcmp(name + len - 5, ".yaml"))) {
        *out = name;
        return 0;
    }
    if (share_path(m, mem_printf(m, "suites/%s.yaml", name), out, e))
        return err_set(e, EXIT_USAGE, "no suite '%s': give the name of a file in suites/ or a path to a .yaml file",
                       name);
    return 0;
}
