/* SPDX-License-Identifier: Apache-2.0
 * Built on libyaml's events rather than its document API, because the latter resolves aliases silently (and with them
 * "billion laughs") and reports encoding errors without a line. */
#include "harness/plan/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* Everything one parse needs. */
struct parse {
    struct mem *m;
    const char *path, *text;
    size_t len;
    yaml_parser_t parser;
    struct err *e;
};

struct place {
    int line, column;
};

static int fail(const char *path, struct place at, struct err *e, const char *message)
{
    return err_set(e, EXIT_USAGE, "%s:%d:%d: %s", path, at.line, at.column, message);
}

int node_err(const struct node *n, struct err *e, const char *fmt, ...)
{
    char message[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    return fail(n->path, (struct place){ n->line, n->column }, e, message);
}

const char *node_what(const struct node *n)
{
    if (n->kind == NODE_LIST)
        return "a list";
    if (n->kind == NODE_MAP)
        return "a map";
    return n->text[0] || n->quoted ? "text" : "nothing";
}

/* --- bytes: what libyaml would refuse without a place, or not refuse at all -------------------------------------- */

/* Length of the UTF-8 sequence at s, 0 if it is not a valid one (overlong, surrogate, beyond U+10FFFF, cut). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    static const struct {
        unsigned char low, high, second_low, second_high;
        size_t length;
    } forms[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (s[0] < forms[i].low || s[0] > forms[i].high)
            continue;
        size_t length = forms[i].length;
        bool ok = length <= left && (length < 2 || (s[1] >= forms[i].second_low && s[1] <= forms[i].second_high));
        for (size_t k = 2; ok && k < length; k++)
            ok = (s[k] & 0xc0) == 0x80;
        return ok ? length : 0;
    }
    return 0;
}

static void step(struct place *at, unsigned char c)
{
    at->column++;
    if (c == '\n')
        *at = (struct place){ at->line + 1, 1 };
}

static struct place place_of(const struct parse *p, size_t offset)
{
    struct place at = { 1, 1 };
    for (size_t i = 0; i < offset && i < p->len; i++)
        if (((unsigned char)p->text[i] & 0xc0) != 0x80)
            step(&at, (unsigned char)p->text[i]);
    return at;
}

static int check_bytes(const struct parse *p)
{
    const unsigned char *s = (const unsigned char *)p->text;
    size_t i = 0, length;
    for (; i < p->len; i += length) {
        length = utf8_length(s + i, p->len - i);
        if (!length)
            return fail(p->path, place_of(p, i), p->e, "not valid UTF-8; save the file as UTF-8");
        if (s[i] == 0x7f || (s[i] < 0x20 && s[i] != '\n' && s[i] != '\r' && s[i] != '\t'))
            return err_set(p->e, EXIT_USAGE, "%s:%d:%d: control character 0x%02x; a suite is plain text", p->path,
                           place_of(p, i).line, place_of(p, i).column, s[i]);
    }
    return 0;
}

/* --- events to nodes --------------------------------------------------------------------------------------------- */

static bool tab_indented(const struct parse *p, size_t line)
{
    const char *s = p->text, *end = p->text + p->len;
    for (; line && s < end; line--) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        s = nl ? nl + 1 : end;
    }
    while (s < end && *s == ' ')
        s++;
    return s < end && *s == '\t';
}

/* libyaml's own complaint, with a place even where libyaml knows only a byte offset. */
static int syntax_error(struct parse *p)
{
    const yaml_parser_t *y = &p->parser;
    struct place at = { (int)y->problem_mark.line + 1, (int)y->problem_mark.column + 1 };
    if (y->error == YAML_MEMORY_ERROR)
        return err_set(p->e, EXIT_INTERNAL, "%s: out of memory", p->path);
    if (y->error == YAML_READER_ERROR)
        at = place_of(p, y->problem_offset);
    else if (tab_indented(p, y->problem_mark.line))
        return fail(p->path, at, p->e, "tab in the indentation; YAML wants spaces");
    return err_set(p->e, EXIT_USAGE, "%s:%d:%d: not valid YAML: %s%s%s", p->path, at.line, at.column,
                   y->problem ? y->problem : "unreadable", y->context ? " " : "", y->context ? y->context : "");
}

static int next(struct parse *p, yaml_event_t *event)
{
    return yaml_parser_parse(&p->parser, event) ? 0 : syntax_error(p);
}

static struct node *new_node(struct parse *p, enum node_kind kind, const yaml_event_t *event)
{
    struct node *n = mem_alloc(p->m, sizeof *n);
    *n = (struct node){ .kind = kind,
                        .path = p->path,
                        .line = (int)event->start_mark.line + 1,
                        .column = (int)event->start_mark.column + 1 };
    return n;
}

/* Anchors and tags exist only to be refused. */
static int check_decoration(const struct node *n, const yaml_char_t *anchor, const yaml_char_t *tag, struct err *e)
{
    if (anchor)
        return node_err(n, e, "anchors (&name) are not allowed in a suite; write the value out");
    if (tag && strcmp((const char *)tag, "!") != 0)
        return node_err(n, e, "tags (!name) are not allowed in a suite");
    return 0;
}

static int scalar_node(struct parse *p, const yaml_event_t *event, struct node **out)
{
    struct node *n = new_node(p, NODE_SCALAR, event);
    const char *text = (const char *)event->data.scalar.value;
    if (check_decoration(n, event->data.scalar.anchor, event->data.scalar.tag, p->e))
        return -1;
    if (strlen(text) != event->data.scalar.length)
        return node_err(n, p->e, "text with a NUL character");
    n->text = mem_dupn(p->m, text, event->data.scalar.length);
    n->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    *out = n;
    return 0;
}

static int any_node(struct parse *p, const yaml_event_t *event, int depth, struct node **out);

/* Reads the next event and the node it starts; *out stays NULL at the end of the list or map. */
static int child(struct parse *p, int depth, struct node **out)
{
    yaml_event_t event;
    *out = NULL;
    if (next(p, &event))
        return -1;
    bool end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
    int rc = end ? 0 : any_node(p, &event, depth, out);
    yaml_event_delete(&event);
    return rc;
}

static int key_and_value(struct parse *p, int depth, struct node_item *item)
{
    if (child(p, depth, &item->key))
        return -1;
    if (!item->key)
        return 0;
    if (item->key->kind != NODE_SCALAR)
        return node_err(item->key, p->e, "a key must be a word, not %s", node_what(item->key));
    return child(p, depth, &item->value);
}

static int collection(struct parse *p, struct node *n, int depth)
{
    size_t cap = 0;
    if (depth >= YAML_MAX_DEPTH)
        return node_err(n, p->e, "nested deeper than %d levels", YAML_MAX_DEPTH);
    for (;;) {
        struct node_item item = { NULL, NULL };
        if (n->kind == NODE_MAP ? key_and_value(p, depth + 1, &item) : child(p, depth + 1, &item.value))
            return -1;
        if (!item.value)
            return 0;
        n->items = mem_grow(p->m, n->items, &cap, n->nitems + 1, sizeof item);
        n->items[n->nitems++] = item;
    }
}

static int any_node(struct parse *p, const yaml_event_t *event, int depth, struct node **out)
{
    const yaml_event_t *ev = event;
    if (ev->type == YAML_SCALAR_EVENT)
        return scalar_node(p, ev, out);
    bool list = ev->type == YAML_SEQUENCE_START_EVENT;
    struct node *n = new_node(p, list ? NODE_LIST : NODE_MAP, ev);
    if (ev->type == YAML_ALIAS_EVENT)
        return node_err(n, p->e, "aliases (*name) are not allowed in a suite; write the value out");
    if (list ? check_decoration(n, ev->data.sequence_start.anchor, ev->data.sequence_start.tag, p->e)
             : check_decoration(n, ev->data.mapping_start.anchor, ev->data.mapping_start.tag, p->e))
        return -1;
    if (collection(p, n, depth))
        return -1;
    *out = n;
    return 0;
}

/* --- a document -------------------------------------------------------------------------------------------------- */

/* One event that must come next; what comes instead is described by `otherwise`. */
static int expect(struct parse *p, yaml_event_type_t type, const char *otherwise)
{
    yaml_event_t event;
    if (next(p, &event))
        return -1;
    struct place at = { (int)event.start_mark.line + 1, (int)event.start_mark.column + 1 };
    bool ok = event.type == type;
    yaml_event_delete(&event);
    return ok ? 0 : fail(p->path, at, p->e, otherwise);
}

static int document(struct parse *p, struct node **root)
{
    if (expect(p, YAML_STREAM_START_EVENT, "unreadable") ||
        expect(p, YAML_DOCUMENT_START_EVENT, "the file is empty; a suite begins with \"name:\"") || child(p, 0, root) ||
        expect(p, YAML_DOCUMENT_END_EVENT, "unreadable"))
        return -1;
    return expect(p, YAML_STREAM_END_EVENT, "a second document (---); a suite is one document");
}

int yaml_tree_text(struct mem *m, const char *path, const char *text, size_t len, struct node **root, struct err *e)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (len >= 3 && memcmp(text, bom, 3) == 0) {
        text += 3;
        len -= 3;
    }
    struct parse p = { .m = m, .path = mem_dup(m, path), .text = text, .len = len, .e = e };
    if (len > YAML_MAX_BYTES)
        return err_set(e, EXIT_USAGE, "%s: larger than %d bytes; split the suite", path, YAML_MAX_BYTES);
    if (check_bytes(&p))
        return -1;
    if (!yaml_parser_initialize(&p.parser))
        return err_set(e, EXIT_INTERNAL, "%s: out of memory", path);
    yaml_parser_set_encoding(&p.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.parser, (const unsigned char *)text, len);
    int rc = document(&p, root);
    yaml_parser_delete(&p.parser);
    return rc;
}

int yaml_tree(struct mem *m, const char *path, struct node **root, struct err *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return err_set(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    size_t room = YAML_MAX_BYTES + 4; /* one more than allowed behind a byte order mark */
    char *text = mem_alloc(m, room);
    size_t len = fread(text, 1, room, f);
    int error = ferror(f) ? errno : 0;
    fclose(f);
    if (error)
        return err_set(e, EXIT_USAGE, "%s: %s", path, strerror(error));
    return yaml_tree_text(m, path, text, len, root, e);
}
