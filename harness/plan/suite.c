/* SPDX-License-Identifier: Apache-2.0
 * The format as tables (one row per key) and the few parsers that a table cannot say. What operations exist and what
 * sizes they take is the plan's business. */
#include "harness/plan/suite.h"

#include "harness/plan/profile.h"
#include "harness/plan/scalar.h"
#include "harness/plan/words.h"
#include "harness/stats/metric_read.h"

#include <math.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

enum { MAX_VALUES = 10000, MAX_NAMED = 64 /* parameters of one benchmark, profiles of one suite */ };

/* --- lists ------------------------------------------------------------------------------------------------------- */

/* The nodes of a list, or of a single thing that stands for a list of one. */
struct nodes {
    const struct node **all;
    size_t n;
};

static int list_of(struct keys_job *j, const struct key *k, const struct node *n, struct nodes *out)
{
    size_t count = n->kind == NODE_LIST ? n->nitems : 1;
    if (count == 0)
        return node_err(n, j->e, "%s: the list is empty", k->name);
    if (count > MAX_VALUES)
        return node_err(n, j->e, "%s: more than %d values", k->name, MAX_VALUES);
    *out = (struct nodes){ mem_array(j->m, count, sizeof *out->all), count };
    for (size_t i = 0; i < count; i++)
        out->all[i] = n->kind == NODE_LIST ? n->items[i].value : n;
    return 0;
}

/* A map with free keys: names, none twice. `what` is one of them. */
static int check_names(struct keys_job *j, const struct key *k, const struct node *map, const char *what)
{
    if (map->kind != NODE_MAP)
        return key_wrong(j, k, map, "a map (name: value)");
    if (map->nitems > MAX_NAMED)
        return node_err(map, j->e, "%s: more than %d entries", k->name, MAX_NAMED);
    for (size_t i = 0; i < map->nitems; i++) {
        const struct node *key = map->items[i].key;
        if (!scalar_identifier(key->text))
            return node_err(key, j->e, "%s: %s is no name of %s; use letters, digits, '_', '.' and '-'", k->name,
                            words_quote(j->m, key->text), what);
        for (size_t before = 0; before < i; before++)
            if (strcmp(map->items[before].key->text, key->text) == 0)
                return node_err(key, j->e, "%s %s is given twice", what, words_quote(j->m, key->text));
    }
    return 0;
}

/* --- parameters -------------------------------------------------------------------------------------------------- */

/* A bare text that begins like a number must be one: "10x", "010" and "0x10" are mistakes, not words. */
static int parameter_value(struct keys_job *j, const struct key *k, const struct node *n, struct suite_value *out)
{
    *out = (struct suite_value){ .line = n->line, .column = n->column };
    if (n->kind != NODE_SCALAR || (!n->text[0] && !n->quoted))
        return key_wrong(j, k, n, "a number or a word");
    if (!n->quoted && strchr("0123456789-+.", n->text[0]))
        return scalar_integer(n->text, &out->number) ? 0 : key_wrong(j, k, n, "a whole number such as 384");
    if (!scalar_identifier(n->text))
        return key_wrong(j, k, n, "a number or a word of letters, digits, '_', '.' and '-'");
    out->word = n->text;
    return 0;
}

struct range {
    int from, to, times, step;
};

static const struct key_bounds from_bounds = { 0, 2147483647 }, to_bounds = { 1, 2147483647 },
                               times_bounds = { 2, 1000000 }, step_bounds = { 1, 2147483647 };
static const struct key range_rows[] = {
    { "from", key_int, offsetof(struct range, from), true, &from_bounds },
    { "to", key_int, offsetof(struct range, to), true, &to_bounds },
    { "times", key_int, offsetof(struct range, times), false, &times_bounds },
    { "step", key_int, offsetof(struct range, step), false, &step_bounds },
};
static const struct keys range_keys = { "a range", range_rows, COUNT(range_rows) };

static int check_range(struct keys_job *j, const struct key *k, const struct node *n, const struct range *r)
{
    if (!r->times == !r->step)
        return node_err(n, j->e, "%s: a range wants either times or step", k->name);
    if (r->from > r->to)
        return node_err(n, j->e, "%s: the range is empty: from %d is above to %d", k->name, r->from, r->to);
    if (r->times && r->from == 0)
        return node_err(n, j->e, "%s: a range with times cannot begin at 0", k->name);
    if (r->step && (r->to - r->from) / r->step >= MAX_VALUES)
        return node_err(n, j->e, "%s: the range has more than %d values", k->name, MAX_VALUES);
    return 0;
}

static int parameter_range(struct keys_job *j, const struct key *k, const struct node *n, struct suite_param *p)
{
    struct range r = { 0, 0, 0, 0 };
    size_t cap = 0;
    if (keys_read(j, n, &range_keys, &r) || check_range(j, k, n, &r))
        return -1;
    for (int64_t v = r.from; v <= r.to; v = r.times ? v * r.times : v + r.step) {
        p->values = mem_grow(j->m, p->values, &cap, p->nvalues + 1, sizeof *p->values);
        p->values[p->nvalues++] = (struct suite_value){ .number = v, .line = n->line, .column = n->column };
    }
    return 0;
}

static int parameter(struct keys_job *j, const struct node_item *item, struct suite_param *p)
{
    const struct key k = { .name = item->key->text };
    struct nodes values;
    *p = (struct suite_param){ .name = k.name, .line = item->key->line, .column = item->key->column };
    if (item->value->kind == NODE_MAP)
        return parameter_range(j, &k, item->value, p);
    if (list_of(j, &k, item->value, &values))
        return -1;
    p->nvalues = values.n;
    p->values = mem_array(j->m, values.n, sizeof *p->values);
    for (size_t i = 0; i < values.n; i++)
        if (parameter_value(j, &k, values.all[i], &p->values[i]))
            return -1;
    return 0;
}

static int key_parameters(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    if (check_names(j, k, n, "a parameter"))
        return -1;
    b->nparams = n->nitems;
    b->params = mem_array(j->m, n->nitems, sizeof *b->params);
    for (size_t i = 0; i < n->nitems; i++)
        if (parameter(j, &n->items[i], &b->params[i]))
            return -1;
    return 0;
}

/* --- the other parts of a benchmark ------------------------------------------------------------------------------ */

static int key_operation(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    b->op_at = (struct suite_place){ n->line, n->column };
    return key_identifier(j, k, n, &b->op);
}

static int key_dtype(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    b->dtype_at = (struct suite_place){ n->line, n->column };
    return key_identifier(j, k, n, &b->dtype);
}

static int key_variants(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    struct nodes list;
    if (list_of(j, k, n, &list))
        return -1;
    b->nvariants = list.n;
    b->variants = mem_array(j->m, list.n, sizeof *b->variants);
    for (size_t i = 0; i < list.n; i++) {
        const struct node *word = list.all[i];
        if (key_identifier(j, k, word, &b->variants[i].word))
            return -1;
        b->variants[i].line = word->line;
        b->variants[i].column = word->column;
    }
    return 0;
}

/* A number, or "host": what that is, the plan knows. */
static int one_threads(struct keys_job *j, const struct key *k, const struct node *n, struct suite_value *out)
{
    static const struct key_bounds bounds = { 1, 4096 };
    const struct key one = { .name = k->name, .limit = &bounds };
    int number = 0;
    *out = (struct suite_value){ .line = n->line, .column = n->column };
    if (n->kind == NODE_SCALAR && strcmp(n->text, "host") == 0)
        out->word = "host";
    else if (n->kind != NODE_SCALAR || strspn(n->text, "-0123456789") == 0)
        return key_wrong(j, k, n, "a whole number such as 4, or host");
    else if (key_int(j, &one, n, &number))
        return -1;
    out->number = number;
    return 0;
}

static int key_threads(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    struct nodes list;
    if (list_of(j, k, n, &list))
        return -1;
    b->nthreads = list.n;
    b->threads = mem_array(j->m, list.n, sizeof *b->threads);
    for (size_t i = 0; i < list.n; i++)
        if (one_threads(j, k, list.all[i], &b->threads[i]))
            return -1;
    return 0;
}

struct unit {
    double per;
    const char *of;
};

static const struct key_bounds per_bounds = { 1e-6, 1e12 };
static const struct key unit_rows[] = {
    { "per", key_decimal, offsetof(struct unit, per), true, &per_bounds },
    { "of", key_text, offsetof(struct unit, of), true, NULL },
};
static const struct keys unit_keys = { "a unit", unit_rows, COUNT(unit_rows) };

static int key_unit(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    struct unit unit;
    (void)k;
    if (keys_read(j, n, &unit_keys, &unit))
        return -1;
    b->entry.unit_items = unit.per;
    b->entry.unit =
        unit.per == 1 ? mem_printf(j->m, "per %s", unit.of) : mem_printf(j->m, "per %.10g %s", unit.per, unit.of);
    return 0;
}

static const struct key_bounds target_bounds = { 1e-12, 86400 };
static const struct key target_rows[] = {
    { "cpu", key_text, offsetof(struct suite_target, cpu), false, NULL },
    { "value", key_duration, offsetof(struct suite_target, seconds), true, &target_bounds },
};
static const struct keys target_keys = { "a target", target_rows, COUNT(target_rows) };

/* A duration, or a list of {cpu, value} of which the first that fits the CPU counts. */
static int key_target(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    const struct key bare = { .name = k->name, .limit = &target_bounds };
    struct suite_bench *b = record;
    struct nodes list;
    if (list_of(j, k, n, &list))
        return -1;
    b->ntargets = list.n;
    b->targets = mem_array(j->m, list.n, sizeof *b->targets);
    if (n->kind != NODE_LIST && n->kind != NODE_MAP)
        return key_duration(j, &bare, n, &b->targets[0].seconds);
    for (size_t i = 0; i < list.n; i++) {
        if (keys_read(j, list.all[i], &target_keys, &b->targets[i]))
            return -1;
        if (i && !b->targets[i - 1].cpu)
            return node_err(list.all[i], j->e, "target: never reached, because the row before it fits every CPU");
    }
    return 0;
}

static int key_own_mode(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite_bench *b = record;
    b->has_mode = true;
    return profile_mode(j, k, n, &b->mode);
}

static const char *const priorities[] = { "critical", "high", "medium", "low", NULL };
static const struct key_words priority_words = { priorities };
static const struct key_bounds threshold_bounds = { 0.001, 10 };

#define ENTRY(field) offsetof(struct suite_bench, entry.field)
static const struct key bench_rows[] = {
    { "operation", key_operation, 0, true, NULL },
    { "dtype", key_dtype, 0, true, NULL },
    { "parameters", key_parameters, 0, false, NULL },
    { "variants", key_variants, 0, false, NULL },
    { "threads", key_threads, 0, false, NULL },
    { "section", key_text, ENTRY(section), false, NULL },
    { "component", key_text, ENTRY(component), false, NULL },
    { "why", key_text, ENTRY(why), true, NULL },
    { "unit", key_unit, 0, false, NULL },
    { "target", key_target, 0, false, NULL },
    { "priority", key_choice, ENTRY(priority), false, &priority_words },
    { "threshold", key_percent, ENTRY(threshold), false, &threshold_bounds },
    { "mode", key_own_mode, 0, false, &profile_modes },
};
static const struct keys bench_keys = { "a benchmark", bench_rows, COUNT(bench_rows) };

/* --- the suite --------------------------------------------------------------------------------------------------- */

static int key_benchmarks(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite *s = record;
    if (n->kind != NODE_LIST)
        return key_wrong(j, k, n, "a list (- operation: ...)");
    if (n->nitems == 0)
        return node_err(n, j->e, "benchmarks: the list is empty");
    s->nbenches = n->nitems;
    s->benches = mem_array(j->m, n->nitems, sizeof *s->benches);
    for (size_t i = 0; i < n->nitems; i++) {
        const struct node *item = n->items[i].value;
        s->benches[i] = (struct suite_bench){ .line = item->line, .column = item->column };
        s->benches[i].entry.target = s->benches[i].entry.threshold = NAN;
        if (keys_read(j, item, &bench_keys, &s->benches[i]))
            return -1;
    }
    return 0;
}

static int key_profile(struct keys_job *j, const struct node_item *item, struct profile *p)
{
    *p = (struct profile){ item->key->text, profile_unset() };
    if (keys_read(j, item->value, &profile_keys, &p->settings))
        return -1;
    struct settings all = profile_over(profile_base(p->name), &p->settings);
    if (all.min_rounds > all.max_rounds)
        return node_err(item->key, j->e, "profile '%s': min_rounds (%d) is above max_rounds (%d)", p->name,
                        all.min_rounds, all.max_rounds);
    return 0;
}

static int key_profiles(struct keys_job *j, const struct key *k, const struct node *n, void *record)
{
    struct suite *s = record;
    if (check_names(j, k, n, "profile"))
        return -1;
    s->nprofiles = n->nitems;
    s->profiles = mem_array(j->m, n->nitems, sizeof *s->profiles);
    for (size_t i = 0; i < n->nitems; i++)
        if (key_profile(j, &n->items[i], &s->profiles[i]))
            return -1;
    return 0;
}

/* One metric, as it is written. */
static int check_metric(struct keys_job *j, const struct key *k, const struct node *n)
{
    struct metric_ask ask;
    if (n->kind != NODE_SCALAR || strchr(n->text, ',') || !scalar_printable(n->text))
        return key_wrong(j, k, n, "metrics such as items_per_second or allocs:lower=5%");
    const char *wrong = metric_read(j->m, n->text, &ask);
    if (!wrong)
        wrong = metric_undirected(j->m, &ask);
    return wrong ? node_err(n, j->e, "%s: %s: %s", k->name, words_quote(j->m, n->text), wrong) : 0;
}

static int key_metrics(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    const char **text = field;
    struct nodes list;
    if (list_of(j, k, n, &list))
        return -1;
    for (size_t i = 0; i < list.n; i++) {
        if (check_metric(j, k, list.all[i]))
            return -1;
        *text = *text ? mem_printf(j->m, "%s,%s", *text, list.all[i]->text) : list.all[i]->text;
    }
    return 0;
}

static const struct key suite_rows[] = {
    { "name", key_identifier, offsetof(struct suite, name), true, NULL },
    { "title", key_text, offsetof(struct suite, title), true, NULL },
    { "why", key_text, offsetof(struct suite, why), true, NULL },
    { "threshold", key_percent, offsetof(struct suite, threshold), false, &threshold_bounds },
    { "metrics", key_metrics, offsetof(struct suite, metrics), false, NULL },
    { "profiles", key_profiles, 0, false, NULL },
    { "benchmarks", key_benchmarks, 0, true, NULL },
};
static const struct keys suite_keys = { "a suite", suite_rows, COUNT(suite_rows) };

/* What the benchmarks take from their suite, and defaults that depend on other keys. */
static void complete(struct mem *m, struct suite *s)
{
    for (size_t i = 0; i < s->nbenches; i++) {
        struct entry *entry = &s->benches[i].entry;
        entry->suite = s->name;
        entry->metrics = s->metrics;
        if (!entry->section)
            entry->section = s->title;
        if (!entry->component)
            entry->component = mem_printf(m, "%s/%s", s->benches[i].op, s->benches[i].dtype);
        if (isnan(entry->threshold))
            entry->threshold = s->threshold;
    }
}

static int from_tree(struct mem *m, const struct node *root, struct suite *out, struct err *e)
{
    struct keys_job j = { m, e };
    *out = (struct suite){ .path = root->path, .threshold = 0.10 };
    if (keys_read(&j, root, &suite_keys, out))
        return -1;
    complete(m, out);
    return 0;
}

int suite_parse(struct mem *m, const char *path, const char *text, size_t len, struct suite *out, struct err *e)
{
    struct node *root;
    return yaml_tree_text(m, path, text, len, &root, e) ? -1 : from_tree(m, root, out, e);
}

int suite_load(struct mem *m, const char *path, struct suite *out, struct err *e)
{
    struct node *root;
    return yaml_tree(m, path, &root, e) ? -1 : from_tree(m, root, out, e);
}

/* The known profile names of a suite: the built-in ones and its own. */
static const char *const *known_profiles(struct mem *m, const struct suite *s)
{
    size_t n = 0;
    const char **names = mem_array(m, s->nprofiles + 4, sizeof *names);
    for (; profile_names[n]; n++)
        names[n] = profile_names[n];
    for (size_t i = 0; i < s->nprofiles; i++)
        if (!words_has(profile_names, s->profiles[i].name))
            names[n++] = s->profiles[i].name;
    return names;
}

int suite_settings(const struct suite *s, const char *profile, struct settings *out, struct err *e)
{
    *out = profile_base(profile);
    for (size_t i = 0; i < s->nprofiles; i++)
        if (strcmp(s->profiles[i].name, profile) == 0) {
            *out = profile_over(*out, &s->profiles[i].settings);
            return 0;
        }
    if (words_has(profile_names, profile))
        return 0;
    struct mem m = { NULL };
    err_set(e, EXIT_USAGE, "%s: unknown profile %s%s", s->path, words_quote(&m, profile),
            words_hint(&m, profile, known_profiles(&m, s)));
    mem_free(&m);
    return -1;
}
