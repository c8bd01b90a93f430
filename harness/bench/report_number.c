/* SPDX-License-Identifier: Apache-2.0
 * Numbers for people, as Google Benchmark's console prints them. */
#include "harness/bench/report.h"

#include <math.h>

void report_put_time(struct buf *b, double value)
{
    const char *format = value < 1 ? "%10.3f" : value < 10 ? "%10.2f" : value < 100 ? "%10.1f" : "%10.0f";
    if (value > 9999999999.0)
        buf_printf(b, "%1.4e", value);
    else if (isnan(value))
        buf_printf(b, "%10s", "nan"); /* not "-nan" */
    else
        buf_printf(b, format, value);
}

/* The scaled value, and in *steps how often it was divided (or, below zero, multiplied) by base; unscaled where no
 * suffix reaches. */
static double scale(double value, int base, int *steps)
{
    enum { SUFFIXES = 8 };
    double x = value;
    *steps = 0;
    if (x > base - 1) {
        for (int i = 1; i <= SUFFIXES; i++) {
            x /= base;
            if (x <= base - 1) {
                *steps = i;
                return x;
            }
        }
    } else if (x < 0.01) {
        for (int i = 1; i <= SUFFIXES; i++) {
            x *= base;
            if (x >= 1) {
                *steps = -i;
                return x;
            }
        }
    }
    return value;
}

void report_put_human(struct buf *b, double value, int base)
{
    static const char *const decimal[] = { "", "k", "M", "G", "T", "P", "E", "Z", "Y" };
    static const char *const binary[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi" };
    static const char *const small[] = { "", "m", "u", "n", "p", "f", "a", "z", "y" };
    int steps;
    if (isnan(value)) {
        buf_puts(b, "nan");
        return;
    }
    double x = scale(fabs(value), base, &steps);
    buf_printf(b, "%s%g%s", value < 0 ? "-" : "", x,
               steps < 0      ? small[-steps]
               : base == 1024 ? binary[steps]
                              : decimal[steps]);
}
