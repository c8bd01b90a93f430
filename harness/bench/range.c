/* SPDX-License-Identifier: Apache-2.0
 * Ranges of arguments. */
#include "harness/bench/range.h"

static void add(struct mem *m, struct numbers *list, int64_t value)
{
    list->v = mem_grow(m, list->v, &list->cap, list->n + 1, sizeof *list->v);
    list->v[list->n++] = value;
}

/* The largest power below `above`, or 0: walking down from there never overflows. */
static int64_t power_below(int64_t above, int multiplier)
{
    int64_t power = 1;
    if (above <= 1)
        return 0;
    while (power <= (above - 1) / multiplier)
        power *= multiplier;
    return power;
}

/* Negative powers in (low, high), the largest magnitude first. low is above INT64_MIN or excluded anyway. */
static void add_negative(struct mem *m, struct numbers *list, int64_t low, int64_t high, int multiplier)
{
    int64_t reach = low == INT64_MIN ? INT64_MAX : -low;
    for (int64_t p = power_below(reach, multiplier); p > 0; p /= multiplier)
        if (-p < high)
            add(m, list, -p);
}

static void add_positive(struct mem *m, struct numbers *list, int64_t low, int64_t high, int multiplier)
{
    for (int64_t p = 1; p < high; p *= multiplier) {
        if (p > low)
            add(m, list, p);
        if (p > INT64_MAX / multiplier)
            break;
    }
}

const char *range_powers(struct mem *m, struct numbers *list, int64_t low, int64_t high, int multiplier)
{
    if (multiplier < 2)
        return "its multiplier is below 2";
    if (high < low)
        return "its end is before its beginning";
    add(m, list, low);
    if (low < 0)
        add_negative(m, list, low, high, multiplier);
    if (low < 0 && high > 0)
        add(m, list, 0);
    if (high > 0)
        add_positive(m, list, low, high, multiplier);
    if (high != low)
        add(m, list, high);
    return NULL;
}

const char *range_dense(struct mem *m, struct numbers *list, int64_t start, int64_t limit, int64_t step)
{
    if (step < 1)
        return "its step is below 1";
    if (limit < start)
        return "its end is before its beginning";
    if (((uint64_t)limit - (uint64_t)start) / (uint64_t)step >= RANGE_MOST)
        return "it has too many values";
    for (int64_t v = start;; v += step) {
        add(m, list, v);
        if (limit < INT64_MIN + step || v > limit - step)
            return NULL;
    }
}

const char *range_dense_closed(struct mem *m, struct numbers *list, int64_t start, int64_t limit, int64_t step)
{
    const char *wrong = range_dense(m, list, start, limit, step);
    if (!wrong && list->v[list->n - 1] != limit)
        add(m, list, limit);
    return wrong;
}
