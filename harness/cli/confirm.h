/* SPDX-License-Identifier: Apache-2.0
 * Suspects of a comparison with stored results, measured again side by side. */
#ifndef KM_CLI_CONFIRM_H
#define KM_CLI_CONFIRM_H

#include "harness/cli/judging.h"
#include "harness/cli/revision.h"

/* Stored results of two runs share neither the hour nor the temperature, so REGRESSED from them is a suspicion. Builds
 * the baseline's commit (and the judged one, where it is not this program), runs the suspects in pairs, and replaces
 * their verdicts by what that shows. What cannot be built or paired becomes INCONCLUSIVE and says why. */
int confirm_suspects(struct mem *m, struct store *s, struct judging *j, const struct revision_how *how, struct err *e);

#endif
