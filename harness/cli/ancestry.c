/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/ancestry.h"

#include "harness/host/git.h"
#include "harness/host/host.h"

#include <stdlib.h>
#include <string.h>

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Only what is certainly a hash is handed to git: a store may hold anything. */
static bool is_hash(const char *s)
{
    size_t n = s ? strspn(s, "0123456789abcdef") : 0;
    return n >= 40 && n <= 64 && !s[n];
}

/* What git says; NULL if it refused or said too much. */
static char *ask(struct mem *m, const char *const *args)
{
    struct captured c;
    git(m, ".", args, GIT_TIMEOUT, &c);
    return git_failure(m, ".", &c) || c.cut ? NULL : c.out;
}

static char *ask_line(struct mem *m, const char *const *args)
{
    char *out = ask(m, args);
    if (out)
        out[strcspn(out, "\n")] = '\0';
    return out && *out ? out : NULL;
}

enum kinship kinship(struct mem *m, const char *old, const char *young)
{
    struct captured c;
    if (!is_hash(old) || !is_hash(young))
        return KIN_UNKNOWN;
    if (!strcmp(old, young))
        return KIN_SAME;
    git(m, ".", ARGUMENTS("merge-base", "--is-ancestor", old, young), GIT_TIMEOUT, &c);
    return c.exit_code == 0 ? KIN_ANCESTOR : c.exit_code == 1 ? KIN_NONE : KIN_UNKNOWN;
}

struct commit *commits_between(struct mem *m, const char *good, const char *bad, bool first_parent, size_t *n)
{
    *n = 0;
    if (!is_hash(good) || !is_hash(bad))
        return NULL;
    char *text = ask(m, ARGUMENTS("log", "--reverse", "--topo-order", "--no-color", "--no-notes",
                                  first_parent ? "--first-parent" : "--full-history",
                                  "--format=format:%H %<(120,trunc)%s", mem_printf(m, "%s..%s", good, bad), "--"));
    struct commit *all = mem_array(m, COMMITS_MAX, sizeof *all);
    char *save, *line = text ? strtok_r(text, "\n", &save) : NULL;
    for (; line && *n < COMMITS_MAX; line = strtok_r(NULL, "\n", &save)) {
        char *subject = line + strcspn(line, " ");
        if (*subject)
            *subject++ = '\0';
        for (size_t k = strlen(subject); k && subject[k - 1] == ' ';)
            subject[--k] = '\0';
        all[(*n)++] = (struct commit){ .hash = line, .subject = host_clean_text(m, subject) };
    }
    if (line)
        *n = 0;
    return *n ? all : NULL;
}

const char **ancestors(struct mem *m, const char *commit)
{
    const char **all = mem_array(m, ANCESTORS_MAX + 1, sizeof *all);
    char *text = is_hash(commit)
                     ? ask(m, ARGUMENTS("rev-list", mem_printf(m, "--max-count=%d", ANCESTORS_MAX), commit, "--"))
                     : NULL;
    size_t n = 0;
    char *save, *line = text ? strtok_r(text, "\n", &save) : NULL;
    for (; line && n < ANCESTORS_MAX; line = strtok_r(NULL, "\n", &save))
        all[n++] = line;
    return all;
}

const char *last_release(struct mem *m)
{
    return ask_line(m, ARGUMENTS("describe", "--tags", "--abbrev=0", "HEAD", "--"));
}

const char *commit_hash(struct mem *m, const char *revision)
{
    return ask_line(
        m, ARGUMENTS("rev-parse", "--verify", "--quiet", "--end-of-options", mem_printf(m, "%s^{commit}", revision)));
}

const char *user_name(struct mem *m)
{
    const char *name = ask_line(m, ARGUMENTS("config", "--get", "user.name"));
    const char *mail = ask_line(m, ARGUMENTS("config", "--get", "user.email"));
    if (name && mail)
        return host_clean_text(m, mem_printf(m, "%s <%s>", name, mail));
    if (!name)
        name = getenv("USER");
    return name && *name ? host_clean_text(m, name) : NULL;
}
