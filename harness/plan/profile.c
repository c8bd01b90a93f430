/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/profile.h"

#include <math.h>
#include <string.h>

const char *const profile_names[] = { "smoke", "quick", "full", NULL };

/* Chosen so that the core suite (some 30 benchmarks that this CPU can run) ends in 20 s with smoke and in 2 minutes
 * with quick even where every one spends its whole budget. Six rounds are the fewest whose order-statistic interval of
 * the median reaches 95%. In the order of profile_names. */
static const struct settings built_in[] = {
    { .sample_seconds = 0.25e-3,
      .samples = 10,
      .warmup_seconds = 2e-3,
      .min_rounds = 6,
      .max_rounds = 6,
      .precision = 0.05,
      .budget_seconds = 0.4,
      .timeout_seconds = 30,
      .memory_bytes = 4.0 * 1024 * 1024 * 1024,
      .warmup_calls = 10,
      .calls = 100 },
    { .sample_seconds = 1e-3,
      .samples = 15,
      .warmup_seconds = 10e-3,
      .min_rounds = 6,
      .max_rounds = 40,
      .precision = 0.01,
      .budget_seconds = 2.5,
      .timeout_seconds = 30,
      .memory_bytes = 4.0 * 1024 * 1024 * 1024,
      .warmup_calls = 100,
      .calls = 1000 },
    { .sample_seconds = 2e-3,
      .samples = 25,
      .warmup_seconds = 50e-3,
      .min_rounds = 10,
      .max_rounds = 80,
      .precision = 0.005,
      .budget_seconds = 15,
      .timeout_seconds = 60,
      .memory_bytes = 4.0 * 1024 * 1024 * 1024,
      .warmup_calls = 100,
      .calls = 1000 },
};

struct settings profile_base(const char *name)
{
    enum { QUICK = 1 };
    for (size_t i = 0; profile_names[i]; i++)
        if (strcmp(profile_names[i], name) == 0)
            return built_in[i];
    return built_in[QUICK];
}

struct settings profile_unset(void)
{
    return (struct settings){ .sample_seconds = NAN,
                              .warmup_seconds = NAN,
                              .precision = NAN,
                              .budget_seconds = NAN,
                              .timeout_seconds = NAN,
                              .memory_bytes = NAN };
}

int profile_mode(struct keys_job *j, const struct key *k, const struct node *n, void *field)
{
    const char *word;
    if (key_choice(j, k, n, &word))
        return -1;
    *(enum mode *)field = strcmp(word, "per_call") == 0 ? MODE_PER_CALL : MODE_BATCH;
    return 0;
}

static const char *const modes[] = { "batch", "per_call", NULL };
const struct key_words profile_modes = { modes };
static const struct key_bounds short_time = { 1e-6, 10 }, long_time = { 1e-3, 86400 }, counts = { 1, 1000000 },
                               rounds = { 1, 10000 }, shares = { 0.0001, 0.5 },
                               memories = { 16.0 * 1024 * 1024, 1024.0 * 1024 * 1024 * 1024 * 16 };

static const struct key rows[] = {
    { "mode", profile_mode, offsetof(struct settings, mode), false, &profile_modes },
    { "sample", key_duration, offsetof(struct settings, sample_seconds), false, &short_time },
    { "samples", key_int, offsetof(struct settings, samples), false, &counts },
    { "warmup", key_duration, offsetof(struct settings, warmup_seconds), false, &short_time },
    { "min_rounds", key_int, offsetof(struct settings, min_rounds), false, &rounds },
    { "max_rounds", key_int, offsetof(struct settings, max_rounds), false, &rounds },
    { "precision", key_percent, offsetof(struct settings, precision), false, &shares },
    { "budget", key_duration, offsetof(struct settings, budget_seconds), false, &long_time },
    { "timeout", key_duration, offsetof(struct settings, timeout_seconds), false, &long_time },
    { "memory", key_size, offsetof(struct settings, memory_bytes), false, &memories },
    { "warmup_calls", key_int, offsetof(struct settings, warmup_calls), false, &counts },
    { "calls", key_int, offsetof(struct settings, calls), false, &counts },
};

const struct keys profile_keys = { "a profile", rows, sizeof rows / sizeof rows[0] };

/* Copies the fields that say something, by the same table that reads them. */
struct settings profile_over(struct settings base, const struct settings *own)
{
    base.mode = own->mode; /* every built-in profile is batch, which is also what a silent one says */
    for (size_t i = 0; i < profile_keys.nrows; i++) {
        void *to = (char *)&base + rows[i].offset;
        const void *from = (const char *)own + rows[i].offset;
        if (rows[i].parse == key_int && *(const int *)from)
            memcpy(to, from, sizeof(int));
        if ((rows[i].parse == key_duration || rows[i].parse == key_percent || rows[i].parse == key_size) &&
            !isnan(*(const double *)from))
            memcpy(to, from, sizeof(double));
    }
    return base;
}
