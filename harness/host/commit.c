/* SPDX-License-Identifier: Apache-2.0
 * Asks git, without a shell, in an environment where only the folder decides which repository is meant. Everything that
 * a repository's own configuration could start (pager, file-system monitor, signature check) is off, and nothing is
 * written: no index refresh, no locks. */
#include "harness/host/capture.h"
#include "harness/host/host.h"
#include "harness/host/probe.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT 5.0

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

static void git(struct mem *m, const char *dir, const char *const *args, struct captured *out)
{
    const char *argv[MAX_ARGS];
    size_t n = 0;
    for (size_t i = 0; i < LENGTH(git_prefix); i++)
        argv[n++] = git_prefix[i];
    for (size_t i = 0; args[i] && n < MAX_ARGS - 1; i++)
        argv[n++] = args[i];
    argv[n] = NULL;
    struct capture_request r = { argv, environment(m), dir, TIMEOUT, OUTPUT_LIMIT };
    capture(m, &r, out);
}

/* NULL if git did what was asked. */
static const char *failure(struct mem *m, const char *dir, const struct captured *c)
{
    if (c->error == ENOENT)
        return access(dir, F_OK) == 0 ? "git is not installed" : mem_printf(m, "no folder '%s'", dir);
    if (c->error)
        return mem_printf(m, "git could not be started: %s", strerror(c->error));
    if (c->timed_out)
        return mem_printf(m, "git did not answer in %.0f s", TIMEOUT);
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

/* Splits NUL-terminated fields; true if there are at least n. */
static bool fields(const struct captured *c, const char **field, size_t n)
{
    const char *s = c->out, *end = c->out + c->out_len;
    for (size_t i = 0; i < n; i++) {
        const char *stop = memchr(s, '\0', (size_t)(end - s));
        if (!stop)
            return false;
        field[i] = s;
        s = stop + 1;
    }
    return true;
}

static bool is_hash(const char *s)
{
    size_t n = strspn(s, "0123456789abcdef");
    return n >= 40 && n <= 64 && !s[n];
}

static void read_branch(struct mem *m, const char *dir, struct commit *out)
{
    static const char *const args[] = { "symbolic-ref", "-q", "--short", "HEAD", NULL };
    struct captured c;
    git(m, dir, args, &c);
    if (!failure(m, dir, &c) && c.out_len)
        out->branch = probe_clean(m, c.out, c.out_len);
}

/* Changes of tracked files, in the work tree or the index. A bare repository has no work tree that could be dirty. */
static void read_dirty(struct mem *m, const char *dir, struct commit *out)
{
    static const char *const args[] = { "status", "--porcelain", "-z", "--untracked-files=no", NULL };
    struct captured c;
    git(m, dir, args, &c);
    const char *why = failure(m, dir, &c);
    if (why && strstr(c.err, "must be run in a work tree"))
        return;
    out->dirty = why || c.out_len;
    if (why)
        out->why = mem_printf(m, "counted as dirty: %s", why);
}

void commit_read(struct mem *m, const char *dir, struct commit *out)
{
    static const char *const args[] = { "log",        "-1",         "-s",
                                        "--no-color", "--no-notes", "--format=format:%H%x00%P%x00%cI%x00%s%x00",
                                        "--",         NULL };
    enum { HASH, PARENTS, DATE, SUBJECT, N };
    const char *field[N];
    struct captured c;
    *out = (struct commit){ 0 };
    git(m, dir, args, &c);
    out->why = failure(m, dir, &c);
    if (!out->why && (!fields(&c, field, N) || !is_hash(field[HASH])))
        out->why = "git's answer was not understood";
    if (out->why)
        return;
    out->hash = mem_dup(m, field[HASH]);
    out->parents = mem_dup(m, field[PARENTS]);
    out->date = mem_dup(m, field[DATE]);
    out->subject = probe_clean(m, field[SUBJECT], strlen(field[SUBJECT]));
    read_branch(m, dir, out);
    read_dirty(m, dir, out);
}
