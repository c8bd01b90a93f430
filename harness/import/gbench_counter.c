/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/import/gbench_counter.h"

#include "harness/base/utf8.h"
#include "harness/stats/metric.h"

#include <math.h>
#include <string.h>

enum { NAME_MOST = 200 };

/* Of Google Benchmark's head and of ours; ours beside these begin with "kernmark_". What it counts per second is the
 * result's cost. Its memory manager's numbers are counters like any other. */
static const char *const fields[] = {
    "name",
    "family_index",
    "per_family_instance_index",
    "run_name",
    "run_type",
    "repetitions",
    "repetition_index",
    "threads",
    "aggregate_name",
    "aggregate_unit",
    "error_occurred",
    "error_message",
    "skipped",
    "skip_message",
    "iterations",
    "real_time",
    "cpu_time",
    "time_unit",
    "label",
    "big_o",
    "rms",
    "cpu_coefficient",
    "real_coefficient",
    "bytes_per_second",
    "items_per_second",
    "flops_per_second",
};

static bool is_counter(const char *key, const json_t *value)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!strcmp(key, fields[i]))
            return false;
    bool nan = json_is_null(value) || (json_is_array(value) && !json_array_size(value)); /* gbench_load.c */
    return (json_is_number(value) || nan) && strncmp(key, "kernmark_", 9) != 0;
}

/* The start of the key, not within a character, without control bytes. */
static const char *name_of(struct mem *m, const char *key)
{
    size_t len = strlen(key), n = 0;
    for (size_t step; n < len; n += step) {
        step = utf8_length(key + n, len - n);
        step = step ? step : 1;
        if (n + step > NAME_MOST)
            break;
    }
    char *name = mem_dupn(m, key, n);
    for (unsigned char *p = (unsigned char *)name; *p; p++) {
        if (*p < ' ' || *p == 127)
            *p = '?';
        if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080..U+009F */
            p[0] = p[1] = '?';
    }
    return *name ? name : "(no name)";
}

static size_t find(struct gbench_counters *c, const char *name)
{
    size_t i = 0;
    while (i < c->n && strcmp(c->all[i].name, name) != 0)
        i++;
    return i;
}

static void add(struct mem *m, struct gbench_counters *c, const char *name, const json_t *value)
{
    size_t i = find(c, name);
    if (i == GBENCH_COUNTERS_MOST) {
        c->all[i - 1] = (struct metric){ .name = "(more)", .value = NAN, .why = "more than 1000 counters" };
        return;
    }
    if (i == c->n) {
        c->all = mem_grow(m, c->all, &c->cap, c->n + 1, sizeof *c->all);
        c->all[c->n++] = (struct metric){ .name = name, .value = NAN, .why = "it is no finite number" };
    }
    if (json_is_number(value))
        metric_add(m, &c->all[i], json_number_value(value));
}

void gbench_counters_add(struct mem *m, struct gbench_counters *c, const json_t *row)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)row, key, value) if (is_counter(key, value))
        add(m, c, name_of(m, key), value);
}
