/* SPDX-License-Identifier: Apache-2.0
 * Memory by phase: everything allocated from a `struct mem` is freed whole by mem_free().
 *
 * Ownership is therefore one sentence everywhere: "strings and arrays live in the mem given". A zeroed struct is valid
 * and empty. Running out of memory prints one line and exits with EXIT_INTERNAL, so callers have no error branch. */
#ifndef KM_MEM_H
#define KM_MEM_H

#include <stdarg.h>
#include <stddef.h>

struct mem {
    struct mem_block *head;
};

void *mem_alloc(struct mem *m, size_t bytes);              /* zeroed, aligned for any type */
void *mem_array(struct mem *m, size_t count, size_t size); /* zeroed; overflow of count*size is caught */
/* Grows an array to hold `need` elements of `size` bytes; *cap is the capacity so far. The old copy stays until
 * mem_free(). New elements are zeroed. */
void *mem_grow(struct mem *m, void *array, size_t *cap, size_t need, size_t size);
char *mem_dup(struct mem *m, const char *s); /* NULL gives NULL */
char *mem_dupn(struct mem *m, const char *s, size_t len);
char *mem_printf(struct mem *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void mem_free(struct mem *m);

#endif
