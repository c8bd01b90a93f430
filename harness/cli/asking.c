/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/asking.h"

#include "harness/stats/metric_read.h"

#include <string.h>

/* Is it asked for already, for every benchmark or for those of that suite? */
static bool is_known(const struct asking *a, const char *name, const char *suite)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct metric_ask *ask = &a->all[i];
        if (!strcmp(ask->name, name) && (!ask->suite || (suite && !strcmp(ask->suite, suite))))
            return true;
    }
    return false;
}

/* Adds the metrics of a list, for the benchmarks of a suite (NULL: all). */
static int add_list(struct mem *m, const char *text, const char *suite, struct asking *out, struct err *e)
{
    struct metric_ask *grown = mem_array(m, out->n + strlen(text) + 1, sizeof *grown);
    if (out->n)
        memcpy(grown, out->all, out->n * sizeof *grown);
    out->all = grown;
    for (const char *at = text, *next; at; at = next) {
        struct metric_ask ask;
        const char *comma = strchr(at, ',');
        const char *item = comma ? mem_dupn(m, at, (size_t)(comma - at)) : at;
        const char *wrong = metric_read(m, item, &ask);
        next = comma ? comma + 1 : NULL;
        if (wrong)
            return err_set(e, EXIT_USAGE, "--metric=%.200s: %s", item, wrong);
        if (!suite && is_known(out, ask.name, NULL))
            return err_set(e, EXIT_USAGE, "--metric=%.200s: it is given twice", ask.name);
        ask.suite = suite;
        if (!is_known(out, ask.name, suite))
            out->all[out->n++] = ask;
    }
    return 0;
}

int parse_metrics(struct mem *m, const char *text, struct asking *out, struct err *e)
{
    *out = (struct asking){ 0 };
    return text ? add_list(m, text, NULL, out, e) : 0;
}

int asking_add_entry(struct mem *m, const struct entry *entry, struct asking *a, struct err *e)
{
    return entry->metrics && entry->suite ? add_list(m, entry->metrics, entry->suite, a, e) : 0;
}

int asking_directed(struct mem *m, const struct asking *a, struct err *e)
{
    for (size_t i = 0; i < a->n; i++) {
        const char *wrong = metric_undirected(m, &a->all[i]);
        if (wrong)
            return err_set(e, EXIT_USAGE, "--metric=%.200s: %s", a->all[i].name, wrong);
    }
    return 0;
}
