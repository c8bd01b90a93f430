#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test and ends with "N passed, N failed, N skipped". What is not at hand (emulator, cross compiler) is a
# skip with its reason, never a silent pass.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
python=${PYTHON:-/usr/bin/python3}
make=${MAKE:-make}
passed=0 failed=0 skipped=0
arm=
log=$(mktemp) arm_log=$(mktemp)
trap 'rm -f "$log" "$arm_log"; [ -z "$arm" ] || kill "$arm" 2>/dev/null' EXIT

skip() { printf 'skip  %s: %s\n' "$1" "$2"; skipped=$((skipped + 1)); }

# count NAME STATUS PASSED FAILED SKIPPED: adds a program's own counts; one that ended badly without a failed test, or
# that ran nothing, is one failure.
count() {
    passed=$((passed + $3)) failed=$((failed + $4)) skipped=$((skipped + $5))
    if [ "$2" -ne 0 ] && [ "$4" -eq 0 ] || [ $(($3 + $4 + $5)) -eq 0 ]; then
        failed=$((failed + 1))
        cat "$log"
        printf 'FAIL  %s: ended with %d\n' "$1" "$2"
    elif [ "$4" -ne 0 ]; then
        cat "$log"
        printf 'FAIL  %s: %d of %d\n' "$1" "$4" $(($3 + $4))
    else
        printf 'ok    %s: %d passed%s\n' "$1" "$3" "$([ "$5" -eq 0 ] || printf ', %d skipped' "$5")"
    fi
}

sum() { awk -v want="$1" '$0 ~ want { gsub(/[^0-9]+/, " "); split($0, n, " "); s += n[1] } END { print s + 0 }' "$log"; }

unit() {
    CMOCKA_MESSAGE_OUTPUT=stdout "$1" >"$log" 2>&1
    local status=$?
    count "${1##*/}" $status "$(sum '^\[  PASSED  \]')" "$(sum '^\[  FAILED  \] [0-9]+ test')" \
        "$(sum '^\[  SKIPPED \] [0-9]+ test')"
}

kernels() { # NAME COMMAND...
    local name=$1
    shift
    "$@" >"$log" 2>&1
    count_claims "$name" $?
}

count_claims() { # NAME STATUS: of what ends with "N passed, N failed"
    count "$1" "$2" "$(sed -n 's/^\([0-9]*\) passed, [0-9]* failed.*/\1/p' "$log" | tail -n 1 | grep . || echo 0)" \
        "$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed.*/\1/p' "$log" | tail -n 1 | grep . || echo 0)" 0
}

# The emulator is slow and needs one core only, so it runs beside the other tests.
start_arm() {
    local cross=aarch64-linux-gnu parts
    # All but those that show that wrong kernels are caught: they are about the checker, and the same on any machine.
    mapfile -t parts < <("$build/check-kern" --list | awk '$1 !~ /bad$/ { print $1 }')
    case $("${CC:-cc}" -dumpmachine) in aarch64*) return ;; esac # the native check has run NEON already
    if ! command -v $cross-gcc >/dev/null || [ ! -e /usr/$cross/include/stdio.h ]; then
        skip 'check-kern NEON' "no cross compiler (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross)"
    elif ! command -v qemu-aarch64 >/dev/null; then
        skip 'check-kern NEON' "no emulator (qemu-user)"
    else
        (env -u CFLAGS "$make" --no-print-directory CC=$cross-gcc AR=$cross-ar SANITIZE= BUILD="$build/aarch64" \
            check-kern && exec qemu-aarch64 -L /usr/$cross "$build/aarch64/check-kern" "${parts[@]}") >"$arm_log" 2>&1 &
        arm=$!
    fi
}

# AVX-512 made of AVX2, for a CPU that lacks a part of it; what emulates the whole CPU cannot do AVX-512.
emulated() {
    local name='check-kern AVX-512 (emulated)' variants parts
    variants=" $("$build/check-kern" dispatch | sed -n 's/.*, variants //p') "
    mapfile -t parts < <("$build/check-kern" --list | awk '$1 !~ /bad$/ && $1 != "cpu" { print $1 }')
    case $variants in
    *' avx512 '*' avx512amx '*) skip "$name" "this CPU has it, and check-kern has checked it" ;;
    *' avx2 '*)
        if "$make" --no-print-directory BUILD="$build" check-kern-avx512 >"$log" 2>&1; then
            kernels "$name" "$build/check-kern-avx512" "${parts[@]}"
        else
            count "$name" $? 0 0 0
        fi
        ;;
    *) skip "$name" "this CPU has no AVX2 to make it of" ;;
    esac
}

finish_arm() {
    [ -n "$arm" ] || return
    wait "$arm"
    local status=$?
    cp "$arm_log" "$log"
    count_claims 'check-kern NEON (qemu)' $status
}

start_arm
for t in "$build"/tests/test_*; do
    case $t in *.d | *.o) ;; *) unit "$t" ;; esac
done
kernels check-kern "$build/check-kern"
emulated
kernels 'calibration (brief)' "$build/tests/calibration" --brief
for t in "$build"/tests/fuzz_*; do
    case $t in *.d | *.o) ;; *) kernels "${t##*/}" "$t" "tests/fuzz/corpus/${t##*/fuzz_}" ;; esac
done
if "$python" -c 'import pytest' 2>/dev/null; then
    KERNMARK_BUILD=$(realpath "$build") "$python" -m pytest -q -p no:cacheprovider -rs tests/cli >"$log" 2>&1
    status=$?
    line=$(tail -n 1 "$log")
    number() { printf '%s' "$line" | sed -n "s/.*[^0-9]*\b\([0-9][0-9]*\) $1.*/\1/p" | grep . || echo 0; }
    grep '^SKIPPED' "$log"
    count 'command line (pytest)' $status "$(number passed)" \
        $(($(number failed) + $(number error))) "$(number skipped)"
else
    skip 'command line' "no pytest (python3-pytest)"
fi

finish_arm
printf '\n%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed -eq 0 ]
