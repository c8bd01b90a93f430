/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/base/mem.h"

#include "harness/base/err.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A small first block, because many phases are a name and a few numbers; then each twice as large as the last. */
enum { BLOCK_FIRST = 1024 - 64, BLOCK_MOST = 16 * 1024, ALIGN = 16 };

struct mem_block {
    struct mem_block *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char data[];
};

static void out_of_memory(size_t bytes)
{
    fprintf(stderr, "kernmark: out of memory (%zu bytes wanted)\n", bytes);
    exit(EXIT_INTERNAL);
}

static struct mem_block *new_block(const struct mem *m, size_t bytes)
{
    size_t size = !m->head ? BLOCK_FIRST : m->head->size < BLOCK_MOST / 2 ? m->head->size * 2 : BLOCK_MOST;
    if (size < bytes)
        size = bytes;
    struct mem_block *b = size > SIZE_MAX - sizeof *b ? NULL : calloc(1, sizeof *b + size);
    if (!b)
        out_of_memory(bytes);
    b->size = size;
    return b;
}

void *mem_alloc(struct mem *m, size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGN)
        out_of_memory(bytes);
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct mem_block *b = m->head;
    if (!b || b->size - b->used < bytes) {
        b = new_block(m, bytes);
        b->next = m->head;
        m->head = b;
    }
    void *p = b->data + b->used;
    b->used += bytes;
    return p;
}

void *mem_array(struct mem *m, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory(SIZE_MAX);
    return mem_alloc(m, count * size);
}

void *mem_grow(struct mem *m, void *array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return array;
    size_t want = *cap ? *cap * 2 : 16;
    if (want < need)
        want = need;
    void *grown = mem_array(m, want, size);
    if (*cap)
        memcpy(grown, array, *cap * size);
    *cap = want;
    return grown;
}

char *mem_dupn(struct mem *m, const char *s, size_t len)
{
    char *copy = mem_alloc(m, len + 1);
    memcpy(copy, s, len);
    return copy;
}

char *mem_dup(struct mem *m, const char *s)
{
    return s ? mem_dupn(m, s, strlen(s)) : NULL;
}

char *mem_printf(struct mem *m, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = mem_alloc(m, (size_t)len + 1);
    vsnprintf(s, (size_t)len + 1, fmt, again);
    va_end(again);
    return s;
}

void mem_free(struct mem *m)
{
    for (struct mem_block *b = m->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    m->head = NULL;
}
