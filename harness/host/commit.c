/* SPDX-License-Identifier: Apache-2.0
 * What git says about the commit of a folder. */
#include "harness/host/git.h"
#include "harness/host/host.h"
#include "harness/host/probe.h"

#include <string.h>

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
    git(m, dir, args, GIT_TIMEOUT, &c);
    if (!git_failure(m, dir, &c) && c.out_len)
        out->branch = probe_clean(m, c.out, c.out_len);
}

/* Changes of tracked files, in the work tree or the index. A bare repository has no work tree that could be dirty. */
static void read_dirty(struct mem *m, const char *dir, struct commit *out)
{
    static const char *const args[] = { "status", "--porcelain", "-z", "--untracked-files=no", NULL };
    struct captured c;
    git(m, dir, args, GIT_TIMEOUT, &c);
    const char *why = git_failure(m, dir, &c);
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
    git(m, dir, args, GIT_TIMEOUT, &c);
    out->why = git_failure(m, dir, &c);
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
