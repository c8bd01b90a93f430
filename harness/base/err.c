/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void mark_cut(struct err *e, int wanted)
{
    if (wanted >= (int)sizeof e->text)
        memcpy(e->text + sizeof e->text - 4, "...", 4);
}

int err_set(struct err *e, enum exit_code kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    mark_cut(e, vsnprintf(e->text, sizeof e->text, fmt, ap));
    va_end(ap);
    e->kind = kind;
    return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    char inner[sizeof e->text], context[sizeof e->text / 2];
    memcpy(inner, e->text, sizeof inner);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(context, sizeof context, fmt, ap);
    va_end(ap);
    mark_cut(e, snprintf(e->text, sizeof e->text, "%s: %s", context, inner));
    return -1;
}
