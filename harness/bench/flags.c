/* SPDX-License-Identifier: Apache-2.0
 * The flags as one table: name, how to read the value, where it goes, its default, and what --help shows. A flag's
 * environment variable is its name in capitals. */
#include "harness/bench/flags.h"

#include "harness/base/buf.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- reading values: false where the text is none --- */

struct value {
    struct bench_flags *flags;
    void *at;
    const char *text;
    const char *const *choices;
    bool overflows; /* set by a reader: why it is bad */
};

bool bench_flag_truth(const char *word)
{
    static const char *const no[] = { "false", "no", "off" };
    if (!*word)
        return true;
    if (!word[1])
        return isalnum((unsigned char)*word) && !strchr("0fFnN", *word);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (!strcasecmp(word, no[i]))
            return false;
    return true;
}

static bool read_bool(struct value *v)
{
    *(bool *)v->at = bench_flag_truth(v->text);
    return true;
}

static bool read_text(struct value *v)
{
    *(const char **)v->at = v->text;
    return true;
}

static bool read_color(struct value *v)
{
    return *v->text && read_text(v);
}

static bool read_choice(struct value *v)
{
    for (size_t i = 0; v->choices[i]; i++)
        if (!strcmp(v->text, v->choices[i]))
            return read_text(v);
    return false;
}

static bool read_int(struct value *v)
{
    char *end;
    errno = 0;
    long long x = strtoll(v->text, &end, 10);
    if (*end)
        return false;
    v->overflows = errno == ERANGE || x > INT32_MAX || x < INT32_MIN;
    if (!v->overflows)
        *(int32_t *)v->at = (int32_t)x;
    return !v->overflows;
}

static bool read_seed(struct value *v)
{
    char *end;
    errno = 0;
    unsigned long long x = strtoull(v->text, &end, 0);
    *(uint64_t *)v->at = x;
    return isdigit((unsigned char)*v->text) && !*end && !errno;
}

/* A finite number of at least 0, and what follows it. */
static bool number(const char *text, double *x, const char **rest)
{
    char *end;
    *x = strtod(text, &end);
    *rest = end;
    return end != text && isfinite(*x) && *x >= 0 && !isspace((unsigned char)*text);
}

static bool read_double(struct value *v)
{
    const char *rest;
    double x;
    bool ok = number(v->text, &x, &rest) && !*rest;
    if (ok)
        *(double *)v->at = x;
    return ok;
}

static bool read_seconds(struct value *v)
{
    const char *rest;
    double x;
    bool ok = number(v->text, &x, &rest) && (!*rest || !strcmp(rest, "s"));
    if (ok)
        *(double *)v->at = x;
    return ok;
}

static bool read_share(struct value *v)
{
    const char *rest;
    double x;
    bool ok = number(v->text, &x, &rest) && (!*rest || !strcmp(rest, "%"));
    x = *rest ? x / 100 : x;
    if (ok && x < 1)
        *(double *)v->at = x;
    return ok && x < 1;
}

/* "100x" or "0.5s" or, with a warning, "0.5" */
static bool read_min_time(struct value *v)
{
    const char *rest;
    double seconds;
    char *end;
    errno = 0;
    long long n = strtoll(v->text, &end, 10);
    if (isdigit((unsigned char)*v->text) && !strcmp(end, "x") && !errno && n > 0) {
        v->flags->min_iterations = n;
        v->flags->min_time = NAN;
        return read_text(v);
    }
    if (!number(v->text, &seconds, &rest) || (*rest && strcmp(rest, "s") != 0))
        return false;
    v->flags->min_iterations = 0;
    v->flags->min_time = seconds;
    if (!*rest)
        fputs("Value passed to --benchmark_min_time should have a suffix. Eg., `30s` for 30-seconds.\n", stderr);
    return read_text(v);
}

const char *bench_flags_next_pair(struct mem *m, const char *text, char **key, char **value)
{
    size_t n = strcspn(text, ","), split = strcspn(text, "=");
    *key = mem_dupn(m, text, split < n ? split : n);
    *value = split < n ? mem_dupn(m, text + split + 1, n - split - 1) : NULL;
    return text[n] ? text + n + 1 : NULL;
}

static bool read_context(struct value *v)
{
    struct mem m = { NULL };
    char *key, *value;
    bool ok = true;
    for (const char *at = *v->text ? v->text : NULL; at && ok; ok = value)
        at = bench_flags_next_pair(&m, at, &key, &value);
    mem_free(&m);
    return ok && read_text(v);
}

/* "0,2-3" */
static bool read_cpus(struct value *v)
{
    const char *at = v->text;
    while (*at) {
        char *end;
        unsigned long low = strtoul(at, &end, 10), high = low;
        if (!isdigit((unsigned char)*at))
            return false;
        if (*end == '-') {
            at = end + 1;
            high = strtoul(at, &end, 10);
            if (!isdigit((unsigned char)*at))
                return false;
        }
        if (high < low || high > 65535 || (*end && (*end != ',' || !end[1])))
            return false;
        at = *end ? end + 1 : end;
    }
    return read_text(v);
}

/* --- the table --- */

enum mistake { FATAL, IGNORED }; /* what a bad value does: end the program; or only be told, as theirs */

struct kind {
    bool (*read)(struct value *v);
    const char *expected; /* "is expected to be ..."; NULL: the choices */
    enum mistake mistake;
};

static const struct kind BOOL = { read_bool, "", FATAL }, TEXT = { read_text, "", FATAL },
                         INT = { read_int, "a 32-bit integer", IGNORED }, DOUBLE = { read_double, "a double", IGNORED },
                         CONTEXT = { read_context, "a comma-separated list of <key>=<value> strings", IGNORED },
                         CHOICE = { read_choice, NULL, FATAL }, COLOR = { read_color, "auto, true or false", FATAL },
                         MIN_TIME = { read_min_time, "seconds such as 0.5s, or iterations such as 100x", FATAL },
                         SECONDS = { read_seconds, "seconds such as 10s", FATAL },
                         SHARE = { read_share, "a share below 100% such as 1%", FATAL },
                         CPUS = { read_cpus, "a list of CPUs such as 0,2-3", FATAL },
                         SEED = { read_seed, "a whole number", FATAL };

static const char *const formats[] = { "console", "json", "csv", NULL };
static const char *const time_units[] = { "", "ns", "us", "ms", "s", "auto", NULL };

struct flag {
    const char *name;
    const struct kind *kind;
    size_t at; /* in struct bench_flags */
    const char *initial;
    const char *help;
    const char *const *choices;
};

#define AT(member) offsetof(struct bench_flags, member)
#define YES_NO     "={true|false}"

static const struct flag flags[] = {
    /* theirs, in their order */
    { "benchmark_list_tests", &BOOL, AT(list_tests), "false", YES_NO, NULL },
    { "benchmark_filter", &TEXT, AT(filter), "", "=<regex>", NULL },
    { "benchmark_min_time", &MIN_TIME, AT(min_time_text), "0.5s", "=`<integer>x` OR `<float>s` ", NULL },
    { "benchmark_min_warmup_time", &DOUBLE, AT(min_warmup_time), "0", "=<min_warmup_time>", NULL },
    { "benchmark_repetitions", &INT, AT(repetitions), "1", "=<num_repetitions>", NULL },
    { "benchmark_dry_run", &BOOL, AT(dry_run), "false", YES_NO, NULL },
    { "benchmark_enable_random_interleaving", &BOOL, AT(random_interleaving), "false", YES_NO, NULL },
    { "benchmark_report_aggregates_only", &BOOL, AT(aggregates_only), "false", YES_NO, NULL },
    { "benchmark_display_aggregates_only", &BOOL, AT(display_aggregates_only), "false", YES_NO, NULL },
    { "benchmark_format", &CHOICE, AT(format), "console", "=<console|json|csv>", formats },
    { "benchmark_out", &TEXT, AT(out), "", "=<filename>", NULL },
    { "benchmark_out_format", &CHOICE, AT(out_format), "json", "=<json|console|csv>", formats },
    { "benchmark_color", &COLOR, AT(color), "auto", "={auto|true|false}", NULL },
    { "benchmark_counters_tabular", &BOOL, AT(counters_tabular), "false", YES_NO, NULL },
    { "benchmark_perf_counters", &TEXT, AT(perf_counters), "", "=<counter>,...", NULL },
    { "benchmark_context", &CONTEXT, AT(context), "", "=<key>=<value>,...", NULL },
    { "benchmark_time_unit", &CHOICE, AT(time_unit), "", "={ns|us|ms|s|auto}", time_units },
    { "v", &INT, AT(v), "0", "=<verbosity>", NULL },
    /* ours */
    { "benchmark_target_ci", &SHARE, AT(target_ci), "0", "=<percent>%", NULL },
    { "benchmark_max_time", &SECONDS, AT(max_time), "0", "=<float>s", NULL },
    { "benchmark_total_time", &SECONDS, AT(total_time), "0", "=<float>s", NULL },
    { "benchmark_isolate", &BOOL, AT(isolate), "false", YES_NO, NULL },
    { "benchmark_samples", &BOOL, AT(keep_samples), "false", YES_NO, NULL },
    { "benchmark_cpus", &CPUS, AT(cpus), "", "=<list>", NULL },
    { "benchmark_seed", &SEED, AT(seed), "0", "=<integer>", NULL },
    { "benchmark_baseline", &TEXT, AT(baseline), "", "=<name>", NULL },
};
enum { NFLAGS = sizeof flags / sizeof *flags };

static void print_help(void)
{
    printf("benchmark");
    for (int i = 0; i < NFLAGS; i++)
        printf("%s[--%s%s]\n", i ? "          " : " ", flags[i].name, flags[i].help);
}

/* --- telling what is wrong --- */

const char *bench_flag_shown(struct mem *m, const char *s)
{
    char *copy = mem_dup(m, s);
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
    return copy;
}

static void put_shown(struct buf *b, const char *s)
{
    for (; *s; s++)
        buf_putc(b, (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

static void complain(const char *source, const char *name, const struct flag *flag, const struct value *v)
{
    struct buf b = { 0 };
    buf_printf(&b, "%s%s is expected to be %s", source, name, flag->kind->expected ? flag->kind->expected : "one of ");
    for (size_t i = 0, n = 0; !flag->kind->expected && flag->choices[i]; i++)
        if (*flag->choices[i])
            buf_printf(&b, "%s%s", n++ ? ", " : "", flag->choices[i]);
    buf_puts(&b, ", but actually has value \"");
    put_shown(&b, v->text);
    buf_printf(&b, "\"%s.\n", v->overflows ? ", which overflows" : "");
    fputs(buf_text(&b), stderr);
    buf_free(&b);
}

static bool take(struct bench_flags *f, const struct flag *flag, struct value *v, const char *text)
{
    *v = (struct value){ .flags = f, .at = (char *)f + flag->at, .text = text, .choices = flag->choices };
    return flag->kind->read(v);
}

static int read_environment(struct bench_flags *f)
{
    for (int i = 0; i < NFLAGS; i++) {
        char name[64];
        size_t n = 0;
        for (; flags[i].name[n] && n + 1 < sizeof name; n++)
            name[n] = (char)toupper((unsigned char)flags[i].name[n]);
        name[n] = '\0';
        const char *text = getenv(name);
        struct value v;
        if (!text || take(f, &flags[i], &v, text))
            continue;
        complain("Environment variable ", name, &flags[i], &v);
        if (flags[i].kind->mistake == FATAL)
            return -1;
    }
    return 0;
}

/* The value within "--name=value"; "" of a bool that is only named; NULL: another flag. */
static const char *value_of(const char *word, const char *name, bool optional)
{
    size_t n = strlen(name);
    if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, n) != 0)
        return NULL;
    word += 2 + n;
    return *word == '=' ? word + 1 : optional && !*word ? word : NULL;
}

/* 1: taken; 0: not ours, or a mistake that was told; -1: a mistake that ends the program. */
static int read_word(struct bench_flags *f, const char *word)
{
    for (int i = 0; i < NFLAGS; i++) {
        const char *text = value_of(word, flags[i].name, flags[i].kind == &BOOL);
        struct value v;
        if (!text)
            continue;
        if (take(f, &flags[i], &v, text))
            return 1;
        complain("The value of flag --", flags[i].name, &flags[i], &v);
        return flags[i].kind->mistake == FATAL ? -1 : 0;
    }
    return 0;
}

int bench_flags_read(struct mem *m, struct bench_flags *f, int *argc, char **argv)
{
    (void)m;
    *f = (struct bench_flags){ 0 };
    struct value v;
    for (int i = 0; i < NFLAGS; i++)
        take(f, &flags[i], &v, flags[i].initial);
    const char *min_time = f->min_time_text;
    if (read_environment(f))
        return -1;
    int kept = *argc > 0;
    for (int i = 1; i < *argc; i++) {
        if (value_of(argv[i], "help", true)) {
            print_help();
            return fflush(stdout) ? -1 : 1;
        }
        int rc = read_word(f, argv[i]);
        if (rc < 0)
            return -1;
        if (!rc)
            argv[kept++] = argv[i];
    }
    if (kept < *argc)
        argv[kept] = NULL;
    *argc = kept;
    f->min_time_given = f->min_time_text != min_time;
    if (f->repetitions >= 1)
        return 0;
    fprintf(stderr, "The value of flag --benchmark_repetitions is expected to be at least 1, but is %d.\n",
            f->repetitions);
    return -1;
}

int bench_flags_report_unrecognized(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct buf b = { 0 };
        put_shown(&b, argv[i]);
        fprintf(stderr, "%s: error: unrecognized command-line flag: %s\n", argv[0], buf_text(&b));
        buf_free(&b);
    }
    return argc > 1 ? argc - 1 : 0;
}
