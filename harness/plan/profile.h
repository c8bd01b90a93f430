/* SPDX-License-Identifier: Apache-2.0
 * Measurement settings by name: the built-in profiles smoke, quick and full, and how a suite's own lie on top. */
#ifndef KM_PROFILE_H
#define KM_PROFILE_H

#include "harness/plan/keys.h"
#include "harness/plan/suite.h"

/* The keys of one profile in a suite file; the record is a struct settings. */
extern const struct keys profile_keys;

/* Parser of a mode ("batch" or "per_call") into an enum mode; its row's limit is profile_modes. */
key_parser profile_mode;
extern const struct key_words profile_modes;

/* Settings that say nothing: NAN and 0. */
struct settings profile_unset(void);

/* The built-in profile of that name, else quick. */
struct settings profile_base(const char *name);

/* `base` with everything that `own` says. */
struct settings profile_over(struct settings base, const struct settings *own);

/* The built-in names, NULL-terminated. */
extern const char *const profile_names[];

#endif
