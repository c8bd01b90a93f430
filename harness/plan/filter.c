/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/filter.h"

#include "harness/plan/words.h"

#include <string.h>

int filter_init(struct name_filter *f, const char *text, struct err *e)
{
    *f = (struct name_filter){ .all = !text || !*text || !strcmp(text, "all") };
    if (f->all)
        return 0;
    f->negative = text[0] == '-';
    int rc = regcomp(&f->regex, text + f->negative, REG_EXTENDED | REG_NOSUB);
    if (!rc)
        return 0;
    char why[200];
    regerror(rc, &f->regex, why, sizeof why);
    struct mem m = { NULL };
    err_set(e, EXIT_USAGE, "filter %s is no regular expression: %s", words_quote(&m, text), why);
    mem_free(&m);
    return -1;
}

bool filter_keeps(const struct name_filter *f, const char *name)
{
    return f->all || (regexec(&f->regex, name, 0, NULL, 0) == 0) != f->negative;
}

void filter_release(struct name_filter *f)
{
    if (!f->all)
        regfree(&f->regex);
}
