/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/percents.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int parse_percents(struct mem *m, const char *option, const char *text, const double **out, size_t *n, struct err *e)
{
    double *all = mem_array(m, strlen(text) + 1, sizeof *all);
    *out = all;
    *n = 0;
    for (const char *at = text;; at++) {
        char *end;
        double v = strtod(at, &end);
        bool hex = at[0] == '0' && (at[1] == 'x' || at[1] == 'X'); /* strtod() would take it */
        bool number = end != at && !hex && (isdigit((unsigned char)*at) || *at == '.') && isfinite(v);
        if (number && *end == '%') {
            v /= 100;
            end++;
        }
        if (!number || !(v >= 0 && v < 100) || (*end && *end != ','))
            return err_set(e, EXIT_USAGE, "--%s=%s: a list such as 0,5%%,12%% was expected", option, text);
        all[(*n)++] = v;
        if (!*end)
            return 0;
        at = end;
    }
}
