/* SPDX-License-Identifier: Apache-2.0
 * Matrix times vector over a pool: one cut for all types, and of each type where a part's weights begin. */
#include <kern/threads.h>

#include "libkern/quant_work.h"

/* Rows of a part: whole cache lines of y, and whole groups of packed rows. TURNS parts for each thread, so that one that
 * comes late leaves some of its work to the others; but parts too small are not worth their beginning. */
enum { LINE = 16, TURNS = 2, LEAST_BYTES = 16 * 1024 };

struct cut {
    size_t rows, each; /* of the matrix, and of a part */
};

static struct cut cut_rows(const struct kern_pool *pool, size_t rows, size_t row_bytes)
{
    size_t threads = kern_pool_threads(pool), parts = threads > 1 ? threads * TURNS : 1,
           lines = rows / LINE + (rows % LINE != 0);
    size_t each = (lines / parts + (lines % parts != 0)) * LINE;
    size_t least = row_bytes ? LEAST_BYTES / row_bytes / LINE * LINE : 0;

    each = each < least ? least : each;
    return (struct cut){ rows, each ? each : LINE };
}

static size_t parts_of(const struct cut *c)
{
    return c->rows / c->each + (c->rows % c->each != 0);
}

static size_t rows_of(const struct cut *c, size_t row)
{
    return c->rows - row < c->each ? c->rows - row : c->each;
}

/* One thread's scratch, in whole cache lines. */
static size_t work_each(size_t k)
{
    return quant_round64(kern_quant_work_size(k));
}

size_t kern_pool_gemv_work_size(size_t k, size_t threads)
{
    size_t each = work_each(k);

    return threads > SIZE_MAX / each ? 0 : threads * each;
}

#define JOB(op, type, element)                                                                                         \
    struct op##_##type {                                                                                               \
        kern_##op##_##type##_fn *gemv;                                                                                 \
        float *y;                                                                                                      \
        const element *a;                                                                                              \
        const float *d, *x;                                                                                            \
        size_t k;                                                                                                      \
        char *work;                                                                                                    \
        struct cut cut;                                                                                                \
    }
#define PART(op, type, offset, ...)                                                                                    \
    static void op##_##type##_part(void *ctx, size_t part, size_t thread)                                              \
    {                                                                                                                  \
        const struct op##_##type *j = ctx;                                                                             \
        size_t row = part * j->cut.each, k = j->k;                                                                     \
        char *work = j->work ? j->work + thread * work_each(k) : NULL;                                                 \
        (void)work;                                                                                                    \
        j->gemv(j->y + row, j->a + (offset), __VA_ARGS__);                                                             \
    }
#define RUN(op, type, row_bytes, ...)                                                                                  \
    {                                                                                                                  \
        struct op##_##type job = { gemv, y, a, __VA_ARGS__, cut_rows(pool, m, row_bytes) };                            \
        kern_pool_run(pool, op##_##type##_part, &job, parts_of(&job.cut));                                             \
    }
/* Bytes of 16 rows over 16: rows of packed weights have no size of their own. */
#define ROW_BYTES(element, offset) (((size_t)(offset)) * sizeof(element) / LINE)

#define KERN_THREADS_PLAIN(op, type, element, offset)                                                                  \
    JOB(op, type, element);                                                                                            \
    PART(op, type, offset, j->x, rows_of(&j->cut, row), k)                                                             \
    void kern_pool_##op##_##type(struct kern_pool *pool, kern_##op##_##type##_fn *gemv, float *y, const element *a,    \
                                 const float *x, size_t m, size_t k)                                                   \
    {                                                                                                                  \
        const size_t row = LINE;                                                                                       \
        RUN(op, type, ROW_BYTES(element, offset), NULL, x, k, NULL)                                                    \
    }
#define KERN_THREADS_WORK(op, type, element, offset)                                                                   \
    JOB(op, type, element);                                                                                            \
    PART(op, type, offset, j->x, rows_of(&j->cut, row), k, work)                                                       \
    void kern_pool_##op##_##type(struct kern_pool *pool, kern_##op##_##type##_fn *gemv, float *y, const element *a,    \
                                 const float *x, size_t m, size_t k, void *work)                                       \
    {                                                                                                                  \
        const size_t row = LINE;                                                                                       \
        RUN(op, type, ROW_BYTES(element, offset), NULL, x, k, work)                                                    \
    }
#define KERN_THREADS_SCALES(op, type, element, offset)                                                                 \
    JOB(op, type, element);                                                                                            \
    PART(op, type, offset, j->d + row, j->x, rows_of(&j->cut, row), k, work)                                           \
    void kern_pool_##op##_##type(struct kern_pool *pool, kern_##op##_##type##_fn *gemv, float *y, const element *a,    \
                                 const float *d, const float *x, size_t m, size_t k, void *work)                       \
    {                                                                                                                  \
        const size_t row = LINE;                                                                                       \
        RUN(op, type, ROW_BYTES(element, offset), d, x, k, work)                                                       \
    }
#include <kern/threads.def>
