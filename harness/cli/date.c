/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/date.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double day = 86400, farthest = 36525 * 86400.0;

static bool has_shape(const char *text, const char *shape)
{
    for (; *shape; text++, shape++)
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return !*text;
}

/* timegm() turns the 31st of a short month into the next month, which is how a day that does not exist shows. */
static bool calendar_day(const char *text, double *out)
{
    if (!has_shape(text, "0000-00-00"))
        return false;
    int month = atoi(text + 5), of_month = atoi(text + 8);
    struct tm tm = { .tm_year = atoi(text) - 1900, .tm_mon = month - 1, .tm_mday = of_month };
    time_t t = timegm(&tm);
    *out = (double)t + day;
    return tm.tm_mon == month - 1 && tm.tm_mday == of_month;
}

static bool days_from(const char *text, double now, double *out)
{
    size_t n = strspn(text, "0123456789");
    if (!n || n > 6 || strcmp(text + n, "d") != 0)
        return false;
    *out = now + day * atof(text);
    return true;
}

int date_parse(const char *text, double now, double *out, struct err *e)
{
    double t;
    if (!calendar_day(text, &t) && !days_from(text, now, &t))
        return err_set(e, EXIT_USAGE, "'%.80s' is no date: 2026-12-31 or a number of days such as 30d was expected",
                       text);
    if (!(t > now) || t - now > farthest)
        return err_set(e, EXIT_USAGE, "'%.80s' is not within the next 100 years", text);
    *out = t;
    return 0;
}
