#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Everything that can be said about the source without running it. Each step says what it is; all steps run, and the
# exit code tells whether any complained.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
bad=0
mapfile -t sources < <(git ls-files -co --exclude-standard '*.c' '*.h')
mapfile -t headers < <(git ls-files -co --exclude-standard '*.h')

step() { # NAME TOOL COMMAND...
    local name=$1 tool=$2
    shift 2
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skip  $name: no $tool"
    elif "$@"; then
        echo "ok    $name"
    else
        echo "FAIL  $name"
        bad=1
    fi
}

strict_build() { # a build with every warning an error
    make --no-print-directory -j2 BUILD="$build/lint-$1" CC="$1" WERROR=-Werror all >/dev/null
}

headers_alone() {
    local h failed=0
    for h in "${headers[@]}"; do
        case $h in
        libkern/kern/*) ;;
        tests/* | libkern/*) continue ;; # bodies and helpers that need their folder's flags and names
        esac
        printf '#include "%s"\n' "$h" |
            "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -I. -Ilibkern -Iharness -fsyntax-only \
                -x c - || failed=1
    done
    for h in harness/kernmark/*.h libkern/kern/*.h; do
        command -v g++ >/dev/null || break
        printf '#include "%s"\n' "$h" |
            g++ -std=c++17 -Wall -Wextra -Werror -I. -Ilibkern -Iharness -fsyntax-only -x c++ - || failed=1
    done
    return $failed
}

tidy() {
    local files
    mapfile -t files < <(git ls-files -co --exclude-standard 'harness/*.c' 'db/*.c' 'reports/*.c' 'suites/*.c')
    make --no-print-directory BUILD="$build" "$build/db/migrations.inc" >/dev/null
    clang-tidy --quiet "${files[@]}" -- -std=c11 -D_GNU_SOURCE -I. -Ilibkern -Iharness -I"$build" 2>/dev/null |
        grep -E 'warning|error' && return 1
    return 0
}

step 'format' clang-format clang-format --dry-run --Werror "${sources[@]}"
step 'rooms' /usr/bin/python3 /usr/bin/python3 ci/rooms.py
step 'headers compile alone' "${CC:-cc}" headers_alone
step 'gcc, warnings as errors' gcc strict_build gcc
step 'clang, warnings as errors' clang strict_build clang
step 'clang-tidy' clang-tidy tidy
step 'cppcheck' cppcheck cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,portability \
    --suppress=missingIncludeSystem --suppress=unknownMacro -I. -Ilibkern -Iharness harness db reports suites
step 'shell scripts' shellcheck shellcheck --severity=warning ci/*.sh tests/run.sh tests/sanitize.sh tests/valgrind.sh tests/fuzz/search.sh .ci/run
exit $bad
