/* SPDX-License-Identifier: Apache-2.0
 * regcomp() of the C library recurses with every parenthesis and has no limit of its own, so there is one here. */
#include "harness/base/filter.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 1 << 16, DEEPEST = 250, SHOWN = 40 };

/* The start of the text, fit for a terminal: not within a UTF-8 sequence, control bytes as '?'. */
static const char *shown(char out[SHOWN + 4], const char *text)
{
    size_t n = strnlen(text, SHOWN + 1);
    bool cut = n > SHOWN;
    n = cut ? SHOWN : n;
    while (cut && n && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    snprintf(out, SHOWN + 4, "%.*s%s", (int)n, text, cut ? "..." : "");
    for (unsigned char *s = (unsigned char *)out; *s; s++) {
        if (*s < 0x20 || *s == 0x7f)
            *s = '?';
        if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) /* U+0080..U+009F: terminals obey some of them */
            s[0] = s[1] = '?';
    }
    return out;
}

static bool too_much(const char *text)
{
    size_t len = 0;
    int depth = 0, deepest = 0;
    for (; len <= LONGEST && text[len]; len++) {
        depth += (text[len] == '(') - (text[len] == ')');
        deepest = depth > deepest ? depth : deepest;
    }
    return len > LONGEST || deepest > DEEPEST;
}

int filter_init(struct name_filter *f, const char *text, struct err *e)
{
    *f = (struct name_filter){ .all = !text || !*text || !strcmp(text, "all") };
    if (f->all)
        return 0;
    f->negative = text[0] == '-';
    char why[200] = "", quote[SHOWN + 4];
    if (too_much(text)) {
        f->all = true; /* nothing to release */
        return err_set(e, EXIT_USAGE, "filter '%s' is longer than %d bytes or nested more than %d deep",
                       shown(quote, text), LONGEST, DEEPEST);
    }
    int rc = regcomp(&f->regex, text + f->negative, REG_EXTENDED | REG_NOSUB);
    if (!rc)
        return 0;
    f->all = true;
    regerror(rc, &f->regex, why, sizeof why);
    return err_set(e, EXIT_USAGE, "filter '%s' is no regular expression: %s", shown(quote, text), why);
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
