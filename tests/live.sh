#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The gate tested live on this machine, at default settings: idle, beside a noisy neighbour, and at a threshold of 3%. The
# tests are added up in a store of their own, so a part can be repeated, interrupted and continued; the document is renewed
# after each. Takes hours in full; nothing else should run on the machine.
#
#   tests/live.sh [PART…]      parts: idle noisy tight (default: all, in this order)
#   GATES=100 PLANTED=100      gates of identical programs, and planted slowdowns of each size
set -eu
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
store=${STORE:-$build/live.db}
gates=${GATES:-100} planted=${PLANTED:-100}
plants=3 # benchmarks slowed in one gate: few enough that the rest of the suite stays as it is
document=harness/SELFTEST.md

# selftest ARGUMENT…: exit code 5 says that the gate is not sound here, which the document is to tell.
selftest() {
    "$build/kernmark" selftest --db="$store" "$@" || [ $? -eq 5 ]
}

# part THRESHOLD EFFECTS [ARGUMENT…]
part() {
    threshold=$1 effects=$2
    shift 2
    selftest --threshold="$threshold" --effects=0 --gates="$gates" "$@"
    selftest --threshold="$threshold" --effects="$effects" --plants=$plants --gates=$(((planted + plants - 1) / plants)) "$@"
}

[ $# -gt 0 ] || set -- idle noisy tight
# The document is spliced from a run of this host, for its name and facts.
"$build/kernmark" run core --profile=smoke --db="$store" >/dev/null
for name in "$@"; do
    case $name in
    idle) part 10% 12%,15%,25% ;;
    noisy) part 10% 12%,15%,25% --neighbour ;;
    tight) part 3% 5% ;;
    *) echo "live.sh: unknown part '$name': idle, noisy or tight" >&2; exit 2 ;;
    esac
    "$build/kernmark" report --db="$store" --splice="$document"
done
