/* SPDX-License-Identifier: Apache-2.0
 * axpy, argmax, top-k and top-p, reference. */
#include <kern/kern.h>

void kern_axpy_f32_ref(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)a * (double)x[i] + (double)y[i]);
}

size_t kern_argmax_f32_ref(const float *x, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best] || (x[best] != x[best] && x[i] == x[i]))
            best = i;
    return n && x[best] == x[best] ? best : 0;
}

/* Whether a comes before b in the order of top-k: larger first, then the lower index. */
static int before(const float *x, size_t a, size_t b)
{
    return x[a] > x[b] || (x[a] == x[b] && a < b);
}

/* The best of all that come after `last` in that order; n if there is none. NaNs are nowhere in it. */
static size_t next_best(const float *x, size_t n, size_t last)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++)
        if (x[i] == x[i] && (last == n || before(x, last, i)) && (best == n || before(x, i, best)))
            best = i;
    return best;
}

size_t kern_topk_f32_ref(float *values, uint32_t *index, const float *x, size_t n, size_t k)
{
    size_t found = 0, last = n;

    for (; found < k && (last = next_best(x, n, last)) != n; found++) {
        values[found] = x[last];
        index[found] = (uint32_t)last;
    }
    return found;
}

static uint32_t units(float p)
{
    return (uint32_t)(p * 0x1p+30f);
}

/* Lets the index at `at` sink to its place in a heap of n with the first of the order on top. */
static void sink(uint32_t *heap, size_t n, size_t at, const float *p)
{
    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        uint32_t keep = heap[at];
        if (child + 1 < n && before(p, heap[child + 1], heap[child]))
            child++;
        if (before(p, keep, heap[child]))
            return;
        heap[at] = heap[child];
        heap[child] = keep;
        at = child;
    }
}

/* Takes the most probable from a heap until there is enough; what is left in the heap is not in the nucleus. */
size_t kern_topp_f32_ref(const float *p, size_t n, float top_p, float random, void *work)
{
    uint32_t *heap = work, all = 0, sum = 0, last = 0;
    size_t left = n;

    for (size_t i = 0; i < n; i++) {
        heap[i] = (uint32_t)i;
        all += units(p[i]);
    }
    if (all == 0)
        return 0;
    for (size_t i = n / 2; i-- > 0;)
        sink(heap, n, i, p);
    double wanted = (double)top_p * all < 1 ? 1 : (double)top_p > 1 ? all : (double)top_p * all;
    while (left > 0 && sum < (uint32_t)wanted) {
        last = heap[0];
        sum += units(p[last]);
        heap[0] = heap[--left];
        sink(heap, left, 0, p);
    }
    uint32_t chosen = (double)random * sum >= sum ? sum - 1 : (uint32_t)((double)random * sum), passed = 0;
    for (size_t i = 0; i < n; i++) {
        passed += i == last || before(p, i, last) ? units(p[i]) : 0;
        if (passed > chosen)
            return i;
    }
    return 0;
}
