/* SPDX-License-Identifier: Apache-2.0
 * Names of instances: family/arguments/settings/threads. Only what was set in code appears. */
#include "harness/bench/instance.h"

#include "harness/base/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* As few digits as read back the same number. */
static void put_real(struct buf *b, double value)
{
    char text[40];
    int digits = 6;
    do
        snprintf(text, sizeof text, "%.*g", digits, value);
    while (digits++ < 17 && strtod(text, NULL) != value);
    buf_puts(b, text);
}

static void put_args(struct buf *out, const struct km_benchmark *b, const struct arg_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        buf_putc(out, '/');
        if (i < b->narg_names && b->arg_names[i][0])
            buf_printf(out, "%s:", b->arg_names[i]);
        if (set->args[i].is_real)
            put_real(out, set->args[i].real);
        else
            buf_printf(out, "%" PRId64, set->args[i].whole);
    }
}

const char *instance_name(struct mem *m, const struct km_benchmark *b, const struct arg_set *args, int threads)
{
    static const char *const by[] = { "", "/real_time", "/manual_time" };
    struct buf out = { 0 };
    buf_puts(&out, b->name);
    if (args)
        put_args(&out, b, args);
    if (b->min_time > 0)
        buf_printf(&out, "/min_time:%0.3f", b->min_time);
    if (b->min_warmup_time > 0)
        buf_printf(&out, "/min_warmup_time:%0.3f", b->min_warmup_time);
    if (b->iterations)
        buf_printf(&out, "/iterations:%" PRId64, b->iterations);
    if (b->repetitions)
        buf_printf(&out, "/repeats:%d", b->repetitions);
    if (b->process_cpu)
        buf_puts(&out, "/process_time");
    buf_puts(&out, by[b->decides]);
    if (b->nthreads)
        buf_printf(&out, "/threads:%d", threads);
    const char *text = buf_text(&out);
    const char *name = mem_dup(m, text[0] == '/' && !b->name[0] ? text + 1 : text);
    buf_free(&out);
    return name;
}

const char *instance_suffix(const struct instance *in)
{
    size_t len = strlen(in->family->name);
    return strncmp(in->name, in->family->name, len) ? in->name : in->name + len;
}
