/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/asking.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int expected(const char *item, struct err *e)
{
    return err_set(
        e, EXIT_USAGE,
        "--metric=%.200s: a metric was expected as NAME, NAME:higher, NAME:lower or NAME:none, and behind it "
        "maybe its threshold: =10%% or =10%%+LEAST",
        item);
}

/* A number of at least 0; *end is behind it. */
static bool read_number(const char *text, double *out, const char **end)
{
    char *stop;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X'); /* strtod() would take it */
    *out = strtod(text, &stop);
    *end = stop;
    return stop != text && !hex && (isdigit((unsigned char)*text) || *text == '.') && isfinite(*out);
}

static bool read_threshold(const char *text, struct metric_ask *ask)
{
    const char *end;
    if (!read_number(text, &ask->threshold, &end))
        return false;
    if (*end == '%') {
        ask->threshold /= 100;
        end++;
    }
    if (*end == '+' && !read_number(end + 1, &ask->least, &end))
        return false;
    return !*end && ask->threshold < 100;
}

/* Cuts ":higher" off the name. */
static void read_direction(char *name, struct metric_ask *ask)
{
    static const enum direction all[] = { DIRECTION_LOWER, DIRECTION_HIGHER, DIRECTION_NONE };
    char *colon = strrchr(name, ':');
    for (size_t i = 0; colon && i < sizeof all / sizeof *all; i++)
        if (!strcmp(colon + 1, direction_name(all[i]))) {
            ask->direction = all[i];
            *colon = '\0';
            return;
        }
    ask->direction = metric_direction(name, NULL);
}

static int read_item(struct mem *m, const char *item, struct metric_ask *ask, struct err *e)
{
    char *name = mem_dup(m, item), *equals = strrchr(name, '=');
    *ask = (struct metric_ask){ .name = name, .threshold = NAN };
    if (equals) {
        *equals = '\0';
        if (!read_threshold(equals + 1, ask))
            return expected(item, e);
    }
    read_direction(name, ask);
    if (!*name)
        return expected(item, e);
    if (!strcmp(name, "time") || !strcmp(name, "real_time"))
        return err_set(e, EXIT_USAGE, "--metric=%s: time is always judged; --threshold sets its threshold", item);
    ask->source = metric_is_rate(name) ? METRIC_RATE : METRIC_COUNTER;
    return 0;
}

static bool is_known(const struct asking *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->all[i].name, name))
            return true;
    return false;
}

int parse_metrics(struct mem *m, const char *text, struct asking *out, struct err *e)
{
    *out = (struct asking){ 0 };
    if (!text)
        return 0;
    out->all = mem_array(m, strlen(text) + 1, sizeof *out->all);
    for (const char *at = text, *next; at; at = next) {
        struct metric_ask ask;
        const char *comma = strchr(at, ',');
        const char *item = comma ? mem_dupn(m, at, (size_t)(comma - at)) : at;
        next = comma ? comma + 1 : NULL;
        if (read_item(m, item, &ask, e))
            return -1;
        if (is_known(out, ask.name))
            return err_set(e, EXIT_USAGE, "--metric=%.200s: it is given twice", ask.name);
        out->all[out->n++] = ask;
    }
    return 0;
}

int asking_directed(const struct asking *a, struct err *e)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->all[i].direction == DIRECTION_UNKNOWN)
            return err_set(e, EXIT_USAGE,
                           "--metric=%.200s: is higher or lower better? Say %.200s:higher or %.200s:lower",
                           a->all[i].name, a->all[i].name, a->all[i].name);
    return 0;
}
