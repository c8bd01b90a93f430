/* SPDX-License-Identifier: Apache-2.0
 * The template engine: lines, blocks and the table of directives. */
#include "reports/template.h"

#include "reports/source.h"
#include "reports/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 8 };

/* One argument of a directive: a bare word (key is NULL), or key=value, or key!=value. */
struct arg {
    const char *key, *value;
    bool not ;
};

struct directive {
    const char *name;
    struct arg *args;
    size_t nargs;
};

/* Lines of the template and where we stand. */
struct engine {
    struct mem *m;
    const struct template *t;
    struct buf *out;
    char **lines;
    size_t nlines;
    const char *item[NESTING_MAX]; /* what each loop stands at */
    int nesting;
    bool checking; /* visit everything once, whatever the data */
    struct err *e;
};

static int render_lines(struct engine *g, size_t from, size_t to);

static int fail_at(struct engine *g, size_t line)
{
    return err_wrap(g->e, "%s:%zu", g->t->path, line + 1);
}

/* --- reading a line ---------------------------------------------------------------------------------------------- */

static void split_lines(struct engine *g)
{
    size_t cap = 0;
    for (const char *s = g->t->text; *s;) {
        size_t len = strcspn(s, "\n");
        g->lines = mem_grow(g->m, g->lines, &cap, g->nlines + 1, sizeof *g->lines);
        g->lines[g->nlines++] = mem_dupn(g->m, s, len - (len && s[len - 1] == '\r'));
        s += len + (s[len] == '\n');
    }
}

/* The next word of a directive, quotes kept inside it; NULL at the end. */
static char *next_word(struct mem *m, const char **p)
{
    const char *s = *p + strspn(*p, " \t\v\f\r"); /* all that isspace() ends a word at */
    if (!*s)
        return NULL;
    const char *start = s;
    bool quoted = false;
    for (; *s && (quoted || !isspace((unsigned char)*s)); s++)
        if (*s == '"')
            quoted = !quoted;
    *p = s;
    return mem_dupn(m, start, (size_t)(s - start));
}

/* A value that is quoted whole loses its quotes; quotes inside (column headers) stay for the list that has them. */
static const char *unquoted(struct mem *m, const char *s)
{
    size_t len = strlen(s);
    if (len >= 2 && s[0] == '"' && s[len - 1] == '"' && strchr(s + 1, '"') == s + len - 1)
        return mem_dupn(m, s + 1, len - 2);
    return s;
}

static struct arg parse_arg(struct mem *m, char *word)
{
    struct arg a = { NULL, unquoted(m, word), false };
    char *equals = strchr(word, '=');
    if (!equals || equals == word || *word == '"')
        return a;
    a.not = equals[-1] == '!';
    a.value = unquoted(m, equals + 1);
    a.key = mem_dupn(m, word, (size_t)(equals - word) - a.not );
    return a;
}

/* "{{name args}}" alone on its line, where name is no value: false if the line is ordinary text. */
static bool parse_directive(struct mem *m, const char *line, struct directive *out)
{
    const char *s = line + strspn(line, " \t");
    size_t len = strlen(s);
    while (len && isspace((unsigned char)s[len - 1]))
        len--;
    if (len < 4 || strncmp(s, "{{", 2) != 0 || strncmp(s + len - 2, "}}", 2) != 0 || strstr(s, "}}") != s + len - 2)
        return false;
    const char *p = mem_dupn(m, s + 2, len - 4);
    char *name = next_word(m, &p);
    if (!name)
        return false;
    *out = (struct directive){ .name = name };
    size_t cap = 0;
    for (char *word; (word = next_word(m, &p)) != NULL;) {
        out->args = mem_grow(m, out->args, &cap, out->nargs + 1, sizeof *out->args);
        out->args[out->nargs++] = parse_arg(m, word);
    }
    return true;
}

/* --- arguments to a query ---------------------------------------------------------------------------------------- */

/* $item is what the innermost loop stands at, compared exactly: names may hold characters that globs give a meaning. */
static struct filter filter_of(const struct engine *g, const struct arg *a)
{
    if (strcmp(a->value, "$item") == 0)
        return (struct filter){ a->key, g->nesting ? g->item[g->nesting - 1] : "", a->not, true };
    return (struct filter){ a->key, a->value, a->not, false };
}

/* What a directive accepts beside filters. */
struct extras {
    const char *caption, *empty;
};

static int take_limit(const char *value, size_t *limit, struct err *e)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || n == 0 || n > 1000000)
        return err_set(e, EXIT_USAGE, "limit=%.40s is no number of rows", value);
    *limit = n;
    return 0;
}

static int take_arg(struct engine *g, const struct arg *a, struct query *q, struct extras *x)
{
    const struct {
        const char *key, **place;
    } texts[] = {
        { "columns", &q->columns }, { "sort", &q->sort }, { "caption", &x->caption }, { "empty", &x->empty }
    };
    if (!a->key)
        return err_set(g->e, EXIT_USAGE, "unexpected '%.60s'; expected key=value", a->value);
    if (strcmp(a->key, "limit") == 0 && !a->not )
        return take_limit(a->value, &q->limit, g->e);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(a->key, texts[i].key) == 0 && !a->not ) {
            *texts[i].place = a->value;
            return 0;
        }
    q->filters[q->nfilters++] = filter_of(g, a);
    return 0;
}

/* The first argument names the source, maybe with a column: "results" or "results.section". */
static int query_of(struct engine *g, const struct directive *v, struct query *q, struct extras *x, const char **column)
{
    *q = (struct query){ .filters = mem_array(g->m, v->nargs + 1, sizeof *q->filters) };
    *x = (struct extras){ 0 };
    if (!v->nargs || v->args[0].key)
        return err_set(g->e, EXIT_USAGE, "{{%s}} needs a source", v->name);
    char *name = mem_dup(g->m, v->args[0].value);
    char *dot = column ? strchr(name, '.') : NULL;
    if (column) {
        if (!dot)
            return err_set(g->e, EXIT_USAGE, "{{%s}} needs source.column, as in results.section", v->name);
        *dot = '\0';
        *column = dot + 1;
    }
    q->source = source_find(name, g->e);
    for (size_t i = 1; q->source && i < v->nargs; i++)
        if (take_arg(g, &v->args[i], q, x))
            return -1;
    return q->source ? 0 : -1;
}

/* --- directives of one line -------------------------------------------------------------------------------------- */

static int do_table(struct engine *g, const struct directive *v)
{
    struct query q;
    struct extras x;
    struct table t;
    if (query_of(g, v, &q, &x, NULL) || query_table(g->m, g->t->d, &q, &t, g->e))
        return -1;
    if (x.caption && t.nrows)
        buf_printf(g->out, "*%s*\n\n", x.caption);
    if (t.nrows)
        table_write(g->out, &t, FORMAT_MARKDOWN);
    else
        buf_printf(g->out, "%s\n", x.empty ? x.empty : "None.");
    return 0;
}

static int do_figure(struct engine *g, const struct directive *v)
{
    const char *caption = NULL;
    for (size_t i = 1; i < v->nargs; i++) {
        if (!v->args[i].key || strcmp(v->args[i].key, "caption") != 0)
            return err_set(g->e, EXIT_USAGE, "{{figure}} takes a name and caption=\"...\" only");
        caption = v->args[i].value;
    }
    if (!v->nargs || v->args[0].key)
        return err_set(g->e, EXIT_USAGE, "{{figure}} needs a name");
    if (!g->t->figures)
        return err_set(g->e, EXIT_USAGE, "a figure cannot stand here");
    int index = figure_find(v->args[0].value, g->e);
    if (index < 0)
        return -1;
    const struct figure *f = figure_at(index);
    struct drawing *drawing = &g->t->figures->drawings[index];
    drawing->wanted = true;
    if (drawing->why) {
        buf_printf(g->out, "*Figure \"%s\" is not drawn: ", f->name);
        markdown_escape(g->out, drawing->why);
        buf_puts(g->out, ".*\n");
        return 0;
    }
    const char *link = g->t->figures->link;
    buf_printf(g->out, "[![%s](%s/%s.png)](%s/%s.svg)\n\n*%s*\n", f->alt, link, f->name, link, f->name,
               caption ? caption : f->caption);
    return 0;
}

/* Longest run of backticks, so that a fence can be longer. */
static size_t backticks(const char *s)
{
    size_t longest = 2;
    for (; *s; s++) {
        size_t n = strspn(s, "`");
        longest = n > longest ? n : longest;
        s += n ? n - 1 : 0;
    }
    return longest;
}

static int do_fence(struct engine *g, const struct directive *v)
{
    if (v->nargs != 1 || v->args[0].key)
        return err_set(g->e, EXIT_USAGE, "{{fence}} needs the name of one value");
    const char *value = value_find(g->m, g->t->d, v->args[0].value, g->e);
    if (!value)
        return -1;
    size_t ticks = backticks(value) + 1;
    for (size_t i = 0; i < ticks; i++)
        buf_putc(g->out, '`');
    buf_puts(g->out, "text\n");
    for (const char *s = value; *s;) {
        size_t len = strcspn(s, "\n");
        text_line(g->out, mem_dupn(g->m, s, len));
        buf_putc(g->out, '\n');
        s += len + (s[len] == '\n');
    }
    for (size_t i = 0; i < ticks; i++)
        buf_putc(g->out, '`');
    buf_putc(g->out, '\n');
    return 0;
}

/* --- blocks ------------------------------------------------------------------------------------------------------ */

static bool opens(const char *name)
{
    return strcmp(name, "each") == 0 || strcmp(name, "if") == 0;
}

/* Finds the {{end}} of the block that `line` opens, and its {{else}} (or the same place). */
static int find_end(struct engine *g, size_t line, size_t to, size_t *other, size_t *end)
{
    int depth = 0;
    *other = 0;
    for (size_t i = line; i < to; i++) {
        struct directive v;
        if (!parse_directive(g->m, g->lines[i], &v))
            continue;
        depth += opens(v.name);
        if (depth == 1 && strcmp(v.name, "else") == 0)
            *other = i;
        if (strcmp(v.name, "end") == 0 && --depth == 0) {
            *end = i;
            *other = *other ? *other : i;
            return 0;
        }
    }
    return err_set(g->e, EXIT_USAGE, "no {{end}} for this block");
}

static int do_each(struct engine *g, const struct directive *v, size_t line, size_t to, size_t *next)
{
    struct query q;
    struct extras x;
    const char *column, **values;
    size_t other, end, n;
    if (g->nesting == NESTING_MAX)
        return err_set(g->e, EXIT_USAGE, "blocks are nested deeper than %d", NESTING_MAX);
    if (find_end(g, line, to, &other, &end) || query_of(g, v, &q, &x, &column) ||
        query_values(g->m, g->t->d, &q, column, &values, &n, g->e))
        return -1;
    *next = end + 1;
    if (g->checking)
        n = 1;
    g->nesting++;
    for (size_t i = 0; i < n; i++) {
        g->item[g->nesting - 1] = g->checking ? "" : values[i];
        if (render_lines(g, line + 1, other))
            return -1;
    }
    g->nesting--;
    return n && !g->checking ? 0 : render_lines(g, other + (other != end), end);
}

static int do_if(struct engine *g, const struct directive *v, size_t line, size_t to, size_t *next)
{
    struct query q;
    struct extras x;
    struct rows rows;
    size_t other, end;
    if (find_end(g, line, to, &other, &end) || query_of(g, v, &q, &x, NULL) ||
        query_rows(g->m, g->t->d, &q, &rows, g->e))
        return -1;
    *next = end + 1;
    if ((rows.n || g->checking) && render_lines(g, line + 1, other))
        return -1;
    return rows.n && !g->checking ? 0 : render_lines(g, other + (other != end), end);
}

static int do_stray(struct engine *g, const struct directive *v)
{
    return err_set(g->e, EXIT_USAGE, "{{%s}} without a block", v->name);
}

static const struct {
    const char *name;
    int (*line)(struct engine *g, const struct directive *v);
    int (*block)(struct engine *g, const struct directive *v, size_t line, size_t to, size_t *next);
} directives[] = {
    { "table", do_table, NULL }, { "figure", do_figure, NULL }, { "fence", do_fence, NULL }, { "each", NULL, do_each },
    { "if", NULL, do_if },       { "else", do_stray, NULL },    { "end", do_stray, NULL },
};
enum { NDIRECTIVES = sizeof directives / sizeof directives[0] };

/* --- values inside text ------------------------------------------------------------------------------------------ */

static int put_value(struct engine *g, const char *name, bool alone)
{
    if (strcmp(name, "item") == 0 && g->nesting) {
        markdown_escape(g->out, g->item[g->nesting - 1]);
        return 0;
    }
    if (alone && !strchr(name, '.') && strcmp(name, "raw") != 0 && strcmp(name, "reproduce") != 0)
        return err_set(g->e, EXIT_USAGE,
                       "unknown directive '%.60s'; known: table, figure, fence, each, if, else, end, or a value", name);
    const char *value = value_find(g->m, g->t->d, name, g->e);
    if (!value)
        return -1;
    markdown_escape(g->out, value);
    return 0;
}

static int text_with_values(struct engine *g, const char *s)
{
    for (;;) {
        const char *open = strstr(s, "{{"), *close = open ? strstr(open, "}}") : NULL;
        if (!open) {
            buf_puts(g->out, s);
            buf_putc(g->out, '\n');
            return 0;
        }
        if (!close)
            return err_set(g->e, EXIT_USAGE, "'{{' without '}}'");
        buf_add(g->out, s, (size_t)(open - s));
        const char *inner = open + 2 + strspn(open + 2, " ");
        char *name = mem_dupn(g->m, inner, (size_t)(close - inner));
        name[strcspn(name, " ")] = '\0';
        if (put_value(g, name, false))
            return -1;
        s = close + 2;
    }
}

/* --- the road ---------------------------------------------------------------------------------------------------- */

static int render_line(struct engine *g, size_t line, size_t to, size_t *next)
{
    struct directive v;
    *next = line + 1;
    if (!parse_directive(g->m, g->lines[line], &v))
        return text_with_values(g, g->lines[line]);
    for (size_t i = 0; i < NDIRECTIVES; i++)
        if (strcmp(directives[i].name, v.name) == 0)
            return directives[i].block ? directives[i].block(g, &v, line, to, next) : directives[i].line(g, &v);
    if (put_value(g, v.name, true))
        return -1;
    buf_putc(g->out, '\n');
    return 0;
}

/* Errors get their place where they happen: an error inside a block already has it. */
static int render_lines(struct engine *g, size_t from, size_t to)
{
    for (size_t i = from, next; i < to; i = next)
        if (render_line(g, i, to, &next))
            return strncmp(g->e->text, g->t->path, strlen(g->t->path)) == 0 ? -1 : fail_at(g, i);
    return 0;
}

static int run_engine(struct mem *m, const struct template *t, bool checking, struct buf *out, struct err *e)
{
    struct engine g = { .m = m, .t = t, .out = out, .checking = checking, .e = e };
    e->text[0] = '\0';
    split_lines(&g);
    return render_lines(&g, 0, g.nlines);
}

int template_check(struct mem *m, const struct template *t, struct err *e)
{
    struct buf unused = { 0 };
    int rc = run_engine(m, t, true, &unused, e);
    buf_free(&unused);
    return rc;
}

int template_render(struct mem *m, const struct template *t, struct buf *out, struct err *e)
{
    return run_engine(m, t, false, out, e);
}
