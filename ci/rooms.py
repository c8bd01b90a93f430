# SPDX-License-Identifier: Apache-2.0
"""Checks what the rooms of the house may include, and how long files and functions are.

Prints one line per violation (file:line: what was expected) and exits 1 if there is any.
"""
import pathlib
import re
import subprocess
import sys

# Room (longest matching prefix wins) -> patterns of project or third-party headers it may include.
BASE = r"harness/base/\w+\.h|harness/kernmark/\w+\.h|kernmark/\w+\.h"
ROOMS = {
    "libkern/": r"kern/\w+\.(h|def)|libkern/.*|\w+\.(h|inc)",
    "suites/": rf"kern/\w+\.(h|def)|suites/\w+\.(h|def)|kernmark/\w+\.h",
    "harness/base/": BASE,
    "harness/kernmark/": r"kernmark/\w+\.h",
    "harness/stats/": rf"{BASE}|harness/stats/\w+\.h",
    "harness/host/": rf"{BASE}|harness/host/\w+\.(h|def)",
    "harness/format/": rf"{BASE}|harness/format/\w+\.h|harness/host/host\.h|harness/stats/\w+\.h|jansson\.h",
    "harness/counters/": rf"{BASE}|harness/counters/\w+\.h",
    "harness/import/": rf"{BASE}|harness/(import|format|stats)/\w+\.h|harness/host/host\.h|jansson\.h",
    "harness/measure/": rf"{BASE}|harness/(counters|import|host)/\w+\.h|harness/measure/\w+\.h|harness/stats/\w+\.h|harness/plan/\w+\.h",
    "harness/pair/": rf"{BASE}|harness/(measure|stats|pair)/\w+\.h",
    "harness/bench/": rf"{BASE}|harness/(bench|counters|stats|host|format)/\w+\.(h|def)|perfmon/\w+\.h",
    "harness/plan/": rf"{BASE}|harness/plan/\w+\.h|harness/stats/metric_read\.h|suites/bindings\.h|yaml\.h",
    "harness/cli/": r"harness/.*|suites/bindings\.h|db/store\.h|reports/\w+\.h",
    "harness/": r"harness/.*|suites/bindings\.h|db/store\.h|reports/\w+\.h",
    "db/": rf"{BASE}|db/.*|harness/stats/(compare|summary)\.h|sqlite3\.h",
    "reports/": rf"{BASE}|reports/\w+\.h|db/store\.h|harness/plan/plan\.h|harness/stats/(verdict|pair)\.h",
    "tests/": r".*",
}
SYSTEM = re.compile(r"(sys/|linux/|arpa/|netinet/)?\w+\.h$")
THIRD_PARTY = {"sqlite3.h", "yaml.h", "jansson.h", "cmocka.h"}
SQL = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\b')
FILE_LINES, FUNCTION_LINES = 600, 60


def room_of(path):
    return max((r for r in ROOMS if path.startswith(r)), key=len, default=None)


def check_includes(path, lines, say):
    allowed = re.compile(ROOMS[room_of(path)])
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not include:
            continue
        name = include[2]
        system = include[1] == "<" and SYSTEM.match(name) and name not in THIRD_PARTY
        if not system and not allowed.fullmatch(name):
            say(path, number, f"{name} is not for {room_of(path)}")


def check_sizes(path, lines, say):
    if len(lines) > FILE_LINES:
        say(path, 1, f"{len(lines)} lines; a file has at most {FILE_LINES}: is it two things?")
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            if number - start > FUNCTION_LINES:
                say(path, start, f"a function of {number - start} lines; at most {FUNCTION_LINES}")
            start = None


def check_sql(path, lines, say):
    if path.startswith(("db/", "tests/")):
        return
    for number, line in enumerate(lines, 1):
        if SQL.search(line):
            say(path, number, "SQL lives in db/ only")


def main():
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.c", "*.h"], check=True,
                           capture_output=True, text=True).stdout.split()
    found = []

    def say(path, number, what):
        found.append(f"{path}:{number}: {what}")

    for path in files:
        if not pathlib.Path(path).exists() or room_of(path) is None:
            continue
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        check_includes(path, lines, say)
        check_sql(path, lines, say)
        check_sizes(path, lines, say)
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(lines[:2]):
            say(path, 1, "no SPDX line")
    print("\n".join(found) if found else f"rooms: {len(files)} files, borders and sizes kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
