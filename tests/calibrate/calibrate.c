/* SPDX-License-Identifier: Apache-2.0
 * Every test and gate of the statistics on simulated noise of known shape and known truth.
 *
 *   calibrate           prints the tables
 *   calibrate --brief   prints nothing but the claims that fail; a few seconds
 *   calibrate --write F puts the document into F
 *
 * The last line counts the claims, as the test runner wants it; the exit code is 1 where one failed. */
#include "tests/calibrate/calibrate.h"

#include "harness/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double brief_scale = 0.02, chance = 1e-4;

size_t times(const struct report *r, size_t n)
{
    double scaled = ceil(r->scale * (double)n);
    return scaled < 20 ? 20 : (size_t)scaled;
}

static void claim(struct report *r, bool holds, const char *what, size_t hits, size_t n, const char *word, double level)
{
    r->passed += holds;
    r->failed += !holds;
    if (!holds)
        fprintf(stderr, "FAIL  %s: %zu of %zu, which is not %s %g%%\n", what, hits, n, word, 100 * level);
}

void claim_at_most(struct report *r, const char *what, size_t hits, size_t n, double nominal)
{
    double p = hits ? 1 - stats_binomial_cdf((int64_t)hits - 1, (int64_t)n, nominal) : 1;
    claim(r, n && p >= chance, what, hits, n, "at most", nominal);
}

void claim_at_least(struct report *r, const char *what, size_t hits, size_t n, double least)
{
    claim(r, n && stats_binomial_cdf((int64_t)hits, (int64_t)n, least) >= chance, what, hits, n, "at least", least);
}

static void print_percent(FILE *out, double share)
{
    fprintf(out, share > 0 && share < 0.0995 ? "%.1f%%" : "%.0f%%", 100 * share);
}

void print_share(FILE *out, size_t hits, size_t n)
{
    print_percent(out, (double)hits / (double)n);
}

void print_rate(FILE *out, size_t hits, size_t n)
{
    print_share(out, hits, n);
    fputs(" (≤ ", out);
    print_percent(out, stats_share_high(hits, n, 0.975));
    fputs(")", out);
}

void print_head(FILE *out, const char *const *names)
{
    if (!out)
        return;
    size_t n = 0;
    for (; names[n]; n++)
        fprintf(out, "| %s ", names[n]);
    fputs("|\n", out);
    for (size_t i = 0; i < n; i++)
        fputs(i ? "|--:" : "|---", out);
    fputs("|\n", out);
}

uint64_t seed_of(unsigned part, unsigned row, unsigned column, unsigned n)
{
    return ((uint64_t)part << 56) ^ ((uint64_t)row << 44) ^ ((uint64_t)column << 36) ^ n;
}

static const char preamble[] =
    "# Calibration of the statistics\n\n"
    "Made by `make calibrate` (`tests/calibrate/`), which plugs simulated noise into the code that judges real\n"
    "measurements. Every number below was measured by it; the same seeds give the same document. `make test` repeats "
    "a\n"
    "brief version and fails where a false-alarm rate lies above its level, or a power below what is claimed, by more\n"
    "than chance explains once in 10,000.\n\n"
    "**Noise.** Six shapes, on the log scale, scaled to the spread named: normal; log-normal (skewed to the slow "
    "side);\n"
    "heavy tails (Student's t with 3 degrees of freedom); bimodal (a process is dealt one of two speeds, 2 sd apart);\n"
    "drifting (the machine gets 0.1 sd slower from turn to turn and wanders by 0.3 sd); autocorrelated (0.5 from one\n"
    "value to the next). The last two are not independent, which every classical test assumes: what such noise does to "
    "a\n"
    "test is shown in _italics_ and is no claim.\n\n"
    "**Rates** are followed by their upper bound, the one-sided 97.5% bound of Clopper and Pearson.\n";

static int run(FILE *out, double scale)
{
    struct report r = { .out = out, .scale = scale };
    if (out)
        fputs(preamble, out);
    calibrate_tests(&r);
    calibrate_pairs(&r);
    calibrate_stored(&r);
    printf("%zu passed, %zu failed, 0 skipped\n", r.passed, r.failed);
    return r.failed ? 1 : 0;
}

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [--brief | --write FILE]\n", program);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return run(stdout, 1);
    if (argc == 2 && !strcmp(argv[1], "--brief"))
        return run(NULL, brief_scale);
    if (argc != 3 || strcmp(argv[1], "--write") != 0)
        return usage(argv[0]);
    FILE *out = fopen(argv[2], "w");
    if (!out) {
        perror(argv[2]);
        return 2;
    }
    int rc = run(out, 1);
    return fclose(out) ? 2 : rc;
}
