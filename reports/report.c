/* SPDX-License-Identifier: Apache-2.0
 * One document: template, figures, text; and tables spliced into a document that people write. */
#include "reports/report.h"

#include "reports/figure.h"
#include "reports/file.h"
#include "reports/source.h"
#include "reports/template.h"
#include "reports/text.h"

#include <string.h>

/* reports/figures beside reports/templates. */
static const char *scripts_beside(struct mem *m, const char *template_path)
{
    const char *slash = strrchr(template_path, '/');
    if (!slash)
        return "../figures";
    return mem_printf(m, "%.*s/../figures", (int)(slash - template_path), template_path);
}

static bool any_wanted(const struct figures *f)
{
    bool any = false;
    for (int i = 0; i < FIGURES_MAX; i++)
        any |= f->drawings[i].wanted;
    return any;
}

static int draw(struct mem *m, const struct report_data *d, const char *template_path, const char *out_dir,
                struct figures *f, struct err *e)
{
    const char *dir = mem_printf(m, "%s/%s", out_dir, f->link);
    if (!any_wanted(f))
        return 0;
    return file_mkdirs(dir, e) || figures_draw(m, d, scripts_beside(m, template_path), dir, f, e) ? -1 : 0;
}

int report_write(struct mem *m, const struct report_data *d, const char *template_path, const char *out_dir,
                 const char **path, struct err *e)
{
    struct buf source = { 0 }, out = { 0 };
    if (!d->run)
        return err_set(e, EXIT_USAGE, "there is no run to report");
    const char *host = text_filename(m, d->run->host.name);
    struct figures figures = { .link = host };
    int rc = file_read(template_path, &source, e);
    struct template t = { template_path, buf_text(&source), d, &figures };
    *path = mem_printf(m, "%s/%s.md", out_dir, host);
    if (!rc)
        rc = template_check(m, &t, e) || file_mkdirs(out_dir, e) || draw(m, d, template_path, out_dir, &figures, e) ||
             template_render(m, &t, &out, e) || file_write(*path, &out, e);
    buf_free(&source);
    buf_free(&out);
    return rc ? -1 : 0;
}

/* --- splicing ---------------------------------------------------------------------------------------------------- */

static const char begin_mark[] = "<!-- BEGIN: ", end_mark[] = "<!-- END: ", close_mark[] = " -->";

struct splice {
    struct mem *m;
    const struct report_data *d;
    const char *path;
    size_t line, done;
    struct buf out;
    struct err *e;
};

/* The text between the mark and " -->", NULL if the line is no such mark. */
static const char *marked(struct mem *m, const char *line, size_t len, const char *mark)
{
    size_t head = strlen(mark), tail = strlen(close_mark);
    while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len < head + tail || strncmp(line, mark, head) != 0 || strncmp(line + len - tail, close_mark, tail) != 0)
        return NULL;
    return mem_dupn(m, line + head, len - head - tail);
}

/* Where the line after the END of `name` begins; NULL without one. */
static const char *after_end(struct splice *s, const char *text, const char *name, const char **end_line)
{
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, "\n");
        const char *end = marked(s->m, p, len, end_mark);
        if (marked(s->m, p, len, begin_mark))
            return NULL;
        *end_line = p;
        p += len + (p[len] == '\n');
        if (end && strcmp(end, name) == 0)
            return p;
    }
    return NULL;
}

static size_t count_lines(const char *from, const char *to)
{
    size_t n = 0;
    for (; from < to; from++)
        n += *from == '\n';
    return n;
}

static int splice_one(struct splice *s, const char *what, const char **p)
{
    const char *name = mem_dupn(s->m, what, strcspn(what, " ")), *end_line;
    const char *after = after_end(s, *p, name, &end_line);
    if (!after)
        return err_set(s->e, EXIT_USAGE, "%s:%zu: no '%s%s%s' for this BEGIN", s->path, s->line, end_mark, name,
                       close_mark);
    struct template t = { s->path, mem_printf(s->m, "{{%s}}\n", what), s->d, NULL };
    buf_puts(&s->out, "\n");
    if (template_render(s->m, &t, &s->out, s->e))
        return err_wrap(s->e, "%s:%zu: in '%.60s'", s->path, s->line, what);
    buf_puts(&s->out, "\n");
    buf_add(&s->out, end_line, (size_t)(after - end_line));
    s->line += count_lines(*p, after);
    s->done++;
    *p = after;
    return 0;
}

/* Marks inside a code fence are an explanation of marks. */
static int splice_text(struct splice *s, const char *text)
{
    bool fenced = false;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, "\n"), whole = len + (p[len] == '\n');
        s->line++;
        fenced ^= strncmp(p, "```", 3) == 0 || strncmp(p, "~~~", 3) == 0;
        const char *what = fenced ? NULL : marked(s->m, p, len, begin_mark);
        buf_add(&s->out, p, whole);
        p += whole;
        if (what && splice_one(s, what, &p))
            return -1;
    }
    return 0;
}

int report_splice(struct mem *m, const struct report_data *d, const char *path, struct err *e)
{
    struct buf text = { 0 };
    struct splice s = { .m = m, .d = d, .path = path, .e = e };
    if (!d->run)
        return err_set(e, EXIT_USAGE, "there is no run to report");
    int rc = file_read(path, &text, e) || splice_text(&s, buf_text(&text)) ? -1 : 0;
    if (!rc && !s.done)
        rc = err_set(e, EXIT_USAGE, "%s has no '%sdirective%s' mark", path, begin_mark, close_mark);
    if (!rc && (text.len != s.out.len || memcmp(buf_text(&text), buf_text(&s.out), text.len) != 0))
        rc = file_write(path, &s.out, e);
    buf_free(&text);
    buf_free(&s.out);
    return rc;
}
