/* SPDX-License-Identifier: Apache-2.0
 * Argument sets and thread counts of a family. */
#include "harness/bench/family.h"
#include "harness/bench/range.h"

#include <unistd.h>

static struct arg *add_set(struct km_benchmark *b, size_t n)
{
    if (b->nsets && b->sets[0].n != n) {
        family_problem(b, "one argument set has %zu arguments, another %zu", b->sets[0].n, n);
        return NULL;
    }
    if (b->nsets >= RANGE_MOST) {
        family_problem(b, "it has more than %d argument sets", RANGE_MOST);
        return NULL;
    }
    struct arg *args = mem_array(&b->mem, n ? n : 1, sizeof *args);
    b->sets = mem_grow(&b->mem, b->sets, &b->sets_cap, b->nsets + 1, sizeof *b->sets);
    b->sets[b->nsets++] = (struct arg_set){ args, n };
    return args;
}

void km_args(struct km_benchmark *b, size_t n, const int64_t *values)
{
    struct arg *args = add_set(b, n);
    for (size_t i = 0; args && i < n; i++)
        args[i] = (struct arg){ .whole = values[i], .real = (double)values[i] };
}

void km_arg(struct km_benchmark *b, int64_t value)
{
    km_args(b, 1, &value);
}

/* Rounded as llround() does, but without its undefined ends. */
static int64_t nearest(double x)
{
    if (!(x > -0x1p63))
        return x == x ? INT64_MIN : 0;
    if (x >= 0x1p63)
        return INT64_MAX;
    return (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

void km_args_real(struct km_benchmark *b, size_t n, const double *values)
{
    struct arg *args = add_set(b, n);
    for (size_t i = 0; args && i < n; i++)
        args[i] = (struct arg){ .is_real = true, .whole = nearest(values[i]), .real = values[i] };
}

void km_arg_real(struct km_benchmark *b, double value)
{
    km_args_real(b, 1, &value);
}

void km_range_multiplier(struct km_benchmark *b, int multiplier)
{
    if (multiplier < 2)
        family_problem(b, "a range multiplier of %d is below 2", multiplier);
    else
        b->multiplier = multiplier;
}

static void add_each(struct km_benchmark *b, const struct numbers *list, const char *wrong)
{
    if (wrong)
        family_problem(b, "a range is wrong: %s", wrong);
    for (size_t i = 0; i < list->n; i++)
        km_arg(b, list->v[i]);
}

void km_range(struct km_benchmark *b, int64_t low, int64_t high)
{
    struct numbers list = { 0 };
    const char *wrong = range_powers(&b->mem, &list, low, high, b->multiplier);
    add_each(b, &list, wrong);
}

void km_dense_range(struct km_benchmark *b, int64_t start, int64_t limit, int64_t step)
{
    struct numbers list = { 0 };
    const char *wrong = range_dense(&b->mem, &list, start, limit, step);
    add_each(b, &list, wrong);
}

static struct km_list as_list(struct km_benchmark *b, const struct numbers *list, const char *wrong)
{
    if (wrong)
        family_problem(b, "a range is wrong: %s", wrong);
    return (struct km_list){ list->v, list->n };
}

struct km_list km_create_range(struct km_benchmark *b, int64_t low, int64_t high, int multiplier)
{
    struct numbers list = { 0 };
    const char *wrong = range_powers(&b->mem, &list, low, high, multiplier);
    return as_list(b, &list, wrong);
}

struct km_list km_create_dense_range(struct km_benchmark *b, int64_t start, int64_t limit, int64_t step)
{
    struct numbers list = { 0 };
    const char *wrong = range_dense(&b->mem, &list, start, limit, step);
    return as_list(b, &list, wrong);
}

void km_ranges(struct km_benchmark *b, size_t n, const struct km_span *spans)
{
    struct km_list *lists = mem_array(&b->mem, n ? n : 1, sizeof *lists);
    for (size_t i = 0; i < n; i++)
        lists[i] = km_create_range(b, spans[i].low, spans[i].high, b->multiplier);
    km_args_product(b, n, lists);
}

/* Like an odometer whose first wheel turns fastest. */
void km_args_product(struct km_benchmark *b, size_t n, const struct km_list *lists)
{
    size_t total = n ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        if (lists[i].count > RANGE_MOST || total * lists[i].count > RANGE_MOST) {
            family_problem(b, "the product of its arguments has more than %d sets", RANGE_MOST);
            return;
        }
        total *= lists[i].count;
    }
    for (size_t at = 0; at < total; at++) {
        struct arg *args = add_set(b, n);
        size_t rest = at;
        for (size_t i = 0; args && i < n; rest /= lists[i++].count) {
            int64_t value = lists[i].values[rest % lists[i].count];
            args[i] = (struct arg){ .whole = value, .real = (double)value };
        }
    }
}

void km_arg_names(struct km_benchmark *b, size_t n, const char *const *names)
{
    b->arg_names = mem_array(&b->mem, n ? n : 1, sizeof *b->arg_names);
    b->narg_names = n;
    for (size_t i = 0; i < n; i++)
        b->arg_names[i] = mem_dup(&b->mem, names[i] ? names[i] : "");
}

void km_arg_name(struct km_benchmark *b, const char *name)
{
    km_arg_names(b, 1, &name);
}

/* --- threads ------------------------------------------------------------------------------------------------------ */

enum { THREADS_MOST = 65536 };

void km_threads(struct km_benchmark *b, int n)
{
    if (n < 1 || n > THREADS_MOST) {
        family_problem(b, "%d threads are not 1 to %d", n, THREADS_MOST);
        return;
    }
    b->threads = mem_grow(&b->mem, b->threads, &b->threads_cap, b->nthreads + 1, sizeof *b->threads);
    b->threads[b->nthreads++] = n;
}

static void add_threads(struct km_benchmark *b, const struct numbers *list, const char *wrong)
{
    if (wrong)
        family_problem(b, "a range of threads is wrong: %s", wrong);
    for (size_t i = 0; i < list->n; i++)
        km_threads(b, (int)list->v[i]);
}

void km_thread_range(struct km_benchmark *b, int low, int high)
{
    struct numbers list = { 0 };
    const char *wrong = range_powers(&b->mem, &list, low, high, 2);
    add_threads(b, &list, wrong);
}

void km_dense_thread_range(struct km_benchmark *b, int low, int high, int stride)
{
    struct numbers list = { 0 };
    const char *wrong = range_dense_closed(&b->mem, &list, low, high, stride);
    add_threads(b, &list, wrong);
}

void km_thread_per_cpu(struct km_benchmark *b)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    km_threads(b, cpus > 0 ? (int)cpus : 1);
}
