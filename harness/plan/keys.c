/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/keys.h"

#include "harness/plan/scalar.h"
#include "harness/plan/words.h"

#include <string.h>

int key_wrong(struct keys_job *j, const struct key *k, const struct node *n, const char *wanted)
{
    bool shown = n->kind == NODE_SCALAR && (n->text[0] || n->quoted);
    return node_err(n, j->e, "%s: expected %s, got %s", k->name, wanted,
                    shown ? words_quote(j->m, n->text) : node_what(n));
}

static const struct key *find(const struct keys *table, const char *name)
{
    for (size_t i = 0; i < table->nrows; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

static int unknown(struct keys_job *j, const struct keys *table, const struct node *key)
{
    const char **names = mem_array(j->m, table->nrows + 1, sizeof *names);
    for (size_t i = 0; i < table->nrows; i++)
        names[i] = table->rows[i].name;
    return node_err(key, j->e, "unknown key %s in %s%s", words_quote(j->m, key->text), table->what,
                    words_hint(j->m, key->text, names));
}

static int read_item(struct keys_job *j, const struct keys *table, const struct node_item *item, bool *seen,
                     void *record)
{
    const struct key *k = find(table, item->key->text);
    if (!k)
        return unknown(j, table, item->key);
    if (seen[k - table->rows])
        return node_err(item->key, j->e, "key '%s' is given twice in %s", k->name, table->what);
    seen[k - table->rows] = true;
    return k->parse(j, k, item->value, (char *)record + k->offset);
}

int keys_read(struct keys_job *j, const struct node *map, const struct keys *table, void *record)
{
    if (map->kind != NODE_MAP)
        return node_err(map, j->e, "expected %s as a map (key: value), got %s", table->what, node_what(map));
    bool *seen = mem_array(j->m, table->nrows, sizeof *seen);
    for (size_t i = 0; i < map->nitems; i++)
        if (read_item(j, table, &map->items[i], seen, record))
            return -1;
    for (size_t i = 0; i < table->nrows; i++)
        if (table->rows[i].required && !seen[i])
            return node_err(map, j->e, "%s lacks the key '%s'", table->what, table->rows[i].name);
    return 0;
}

/* --- parsers ----------------------------------------------------------------------------------------------------- */

/* A block scalar (|, >) ends in a newline that its writer did not mean. */
static const char *without_last_newline(struct mem *m, const char *text)
{
    size_t len = strlen(text);
    return len && text[len - 1] == '\n' ? mem_dupn(m, text, len - 1) : text;
}

int key_text(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    enum { LONGEST = 1000 };
    if (n->kind != NODE_SCALAR || !n->text[0])
        return key_wrong(j, k, n, "text");
    const char *text = without_last_newline(j->m, n->text);
    if (!scalar_printable(text))
        return key_wrong(j, k, n, "one line of printable text");
    if (strlen(text) > LONGEST)
        return key_wrong(j, k, n, "at most 1000 bytes of text");
    *(const char **)field = text;
    return 0;
}

int key_identifier(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    if (n->kind != NODE_SCALAR || !scalar_identifier(n->text))
        return key_wrong(j, k, n, "a name of letters, digits, '_', '.' and '-'");
    *(const char **)field = n->text;
    return 0;
}

int key_choice(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    const struct key_words *choice = k->limit;
    if (n->kind != NODE_SCALAR || !words_has(choice->words, n->text))
        return key_wrong(j, k, n, mem_printf(j->m, "one of %s", words_join(j->m, choice->words)));
    *(const char **)field = n->text;
    return 0;
}

/* The kinds of number: how to read one, and what to say when it is none. */
struct number_kind {
    bool (*read)(const char *text, double *out);
    const char *example;
    double shown;     /* bounds are shown times this, */
    const char *unit; /* and with this behind */
    bool bare;        /* a quoted one is text */
};

static bool read_integer(const char *text, double *out)
{
    int64_t value;
    if (!scalar_integer(text, &value))
        return false;
    *out = (double)value;
    return true;
}

static int number(struct keys_job *j, const struct key *k, const struct node *n, const struct number_kind *kind,
                  double *out)
{
    const struct key_bounds *bounds = k->limit;
    if (n->kind != NODE_SCALAR || (kind->bare && n->quoted) || !kind->read(n->text, out))
        return key_wrong(j, k, n, kind->example);
    if (*out < bounds->min || *out > bounds->max)
        return node_err(n, j->e, "%s: %s is out of range; it must be from %.10g%s to %.10g%s", k->name,
                        words_quote(j->m, n->text), bounds->min * kind->shown, kind->unit, bounds->max * kind->shown,
                        kind->unit);
    return 0;
}

int key_int(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    static const struct number_kind kind = { read_integer, "a whole number such as 100", 1, "", true };
    double value;
    if (number(j, k, n, &kind, &value))
        return -1;
    *(int *)field = (int)value;
    return 0;
}

int key_decimal(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    static const struct number_kind kind = { scalar_decimal, "a number such as 100 or 0.5", 1, "", true };
    return number(j, k, n, &kind, field);
}

int key_duration(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    static const struct number_kind kind = { scalar_duration, "a duration such as 20ms, 1.5s or 10us", 1, "s", false };
    return number(j, k, n, &kind, field);
}

int key_size(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    static const struct number_kind kind = { scalar_size, "a size such as 512MiB", 1, "B", false };
    return number(j, k, n, &kind, field);
}

int key_percent(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    static const struct number_kind kind = { scalar_percent, "a percentage such as 10%", 100, "%", false };
    return number(j, k, n, &kind, field);
}
