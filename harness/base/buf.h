/* SPDX-License-Identifier: Apache-2.0
 * A growing byte string. `data` is always terminated once anything was added; a zeroed struct is valid and empty. */
#ifndef KM_BUF_H
#define KM_BUF_H

#include <stddef.h>

struct buf {
    char *data;
    size_t len, cap;
};

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *buf_text(const struct buf *b); /* never NULL */
void buf_free(struct buf *b);

#endif
