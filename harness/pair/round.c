/* SPDX-License-Identifier: Apache-2.0
 * The round of two workers, and of two foreign programs. */
#include "harness/pair/round.h"

#include "harness/measure/clock.h"
#include "harness/measure/seed.h"
#include "harness/measure/session.h"
#include "harness/measure/turn_step.h"
#include "harness/stats/stats.h"

#include <math.h>
#include <sched.h>
#include <string.h>

enum { RESOLUTIONS = 1000, SAMPLES = 5, BLOCKS_LEAST = 2, BLOCKS_MOST = 12, TURNS = 4 };

/* A turn of a millisecond in five samples: a preemption spoils one of them and not their median. */
static const double TURN_SECONDS = 1e-3, WARM_SECONDS = 0.5e-3, DEFAULT_TIMEOUT = 60;

/* A foreign program starts anew for every turn; its own search for an iteration count takes about as long again. */
static const double FOREIGN_SECONDS = 0.03;

struct work {
    struct mem *m;    /* of this round */
    struct mem *kept; /* of what comes out of it */
    const struct pair_order *order;
    struct pair_pace *pace;
    struct pair_round *out;
    struct session session[PAIR_SIDES];
    struct runner_options options[PAIR_SIDES];
    struct turn_order turn[PAIR_SIDES];
    uint64_t resolution;
    double *samples[PAIR_SIDES];
    size_t nsamples[PAIR_SIDES], cap[PAIR_SIDES];
    uint64_t faults[PAIR_SIDES], switches[PAIR_SIDES]; /* over all samples */
};

/* --- where and in what order -------------------------------------------------------------------------------------- */

static uint64_t dice(const struct pair_order *o, const char *what)
{
    return seed_mix(seed_mix(seed_mix(o->seed, seed_of_text(o->job->bench.name)), o->round), seed_of_text(what));
}

/* A CPU that we may use, plus 1: another one in every round, because no two are alike. 0 for a benchmark with threads,
 * which needs all of them. */
static int choose_cpu(const struct pair_order *o)
{
    cpu_set_t allowed;
    if (o->job->bench.threads > 1 || sched_getaffinity(0, sizeof allowed, &allowed))
        return 0;
    uint64_t nth = dice(o, "cpu") % (uint64_t)CPU_COUNT(&allowed);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && !nth--)
            return (int)cpu + 1;
    return 0;
}

/* The side whose turn it is: ABBA, BAAB, ABBA, ... or the other way round. */
static int whose_turn(const struct pair_order *o, int block, int turn)
{
    int first = (int)((dice(o, "order") >> 7) & 1) ^ (block & 1);
    return first ^ (turn == 1 || turn == 2);
}

/* --- failures ------------------------------------------------------------------------------------------------------ */

static int failed(struct work *w, int side)
{
    const struct session *s = &w->session[side];
    w->out->status = s->status;
    w->out->signal = s->signal;
    w->out->failed = side;
    w->out->message = s->message;
    return -1;
}

/* --- starting ------------------------------------------------------------------------------------------------------ */

static int start(struct work *w, int side, struct wire_ready *ready)
{
    const struct settings *s = &w->order->job->settings;
    double patience = s->timeout_seconds > 0 ? s->timeout_seconds : DEFAULT_TIMEOUT;
    struct session_limits limits = { .memory = s->memory_bytes,
                                     .patience = patience,
                                     .interrupted = w->order->interrupted,
                                     .pin = w->options[side].pin };
    if (session_start(&w->session[side], w->order->sides[side].edges.worker, &limits, false))
        return -1;
    return turn_set_up(&w->session[side], &w->turn[side], ready);
}

/* A worker that was verified before is trusted, unless its program is too old to know the word, or numbers are wanted
 * that a benchmark states when it is verified. */
static int vouch(struct work *w, int side)
{
    struct pair_pace *pace = w->pace;
    struct wire_ready ready;
    if (pace->verified[side] && !pace->suspicious[side] && !w->options[side].counters) {
        if (!session_trust(&w->session[side]))
            return 0;
        if (w->session[side].status == STATUS_INTERRUPTED)
            return -1;
        pace->suspicious[side] = true;
        session_end(&w->session[side]);
        if (start(w, side, &ready))
            return -1;
    }
    if (session_verify(&w->session[side]))
        return -1;
    pace->verified[side] = true;
    return 0;
}

static int open_side(struct work *w, int side)
{
    struct wire_ready ready;
    double slow = side == PAIR_CURRENT ? w->order->slow : 0;
    if (start(w, side, &ready))
        return failed(w, side);
    w->out->cost = ready.cost;
    w->out->cost.item = ready.cost.items > 0 ? mem_dup(w->m, ready.cost.item) : NULL;
    w->out->work[side] = ready.cost;
    w->resolution = (uint64_t)fmax((double)w->resolution, fmax((double)ready.resolution, (double)ready.clock_cost));
    if (vouch(w, side) || (slow > 1 && session_slow(&w->session[side], slow)))
        return failed(w, side);
    return 0;
}

/* --- pace ---------------------------------------------------------------------------------------------------------- */

/* One iteration count for both sides, of the slower one. */
static int find_pace(struct work *w)
{
    double least = fmax(TURN_SECONDS / SAMPLES, (double)w->resolution * RESOLUTIONS * 1e-9), longest = 0;
    uint64_t fewest = WIRE_ITERATIONS_MAX;
    for (int side = 0; side < PAIR_SIDES; side++) {
        uint64_t iterations, lasted;
        if (session_calibrate(&w->session[side], (uint64_t)(least * 1e9), &iterations, &lasted))
            return failed(w, side);
        fewest = iterations < fewest ? iterations : fewest;
        longest = fmax(longest, (double)lasted * 1e-9);
    }
    w->pace->iterations = w->order->job->settings.mode == MODE_PER_CALL ? 1 : fewest;
    w->pace->samples = longest > TURN_SECONDS / 2 ? 1 : SAMPLES;
    w->pace->resolution = (double)w->resolution * 1e-9;
    w->pace->blocks = longest > TURN_SECONDS * 8 ? 1 : BLOCKS_LEAST;
    return 0;
}

/* Starting two processes should not cost more than measuring them: so many blocks per round, within reason. */
static void find_blocks(struct work *w, double start_seconds, double block_seconds)
{
    double blocks = ceil(start_seconds / block_seconds);
    if (blocks > w->pace->blocks)
        w->pace->blocks = blocks < BLOCKS_MOST ? (int)blocks : BLOCKS_MOST;
}

/* --- sampling ------------------------------------------------------------------------------------------------------ */

static void keep(struct work *w, int side, double seconds)
{
    w->samples[side] = mem_grow(w->m, w->samples[side], &w->cap[side], w->nsamples[side] + 1, sizeof *w->samples[side]);
    w->samples[side][w->nsamples[side]++] = seconds;
}

/* ln of the median of one turn. */
static int take_turn(struct work *w, int side, double *level)
{
    uint64_t ns[SAMPLES];
    double x[SAMPLES];
    struct wire_samples got = { .ns = ns, .count = w->pace->samples };
    if (session_sample(&w->session[side], w->pace->iterations, &got))
        return failed(w, side);
    for (size_t i = 0; i < got.count; i++) {
        x[i] = (double)ns[i] * 1e-9 / (double)w->pace->iterations;
        keep(w, side, x[i]);
    }
    w->faults[side] += got.faults;
    w->switches[side] += got.switches;
    stats_sort(x, (size_t)got.count);
    *level = log(stats_median(x, (size_t)got.count));
    return 0;
}

static int run_block(struct work *w, int block, double *d)
{
    double sum[PAIR_SIDES] = { 0, 0 };
    for (int turn = 0; turn < TURNS; turn++) {
        int side = whose_turn(w->order, block, turn);
        double level;
        if (take_turn(w, side, &level))
            return -1;
        sum[side] += level;
    }
    *d = 2 * (sum[PAIR_CURRENT] - sum[PAIR_BASE]) / TURNS; /* a side has half of the turns */
    return 0;
}

static int run_blocks(struct work *w, double start_seconds)
{
    double d[BLOCKS_MOST], from = clock_seconds();
    for (int block = 0; block < w->pace->blocks; block++) {
        if (run_block(w, block, &d[block]))
            return -1;
        if (block == BLOCKS_LEAST - 1 && w->order->round == 1 && !w->order->sides[PAIR_BASE].edges.fake_clock)
            find_blocks(w, start_seconds, (clock_seconds() - from) / BLOCKS_LEAST);
    }
    stats_sort(d, (size_t)w->pace->blocks);
    w->out->d = stats_median(d, (size_t)w->pace->blocks);
    return 0;
}

static void tally(struct work *w)
{
    for (int side = 0; side < PAIR_SIDES; side++) {
        double *x = w->samples[side];
        size_t n = w->nsamples[side];
        stats_sort(x, n);
        w->out->side[side] =
            (struct pair_tally){ .median = stats_median(x, n), .mean = stats_mean(x, n), .min = n ? x[0] : NAN };
    }
}

/* --- two workers --------------------------------------------------------------------------------------------------- */

static int warm_up(struct work *w)
{
    for (int side = 0; side < PAIR_SIDES; side++)
        if (session_warmup(&w->session[side], (uint64_t)(WARM_SECONDS * 1e9), 1, w->pace->iterations))
            return failed(w, side);
    return 0;
}

/* Metrics that were asked for: after the times, which they leave alone. */
static int count(struct work *w)
{
    for (int side = 0; side < PAIR_SIDES && w->options[side].counters; side++) {
        struct metric rows[WIRE_METRICS_MAX];
        size_t n = 0;
        double iterations = (double)w->nsamples[side] * (double)w->pace->iterations;
        turn_usage(w->faults[side], w->switches[side], iterations, rows);
        pair_values_take(w->kept, w->order, side, rows, TURN_USAGE, w->out);
        if (session_counters(&w->session[side], w->pace->iterations, rows, &n))
            return failed(w, side);
        pair_values_take(w->kept, w->order, side, rows, n, w->out);
    }
    return 0;
}

static int quit(struct work *w)
{
    uint64_t took;
    for (int side = 0; side < PAIR_SIDES; side++)
        if (session_quit(&w->session[side], &took))
            return failed(w, side);
    return 0;
}

static int native(struct work *w)
{
    double from = clock_seconds();
    int first = whose_turn(w->order, 0, 0);
    if (open_side(w, first) || open_side(w, !first) || (!w->pace->iterations && find_pace(w)) || warm_up(w))
        return -1;
    return run_blocks(w, clock_seconds() - from) || count(w) || quit(w) ? -1 : 0;
}

/* --- two foreign programs: whole short runs in turns ---------------------------------------------------------------- */

static int foreign_turn_of(struct work *w, int side, double *level)
{
    struct turn turn;
    struct pace pace = { 0 };
    w->options[side].min_time = FOREIGN_SECONDS;
    w->order->sides[side].edges.turn(w->m, &w->turn[side], &pace, &turn);
    if (turn.status != STATUS_OK || !turn.nsamples) {
        w->out->status = turn.status == STATUS_OK ? STATUS_FAILED : turn.status;
        w->out->failed = side;
        w->out->signal = turn.signal;
        w->out->message = turn.message ? turn.message : "it reported no time";
        return -1;
    }
    for (size_t i = 0; i < turn.nsamples; i++)
        keep(w, side, turn.samples[i]);
    w->out->cost = w->out->work[side] = turn.cost;
    pair_values_take(w->kept, w->order, side, turn.metrics, turn.nmetrics, w->out);
    stats_sort(turn.samples, turn.nsamples);
    *level = log(stats_median(turn.samples, turn.nsamples));
    return 0;
}

static int foreign(struct work *w)
{
    double level[PAIR_SIDES];
    int first = whose_turn(w->order, (int)(w->order->round & 1), 0);
    if (foreign_turn_of(w, first, &level[first]) || foreign_turn_of(w, !first, &level[!first]))
        return -1;
    w->out->d = level[PAIR_CURRENT] - level[PAIR_BASE];
    return 0;
}

/* --- the round ------------------------------------------------------------------------------------------------------ */

static void prepare(struct work *w)
{
    static const struct limits limits = { .exact_rounds = 1 };
    int pin = choose_cpu(w->order);
    const char *events = pair_values_events(w->m, w->order);
    for (int side = 0; side < PAIR_SIDES; side++) {
        const struct pair_side *s = &w->order->sides[side];
        w->session[side] = (struct session){ .child = { .to = -1, .from = -1, .log = -1 } };
        w->options[side] = (struct runner_options){ .seed = seed_mix(w->order->seed, (uint64_t)side),
                                                    .min_time = NAN,
                                                    .data_dir = s->data_dir,
                                                    .counters = events,
                                                    .pin = pin,
                                                    .interrupted = w->order->interrupted };
        w->turn[side] = (struct turn_order){ .job = w->order->job,
                                             .options = &w->options[side],
                                             .edges = &s->edges,
                                             .limits = &limits,
                                             .round = w->order->round };
    }
}

void pair_round_run(struct mem *m, const struct pair_order *order, struct pair_pace *pace, struct pair_round *out)
{
    struct mem scratch = { 0 };
    struct work w = { .m = &scratch, .kept = m, .order = order, .pace = pace, .out = out };
    *out = (struct pair_round){ .status = STATUS_OK, .d = NAN, .values = pair_values_none(m, order->nasks) };
    prepare(&w);
    bool foreigners = order->sides[PAIR_BASE].edges.turn != NULL;
    if (!(foreigners ? foreign(&w) : native(&w))) {
        tally(&w);
        pair_values_finish(order, out);
    }
    out->message = mem_dup(m, out->message);
    out->cost.item = mem_dup(m, out->cost.item);
    out->work[PAIR_BASE].item = out->work[PAIR_CURRENT].item = NULL; /* of a session that ends */
    for (int side = 0; side < PAIR_SIDES; side++)
        session_end(&w.session[side]);
    mem_free(&scratch);
}
