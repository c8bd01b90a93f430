/* SPDX-License-Identifier: Apache-2.0
 * The table of figures, and gnuplot as a child process: no shell, a time limit, its messages kept. */
#include "reports/figure.h"

#include "reports/file.h"
#include "reports/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Exit codes of our own child before gnuplot runs. */
enum { NOT_FOUND = 127, NO_FOLDER = 126 };
enum { SECONDS_MAX = 30, MESSAGE_MAX = 300 };

static const struct figure figures[] = {
    { "distribution", "Samples of every benchmark relative to its median",
      "Every dot is a sample over its benchmark's median; the box holds the middle half, the line the middle 90%. "
      "Narrow boxes at 1 are trustworthy; a second cloud is a second speed, a long tail is disturbance.",
      figure_distribution },
    { "variants", "Speed-up of every variant over the scalar reference",
      "How many times as fast as the scalar reference each variant is, with its interval (logarithmic).",
      figure_variants },
    { "targets", "Share of its target that each component uses",
      "Best variant of each component; left of the line at 100% the target is met (logarithmic).", figure_targets },
    { "scaling", "Speed-up by number of threads",
      "How many times as fast as one thread the same kernel is on more, with its interval. Hollow points have more "
      "threads than CPUs; the dashed line is one more for every thread, up to the CPUs.",
      figure_scaling },
    { "history", "Median of every component over the stored runs",
      "Best variant of each component, change of the median since the oldest run shown, with its interval. "
      "A step that stays is a change of the code or of the machine; a single spike is noise.",
      figure_history },
    { "roofline", "Arithmetic speed of every kernel under the ceilings of the machine",
      "Each dot is a kernel at one size: operations per byte that it has to move, and operations per second that it "
      "reaches (one thread, logarithmic). Slanted lines are what reading from each level allows, level ones what each "
      "instruction set computes; the distance to the lowest line above a dot is what is left.",
      figure_roofline },
};
enum { NFIGURES = sizeof figures / sizeof figures[0] };
_Static_assert(sizeof figures / sizeof figures[0] <= (size_t)FIGURES_MAX, "one drawing per figure");

int figure_find(const char *name, struct err *e)
{
    struct buf known = { 0 };
    int found = -1;
    for (int i = 0; i < NFIGURES && found < 0; i++) {
        if (strcmp(figures[i].name, name) == 0)
            found = i;
        buf_printf(&known, "%s%s", i ? ", " : "", figures[i].name);
    }
    if (found < 0)
        err_set(e, EXIT_USAGE, "unknown figure '%.60s'; known: %s", name, buf_text(&known));
    buf_free(&known);
    return found;
}

const struct figure *figure_at(int index)
{
    return &figures[index];
}

/* --- gnuplot ----------------------------------------------------------------------------------------------------- */

struct child {
    pid_t pid;    /* 0: not started */
    int messages; /* what it printed */
};

static const char *path_in(struct mem *m, const char *dir, const char *name, const char *suffix)
{
    return mem_printf(m, "%s/%s%s", dir, name, suffix);
}

/* The result keeps its old name until the new one is whole. */
static const char *const image_suffixes[] = { ".svg", ".png" };

static void remove_images(struct mem *m, const char *dir, const char *name)
{
    for (int i = 0; i < 2; i++) {
        unlink(path_in(m, dir, name, image_suffixes[i]));
        unlink(mem_printf(m, "%s/%s%s.tmp", dir, name, image_suffixes[i]));
    }
}

/* In the child: only calls that are safe after fork. */
static void become_gnuplot(const char *dir, const char *script, int messages)
{
    char *const argv[] = { (char *)(size_t) "gnuplot", (char *)(size_t) "-d", (char *)(size_t)script, NULL };
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    if (nothing < 0 || chdir(dir))
        _exit(NO_FOLDER);
    dup2(nothing, 0);
    dup2(messages, 1);
    dup2(messages, 2);
    execvp(argv[0], argv);
    _exit(errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NO_FOLDER);
}

static const char *start(struct mem *m, const char *dir, const char *script, struct child *c)
{
    FILE *file = tmpfile();
    c->messages = file ? dup(fileno(file)) : -1;
    if (file)
        fclose(file);
    if (c->messages < 0)
        return mem_printf(m, "no temporary file: %s", strerror(errno));
    c->pid = fork();
    if (c->pid == 0)
        become_gnuplot(dir, script, c->messages);
    if (c->pid < 0) {
        c->pid = 0;
        return mem_printf(m, "no process: %s", strerror(errno));
    }
    setpgid(c->pid, c->pid);
    return NULL;
}

static const char *first_message(struct mem *m, int fd)
{
    char text[MESSAGE_MAX + 1] = "";
    ssize_t n = pread(fd, text, MESSAGE_MAX, 0);
    text[n > 0 ? n : 0] = '\0';
    const char *s = text + strspn(text, " \r\n\t^");
    struct buf line = { 0 };
    text_line(&line, s);
    const char *copy = mem_dup(m, buf_text(&line));
    buf_free(&line);
    return copy;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Waits until the child ends or the deadline passes, then ends it. Returns its wait status, -1 after the deadline. */
static int wait_until(pid_t pid, double deadline)
{
    int status;
    for (;;) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            return status;
        if (got < 0 && errno != EINTR)
            return -1;
        if (now() > deadline)
            break;
        nanosleep(&(struct timespec){ 0, 5 * 1000 * 1000 }, NULL);
    }
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return -1;
}

static const char *why_failed(struct mem *m, int status, int messages)
{
    if (status == -1)
        return mem_printf(m, "gnuplot did not end within %d s", SECONDS_MAX);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
        return "gnuplot is not installed (Debian: apt-get install gnuplot-nox)";
    if (WIFSIGNALED(status))
        return mem_printf(m, "gnuplot was ended by signal %d", WTERMSIG(status));
    if (status != 0)
        return mem_printf(m, "gnuplot failed (exit code %d): %s", WEXITSTATUS(status), first_message(m, messages));
    return NULL;
}

/* Both images under their names, or neither. */
static const char *keep_images(struct mem *m, const char *dir, const char *name)
{
    for (int i = 0; i < 2; i++) {
        struct stat st;
        const char *image = path_in(m, dir, name, image_suffixes[i]), *fresh = mem_printf(m, "%s.tmp", image);
        if (stat(fresh, &st) || st.st_size == 0)
            return mem_printf(m, "gnuplot wrote no %s", image_suffixes[i] + 1);
        if (rename(fresh, image))
            return mem_printf(m, "cannot rename to %s: %s", image, strerror(errno));
    }
    return NULL;
}

static const char *finish(struct mem *m, const char *dir, const char *name, struct child *c, double deadline)
{
    const char *why = why_failed(m, wait_until(c->pid, deadline), c->messages);
    close(c->messages);
    if (!why)
        why = keep_images(m, dir, name);
    return why;
}

/* Writes the data of one figure; *why tells when there is nothing to draw. */
static int prepare(struct mem *m, const struct report_data *d, const char *dir, const struct figure *f,
                   const char **why, struct err *e)
{
    struct buf data = { 0 };
    remove_images(m, dir, f->name);
    *why = f->data(m, d, &data);
    int rc = *why ? 0 : file_write(path_in(m, dir, f->name, ".dat"), &data, e);
    buf_free(&data);
    return rc;
}

int figures_draw(struct mem *m, const struct report_data *d, const char *scripts, const char *dir, struct figures *f,
                 struct err *e)
{
    struct child children[NFIGURES] = { 0 };
    char *where = realpath(scripts, NULL);
    if (!where)
        return err_set(e, EXIT_USAGE, "cannot find the figure scripts in %s: %s", scripts, strerror(errno));
    const char *folder = mem_dup(m, where);
    free(where);
    int rc = 0;
    for (int i = 0; i < NFIGURES && rc == 0; i++) {
        struct drawing *drawing = &f->drawings[i];
        rc = drawing->wanted ? prepare(m, d, dir, &figures[i], &drawing->why, e) : 0;
        if (rc == 0 && drawing->wanted && !drawing->why)
            drawing->why = start(m, dir, path_in(m, folder, figures[i].name, ".gp"), &children[i]);
    }
    double deadline = now() + SECONDS_MAX;
    for (int i = 0; i < NFIGURES; i++)
        if (children[i].pid > 0) {
            f->drawings[i].why = finish(m, dir, figures[i].name, &children[i], deadline);
            if (f->drawings[i].why)
                remove_images(m, dir, figures[i].name);
        }
    return rc;
}
