/* SPDX-License-Identifier: Apache-2.0
 * How a family is to be run. */
#include "harness/bench/family.h"

#include <math.h>

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), "one numbering for the header and the rows")
SAME(KM_NS, UNIT_NS);
SAME(KM_S, UNIT_S);
SAME(KM_O_NONE, BIG_O_NONE);
SAME(KM_O_N_LOG_N, BIG_O_N_LOG_N);
SAME(KM_O_AUTO, BIG_O_AUTO);
SAME(KM_O_LAMBDA_, BIG_O_LAMBDA);
SAME(KM_COUNTER_IS_RATE, ROW_RATE);

void km_name(struct km_benchmark *b, const char *name)
{
    b->name = mem_dup(&b->mem, name ? name : "");
}

void km_unit(struct km_benchmark *b, enum km_unit unit)
{
    if (unit > KM_AUTO)
        family_problem(b, "%d is no time unit", (int)unit);
    else
        b->unit = (int)unit;
}

static void set_seconds(struct km_benchmark *b, double *to, double seconds, const char *what)
{
    if (!(seconds > 0) || isinf(seconds))
        family_problem(b, "a %s of %g seconds is not above 0", what, seconds);
    else if (b->iterations)
        family_problem(b, "a %s and a number of iterations exclude each other", what);
    else
        *to = seconds;
}

void km_min_time(struct km_benchmark *b, double seconds)
{
    set_seconds(b, &b->min_time, seconds, "minimum time");
}

void km_min_warmup_time(struct km_benchmark *b, double seconds)
{
    set_seconds(b, &b->min_warmup_time, seconds, "minimum warm-up time");
}

void km_iterations(struct km_benchmark *b, int64_t n)
{
    if (n < 1)
        family_problem(b, "%lld iterations are not above 0", (long long)n);
    else if (b->min_time > 0 || b->min_warmup_time > 0)
        family_problem(b, "a minimum time and a number of iterations exclude each other");
    else
        b->iterations = n;
}

void km_repetitions(struct km_benchmark *b, int n)
{
    if (n < 1)
        family_problem(b, "%d repetitions are not above 0", n);
    else
        b->repetitions = n;
}

void km_report_aggregates_only(struct km_benchmark *b, bool only)
{
    b->aggregates_set = b->file_aggregates_only = b->display_aggregates_only = only;
}

void km_display_aggregates_only(struct km_benchmark *b, bool only)
{
    b->aggregates_set = true;
    b->display_aggregates_only = only;
}

static void decide_by(struct km_benchmark *b, enum deciding_clock clock)
{
    if (b->decides != BY_CPU_TIME && b->decides != clock)
        family_problem(b, "real time and manual time exclude each other");
    b->decides = clock;
}

void km_use_real_time(struct km_benchmark *b)
{
    decide_by(b, BY_REAL_TIME);
}

void km_use_manual_time(struct km_benchmark *b)
{
    decide_by(b, BY_MANUAL_TIME);
}

void km_measure_process_cpu_time(struct km_benchmark *b)
{
    b->process_cpu = true;
}

void km_setup(struct km_benchmark *b, km_function *fn)
{
    b->setup = fn;
}

void km_teardown(struct km_benchmark *b, km_function *fn)
{
    b->teardown = fn;
}

void km_setup_once(struct km_benchmark *b, km_function *fn)
{
    b->setup_once = fn;
}

void km_teardown_once(struct km_benchmark *b, km_function *fn)
{
    b->teardown_once = fn;
}

void km_complexity(struct km_benchmark *b, enum km_big_o order)
{
    if (order >= KM_O_LAMBDA_)
        family_problem(b, "%d is no order of complexity", (int)order);
    else
        b->complexity = (enum big_o)order;
}

void km_complexity_by(struct km_benchmark *b, km_complexity_function *fn)
{
    b->complexity = fn ? BIG_O_LAMBDA : BIG_O_NONE;
    b->complexity_fn = fn;
}

void km_statistic(struct km_benchmark *b, const char *name, km_statistic_function *fn, enum km_statistic_unit unit)
{
    if (!name || !*name || !fn) {
        family_problem(b, "a statistic has no name or no function");
        return;
    }
    b->statistics = mem_grow(&b->mem, b->statistics, &b->statistics_cap, b->nstatistics + 1, sizeof *b->statistics);
    b->statistics[b->nstatistics++] = (struct statistic){ mem_dup(&b->mem, name), fn, unit == KM_PERCENTAGE };
}

void km_baseline(struct km_benchmark *b)
{
    b->baseline = true;
}

void km_apply(struct km_benchmark *b, km_configure *fn)
{
    fn(b);
}
