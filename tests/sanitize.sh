#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test under AddressSanitizer and UndefinedBehaviorSanitizer, then everything with threads under ThreadSanitizer.
# Takes minutes, so it is no part of `make test`. With a word (address, thread) only that half.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
make=${MAKE:-make}
failed=0

address() {
    # Crashes on purpose must end by their signal; what a crashed or cut off benchmark had allocated is no leak.
    export ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0:handle_sigbus=0
    export UBSAN_OPTIONS=print_stacktrace=1 NO_DEPS=1 KERNMARK_TEST_CFLAGS=-fsanitize=address,undefined
    "$make" --no-print-directory test BUILD="$build/asan" \
        SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' || failed=1
}

# run_threads NAME COMMAND...: quiet unless something is found. ThreadSanitizer of some compilers cannot stand the
# kernel's widest address randomisation.
run_threads() {
    local name=$1 log
    shift
    log=$(mktemp)
    if TSAN_OPTIONS=halt_on_error=1 setarch -R "$@" >"$log" 2>&1; then
        printf 'ok    %s (thread)\n' "$name"
    else
        tail -n 60 "$log"
        printf 'FAIL  %s (thread)\n' "$name"
        failed=1
    fi
    rm -f "$log"
}

# Whatever starts threads: the runtime of benchmark executables, the pool, the kernels over it and their bindings.
thread() {
    local t
    "$make" --no-print-directory unit check-kern BUILD="$build/tsan" SANITIZE=-fsanitize=thread || exit 2
    for t in test_bench_threads test_bench_isolate test_bench_state test_counters test_runner test_bindings \
        test_vec_bindings test_quant_bindings test_threads_bindings test_ceilings; do
        run_threads "$t" "$build/tsan/tests/$t"
    done
    for t in pool threads matmul; do
        run_threads "check-kern $t" "$build/tsan/check-kern" "$t"
    done
}

case ${1:-both} in
address) address ;;
thread) thread ;;
both) address; thread ;;
*) echo "usage: tests/sanitize.sh [address|thread]" >&2 && exit 2 ;;
esac
exit $failed
