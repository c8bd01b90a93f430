#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Searches for inputs that break a property: tests/fuzz/search.sh [SECONDS [WHAT...]], by default 60 seconds of each
# target. Needs clang with its runtime (libclang-rt-14-dev). What it finds goes to $BUILD/fuzz/found; a file from there
# belongs into tests/fuzz/corpus/WHAT, where `make test` replays it.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build}/fuzz
clang=${CLANG:-$(command -v clang || command -v clang-14)}
seconds=${1:-60}
[ $# -gt 0 ] && shift
mapfile -t all < <(cd tests/fuzz && for f in fuzz_*.c; do f=${f#fuzz_}; echo "${f%.c}"; done)
[ $# -gt 0 ] || set -- "${all[@]}"
checks=-fsanitize=address,undefined
mkdir -p "$build/found" || exit 2

objects() { for f in "$@"; do echo "$build/${f%.c}.o"; done; }
mapfile -t objects < <(objects harness/plan/*.c db/*.c reports/*.c suites/*.c harness/cli/*.c)
mapfile -t targets < <(for what in "$@"; do objects "tests/fuzz/fuzz_$what.c"; done)

make --no-print-directory -j2 BUILD="$build" CC="$clang" OPT='-O1 -g' \
    SANITIZE="-fsanitize=fuzzer-no-link $checks -fno-sanitize-recover=undefined" \
    "$build/libkern.a" "$build/libkernmark.a" "${objects[@]}" "${targets[@]}" || exit 2
found=0
for what in "$@"; do
    case $what in flags) mask=3 ;; *) mask=0 ;; esac # the flags print help and complaints
    "$clang" -fsanitize=fuzzer $checks -o "$build/fuzz_$what" "$build/tests/fuzz/fuzz_$what.o" "${objects[@]}" \
        "$build/libkernmark.a" "$build/libkern.a" -lyaml -ljansson -lsqlite3 -lpthread -lm || exit 2
    mkdir -p "$build/corpus/$what"
    if "$build/fuzz_$what" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2500 -max_len=8192 -close_fd_mask=$mask \
        -artifact_prefix="$build/found/$what-" "$build/corpus/$what" "tests/fuzz/corpus/$what" 2>"$build/$what.log"; then
        echo "ok    $what: $(sed -n 's/^#\([0-9]*\).*DONE.*/\1 inputs/p' "$build/$what.log")"
    else
        echo "FAIL  $what: see $build/$what.log and $build/found"
        found=1
    fi
done
exit $found
