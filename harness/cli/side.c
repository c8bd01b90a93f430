/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/side.h"

#include "harness/cli/edges.h"
#include "harness/cli/paths.h"
#include "harness/host/capture.h"
#include "harness/host/code.h"
#include "harness/host/host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double version_timeout = 10;

/* Our command says its name first. Anything else is taken for a benchmark executable, which will have to list its
 * benchmarks. */
static bool is_kernmark(struct mem *m, const char *program)
{
    const char *argv[] = { program, "--version", NULL };
    struct capture_request r = { argv, NULL, NULL, version_timeout, 256 };
    struct captured c;
    capture(m, &r, &c);
    return !c.exit_code && !strncmp(c.out, "kernmark ", 9);
}

static bool is_file(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* The commit is named by what is wanted of it: the tree itself may have been built for another commit. */
static int find_revision(struct mem *m, const struct revision_how *how, struct side *s, struct err *e)
{
    struct revision r;
    if (revision_build(m, s->word, how, &r, e))
        return -1;
    s->program = r.program;
    s->commit = r.commit;
    s->label = strncmp(s->word, r.commit.hash, strlen(s->word)) ? mem_printf(m, "%s (%.10s)", s->word, r.commit.hash)
                                                                : mem_printf(m, "%.10s", r.commit.hash);
    if (!how->program)
        s->share = r.root;
    return 0;
}

static int find_program(struct mem *m, const char *word, const struct revision_how *how, struct side *s, struct err *e)
{
    s->word = s->label = word;
    if (!strcmp(word, ".")) {
        s->program = self_path(m);
        s->label = "this build";
        commit_read(m, ".", &s->commit);
        return 0;
    }
    if (is_file(word)) {
        s->program = word;
        return 0;
    }
    if (revision_known(m, word))
        return find_revision(m, how, s, e);
    return err_set(e, EXIT_USAGE, "'%s' is neither '.', nor an executable, nor a revision of this repository", word);
}

int side_find(struct mem *m, const char *word, const struct revision_how *how, const struct words *args,
              struct side *out, struct err *e)
{
    *out = (struct side){ .word = word };
    if (find_program(m, word, how, out, e))
        return -1;
    if (code_hash(out->program, out->code))
        *out->code = '\0';
    out->foreign = strcmp(word, ".") != 0 && !is_kernmark(m, out->program);
    if (!out->foreign)
        return 0;
    const char *path = strchr(out->program, '/') ? out->program : mem_printf(m, "./%s", out->program);
    return foreign_find(m, path, args->all + (args->n - args->rest), args->rest, &out->program_foreign, e);
}

int side_share(struct mem *m, const struct side *s, const char *relative, const char **out, struct err *e)
{
    if (!s->share)
        return share_path(m, relative, out, e);
    *out = mem_printf(m, "%s/%s", s->share, relative);
    return access(*out, R_OK) ? err_set(e, EXIT_USAGE, "%s has no %s", s->label, relative) : 0;
}

int side_open(struct mem *m, struct side *s, struct pair_side *out, struct err *e)
{
    *out = (struct pair_side){ .label = s->label };
    runner_edges_init(m, &out->edges);
    if (s->foreign) {
        out->edges.turn = foreign_turn;
        out->edges.ctx = &s->program_foreign;
        return foreign_open(m, &s->program_foreign, e);
    }
    const char **worker = mem_array(m, 3, sizeof *worker);
    worker[0] = s->program;
    worker[1] = "worker";
    out->edges.worker = worker;
    return share_path(m, "suites/data", &out->data_dir, e);
}

void side_close(struct side *s)
{
    if (s->foreign)
        foreign_close(&s->program_foreign);
}
