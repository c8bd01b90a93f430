/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats/metric_read.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const expected =
    "a metric was expected as NAME, NAME:higher, NAME:lower or NAME:none, and behind it "
    "maybe its threshold: =10% or =10%+LEAST";

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

const char *metric_read(struct mem *m, const char *text, struct metric_ask *out)
{
    char *name = mem_dup(m, text), *equals = strrchr(name, '=');
    *out = (struct metric_ask){ .name = name, .threshold = NAN };
    if (equals) {
        *equals = '\0';
        if (!read_threshold(equals + 1, out))
            return expected;
    }
    read_direction(name, out);
    if (!*name)
        return expected;
    if (!strcmp(name, "time") || !strcmp(name, "real_time"))
        return "time is always judged; its threshold is that of the benchmark";
    out->source = metric_is_rate(name) ? METRIC_RATE : METRIC_COUNTER;
    return NULL;
}

const char *metric_undirected(struct mem *m, const struct metric_ask *ask)
{
    if (ask->direction != DIRECTION_UNKNOWN)
        return NULL;
    return mem_printf(m, "is higher or lower better? Say %.200s:higher or %.200s:lower", ask->name, ask->name);
}
