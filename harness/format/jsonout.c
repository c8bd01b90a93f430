/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/format/jsonout.h"

#include "harness/base/utf8.h"

#include <inttypes.h>
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

void json_field(struct json_object *o, const char *key)
{
    buf_printf(o->b, "%s%*s", o->any ? ",\n" : "\n", o->indent, "");
    json_put_string(o->b, key);
    buf_puts(o->b, ": ");
    o->any = true;
}

void json_field_text(struct json_object *o, const char *key, const char *value)
{
    if (!value)
        return;
    json_field(o, key);
    json_put_string(o->b, value);
}

void json_field_int(struct json_object *o, const char *key, int64_t value)
{
    json_field(o, key);
    buf_printf(o->b, "%" PRId64, value);
}

void json_field_number(struct json_object *o, const char *key, double value)
{
    json_field(o, key);
    json_put_number(o->b, value);
}

void json_field_bool(struct json_object *o, const char *key, bool value)
{
    json_field(o, key);
    buf_puts(o->b, value ? "true" : "false");
}
