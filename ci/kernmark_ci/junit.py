# SPDX-License-Identifier: Apache-2.0
"""A bundle as JUnit XML. One more case, "gate", fails exactly when the gate does."""
from kernmark_ci import bundle, escape, render

KINDS = {"REGRESSED": "failure", "FAILED": "error", "MISSING": "error", "ENVIRONMENT": "skipped",
         "INCONCLUSIVE": "skipped", "NEW": "skipped"}


def _element(kind, short, text):
    """What a test case holds when it did not pass."""
    if kind == "skipped":
        return f'<skipped message="{escape.xml(short + ": " + text)}"/>'
    return f'<{kind} type="{escape.xml(short)}" message="{escape.xml(text)}"/>'


def _case(name, classname, seconds, inside):
    time = "" if seconds is None else f' time="{seconds:.9f}"'
    head = f'    <testcase classname="{escape.xml(classname)}" name="{escape.xml(name)}"{time}'
    return f"{head}>{inside}</testcase>" if inside else f"{head}/>"


def _row(row):
    kind = KINDS.get(row["decision"])
    inside = kind and _element(kind, row["decision"], row["reason"] or row["decision"])
    return _case(bundle.title_of(row), "kernmark." + row["name"].split("/")[0].replace(".", "_"), row["current_s"], inside)


def junit(b):
    kinds = [KINDS.get(row["decision"]) for row in b.rows]
    gate = None
    if b.code:
        kinds.append("failure" if b.code == 1 else "error")
        gate = _element(kinds[-1], f"exit code {b.code}", b.meta["problem"] or render.title(b))
    count = {kind: kinds.count(kind) for kind in ("failure", "error", "skipped")}
    totals = f'tests="{len(b.rows) + 1}" failures="{count["failure"]}" errors="{count["error"]}"'
    cases = [_row(row) for row in b.rows] + [_case("gate", "kernmark", None, gate)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="kernmark" {totals}>',
                      f'  <testsuite name="kernmark" {totals} skipped="{count["skipped"]}">', *cases,
                      "  </testsuite>", "</testsuites>", ""])
