#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job: run the core suite, judge it against this host's baseline (the first run becomes it), write the report,
# and end with the report's path. Fails when a benchmark failed or something got slower; an inconclusive comparison
# does not fail a developer's run (the gate in CI calls `kernmark gate` itself and sees code 3).
set -u
profile=${1:-quick}
kernmark=${BUILD:-build}/kernmark

"$kernmark" run core --profile="$profile"
ran=$?
# 4: some benchmark failed; what was measured is stored, judged and reported all the same.
[ $ran -eq 0 ] || [ $ran -eq 4 ] || exit $ran
echo
"$kernmark" gate --adopt
judged=$?
case $judged in 0 | 1 | 3 | 4 | 5) ;; *) [ $ran -ne 0 ] || ran=$judged ;; esac
echo
"$kernmark" report || exit $?
[ $ran -eq 0 ] || exit $ran
case $judged in 0 | 3) exit 0 ;; *) exit $judged ;; esac
