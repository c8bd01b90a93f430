/* SPDX-License-Identifier: Apache-2.0
 * How many iterations: Google Benchmark's rule. Ten times more until a batch takes a tenth of the time wanted, then 1.4
 * times what is needed, until a batch takes as long as wanted. Ours beside it: never past a deadline. */
#include "harness/bench/runner.h"

#include <inttypes.h>
#include <math.h>

static const double MOST_ITERATIONS = 1e12;

int64_t search_predict(double iterations, double seconds, double min_time)
{
    double times = min_time * 1.4 / fmax(seconds, 1e-9);
    if (seconds / min_time <= 0.1)
        times = 10;
    return llround(fmin(fmax(times * iterations, iterations + 1), MOST_ITERATIONS));
}

/* Of one thread, in whole numbers, as theirs counts. */
static double iterations_of(const struct bench_runner *r, const struct tally *t)
{
    int64_t each = t->iterations / r->instance->threads;
    return (double)each;
}

static bool is_enough(const struct bench_runner *r, const struct tally *t, double min_time)
{
    double seconds = runner_seconds(r, t);
    bool manual = r->instance->family->decides == BY_MANUAL_TIME;
    return t->skipped || r->opt->flags->dry_run || iterations_of(r, t) >= MOST_ITERATIONS || seconds >= min_time ||
           (!manual && t->real >= 5 * min_time) || runner_interrupted(r);
}

/* At most as many iterations as fit before the deadline; false if that is no more than were just run. */
static bool fits(struct bench_runner *r, const struct tally *t)
{
    double left = fmin(r->deadline, r->total_deadline) - r->clock->real(r->clock->ctx);
    double each = t->real / fmax((double)t->iterations, 1);
    double most = each > 0 ? left / each : INFINITY;
    if (most >= (double)r->iterations)
        return true;
    if (most <= iterations_of(r, t))
        return false;
    r->iterations = (int64_t)most;
    return true;
}

static void search(struct bench_runner *r, struct tally *t, double min_time)
{
    for (;;) {
        runner_batch(r, t);
        if (is_enough(r, t, min_time))
            return;
        double seconds = runner_seconds(r, t);
        r->iterations = search_predict(iterations_of(r, t), seconds, min_time);
        if (r->opt->flags->v >= 3)
            fprintf(stderr, "-- LOG(3): Next iters: %" PRId64 "\n", r->iterations);
        if (!fits(r, t)) {
            r->iterations = (int64_t)iterations_of(r, t);
            return;
        }
    }
}

void runner_search(struct bench_runner *r, struct tally *t)
{
    if (r->warmup_time > 0 && !r->searched) {
        int64_t iterations = r->iterations;
        search(r, t, r->warmup_time);
        r->iterations = iterations;
        if (t->skipped)
            return;
    }
    bool first = !r->searched;
    r->searched = true;
    if (first && !r->exact)
        search(r, t, r->min_time);
    else
        runner_batch(r, t);
}
