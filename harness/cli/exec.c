/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/exec.h"

#include "harness/base/buf.h"
#include "harness/base/fnv.h"
#include "harness/host/host.h"
#include "harness/plan/profile.h"

#include <stdio.h>
#include <string.h>

/* --- what is run ------------------------------------------------------------------------------------------------- */

static int find_settings(const char *profile, struct settings *out, struct err *e)
{
    for (size_t i = 0; profile_names[i]; i++)
        if (!profile || !strcmp(profile_names[i], profile)) {
            *out = profile_base(profile ? profile : "quick");
            return 0;
        }
    return err_set(e, EXIT_USAGE, "--profile=%s: smoke, quick or full was expected", profile);
}

/* FNV-1a of the file's content; NULL if it cannot be read. */
static const char *digest(struct mem *m, const char *path)
{
    char chunk[1 << 16], hex[17];
    uint64_t hash = FNV_START;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return NULL;
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        hash = fnv_add(hash, chunk, n);
    bool failed = ferror(f);
    fclose(f);
    fnv_hex(hash, hex);
    return failed ? NULL : mem_dup(m, hex);
}

static void describe_build(struct mem *m, const struct foreign *f, struct build *b)
{
    const char *content = digest(m, f->path);
    const struct fact facts[] = {
        { "program", "Program", f->name, NULL },
        { "program.path", "Path", f->path, NULL },
        { "program.content", "Hash of its content", content, content ? NULL : "the file cannot be read" },
        { "kernmark", "Measured by kernmark", build_version(), NULL },
    };
    char hex[17];
    fnv_hex(fnv_fact(FNV_START, &facts[0]), hex);
    b->hash = mem_dup(m, hex);
    b->facts.n = sizeof facts / sizeof *facts;
    b->facts.all = mem_array(m, b->facts.n, sizeof *facts);
    memcpy(b->facts.all, facts, sizeof facts);
}

int exec_plan(struct mem *m, const char *program, const struct words *words, const struct selection *s,
              struct foreign *f, struct plan *plan, struct run *run, struct err *e)
{
    struct settings settings;
    if (words->n > words->rest)
        return err_set(e, EXIT_USAGE, "'%s': --exec runs a program in place of suites; its arguments come after --",
                       words->all[0]);
    if (find_settings(s->profile, &settings, e) || foreign_find(m, program, words->all, words->n, f, e) ||
        foreign_list(m, f, &settings, plan, e) || (s->filter && plan_filter(plan, s->filter, e)))
        return -1;
    if (!plan->njobs)
        return err_set(e, EXIT_USAGE, "no benchmark of %s matches '%s': --benchmark_list_tests prints them", program,
                       s->filter);
    run->suites = f->name;
    describe_build(m, f, &run->build);
    return 0;
}

/* --- what does the same again ------------------------------------------------------------------------------------- */

const char *shell_quote(struct mem *m, const char *text)
{
    if (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:=,-")])
        return text;
    struct buf b = { 0 };
    buf_putc(&b, '\'');
    for (; *text; text++)
        if (*text == '\'')
            buf_puts(&b, "'\\''");
        else
            buf_putc(&b, *text);
    buf_putc(&b, '\'');
    const char *quoted = mem_dup(m, buf_text(&b));
    buf_free(&b);
    return quoted;
}

const char *exec_head(struct mem *m, const char *program)
{
    return mem_printf(m, "kernmark run --exec=%s", shell_quote(m, program));
}

const char *exec_tail(struct mem *m, const char *line, const struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        line = mem_printf(m, "%s%s %s", line, i ? "" : " --", shell_quote(m, words->all[i]));
    return line;
}
