/* SPDX-License-Identifier: Apache-2.0
 * Programs run without a shell, and what git tells about a commit. */
#include "harness/host/capture.h"
#include "harness/host/host.h"
#include "tree_help.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    struct tree tree;
    struct mem m;
};

static void run(struct place *p, const char *const *argv, double timeout, struct captured *out)
{
    struct capture_request r = { .argv = argv, .dir = p->tree.root, .timeout = timeout, .limit = 1000 };
    capture(&p->m, &r, out);
}

/* One git command in the folder, with an identity and nothing of the user's configuration. */
static bool try_git(struct place *p, const char *dir, const char *const *args)
{
    static const char *const env[] = {
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_CONFIG_NOSYSTEM=1",
        "LC_ALL=C",
        "GIT_AUTHOR_NAME=A",
        "GIT_AUTHOR_EMAIL=a@b",
        "GIT_COMMITTER_NAME=C",
        "GIT_COMMITTER_EMAIL=c@d",
        "GIT_AUTHOR_DATE=2026-01-02T03:04:05+0100",
        "GIT_COMMITTER_DATE=2026-01-02T03:04:05+0100",
        "PATH=/usr/bin:/bin",
        NULL,
    };
    const char *argv[16] = { "git" };
    struct captured c;
    for (size_t i = 0; args[i] && i < 14; i++)
        argv[i + 1] = args[i];
    struct capture_request r = { .argv = argv, .env = env, .dir = dir, .timeout = 30, .limit = 4000 };
    capture(&p->m, &r, &c);
    return c.exit_code == 0;
}

#define GIT(p, ...) assert_true(try_git(p, (p)->tree.root, (const char *const[]){ __VA_ARGS__, NULL }))

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    tree_make(&p->tree);
    setenv("HOME", p->tree.root, 1); /* nobody's ~/.gitconfig */
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    tree_remove(&p->tree);
    mem_free(&p->m);
    free(p);
    return 0;
}

static void need_git(struct place *p)
{
    if (!try_git(p, p->tree.root, (const char *const[]){ "--version", NULL }))
        skip();
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- capture --- */

static void test_streams(void **state)
{
    struct captured c;
    run(*state, (const char *const[]){ "sh", "-c", "printf 'a\\0b'; echo oops >&2; exit 7", NULL }, 30, &c);
    assert_int_equal(c.exit_code, 7);
    assert_int_equal(c.out_len, 3);
    assert_memory_equal(c.out, "a\0b", 4);
    assert_string_equal(c.err, "oops\n");
    assert_false(c.cut || c.timed_out || c.error || c.signal);
}

static void test_arguments_are_not_shell(void **state)
{
    struct captured c;
    run(*state, (const char *const[]){ "echo", "$(touch pwned)", "`id`", "a;b|c", "\"q\"", NULL }, 30, &c);
    assert_string_equal(c.out, "$(touch pwned) `id` a;b|c \"q\"\n");
}

static void test_long_output(void **state)
{
    struct captured c;
    run(*state,
        (const char *const[]){ "sh", "-c", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo end", NULL },
        30, &c);
    assert_int_equal(c.exit_code, 0);
    assert_true(c.cut);
    assert_int_equal(c.out_len, 1000);
    assert_int_equal(c.err_len, 1000);
}

static void test_no_program(void **state)
{
    struct captured c;
    run(*state, (const char *const[]){ "kernmark-no-such-program", NULL }, 30, &c);
    assert_int_equal(c.error, ENOENT);
    assert_int_equal(c.exit_code, -1);
    run(*state, (const char *const[]){ "/", NULL }, 30, &c);
    assert_int_equal(c.error, EACCES);
    struct capture_request r = { .argv = (const char *const[]){ "true", NULL }, .dir = "/no/such", .timeout = 30 };
    capture(&((struct place *)*state)->m, &r, &c);
    assert_int_equal(c.error, ENOENT);
}

static void test_timeout(void **state)
{
    struct captured c;
    double start = now();
    run(*state, (const char *const[]){ "sh", "-c", "echo before; trap '' TERM INT; sleep 60 & sleep 60", NULL }, 0.3,
        &c);
    assert_true(c.timed_out);
    assert_int_equal(c.exit_code, -1);
    assert_string_equal(c.out, "before\n");
    assert_true(now() - start < 30);
    run(*state, (const char *const[]){ "sh", "-c", "exec >&- 2>&-; sleep 60", NULL }, 0.3, &c);
    assert_true(c.timed_out);
    assert_true(now() - start < 30);
}

/* What a program leaves behind may hold the streams open; its own end is the end. */
static void test_left_behind(void **state)
{
    struct captured c;
    double start = now();
    run(*state, (const char *const[]){ "sh", "-c", "sleep 60 & echo done", NULL }, 50, &c);
    assert_int_equal(c.exit_code, 0);
    assert_string_equal(c.out, "done\n");
    assert_false(c.timed_out);
    assert_true(now() - start < 30);
}

static void test_signal(void **state)
{
    struct captured c;
    run(*state, (const char *const[]){ "sh", "-c", "kill -SEGV $$", NULL }, 30, &c);
    assert_int_equal(c.signal, SIGSEGV);
    assert_int_equal(c.exit_code, -1);
}

/* --- commit --- */

static void test_life_of_a_repository(void **state)
{
    struct place *p = *state;
    struct commit c;
    need_git(p);
    GIT(p, "init", "-q", "-b", "main");
    commit_read(&p->m, p->tree.root, &c);
    assert_null(c.hash);
    assert_string_equal(c.why, "the repository has no commit yet");

    tree_put(&p->tree, "a.txt", "one\n");
    GIT(p, "add", "a.txt");
    GIT(p, "commit", "-q", "-m", "first: add a");
    commit_read(&p->m, p->tree.root, &c);
    assert_int_equal(strspn(c.hash, "0123456789abcdef"), 40);
    assert_string_equal(c.parents, "");
    assert_string_equal(c.branch, "main");
    assert_string_equal(c.date, "2026-01-02T03:04:05+01:00");
    assert_string_equal(c.subject, "first: add a");
    assert_false(c.dirty);
    assert_null(c.why);
    const char *first = c.hash;

    tree_put(&p->tree, "untracked", "x");
    commit_read(&p->m, p->tree.root, &c);
    assert_false(c.dirty);
    tree_put(&p->tree, "a.txt", "two\n");
    commit_read(&p->m, p->tree.root, &c);
    assert_true(c.dirty);
    GIT(p, "add", "a.txt");
    commit_read(&p->m, p->tree.root, &c);
    assert_true(c.dirty);
    GIT(p, "commit", "-q", "-m", "second");
    commit_read(&p->m, p->tree.root, &c);
    assert_string_equal(c.parents, first);

    GIT(p, "checkout", "-q", "--detach", "HEAD");
    commit_read(&p->m, p->tree.root, &c);
    assert_non_null(c.hash);
    assert_null(c.branch);
}

static void test_merge_and_folder(void **state)
{
    struct place *p = *state;
    struct commit c;
    need_git(p);
    GIT(p, "init", "-q", "-b", "main");
    tree_put(&p->tree, "sub/a", "1");
    GIT(p, "add", ".");
    GIT(p, "commit", "-q", "-m", "base");
    GIT(p, "checkout", "-q", "-b", "feature/\xc3\xbc$(x)");
    GIT(p, "commit", "-q", "--allow-empty", "-m", "side");
    GIT(p, "checkout", "-q", "main");
    GIT(p, "merge", "-q", "--no-ff", "-m", "merge", "feature/\xc3\xbc$(x)");
    char sub[128];
    snprintf(sub, sizeof sub, "%s/sub", p->tree.root);
    commit_read(&p->m, sub, &c);
    assert_int_equal(strlen(c.parents), 81); /* two hashes and a space */
    assert_string_equal(c.branch, "main");
    GIT(p, "checkout", "-q", "feature/\xc3\xbc$(x)");
    commit_read(&p->m, sub, &c);
    assert_string_equal(c.branch, "feature/\xc3\xbc$(x)");
}

static void test_hostile_subject(void **state)
{
    struct place *p = *state;
    struct commit c;
    need_git(p);
    GIT(p, "init", "-q");
    tree_put(&p->tree, "message", "\"q\" | `id` $(x) <script>\t\x01\x1b[31m '; DROP\n\nhash 0000\nbody\n");
    GIT(p, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "message");
    commit_read(&p->m, p->tree.root, &c);
    assert_string_equal(c.subject, "\"q\" | `id` $(x) <script>   [31m '; DROP");
    assert_int_equal(strlen(c.hash), 40);
    assert_string_equal(c.date, "2026-01-02T03:04:05+01:00");

    char message[5000];
    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    tree_put(&p->tree, "message", message);
    GIT(p, "commit", "-q", "--allow-empty", "-F", "message");
    commit_read(&p->m, p->tree.root, &c);
    assert_int_equal(strlen(c.subject), 255);
    GIT(p, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "");
    commit_read(&p->m, p->tree.root, &c);
    assert_string_equal(c.subject, "");
    assert_non_null(c.hash);
}

/* A repository's own configuration must not make us run programs or change what is asked. */
static void test_hostile_configuration(void **state)
{
    struct place *p = *state;
    struct commit c;
    char path[128];
    need_git(p);
    GIT(p, "init", "-q", "-b", "main");
    tree_put(&p->tree, "a", "1");
    GIT(p, "add", "a");
    GIT(p, "commit", "-q", "-m", "s");
    GIT(p, "config", "core.fsmonitor", "touch pwned; false");
    GIT(p, "config", "core.pager", "touch pwned");
    GIT(p, "config", "log.showSignature", "true");
    GIT(p, "config", "color.ui", "always");
    GIT(p, "config", "status.branch", "true");
    setenv("GIT_DIR", "/no/such/place", 1);
    setenv("GIT_PAGER", "touch pwned", 1);
    commit_read(&p->m, p->tree.root, &c);
    unsetenv("GIT_DIR");
    unsetenv("GIT_PAGER");
    assert_int_equal(c.hash ? strlen(c.hash) : 0, 40);
    assert_string_equal(c.subject, "s");
    assert_false(c.dirty);
    snprintf(path, sizeof path, "%s/pwned", p->tree.root);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_bare_and_shallow(void **state)
{
    struct place *p = *state;
    struct commit c;
    char bare[128], shallow[128], url[160];
    need_git(p);
    GIT(p, "init", "-q", "-b", "main", "origin");
    GIT(p, "-C", "origin", "commit", "-q", "--allow-empty", "-m", "one");
    GIT(p, "-C", "origin", "commit", "-q", "--allow-empty", "-m", "two");
    GIT(p, "clone", "-q", "--bare", "origin", "bare");
    snprintf(url, sizeof url, "file://%s/origin", p->tree.root);
    GIT(p, "clone", "-q", "--depth", "1", url, "shallow");
    snprintf(bare, sizeof bare, "%s/bare", p->tree.root);
    snprintf(shallow, sizeof shallow, "%s/shallow", p->tree.root);
    commit_read(&p->m, bare, &c);
    assert_string_equal(c.subject, "two");
    assert_false(c.dirty);
    assert_null(c.why);
    commit_read(&p->m, shallow, &c);
    assert_string_equal(c.subject, "two");
    assert_false(c.dirty);
}

static void test_no_repository(void **state)
{
    struct place *p = *state;
    struct commit c;
    need_git(p);
    commit_read(&p->m, p->tree.root, &c);
    assert_null(c.hash);
    assert_string_equal(c.why, "not in a git repository");
    commit_read(&p->m, "/no/such/folder", &c);
    assert_null(c.hash);
    assert_string_equal(c.why, "no folder '/no/such/folder'");
}

static void test_no_git(void **state)
{
    struct place *p = *state;
    struct commit c;
    char *path = strdup(getenv("PATH"));
    setenv("PATH", p->tree.root, 1);
    commit_read(&p->m, p->tree.root, &c);
    setenv("PATH", path, 1);
    free(path);
    assert_null(c.hash);
    assert_string_equal(c.why, "git is not installed");
}

/* A git that hangs, fails, or speaks nonsense. */
static void with_git(struct place *p, const char *script, struct commit *c)
{
    char full[128], *path = strdup(getenv("PATH")), joined[4096];
    snprintf(joined, sizeof joined, "%s:%s", p->tree.root, path);
    snprintf(full, sizeof full, "%s/git", p->tree.root);
    tree_put(&p->tree, "git", script);
    assert_int_equal(access(full, F_OK), 0);
    struct captured chmod;
    run(p, (const char *const[]){ "chmod", "755", "git", NULL }, 30, &chmod);
    setenv("PATH", joined, 1);
    commit_read(&p->m, p->tree.root, c);
    setenv("PATH", path, 1);
    free(path);
}

static void test_strange_git(void **state)
{
    struct place *p = *state;
    struct commit c;
    with_git(p, "#!/bin/sh\necho hello\n", &c);
    assert_null(c.hash);
    assert_string_equal(c.why, "git's answer was not understood");
    with_git(p, "#!/bin/sh\necho 'fatal: detected dubious ownership in repository at x' >&2\nexit 128\n", &c);
    assert_null(c.hash);
    assert_non_null(strstr(c.why, "safe.directory"));
    with_git(p, "#!/bin/sh\nprintf 'fatal: \\033[31mbroken\\001 pack\\nmore' >&2\nexit 128\n", &c);
    assert_string_equal(c.why, "git: fatal:  [31mbroken  pack");
    with_git(p, "#!/bin/sh\nkill -KILL $$\n", &c);
    assert_string_equal(c.why, "git was killed by signal 9");
    with_git(p,
             "#!/bin/sh\ncase \"$*\" in *status*) exit 3;; *symbolic*) exit 1;; esac\n"
             "printf '0123456789012345678901234567890123456789\\0\\0d\\0s\\377\\n\\0'\n",
             &c);
    assert_non_null(c.hash);
    assert_string_equal(c.subject, "s?");
    assert_true(c.dirty); /* not known to be clean */
    assert_string_equal(c.why, "counted as dirty: git failed with exit code 3");
}

static void test_foreign_owner(void **state)
{
    struct place *p = *state;
    struct commit c;
    need_git(p);
    if (geteuid() != 0)
        skip();
    GIT(p, "init", "-q");
    GIT(p, "commit", "-q", "--allow-empty", "-m", "s");
    struct captured chown;
    run(p, (const char *const[]){ "chown", "-R", "65534", ".", NULL }, 30, &chown);
    assert_int_equal(chown.exit_code, 0);
    unsetenv("SUDO_UID");
    commit_read(&p->m, p->tree.root, &c);
    assert_null(c.hash);
    assert_non_null(strstr(c.why, "another user owns it"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_streams),
        CASE(test_arguments_are_not_shell),
        CASE(test_long_output),
        CASE(test_no_program),
        CASE(test_timeout),
        CASE(test_left_behind),
        CASE(test_signal),
        CASE(test_life_of_a_repository),
        CASE(test_merge_and_folder),
        CASE(test_hostile_subject),
        CASE(test_hostile_configuration),
        CASE(test_bare_and_shallow),
        CASE(test_no_repository),
        CASE(test_no_git),
        CASE(test_strange_git),
        CASE(test_foreign_owner),
    };
    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
