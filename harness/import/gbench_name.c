/* SPDX-License-Identifier: Apache-2.0
 * "family/arg:value/…/threads:N" taken apart. */
#include "harness/base/fnv.h"
#include "harness/import/gbench_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One part between slashes: "k:4096", "4096", "text:english", "real_time" or a part of the family. */
struct part {
    const char *name, *value; /* name NULL: unnamed; value NULL: no parameter */
    size_t name_len, value_len;
};

static bool is_number(const char *s, size_t len)
{
    size_t sign = len && *s == '-';
    return len > sign && strspn(s + sign, "0123456789") >= len - sign;
}

static struct part part_at(const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    if (is_number(s, len))
        return (struct part){ .value = s, .value_len = len };
    if (!colon || colon == s || colon[1] == ':')
        return (struct part){ .name = s, .name_len = len };
    size_t n = (size_t)(colon - s);
    return (struct part){ s, colon + 1, n, len - n - 1 };
}

static struct km_param param_of(struct mem *m, const struct part *p, size_t index)
{
    struct km_param out = { .name = p->name ? mem_dupn(m, p->name, p->name_len) : mem_printf(m, "arg%zu", index) };
    errno = 0;
    out.number = is_number(p->value, p->value_len) ? strtoll(p->value, NULL, 10) : 0;
    if (errno || !is_number(p->value, p->value_len))
        out.word = mem_dupn(m, p->value, p->value_len);
    return out;
}

static void add_part(struct mem *m, struct bench *b, size_t *cap, const struct part *p)
{
    if (p->name && p->name_len == 7 && !memcmp(p->name, "threads", 7))
        return; /* the row's own field says it */
    struct km_param *grown = mem_grow(m, (struct km_param *)b->params, cap, b->nparams + 1, sizeof *grown);
    grown[b->nparams] = param_of(m, p, b->nparams);
    b->params = grown;
    b->nparams++;
}

/* "gemv/f32/avx512" is operation, dtype and variant; any other family is an operation alone. */
static void split_family(struct mem *m, struct bench *b)
{
    const char *first = strchr(b->family, '/'), *second = first ? strchr(first + 1, '/') : NULL;
    b->op = b->family;
    if (!second || strchr(second + 1, '/'))
        return;
    b->op = mem_dupn(m, b->family, (size_t)(first - b->family));
    b->dtype = mem_dupn(m, first + 1, (size_t)(second - first - 1));
    b->variant = second + 1;
}

void gbench_name(struct mem *m, const char *name, struct bench *b)
{
    size_t cap = 0, family = strcspn(name, "/");
    b->name = b->definition = mem_dup(m, name);
    for (const char *s = name + family; *s;) {
        size_t len = strcspn(++s, "/");
        struct part p = part_at(s, len);
        if (p.value)
            add_part(m, b, &cap, &p);
        else if (!b->nparams && s == name + family + 1)
            family += 1 + len;
        s += len;
    }
    b->family = mem_dupn(m, name, family);
    split_family(m, b);
    fnv_hex(fnv_add(FNV_START, name, strlen(name)), b->hash);
}
