/* SPDX-License-Identifier: Apache-2.0
 * False alarms and power of the single tests. */
#include "harness/stats/compare.h"
#include "harness/stats/shift.h"
#include "harness/stats/stats.h"
#include "tests/calibrate/calibrate.h"

#include <math.h>

enum { PART = 1, MOST = 128, SUITE = 30, OPS = 10, SUITE_ROUNDS = 16 };

/* Simulates one data set and tests it. shift: of its truth, in standard deviations; 0: nothing to find. */
struct question {
    const char *name;
    double level;
    size_t n, repeats;
    bool (*alarm)(struct mem *m, const struct question *q, struct source *s, double shift);
    bool sees_modes; /* bimodal noise is what it looks for */
    double power;    /* at least, of normal data shifted by one sd; 0: no claim */
};

static void rounds(struct source *s, double shift, double *d, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] = source_round(s) + shift * s->sd;
}

static void values(struct source *s, double shift, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = exp(source_next(s) + shift * s->sd);
}

static struct stats_test signs(const double *d, size_t n)
{
    size_t up = 0, down = 0;
    for (size_t i = 0; i < n; i++) {
        up += d[i] > 0;
        down += d[i] < 0;
    }
    return stats_sign_test(up, down);
}

static bool sign_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double d[MOST];
    (void)m;
    rounds(s, shift, d, q->n);
    return signs(d, q->n).p_greater < q->level;
}

static bool interval_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double d[MOST];
    (void)m;
    rounds(s, shift, d, q->n);
    stats_sort(d, q->n);
    struct stats_interval ci = stats_median_interval(d, q->n, 1 - q->level);
    return ci.low > 0 || ci.high < 0;
}

static bool wilcoxon_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double d[MOST];
    rounds(s, shift, d, q->n);
    return stats_wilcoxon(m, d, q->n).p < q->level;
}

/* Two sessions, one after the other. */
static bool mann_whitney_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double x[MOST], y[MOST];
    values(s, 0, x, q->n);
    values(s, shift, y, q->n);
    return stats_mann_whitney(m, y, q->n, x, q->n).p < q->level;
}

/* The shift is from the first value to the last. */
static bool trend_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double x[MOST];
    for (size_t i = 0; i < q->n; i++)
        x[i] = exp(source_next(s) + shift * s->sd * (double)i / (double)(q->n - 1));
    return stats_trend(m, x, q->n).p < q->level;
}

static bool modes_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double x[MOST];
    values(s, shift, x, q->n);
    stats_sort(x, q->n);
    return stats_multimodal(m, x, q->n);
}

/* A whole suite; of its benchmarks only the first has changed. */
static bool holm_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    double d[MOST], p[SUITE], adjusted[SUITE];
    for (int i = 0; i < SUITE; i++) {
        rounds(s, i ? 0 : shift, d, q->n);
        p[i] = signs(d, q->n).p_greater;
    }
    stats_holm(m, p, SUITE, adjusted);
    for (int i = 0; i < SUITE; i++)
        if (adjusted[i] < q->level)
            return true;
    return false;
}

/* All benchmarks moved, by so many sd of the median of one. */
static bool shift_alarm(struct mem *m, const struct question *q, struct source *s, double shift)
{
    static const char *const ops[OPS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
    double d[MOST], of_median = sqrt(M_PI / 2 / (double)q->n);
    struct movement mv[SUITE];
    for (int i = 0; i < SUITE; i++) {
        rounds(s, shift * of_median, d, q->n);
        struct comparison c = compare_paired(m, ops[i % OPS], d, q->n, 0.9);
        mv[i] = (struct movement){ ops[i % OPS], log(c.ratio), log1p(c.floor) };
    }
    return suite_shift(m, mv, SUITE).found;
}

static const struct question questions[] = {
    { "sign test, one-sided, 16 rounds", 0.05, 16, 20000, sign_alarm, false, 0.85 },
    { "sign test, one-sided, 64 rounds", 0.05, 64, 20000, sign_alarm, false, 0.99 },
    { "order-statistic interval of the median, 16 rounds", 0.05, 16, 20000, interval_alarm, false, 0.70 },
    { "order-statistic interval of the median, 64 rounds", 0.05, 64, 20000, interval_alarm, false, 0.99 },
    { "Wilcoxon signed-rank, exact, 16 rounds", 0.05, 16, 10000, wilcoxon_alarm, false, 0.90 },
    { "Wilcoxon signed-rank, approximate, 100 rounds", 0.05, 100, 10000, wilcoxon_alarm, false, 0.99 },
    { "Mann–Whitney, exact, 9 against 9", 0.05, 9, 5000, mann_whitney_alarm, false, 0.40 },
    { "Mann–Whitney, approximate, 40 against 40", 0.05, 40, 5000, mann_whitney_alarm, false, 0.97 },
    { "Mann–Kendall trend, exact, 20 values", 0.05, 20, 10000, trend_alarm, false, 0 },
    { "Mann–Kendall trend, approximate, 100 values", 0.05, 100, 1500, trend_alarm, false, 0.70 },
    { "more than one mode (dip), 100 values", 0.01, 100, 4000, modes_alarm, true, 0 },
    { "Holm over 30 sign tests of 16 rounds", 0.05, 16, 4000, holm_alarm, false, 0 },
    { "suite shift, 30 benchmarks of 10 operations", 0.05, SUITE_ROUNDS, 4000, shift_alarm, false, 0 },
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

static size_t alarms(const struct question *q, enum model model, size_t n, double shift, unsigned row)
{
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        struct mem m = { 0 };
        struct source s;
        source_init(&s, model, 0.05, seed_of(PART, row, model, (unsigned)i));
        hits += q->alarm(&m, q, &s, shift);
        mem_free(&m);
    }
    return hits;
}

static void false_alarms(struct report *r, const struct question *q, unsigned row)
{
    size_t n = times(r, q->repeats);
    if (r->out)
        fprintf(r->out, "| %s | %g%% ", q->name, 100 * q->level);
    for (int model = 0; model < MODELS; model++) {
        size_t hits = alarms(q, (enum model)model, n, 0, row);
        bool holds = model_independent((enum model)model) && !(q->sees_modes && model == MODEL_BIMODAL);
        if (holds)
            claim_at_most(r, q->name, hits, n, q->level);
        if (!r->out)
            continue;
        fputs(holds ? "| " : "| _", r->out);
        print_rate(r->out, hits, n);
        fputs(holds ? " " : "_ ", r->out);
    }
    if (r->out)
        fputs("|\n", r->out);
}

static void power(struct report *r, const struct question *q, unsigned row)
{
    static const double shifts[] = { 0.5, 1, 2 };
    size_t n = times(r, q->repeats / 5);
    if (r->out)
        fprintf(r->out, "| %s ", q->name);
    for (int i = 0; i < 3; i++)
        for (int model = 0; model < MODEL_BIMODAL; model++) {
            bool claimed = i == 1 && model == MODEL_NORMAL && q->power > 0;
            if (!r->out && !claimed)
                continue;
            size_t hits = alarms(q, (enum model)model, n, shifts[i], QUESTIONS + row);
            if (claimed)
                claim_at_least(r, q->name, hits, n, q->power);
            if (r->out) {
                fputs("| ", r->out);
                print_share(r->out, hits, n);
                fputs(" ", r->out);
            }
        }
    if (r->out)
        fputs("|\n", r->out);
}

void calibrate_tests(struct report *r)
{
    static const char *const head[] = { "test",    "level",    "normal",         "log-normal", "heavy tails",
                                        "bimodal", "drifting", "autocorrelated", NULL };
    static const char *const shifts[] = { "test",         "normal, 0.5 sd", "log-normal", "heavy",
                                          "normal, 1 sd", "log-normal",     "heavy",      "normal, 2 sd",
                                          "log-normal",   "heavy",          NULL };
    if (r->out)
        fputs("\n## Single tests: false alarms\n\nShare of data sets without a change that the test calls changed. On"
              " the drifting machine rounds are blocks of ABBA\nturns, and sound, while Mann and Whitney compare two"
              " sessions one after the other, and the trend test is right to alarm;\nso is the mode test on bimodal"
              " noise. The level of the suite shift is what is claimed of it, not what it is built on.\n\n",
              r->out);
    print_head(r->out, head);
    for (unsigned i = 0; i < QUESTIONS; i++)
        false_alarms(r, &questions[i], i);
    if (r->out)
        fputs("\n## Single tests: power\n\nShare found of a shift of so many standard deviations of one value (trend:"
              " from first to last value; Holm: in one of\nthe 30; suite shift: of all, in standard deviations of a"
              " benchmark's median).\n\n",
              r->out);
    print_head(r->out, shifts);
    for (unsigned i = 0; i < QUESTIONS; i++)
        if (!questions[i].sees_modes)
            power(r, &questions[i], i);
}
