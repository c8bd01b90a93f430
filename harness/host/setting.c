/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/host/setting.h"

#include "harness/base/buf.h"
#include "harness/host/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU       "/sys/devices/system/cpu/"
#define CLOCK     "/sys/devices/system/clocksource/clocksource0/"
#define LENGTH(a) (sizeof(a) / sizeof *(a))

struct setting_row {
    const char *check, *pattern, *want;
    const char *offer; /* file beside it that lists the values there are; NULL: none does */
    bool automatic;
};

/* What --fix leaves to people: switching SMT off takes CPUs away from everybody, a weaker perf restriction concerns
 * security, and a clock source may have been left by the kernel for a reason. */
static const struct setting_row rows[] = {
    { "governor", CPU "cpu[0-9]*/cpufreq/scaling_governor", "performance", "scaling_available_governors", true },
    { "turbo", CPU "intel_pstate/no_turbo", "1", NULL, true },
    { "turbo", CPU "cpufreq/boost", "0", NULL, true },
    { "aslr", "/proc/sys/kernel/randomize_va_space", "2", NULL, true },
    { "thp", "/sys/kernel/mm/transparent_hugepage/enabled", "madvise", NULL, true },
    { "numa", "/proc/sys/kernel/numa_balancing", "0", NULL, true },
    { "smt", CPU "smt/control", "off", NULL, false },
    { "perf", "/proc/sys/kernel/perf_event_paranoid", "2", NULL, false },
    { "clock", CLOCK "current_clocksource", "tsc", "available_clocksource", false },
};

/* Only such values and paths are printed in commands and written to files. */
static bool plain(const char *s, const char *also, size_t most)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t n = 0;
    while (s[n] && (strchr(letters, s[n]) || strchr(also, s[n])))
        n++;
    return n && !s[n] && n <= most;
}

static bool plain_value(const char *s)
{
    return plain(s, "", 32);
}

static bool plain_path(const char *s)
{
    return plain(s, "/", 200);
}

/* The value of a file, which for some is the marked one of a choice: "always [madvise] never". */
static const char *value_of(struct probe *p, const char *path)
{
    const char *line = probe_line(p, path).value;
    const char *open = line ? strchr(line, '[') : NULL, *shut = open ? strchr(open, ']') : NULL;
    const char *value = shut ? mem_dupn(p->m, open + 1, (size_t)(shut - open - 1)) : line;
    return value && plain_value(value) ? value : NULL;
}

static bool offered(struct probe *p, const struct setting_row *row, const char *path)
{
    if (!row->offer)
        return true;
    const char *file = mem_printf(p->m, "%.*s%s", (int)(strrchr(path, '/') + 1 - path), path, row->offer);
    const char *line = probe_line(p, file).value;
    const char *word = line ? strstr(line, row->want) : NULL;
    size_t len = strlen(row->want);
    return word && (word == line || word[-1] == ' ') && (!word[len] || word[len] == ' ');
}

static void read_row(struct probe *p, const struct setting_row *row, size_t *cap, struct tunables *out)
{
    glob_t g;
    size_t n = probe_glob(p, row->pattern, &g);
    for (size_t i = 0; i < n; i++) {
        const char *path = mem_dup(p->m, probe_path(p, &g, i)), *now = value_of(p, path);
        if (!now || !strcmp(now, row->want) || !plain_path(path) || !offered(p, row, path))
            continue;
        out->all = mem_grow(p->m, out->all, cap, out->n + 1, sizeof *out->all);
        bool permitted = faccessat(AT_FDCWD, g.gl_pathv[i], W_OK, AT_EACCESS) == 0;
        out->all[out->n++] = (struct setting){ row->check, path, now, row->want, row->automatic, permitted };
    }
    globfree(&g);
}

void tunables_read(struct mem *m, const struct host_edge *edge, struct tunables *out)
{
    struct probe p = { .m = m, .root = edge && edge->root ? edge->root : "", .cpuinfo = "" };
    size_t cap = 0;
    *out = (struct tunables){ 0 };
    for (size_t i = 0; i < LENGTH(rows); i++)
        read_row(&p, &rows[i], &cap, out);
}

/* --- commands --- */

static const char *value_in(const struct setting *s, bool back)
{
    return back ? s->now : s->want;
}

/* The first of a check with this value, so that each value makes one command. */
static bool is_first(const struct tunables *s, size_t i, bool back)
{
    for (size_t k = 0; k < i; k++)
        if (!strcmp(s->all[k].check, s->all[i].check) &&
            !strcmp(value_in(&s->all[k], back), value_in(&s->all[i], back)))
            return false;
    return true;
}

static const char *command(struct mem *m, const struct tunables *s, const char *check, bool back)
{
    struct buf b = { 0 };
    for (size_t i = 0; i < s->n; i++) {
        const char *value = value_in(&s->all[i], back);
        if (strcmp(s->all[i].check, check) != 0 || !is_first(s, i, back))
            continue;
        buf_printf(&b, "%secho %s | sudo tee", b.len ? "; " : "", value);
        for (size_t k = i; k < s->n; k++)
            if (!strcmp(s->all[k].check, check) && !strcmp(value_in(&s->all[k], back), value))
                buf_printf(&b, " %s", s->all[k].path);
    }
    const char *text = b.len ? mem_dup(m, buf_text(&b)) : NULL;
    buf_free(&b);
    return text;
}

const char *settings_fix(struct mem *m, const struct tunables *s, const char *check)
{
    return command(m, s, check, false);
}

const char *settings_undo(struct mem *m, const struct tunables *s, const char *check)
{
    return command(m, s, check, true);
}

/* --- writing --- */

static int write_all(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

int setting_write(struct mem *m, const struct host_edge *edge, const char *path, const char *value, struct err *e)
{
    struct probe p = { .m = m, .root = edge && edge->root ? edge->root : "", .cpuinfo = "" };
    const char *full = mem_printf(m, "%s%s", p.root, path), *line = mem_printf(m, "%s\n", value);
    int fd = open(full, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(e, EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
    int failed = write_all(fd, line, strlen(line)), error = errno;
    if (close(fd) && !failed)
        failed = -1, error = errno;
    if (failed)
        return err_set(e, EXIT_ENVIRONMENT, "%s: %s", path, strerror(error));
    const char *now = value_of(&p, path);
    if (!now || strcmp(now, value) != 0)
        return err_set(e, EXIT_ENVIRONMENT, "%s did not take the value %s: it holds %s", path, value,
                       now ? now : "something else");
    return 0;
}

/* --- the file that remembers --- */

static const char head[] = "kernmark settings 1\n";

static const char *folder_of(struct mem *m, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? mem_dupn(m, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

static int sync_folder(struct mem *m, const char *path)
{
    int fd = open(folder_of(m, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd);
    if (fd >= 0)
        close(fd);
    return failed;
}

/* A new file, on disk before it gets its name; link() gives it only where there is none. */
static int put_file(struct mem *m, const char *path, const struct buf *text)
{
    const char *new = mem_printf(m, "%s.%ld.new", path, (long)getpid());
    int fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return -1;
    int failed = write_all(fd, buf_text(text), text->len) || fsync(fd);
    failed = close(fd) || failed || link(new, path);
    int error = errno;
    unlink(new);
    errno = error;
    return failed || sync_folder(m, path) ? -1 : 0;
}

int settings_keep(const struct tunables *s, const char *keep, struct err *e)
{
    struct mem m = { 0 };
    struct buf text = { 0 };
    buf_puts(&text, head);
    for (size_t i = 0; i < s->n; i++)
        buf_printf(&text, "%s %s %s\n", s->all[i].path, s->all[i].now, s->all[i].want);
    buf_printf(&text, "end %zu\n", s->n);
    mkdir(folder_of(&m, keep), 0777); /* where that fails, so does what follows, and says why */
    int failed = put_file(&m, keep, &text), error = errno;
    buf_free(&text);
    mem_free(&m);
    if (failed && error == EEXIST)
        return err_set(e, EXIT_USAGE, "%s still holds settings of an earlier --fix: `kernmark doctor --restore` first",
                       keep);
    return failed ? err_set(e, EXIT_STORE, "%s: %s", keep, strerror(error)) : 0;
}

static const struct setting_row *row_for(const char *path)
{
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (fnmatch(rows[i].pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0)
            return &rows[i];
    return NULL;
}

/* "PATH VALUE VALUE"; the file may have been written by anybody, and is read by root. */
static bool parse_line(struct mem *m, const char *line, size_t len, struct setting *out)
{
    char path[201] = "", now[33] = "", want[33] = "", rest;
    const char *text = mem_dupn(m, line, len);
    if (strlen(text) != len || sscanf(text, "%200s %32s %32s%c", path, now, want, &rest) != 3)
        return false;
    const struct setting_row *row = plain_path(path) ? row_for(path) : NULL;
    if (!row || !plain_value(now) || strcmp(want, row->want) != 0)
        return false;
    *out = (struct setting){ row->check, mem_dup(m, path), mem_dup(m, now), row->want, row->automatic, true };
    return true;
}

static int damaged(struct err *e, const char *keep, size_t line)
{
    return err_set(e, EXIT_USAGE, "%s:%zu: not a line that kernmark wrote: nothing was restored", keep, line);
}

static int parse(struct mem *m, const char *keep, const char *text, size_t len, struct tunables *out, struct err *e)
{
    size_t cap = 0, number = 1;
    if (len < sizeof head || strlen(text) != len || strncmp(text, head, sizeof head - 1) != 0)
        return damaged(e, keep, 1);
    for (const char *s = text + sizeof head - 1; *s; number++) {
        size_t n = strcspn(s, "\n");
        if (!strcmp(s, mem_printf(m, "end %zu\n", out->n)))
            return 0;
        out->all = mem_grow(m, out->all, &cap, out->n + 1, sizeof *out->all);
        if (!s[n] || !parse_line(m, s, n, &out->all[out->n++]))
            return damaged(e, keep, number + 1);
        s += n + 1;
    }
    return damaged(e, keep, number);
}

int settings_kept(struct mem *m, const char *keep, bool *found, struct tunables *out, struct err *e)
{
    struct probe p = { .m = m, .root = "", .cpuinfo = "" };
    struct stat st;
    size_t len = 0;
    *out = (struct tunables){ 0 };
    *found = lstat(keep, &st) == 0;
    if (!*found)
        return errno == ENOENT || errno == ENOTDIR ? 0 : err_set(e, EXIT_STORE, "%s: %s", keep, strerror(errno));
    if (st.st_uid != geteuid() || (st.st_mode & S_IWOTH))
        return err_set(e, EXIT_USAGE, "%s: only a file of this very user, that others cannot write, is restored", keep);
    const char *text = S_ISREG(st.st_mode) ? probe_read(&p, keep, &len) : NULL;
    if (!text)
        return err_set(e, EXIT_USAGE, "%s cannot be read as a file", keep);
    return parse(m, keep, text, len, out, e);
}

int settings_forget(const char *keep, struct err *e)
{
    struct mem m = { 0 };
    int failed = unlink(keep) || sync_folder(&m, keep);
    mem_free(&m);
    return failed ? err_set(e, EXIT_STORE, "%s: %s", keep, strerror(errno)) : 0;
}
