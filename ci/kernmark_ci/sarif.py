# SPDX-License-Identifier: Apache-2.0
"""A bundle as SARIF 2.1.0 (OASIS). Benchmarks are logical locations; code scanning also wants a file: --location."""
import hashlib
import json

from kernmark_ci import bundle, render

RULES = (
    ("REGRESSED", "error", "A benchmark is slower than the threshold and the noise allow."),
    ("FAILED", "error", "A benchmark failed, crashed or timed out."),
    ("MISSING", "error", "A benchmark of the base is missing."),
    ("ENVIRONMENT", "warning", "Unrelated benchmarks moved together: the machine, not the code."),
    ("INCONCLUSIVE", "warning", "The evidence reaches both sides of the threshold."),
)
RAN = (0, 1, 3, 4, 5)  # exit codes after which the verdicts are complete
LEVEL = {name: level for name, level, _ in RULES}
INDEX = {name: index for index, (name, _, _) in enumerate(RULES)}


def _result(row, location):
    where = {"logicalLocations": [{"fullyQualifiedName": bundle.title_of(row), "kind": "member"}]}
    if location:
        where["physicalLocation"] = {"artifactLocation": {"uri": location}, "region": {"startLine": 1}}
    print_of = hashlib.sha256(f"{row['decision']}\0{bundle.title_of(row)}".encode()).hexdigest()
    return {"ruleId": row["decision"], "ruleIndex": INDEX[row["decision"]], "level": LEVEL[row["decision"]],
            "message": {"text": f"{bundle.title_of(row)}: {row['reason'] or row['decision']}"}, "locations": [where],
            "partialFingerprints": {"benchmark/v1": print_of},
            "properties": {key: row[key] for key in ("ratio", "ratio_low", "ratio_high", "threshold", "noise_floor", "mde")}}


def sarif(b, location=""):
    invocation = {"executionSuccessful": b.code in RAN, "exitCode": b.code}
    if b.code not in RAN:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": b.meta["problem"] or render.title(b)}}]
    rules = [{"id": name, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}}
             for name, level, text in RULES]
    run = {"tool": {"driver": {"name": "Kernmark", "version": b.meta["kernmark"], "rules": rules}},
           "automationDetails": {"id": "kernmark/"}, "columnKind": "unicodeCodePoints", "invocations": [invocation],
           "results": [_result(row, location) for row in b.rows if row["decision"] in LEVEL]}
    return json.dumps({"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [run]},
                      indent=1, ensure_ascii=False) + "\n"
