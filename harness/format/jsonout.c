/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/format/jsonout.h"

#include "harness/base/utf8.h"

#include <math.h>
#include <string.h>

static void put_escaped(struct buf *b, unsigned char c)
{
    static const char from[] = "\b\f\n\r\t\\\"", to[] = "bfnrt\\\"";
    const char *at = c ? strchr(from, c) : NULL;
    if (at)
        buf_printf(b, "\\%c", to[at - from]);
    else if (c < 0x20 || c == 0x7f)
        buf_printf(b, "\\u%04x", c);
    else
        buf_putc(b, (char)c);
}

void json_put_string(struct buf *b, const char *s)
{
    if (!s) {
        buf_puts(b, "null");
        return;
    }
    buf_putc(b, '"');
    for (size_t left = strlen(s), n; left; s += n, left -= n) {
        n = utf8_length(s, left);
        if (n == 1)
            put_escaped(b, (unsigned char)*s);
        else if (n)
            buf_add(b, s, n);
        else
            buf_puts(b, "\xef\xbf\xbd");
        n = n ? n : 1;
    }
    buf_putc(b, '"');
}

void json_put_number(struct buf *b, double x)
{
    if (isfinite(x))
        buf_printf(b, "%.16e", x);
    else
        buf_puts(b, "null");
}
