/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/revision.h"

#include "harness/cli/exec.h"
#include "harness/host/git.h"
#include "harness/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char default_cache[] = ".kernmark/trees", default_program[] = "build/kernmark";
static const char default_build[] = "make NO_DEPS=1 -j\"$(nproc 2>/dev/null || echo 2)\" build/kernmark";
static const double checkout_timeout = 120;

/* What make hands down would make the inner make build the outer one's tree. */
static const char *const not_inherited[] = { "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "BUILD" };

/* --- asking git ---------------------------------------------------------------------------------------------------- */

/* The one line that git answers; NULL with *why if it does not. */
static const char *ask(struct mem *m, const char *dir, const char *const *args, double timeout, const char **why)
{
    struct captured c;
    git(m, dir, args, timeout, &c);
    *why = git_failure(m, dir, &c);
    c.out[strcspn(c.out, "\n")] = '\0';
    return *why ? NULL : c.out;
}

static const char *resolve(struct mem *m, const char *word, const char *kind, const char **why)
{
    const char *args[] = { "rev-parse", "--verify", "--quiet", "--end-of-options", mem_printf(m, "%s^{%s}", word, kind),
                           NULL };
    return ask(m, ".", args, GIT_TIMEOUT, why);
}

bool revision_known(struct mem *m, const char *word)
{
    const char *why;
    return resolve(m, word, "commit", &why) != NULL;
}

/* --- the work tree ------------------------------------------------------------------------------------------------- */

static int make_folders(const char *path, struct err *e)
{
    char part[PATH_MAX];
    for (size_t i = 1; path[i - 1] && i < sizeof part; i++) {
        if (path[i] && path[i] != '/')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, 0777) && errno != EEXIST)
            return err_set(e, EXIT_USAGE, "%s: %s", part, strerror(errno));
    }
    return 0;
}

static int check_out(struct mem *m, const char *hash, const char *root, struct err *e)
{
    const char *add[] = { "worktree", "add", "--force", "--detach", "--", root, hash, NULL };
    const char *move[] = { "checkout", "--quiet", "--detach", hash, NULL }; /* another commit of the same tree */
    const char *why;
    bool there = access(root, F_OK) == 0;
    if (ask(m, there ? root : ".", there ? move : add, checkout_timeout, &why))
        return 0;
    return err_set(e, EXIT_USAGE, "cannot check out %.12s into %s: %s", hash, root, why);
}

/* --- the build ----------------------------------------------------------------------------------------------------- */

static _Noreturn void become_build(const char *root, const char *command, int log)
{
    for (size_t i = 0; i < sizeof not_inherited / sizeof *not_inherited; i++)
        unsetenv(not_inherited[i]);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (!chdir(root))
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static int run_build(const char *root, const char *command, const char *log_path, struct err *e)
{
    int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), status = 0;
    if (log < 0)
        return err_set(e, EXIT_USAGE, "%s: %s", log_path, strerror(errno));
    pid_t pid = fork();
    if (!pid)
        become_build(root, command, log);
    close(log);
    if (pid < 0)
        return err_set(e, EXIT_INTERNAL, "cannot start the build: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        return 0;
    return err_set(e, EXIT_USAGE, "it does not build (%s): see %s", command, log_path);
}

/* The stamp says with what command and compiler the tree was built. */
static const char *stamp_text(struct mem *m, const char *command)
{
    const char *cc = getenv("CC"), *flags = getenv("CFLAGS");
    return mem_printf(m, "%s\nCC=%s\nCFLAGS=%s\n", command, cc ? cc : "", flags ? flags : "");
}

static bool stamp_matches(const char *path, const char *text)
{
    char have[4096];
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(have, 1, sizeof have, f) : 0;
    if (f)
        fclose(f);
    return n && n == strlen(text) && !memcmp(have, text, n);
}

static int write_stamp(const char *path, const char *text, struct err *e)
{
    FILE *f = fopen(path, "we");
    bool ok = f && fputs(text, f) >= 0;
    if ((f && fclose(f)) || !ok)
        return err_set(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    return 0;
}

static int build(struct mem *m, const char *command, struct revision *r, struct err *e)
{
    const char *stamp = mem_printf(m, "%s.built", r->root), *log = mem_printf(m, "%s.log", r->root);
    const char *text = stamp_text(m, command);
    r->cached = stamp_matches(stamp, text) && access(r->program, X_OK) == 0;
    if (r->cached)
        return 0;
    fprintf(stderr, "kernmark: building %.12s (%s), output in %s\n", r->commit.hash, command, log);
    unlink(stamp);
    if (run_build(r->root, command, log, e))
        return -1;
    if (access(r->program, X_OK))
        return err_set(e, EXIT_USAGE, "its build made no program %s: name it with --program", r->program);
    return write_stamp(stamp, text, e);
}

int revision_build(struct mem *m, const char *word, const struct revision_how *how, struct revision *out, struct err *e)
{
    char here[PATH_MAX];
    const char *why, *cache = how->cache ? how->cache : default_cache;
    const char *hash = resolve(m, word, "commit", &why);
    if (!hash || !(out->tree = resolve(m, hash, "tree", &why)))
        return err_set(e, EXIT_USAGE, "'%s' is no revision: %s", word, why);
    if (*cache != '/' && !getcwd(here, sizeof here))
        return err_set(e, EXIT_INTERNAL, "the current folder is gone: %s", strerror(errno));
    const char *folder = *cache == '/' ? cache : mem_printf(m, "%s/%s", here, cache);
    out->root = mem_printf(m, "%s/%s", folder, out->tree);
    out->program = mem_printf(m, "%s/%s", out->root, how->program ? how->program : default_program);
    if (make_folders(folder, e) || check_out(m, hash, out->root, e))
        return err_wrap(e, "%s", word);
    commit_read(m, out->root, &out->commit);
    if (!out->commit.hash)
        return err_set(e, EXIT_USAGE, "%s: %s", out->root, out->commit.why);
    return build(m, how->build ? how->build : default_build, out, e) ? err_wrap(e, "%s", word) : 0;
}
