/* SPDX-License-Identifier: Apache-2.0
 * A run and results in which every field has a value of its own, and their comparison field by field. Written out
 * without the store's own tables, so that a forgotten field cannot hide. */
#ifndef KM_STORE_FULL_H
#define KM_STORE_FULL_H

#include "harness/base/result.h"

/* Quotes, shell, HTML, SQL, formats, line ends, and bytes that are not UTF-8. */
#define HOSTILE                                                                                                        \
    "it's \"q\" `b` $(rm -rf /) | a,b\n\t<script>; DROP TABLE run; -- \xff\xfe\x80 \xc3 \xed\xa0\x80 "                 \
    "\xf0\x9f\x98\x80 %s%n"

/* The reals of a summary by the names of their columns; full_result() has full_real(i) there. */
enum { FULL_REALS = 22 };
extern const char *const full_real_columns[FULL_REALS];
double full_real(int i);

struct run full_run(void);
struct result full_result(void);
/* Nothing is known: every string NULL, every number NAN. */
struct result empty_result(void);

/* These fail the test where the two differ; any NAN equals any other. */
void same_text(const char *a, const char *b);
void same_real(double a, double b);
void same_facts(const struct facts *a, const struct facts *b);
void same_run(const struct run *a, const struct run *b); /* all but the results */
void same_result(const struct result *a, const struct result *b);

#endif
