/* SPDX-License-Identifier: Apache-2.0
 * The parts of the calibration: each simulates, prints its tables, and notes claims that must hold. */
#ifndef CALIBRATE_H
#define CALIBRATE_H

#include "tests/calibrate/noise.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct report {
    FILE *out;    /* NULL: no tables */
    double scale; /* of how often everything is repeated: 1, or less for a brief check */
    size_t passed, failed;
};

/* Repetitions of what is repeated n times in full; at least 20. */
size_t times(const struct report *r, size_t n);

/* A rate that may not lie above `nominal`, or below `least`: fails where chance explains it less than once in 10,000. */
void claim_at_most(struct report *r, const char *what, size_t hits, size_t n, double nominal);
void claim_at_least(struct report *r, const char *what, size_t hits, size_t n, double least);

/* "4.8% (≤ 5.3%)", "0% (≤ 0.4%)": the share, and the upper 97.5% bound of Clopper and Pearson. */
void print_rate(FILE *out, size_t hits, size_t n);
/* "4.8%" alone. */
void print_share(FILE *out, size_t hits, size_t n);

/* A table's head: "| a | b |" and the rule below, from names that NULL ends; the first column is text, others numbers. */
void print_head(FILE *out, const char *const *names);

/* A seed of its own for everything simulated. */
uint64_t seed_of(unsigned part, unsigned row, unsigned column, unsigned n);

void calibrate_tests(struct report *r);  /* false alarms and power of single tests */
void calibrate_pairs(struct report *r);  /* whole gates of paired rounds */
void calibrate_stored(struct report *r); /* whole gates of stored results */

#endif
