/* SPDX-License-Identifier: Apache-2.0
 * Numbers for people: the reader's unit, three significant digits. What is no number is "–". */
#include "reports/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DASH "–"

struct scale {
    double factor;
    const char *unit;
};

static const struct scale second_scale[] = { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "µs" }, { 1e-9, "ns" } };
static const struct scale decimal_scale[] = { { 1e15, "P" }, { 1e12, "T" }, { 1e9, "G" },
                                              { 1e6, "M" },  { 1e3, "k" },  { 1, "" } };
static const struct scale binary_scale[] = {
    { 1125899906842624.0, "PiB" }, { 1099511627776.0, "TiB" }, { 1073741824.0, "GiB" },
    { 1048576.0, "MiB" },          { 1024.0, "KiB" },          { 1, "B" }
};
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* To three significant digits, so that 999.7 ns is told as 1.00 µs. */
static double rounded(double v)
{
    if (v == 0 || !isfinite(v))
        return v;
    double unit = pow(10, floor(log10(fabs(v))) - 2);
    return round(v / unit) * unit;
}

/* The scale with the largest factor that v reaches; the last one for smaller values. */
static const struct scale *pick(const struct scale *s, size_t n, double v)
{
    for (size_t i = 0; i < n; i++)
        if (rounded(fabs(v)) >= s[i].factor * (1 - 1e-9))
            return &s[i];
    return &s[n - 1];
}

/* Decimals that make three significant digits. */
static int decimals(double v)
{
    if (v == 0 || !isfinite(v))
        return 0;
    int exponent = (int)floor(log10(fabs(rounded(v))) + 1e-9);
    return exponent >= 2 ? 0 : 2 - exponent;
}

/* v with its unit; what no unit can bring near 1 is written with an exponent. */
static const char *with_unit(struct mem *m, double v, const char *unit)
{
    if (v != 0 && fabs(v) < 1e-3)
        return mem_printf(m, "%.2e%s", v, unit);
    return mem_printf(m, "%.*f%s", decimals(v), v, unit);
}

static const char *unreal(double v)
{
    return isnan(v) ? DASH : v > 0 ? "∞" : "-∞";
}

const char *show_seconds(struct mem *m, double s)
{
    if (!isfinite(s))
        return unreal(s);
    const struct scale *k = s == 0 ? &second_scale[0] : pick(second_scale, COUNT(second_scale), s);
    return with_unit(m, s / k->factor, mem_printf(m, " %s", k->unit));
}

const char *show_rate(struct mem *m, double per_s, const char *u)
{
    if (!isfinite(per_s))
        return unreal(per_s);
    const struct scale *k = pick(decimal_scale, COUNT(decimal_scale), per_s);
    return with_unit(m, per_s / k->factor, mem_printf(m, " %s%s", k->unit, u));
}

const char *show_bytes(struct mem *m, double b)
{
    if (!isfinite(b))
        return unreal(b);
    const struct scale *k = pick(binary_scale, COUNT(binary_scale), b);
    char number[64];
    snprintf(number, sizeof number, "%.*f", decimals(b / k->factor), b / k->factor);
    if (strchr(number, '.')) {
        size_t len = strlen(number);
        while (number[len - 1] == '0')
            number[--len] = '\0';
        if (number[len - 1] == '.')
            number[--len] = '\0';
    }
    return mem_printf(m, "%s %s", number, k->unit);
}

/* Hundredths of a percent are the finest that a timing can mean. */
static int percent_decimals(double percent)
{
    int d = decimals(percent);
    return percent == 0 ? 1 : d > 2 ? 2 : d;
}

const char *show_percent(struct mem *m, double fraction)
{
    if (!isfinite(fraction))
        return unreal(fraction);
    double p = fraction * 100;
    return fabs(p) < 0.005 ? "±0.00%" : mem_printf(m, "%+.*f%%", percent_decimals(p), p);
}

const char *show_share(struct mem *m, double fraction)
{
    if (!isfinite(fraction))
        return unreal(fraction);
    double p = fraction * 100;
    if (p > 0 && p < 0.005)
        return "<0.01%";
    return mem_printf(m, "%.*f%%", percent_decimals(p), p);
}

const char *show_ratio(struct mem *m, double r)
{
    return isfinite(r) ? with_unit(m, r, "×") : unreal(r);
}

const char *show_count(struct mem *m, double n)
{
    if (!isfinite(n))
        return unreal(n);
    if (fabs(n) < 10000 && (n == floor(n) || fabs(n) >= 1000))
        return mem_printf(m, "%.0f", n);
    const struct scale *k = pick(decimal_scale, COUNT(decimal_scale), n);
    return with_unit(m, n / k->factor, mem_printf(m, "%s%s", *k->unit ? " " : "", k->unit));
}

const char *show_date(struct mem *m, double seconds_since_1970)
{
    struct tm utc;
    char text[64];
    if (!isfinite(seconds_since_1970) || fabs(seconds_since_1970) > 253402300799.0)
        return DASH;
    time_t t = (time_t)seconds_since_1970;
    if (!gmtime_r(&t, &utc) || !strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc))
        return DASH;
    return mem_dup(m, text);
}

/* Two ends that look the same get up to two more digits, so that a narrow interval still reads as one. */
const char *show_interval(struct mem *m, double low, double high)
{
    if (!isfinite(low) || !isfinite(high))
        return DASH;
    const struct scale *k = high == 0 ? &second_scale[0] : pick(second_scale, COUNT(second_scale), high);
    int digits = decimals(high / k->factor);
    char a[64], b[64];
    for (int more = 0; more <= 2; more++) {
        snprintf(a, sizeof a, "%.*f", digits + more, low / k->factor);
        snprintf(b, sizeof b, "%.*f", digits + more, high / k->factor);
        if (strcmp(a, b) != 0 || low == high)
            break;
    }
    return mem_printf(m, "%s" DASH "%s %s", a, b, k->unit);
}
