#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what a job (bench, test, lint) lacks through the system's package manager. Says what it installs, does
# nothing when nothing is missing. With NO_DEPS=1 it only says what is missing and fails if that is needed.
set -eu
job=${1:?usage: deps.sh bench|test|lint}

# what to look for | Debian package | needed (must) or useful (may: the job says "not available" without it)
# A name with a slash is a header, one with a dot a Python module, any other a program.
common='cc gcc must
stdc/stdio.h libc6-dev must
git git may
yaml.h/ libyaml-dev must
jansson.h/ libjansson-dev must
sqlite3.h/ libsqlite3-dev must
gnuplot gnuplot-nox may
font/DejaVuSans.ttf fonts-dejavu-core may
so.libopenblas.so.0 libopenblas0 may
so.libdnnl.so.2 libdnnl2 may'
test='cmocka.h/ libcmocka-dev must
g++ g++ may
benchmark/benchmark.h/ libbenchmark-dev may
mandoc mandoc may
pkg-config pkg-config may
py.pytest python3-pytest must
py.jsonschema python3-jsonschema may
py.yaml python3-yaml may
py.scipy python3-scipy may
share/benchmark/compare.py libbenchmark-tools may
cmark-gfm cmark-gfm may
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu may
lib/aarch64-linux-gnu libc6-dev-arm64-cross may
qemu-aarch64 qemu-user may'
lint='clang-format clang-format must
clang-tidy clang-tidy may
cppcheck cppcheck may
clang clang may
shellcheck shellcheck may'

case $job in
bench) list=$common ;;
test) list="$common
$test" ;;
lint) list="$common
$lint" ;;
*) echo "deps.sh: unknown job '$job': bench, test or lint" >&2; exit 2 ;;
esac

has() {
    case $1 in
    stdc/*) [ -e /usr/include/stdio.h ] ;;
    font/*) [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name "${1#font/}" 2>/dev/null | head -n 1)" ] ;;
    share/*) [ -e "/usr/$1" ] ;;
    lib/*) [ -e "/usr/${1#lib/}/include/stdio.h" ] ;;
    so.*) [ -n "$(find /usr/lib /usr/lib64 /usr/local/lib -maxdepth 2 -name "${1#so.}" 2>/dev/null | head -n 1)" ] ;;
    py.*) "${PYTHON:-/usr/bin/python3}" -c "import ${1#py.}" 2>/dev/null ;;
    */) [ -e "/usr/include/${1%/}" ] || [ -e "/usr/local/include/${1%/}" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

must='' may=''
while read -r name package need; do
    has "$name" && continue
    case $need in must) must="$must $package" ;; *) may="$may $package" ;; esac
done <<EOF
$list
EOF

[ -n "$must$may" ] || exit 0
if [ -n "${NO_DEPS:-}" ]; then
    [ -z "$may" ] || echo "NO_DEPS is set; not installed, some parts will say 'not available':$may" >&2
    [ -z "$must" ] && exit 0
    echo "NO_DEPS is set, and these packages are needed:$must" >&2
    exit 2
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "these are missing (names of Debian's packages):$must$may" >&2
    [ -z "$must" ] && exit 0
    echo "there is no apt-get here: install them with this system's package manager" >&2
    exit 2
fi
root=''
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "these packages are missing, and neither root nor sudo is at hand to install them:$must$may" >&2
        [ -z "$must" ] && exit 0
        exit 2
    fi
    root=sudo
fi
echo "installing:$must$may"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# Another installation, such as the automatic upgrade of a machine just started, is waited for.
install_packages() {
    # shellcheck disable=SC2086 # one word per package
    $root apt-get install -o DPkg::Lock::Timeout=300 -y --no-install-recommends "$@" >"$log" 2>&1
}
$root apt-get update >"$log" 2>&1 || echo "apt-get update failed; trying with the lists at hand" >&2
# shellcheck disable=SC2086
if [ -n "$must" ] && ! install_packages $must; then
    tail -n 15 "$log" >&2
    echo "apt-get could not install:$must" >&2
    exit 2
fi
# shellcheck disable=SC2086
if [ -n "$may" ] && ! install_packages $may; then
    tail -n 5 "$log" >&2
    echo "going on without:$may" >&2
fi
