/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/scalar.h"

#include <stddef.h>
#include <string.h>

/* Scaling is one multiplication or one division by an exact number, so "10us" is the double nearest to 1e-5. */
struct unit {
    const char *name;
    double times, over;
};

static const struct unit durations[] = {
    { "ns", 1, 1e9 },
    { "us", 1, 1e6 },
    { "\xc2\xb5s", 1, 1e6 } /* U+00B5 */,
    { "\xce\xbcs", 1, 1e6 } /* U+03BC */,
    { "ms", 1, 1e3 },
    { "s", 1, 1 },
    { "min", 60, 1 },
    { "h", 3600, 1 },
    { NULL, 0, 0 },
};

static const struct unit sizes[] = {
    { "B", 1, 1 },         { "KB", 1e3, 1 }, { "kB", 1e3, 1 },         { "KiB", 1024, 1 }, { "MB", 1e6, 1 },
    { "MiB", 1048576, 1 }, { "GB", 1e9, 1 }, { "GiB", 1073741824, 1 }, { NULL, 0, 0 },
};

static const struct unit percents[] = { { "%", 1, 100 }, { NULL, 0, 0 } };

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits without a superfluous leading zero; the number of them, 0 if there is no number. */
static size_t whole(const char *text)
{
    size_t n = 0;
    while (digit(text[n]))
        n++;
    return n > 1 && text[0] == '0' ? 0 : n;
}

bool scalar_integer(const char *text, int64_t *out)
{
    bool negative = text[0] == '-';
    const char *s = text + negative;
    size_t n = whole(s);
    if (!n || n > 18 || s[n])
        return false;
    int64_t value = 0;
    while (*s)
        value = value * 10 + (*s++ - '0');
    *out = negative ? -value : value;
    return true;
}

/* The decimal that text starts with; what follows it, or NULL if there is none. */
static const char *decimal(const char *text, double *out)
{
    size_t n = whole(text), places = 0, digits;
    if (n && text[n] == '.') {
        while (digit(text[n + 1 + places]))
            places++;
        if (!places)
            return NULL;
    }
    digits = n + places;
    if (!n || digits > 15)
        return NULL;
    double value = 0, scale = 1;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (text[i < n ? i : i + 1] - '0');
        scale *= i < n ? 1 : 10;
    }
    *out = value / scale;
    return text + digits + (places > 0);
}

bool scalar_decimal(const char *text, double *out)
{
    const char *rest = decimal(text, out);
    return rest && !*rest;
}

/* A decimal, at most one space, and one of the units. */
static bool with_unit(const char *text, const struct unit *units, double *out)
{
    double value;
    const char *rest = decimal(text, &value);
    if (!rest)
        return false;
    rest += *rest == ' ';
    while (units->name && strcmp(units->name, rest) != 0)
        units++;
    if (!units->name)
        return false;
    *out = value * units->times / units->over;
    return true;
}

bool scalar_duration(const char *text, double *out)
{
    return with_unit(text, durations, out);
}

bool scalar_size(const char *text, double *out)
{
    return with_unit(text, sizes, out);
}

bool scalar_percent(const char *text, double *out)
{
    return with_unit(text, percents, out);
}

bool scalar_identifier(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t n = strspn(text, letters);
    while (n && (text[n] == '.' || text[n] == '-') && strspn(text + n + 1, letters))
        n += 1 + strspn(text + n + 1, letters);
    return n && n <= 64 && !text[n];
}

bool scalar_printable(const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        bool control = *s < 0x20 || *s == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
        bool separator = s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9); /* U+2028, U+2029 */
        if (control || separator)
            return false;
    }
    return true;
}
