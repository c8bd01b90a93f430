#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The AVX2 kernels under valgrind's memcheck: reads of what was never written, and of what lies outside. Its CPU has no
# AVX-512. Every part of the kernel checker (but those about the checker itself), or those named. Takes long.
set -u
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}
failed=0

if ! command -v valgrind >/dev/null; then
    echo 'skip  valgrind: not installed (valgrind)'
    exit 0
fi
variants=" $(valgrind -q "$build/check-kern" kv | sed -n 's/.*, variants //p') "
case $variants in
*' avx2 '*) ;;
*) echo "skip  valgrind: its CPU runs no AVX2 here, only$variants" && exit 0 ;;
esac
parts=("$@")
[ $# -gt 0 ] || mapfile -t parts < <("$build/check-kern" --list | awk '$1 !~ /bad$/ && $1 != "cpu" { print $1 }')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for part in "${parts[@]}"; do
    if valgrind -q --error-exitcode=99 --leak-check=full "$build/check-kern" --only avx2 "$part" >"$log" 2>&1; then
        printf 'ok    valgrind %s: %s\n' "$part" "$(tail -n 1 "$log")"
    else
        tail -n 60 "$log"
        printf 'FAIL  valgrind %s\n' "$part"
        failed=1
    fi
done
exit $failed
