/* SPDX-License-Identifier: Apache-2.0
 * Rows as structs: SQL text is put together from our own tables of column names only; values are bound. */
#include "db/row.h"

#include <math.h>
#include <string.h>

static const void *field(const struct column *c, const void *obj)
{
    return (const char *)obj + c->at;
}

static int64_t get_int(const struct column *c, const void *obj)
{
    int64_t wide = 0;
    int32_t narrow = 0;
    unsigned char byte = 0;
    if (c->size == sizeof wide) {
        memcpy(&wide, field(c, obj), sizeof wide);
    } else if (c->size == sizeof narrow) {
        memcpy(&narrow, field(c, obj), sizeof narrow);
        wide = narrow;
    } else {
        memcpy(&byte, field(c, obj), sizeof byte);
        wide = byte;
    }
    return wide;
}

static void put_int(const struct column *c, void *obj, int64_t wide)
{
    int32_t narrow = (int32_t)wide;
    unsigned char byte = wide != 0; /* one byte is a bool */
    const void *from = &byte;
    if (c->size == sizeof wide)
        from = &wide;
    else if (c->size == sizeof narrow)
        from = &narrow;
    memcpy((char *)obj + c->at, from, c->size);
}

static double get_real(const struct column *c, const void *obj)
{
    double d;
    memcpy(&d, field(c, obj), sizeof d);
    return d;
}

static const char *get_text(const struct column *c, const void *obj)
{
    const char *text;
    if (c->type == COLUMN_CHARS)
        return field(c, obj);
    memcpy(&text, field(c, obj), sizeof text);
    return text;
}

static const char *word_of(const struct column *c, int64_t value)
{
    int64_t n = 0;
    while (c->words[n])
        n++;
    return value >= 0 && value < n ? c->words[value] : NULL;
}

static struct arg value_of(const struct column *c, const void *obj)
{
    switch (c->type) {
    case COLUMN_REAL:
        return arg_real(get_real(c, obj));
    case COLUMN_INT:
        return arg_int(get_int(c, obj));
    case COLUMN_WORD:
        return arg_text(word_of(c, get_int(c, obj)));
    default:
        return arg_text(get_text(c, obj));
    }
}

static size_t count(const struct arg *values)
{
    size_t n = 0;
    while (values && values[n].type != ARG_END)
        n++;
    return n;
}

static void insert_sql(struct buf *b, const struct table *t, const char *fixed, size_t nfixed)
{
    buf_printf(b, "INSERT INTO %s(", t->name);
    if (nfixed)
        buf_puts(b, fixed);
    for (size_t i = 0; i < t->n; i++)
        buf_printf(b, "%s%s", i || nfixed ? ", " : "", t->columns[i].name);
    buf_puts(b, ") VALUES (");
    for (size_t i = 0; i < t->n + nfixed; i++)
        buf_puts(b, i ? ", ?" : "?");
    buf_puts(b, ")");
}

int row_insert(struct store *s, const struct table *t, const void *obj, const char *fixed, const struct arg *values,
               int64_t *id, struct err *e)
{
    struct buf sql = { 0 };
    size_t nfixed = count(values);
    insert_sql(&sql, t, fixed, nfixed);
    sqlite3_stmt *st;
    int rc = sql_query(s, &st, buf_text(&sql), values, e);
    for (size_t i = 0; !rc && i < t->n; i++)
        rc = sql_bind(s, st, (int)(nfixed + i) + 1, value_of(&t->columns[i], obj), e);
    if (!rc)
        rc = sql_next(s, st, e);
    sql_done(&st);
    buf_free(&sql);
    if (!rc && id)
        *id = sqlite3_last_insert_rowid(s->db);
    return rc;
}

/* IS, because = never finds a NULL. */
static int find(struct store *s, const struct table *t, const void *obj, int64_t *id, struct err *e)
{
    enum { MAX_KEYS = 16 };
    struct arg keys[MAX_KEYS + 1] = { 0 };
    struct buf sql = { 0 };
    buf_printf(&sql, "SELECT id FROM %s WHERE ", t->name);
    for (size_t i = 0; i < t->keys && i < MAX_KEYS; i++) {
        buf_printf(&sql, "%s%s IS ?", i ? " AND " : "", t->columns[i].name);
        keys[i] = value_of(&t->columns[i], obj);
    }
    int rc = sql_int(s, id, buf_text(&sql), keys, e);
    buf_free(&sql);
    return rc;
}

int row_intern(struct store *s, const struct table *t, const void *obj, int64_t *id, struct err *e)
{
    int found = find(s, t, obj, id, e);
    if (found)
        return found < 0 ? -1 : 0;
    return row_insert(s, t, obj, NULL, NULL, id, e) ? -1 : 1;
}

static void add_columns(struct buf *b, const struct table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const char *name = t->columns[i].name;
        if (strchr(name, '.'))
            buf_printf(b, ", %s", name);
        else
            buf_printf(b, ", %s.%s", t->name, name);
    }
}

int row_query(struct store *s, sqlite3_stmt **st, const struct query *q, const struct arg *args, struct err *e)
{
    struct buf sql = { 0 };
    buf_printf(&sql, "SELECT %s", q->head);
    for (size_t i = 0; i < QUERY_TABLES && q->tables[i]; i++)
        add_columns(&sql, q->tables[i]);
    buf_printf(&sql, " %s", q->tail);
    int rc = sql_query(s, st, buf_text(&sql), args, e);
    buf_free(&sql);
    return rc;
}

static int read_word(struct store *s, sqlite3_stmt *st, int column, const struct column *c, void *obj, struct err *e)
{
    const char *word = (const char *)sqlite3_column_text(st, column);
    for (int64_t i = 0; c->words[i]; i++) {
        if (word && !strcmp(word, c->words[i])) {
            put_int(c, obj, i);
            return 0;
        }
    }
    return err_set(e, EXIT_STORE, "%s: unknown %s '%.40s': written by a newer kernmark, or damaged", s->path, c->name,
                   word ? word : "");
}

static void read_chars(sqlite3_stmt *st, int column, const struct column *c, void *obj)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    char *to = (char *)obj + c->at;
    memset(to, 0, c->size);
    if (text)
        memcpy(to, text, strnlen(text, c->size - 1));
}

static int read_column(struct store *s, struct mem *m, sqlite3_stmt *st, int column, const struct column *c, void *obj,
                       struct err *e)
{
    if (c->type == COLUMN_WORD)
        return read_word(s, st, column, c, obj, e);
    if (c->type == COLUMN_INT) {
        put_int(c, obj, sqlite3_column_int64(st, column));
    } else if (c->type == COLUMN_CHARS) {
        read_chars(st, column, c, obj);
    } else if (c->type == COLUMN_REAL) {
        double d = sql_real(st, column);
        memcpy((char *)obj + c->at, &d, sizeof d);
    } else {
        const char *text = sql_text(m, st, column);
        memcpy((char *)obj + c->at, &text, sizeof text);
    }
    return 0;
}

int row_read(struct store *s, struct mem *m, sqlite3_stmt *st, int *column, const struct table *t, void *obj,
             struct err *e)
{
    for (size_t i = 0; i < t->n; i++)
        if (read_column(s, m, st, (*column)++, &t->columns[i], obj, e))
            return -1;
    return 0;
}

static int read_element(struct store *s, struct mem *m, sqlite3_stmt *st, const struct query *q, void *element,
                        struct err *e)
{
    int column = 1;
    return q->read ? q->read(s, m, st, element, e) : row_read(s, m, st, &column, q->tables[0], element, e);
}

int row_all(struct store *s, struct mem *m, const struct query *q, const struct arg *args, struct rows *out,
            struct err *e)
{
    sqlite3_stmt *st;
    size_t cap = 0;
    int rc;
    *out = (struct rows){ 0 };
    if (row_query(s, &st, q, args, e))
        return -1;
    while ((rc = sql_next(s, st, e)) == 1) {
        out->all = mem_grow(m, out->all, &cap, out->n + 1, q->size);
        if (read_element(s, m, st, q, (char *)out->all + out->n++ * q->size, e)) {
            rc = -1;
            break;
        }
    }
    sql_done(&st);
    return rc;
}

static bool real_differs(double a, double b, double tolerance)
{
    if (isnan(a) || isnan(b))
        return !isnan(a) != !isnan(b);
    return a != b && !(fabs(a - b) <= tolerance * fabs(a));
}

static bool text_differs(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) != 0 : a != b;
}

const struct column *row_differs(const struct table *t, const void *a, const void *b, size_t from, size_t to,
                                 double tolerance)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct column *c = &t->columns[i];
        if (c->at < from || c->at >= to)
            continue;
        bool differs;
        if (c->type == COLUMN_REAL)
            differs = real_differs(get_real(c, a), get_real(c, b), tolerance);
        else if (c->type == COLUMN_TEXT || c->type == COLUMN_CHARS)
            differs = text_differs(get_text(c, a), get_text(c, b));
        else
            differs = get_int(c, a) != get_int(c, b);
        if (differs)
            return c;
    }
    return NULL;
}
