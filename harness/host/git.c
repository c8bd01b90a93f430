/* SPDX-License-Identifier: Apache-2.0
 * git with its environment. */
#include "harness/host/git.h"

#include "harness/host/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_LIMIT = 64 * 1024, MAX_ARGS = 32 };

/* Kept of the caller's environment: where programs and the user's git settings are. SUDO_UID is how git accepts that
 * root works in a user's repository. */
static const char *const kept[] = { "PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID" };

static const char *const fixed_env[] = {
    "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_NO_LAZY_FETCH=1",
};

static const char *const git_prefix[] = {
    "git", "--no-pager",
    "-c",  "core.fsmonitor=false",
    "-c",  "log.showSignature=false",
    "-c",  "i18n.logOutputEncoding=UTF-8",
};

/* git's own words, and what a person can do. */
struct refusal {
    const char *words, *why;
};

static const struct refusal refusals[] = {
    { "dubious ownership", "git refuses the repository because another user owns it "
                           "(git config --global --add safe.directory DIR)" },
    { "not a git repository", "not in a git repository" },
    { "does not have any commits", "the repository has no commit yet" },
    { "bad default revision", "the repository has no commit yet" },
};

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static const char *const *environment(struct mem *m)
{
    const char **env = mem_array(m, LENGTH(kept) + LENGTH(fixed_env) + 1, sizeof *env);
    size_t n = 0;
    for (size_t i = 0; i < LENGTH(kept); i++) {
        const char *value = getenv(kept[i]);
        if (value)
            env[n++] = mem_printf(m, "%s=%s", kept[i], value);
    }
    for (size_t i = 0; i < LENGTH(fixed_env); i++)
        env[n++] = fixed_env[i];
    return env;
}

void git(struct mem *m, const char *dir, const char *const *args, double timeout, struct captured *out)
{
    const char *argv[MAX_ARGS];
    size_t n = 0;
    for (size_t i = 0; i < LENGTH(git_prefix); i++)
        argv[n++] = git_prefix[i];
    for (size_t i = 0; args[i] && n < MAX_ARGS - 1; i++)
        argv[n++] = args[i];
    argv[n] = NULL;
    struct capture_request r = { argv, environment(m), dir, timeout, OUTPUT_LIMIT };
    capture(m, &r, out);
}

const char *git_failure(struct mem *m, const char *dir, const struct captured *c)
{
    if (c->error == ENOENT)
        return access(dir, F_OK) == 0 ? "git is not installed" : mem_printf(m, "no folder '%s'", dir);
    if (c->error)
        return mem_printf(m, "git could not be started: %s", strerror(c->error));
    if (c->timed_out)
        return "git did not answer in time";
    if (c->signal)
        return mem_printf(m, "git was killed by signal %d", c->signal);
    if (!c->exit_code)
        return NULL;
    for (size_t i = 0; i < LENGTH(refusals); i++)
        if (strstr(c->err, refusals[i].words))
            return refusals[i].why;
    const char *line = probe_clean(m, c->err, strcspn(c->err, "\n"));
    return *line ? mem_printf(m, "git: %s", line) : mem_printf(m, "git failed with exit code %d", c->exit_code);
}
