/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/host/probe.h"

#include "harness/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 20, TEXT_LIMIT = 255, FORMAT_LIMIT = 1024 };

/* Text of a vsnprintf() that returned `wanted` into a buffer of `size`. */
static const char *formatted(struct probe *p, const char *text, int wanted, size_t size)
{
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    return probe_clean(p->m, text, len < size ? len : size - 1);
}

struct answer probe_text(const char *clean)
{
    return (struct answer){ .value = clean };
}

struct answer probe_yes(struct probe *p, const char *fmt, ...)
{
    char text[FORMAT_LIMIT];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return (struct answer){ .value = formatted(p, text, n, sizeof text) };
}

struct answer probe_no(struct probe *p, const char *fmt, ...)
{
    char text[FORMAT_LIMIT];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return (struct answer){ .why = formatted(p, text, n, sizeof text) };
}

static void clean_char(const char *s, size_t n, char *out, size_t *len)
{
    if (!n)
        out[(*len)++] = '?';
    else if (n == 1 && ((unsigned char)*s < 0x20 || *s == 0x7f))
        out[(*len)++] = ' ';
    else
        for (size_t i = 0; i < n; i++)
            out[(*len)++] = s[i];
}

const char *probe_clean(struct mem *m, const char *s, size_t len)
{
    char out[TEXT_LIMIT + 1] = "";
    size_t n = 0;
    while (len && isspace((unsigned char)*s))
        s++, len--;
    while (len) {
        size_t c = utf8_length(s, len);
        if (n + (c ? c : 1) > TEXT_LIMIT)
            break;
        clean_char(s, c, out, &n);
        s += c ? c : 1;
        len -= c ? c : 1;
    }
    while (n && out[n - 1] == ' ')
        n--;
    return mem_dupn(m, out, n);
}

static size_t read_all(int fd, char *data, size_t cap)
{
    size_t len = 0;
    for (ssize_t n = 1; n > 0 && len < cap;) {
        n = read(fd, data + len, cap - len);
        if (n > 0)
            len += (size_t)n;
    }
    return len;
}

char *probe_read(struct probe *p, const char *path, size_t *len)
{
    char *full = mem_printf(p->m, "%s%s", p->root, path);
    int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    char *data = malloc(FILE_LIMIT);
    errno = 0;
    size_t n = data ? read_all(fd, data, FILE_LIMIT) : 0;
    int error = n ? 0 : errno;
    close(fd);
    char *copy = error ? NULL : mem_dupn(p->m, data ? data : "", n);
    free(data);
    errno = error;
    if (len)
        *len = n;
    return copy;
}

struct answer probe_line(struct probe *p, const char *path)
{
    char *text = probe_read(p, path, NULL);
    if (!text && (errno == ENOENT || errno == ENOTDIR))
        return probe_no(p, "no %s", path);
    if (!text)
        return probe_no(p, "%s: %s", path, strerror(errno));
    const char *line = probe_clean(p->m, text, strcspn(text, "\n"));
    return *line ? probe_text(line) : probe_no(p, "%s is empty", path);
}

bool probe_number(struct probe *p, const char *path, double min, double max, double *out)
{
    const char *text = probe_read(p, path, NULL);
    char *end = NULL;
    *out = text ? strtod(text, &end) : NAN;
    return text && end != text && *out >= min && *out <= max;
}

/* After the name: white space, the separator, white space. NULL if the line is of another name. */
static const char *after_name(const char *line, const char *name, char sep)
{
    size_t n = strlen(name);
    if (strncmp(line, name, n) != 0)
        return NULL;
    const char *rest = line + n + strspn(line + n, " \t");
    if (sep == ' ')
        return rest > line + n ? rest : NULL;
    return *rest == sep ? rest + 1 : NULL;
}

const char *probe_field(struct probe *p, const char *text, const char *name, char sep)
{
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        const char *value = after_name(line, name, sep);
        if (value)
            return probe_clean(p->m, value, (size_t)(line + len - value));
        line += len + (line[len] == '\n');
    }
    return NULL;
}

size_t probe_list_count(const char *list)
{
    size_t n = 0;
    for (const char *s = list; isdigit((unsigned char)*s);) {
        char *end;
        unsigned long first = strtoul(s, &end, 10), last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        if (last < first || last > 65535)
            return 0;
        n += last - first + 1;
        s = *end == ',' ? end + 1 : end;
    }
    return n <= 65536 ? n : 0;
}

size_t probe_glob(struct probe *p, const char *pattern, glob_t *g)
{
    *g = (glob_t){ 0 };
    return glob(mem_printf(p->m, "%s%s", p->root, pattern), 0, NULL, g) ? 0 : g->gl_pathc;
}

const char *probe_path(const struct probe *p, const glob_t *g, size_t i)
{
    return g->gl_pathv[i] + strlen(p->root);
}

struct answer ask_line(struct probe *p, const char *arg)
{
    return probe_line(p, arg);
}

struct answer ask_mhz_of_khz(struct probe *p, const char *arg)
{
    double khz;
    if (probe_number(p, arg, 1e3, 1e8, &khz))
        return probe_yes(p, "%.0f", khz / 1e3);
    struct answer line = probe_line(p, arg);
    return line.value ? probe_no(p, "%s holds no frequency", arg) : line;
}
