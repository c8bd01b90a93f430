# SPDX-License-Identifier: Apache-2.0
"""User counters of programs that `kernmark run --exec` measures: stored as metrics, shown in the report, never obeyed."""
import json
import re
import sqlite3

import pytest

from conftest import ROOT, build_ours

PROGRAM = r'''#!/usr/bin/python3 -S
import json, os, sys
flags = dict(a[2:].partition("=")[::2] for a in sys.argv[1:] if a.startswith("--benchmark_"))
if "benchmark_list_tests" in flags:
    print("b")
    sys.exit(0)
turn = int(open("turn").read()) if os.path.exists("turn") else 0
open("turn", "w").write(str(turn + 1))
row = {"name": "b", "run_name": "b", "run_type": "iteration", "repetitions": 1, "repetition_index": 0, "threads": 1,
       "iterations": 10, "real_time": 100.0, "cpu_time": 100.0, "time_unit": "ns", "label": "x", "bytes_per_second": 5.0}
open(flags["benchmark_out"], "w").write(json.dumps({"context": {}, "benchmarks": [{**row, **COUNTERS(turn)}]}))
'''


def measure(km, counters, repetitions=1):
    path = km.write("prog", PROGRAM.replace("COUNTERS", f"({counters})"))
    path.chmod(0o755)
    done = km("run", "--exec=./prog", "--profile=smoke", f"--benchmark_repetitions={repetitions}")
    assert done.code == 0, done
    return stored(km), done


def stored(km):
    with sqlite3.connect(km.folder / ".kernmark" / "results.db") as db:
        rows = db.execute("SELECT name, value, why FROM metric JOIN metric_kind ON kind = metric_kind.id ORDER BY result, pos")
        return [(name, value, why) for name, value, why in rows]


def report(km):
    done = km("report")
    assert done.code == 0, done
    return (km.folder / done.out.strip().splitlines()[-1]).read_text()


def test_counters_are_metrics(km):
    got, _ = measure(km, 'lambda turn: {"misses": 12.5, "allocs_per_iter": 3}')
    assert got == [("allocs_per_iter", 3, None), ("misses", 12.5, None)] or \
        got == [("misses", 12.5, None), ("allocs_per_iter", 3, None)]
    text = report(km)
    assert re.search(r"\| *b *\| *misses *\| *12\.5", text), text


def test_the_mean_over_processes(km):
    """One that only some processes have is the mean of those."""
    got, _ = measure(km, 'lambda turn: {"hits": turn, **({"late": 4 * turn} if turn >= 2 else {})}', repetitions=4)
    assert dict((name, value) for name, value, _ in got) == {"hits": 1.5, "late": 10}


def test_values_that_are_no_numbers(km):
    got, _ = measure(km, 'lambda turn: {"nan": float("nan"), "inf": float("-inf"), "null": None, "text": "7", "yes": True,'
                     ' "list": [1], "big": 1e308, "kernmark_x": 3}')
    table = {name: (value, why) for name, value, why in got}
    assert set(table) == {"nan", "inf", "null", "big"}
    assert table["big"] == (1e308, None)
    assert all(table[name] == (None, "it is no finite number") for name in ("nan", "inf", "null"))


HOSTILE = ["'; DROP TABLE result; --", "<script>alert(1)</script>", "a|b|c", "`touch pwned`$(touch pwned)", "\x1b[31mred\x07",
           "two\nlines", "", "x" * 5000, "\u009b31m", "%s%n", "ünï"]


def test_hostile_names(km):
    got, done = measure(km, f"lambda turn: {{n: i for i, n in enumerate({HOSTILE!r})}}")
    assert sorted(value for _, value, _ in got) == list(range(len(HOSTILE)))
    names = {int(value): name for name, value, _ in got}
    assert names[0] == HOSTILE[0] and names[6] == "(no name)" and names[7] == "x" * 200 and names[10] == "ünï"
    text = report(km) + done.out + done.err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]", text + "".join(names.values()))
    assert "<script>" not in text.split("```")[0] and "two\nlines" not in text
    assert re.search(r"a\\\|b\\\|c|a&#124;b", text)
    assert not list(km.folder.rglob("pwned")) and km("db", "check").code == 0


def test_too_many(km):
    got, _ = measure(km, 'lambda turn: {f"c{i:05}": i for i in range(3000)}')
    assert len(got) == 1000 and [why for name, _, why in got if name == "(more)"] == ["more than 1000 counters"]


@pytest.mark.parametrize("isolate", [[], ["--benchmark_isolate"]], ids=["here", "apart"])
def test_of_our_own_programs(km, tmp_path_factory, isolate):
    program = build_ours(ROOT / "tests" / "faulty" / "benchmarks.c", tmp_path_factory.mktemp("own") / "faulty")
    done = km("run", f"--exec={program}", "--profile=smoke", "--filter=^(good|odd_counters)/", "--benchmark_repetitions=2",
              "--format=json", "--", *isolate)
    assert done.code == 0 and len(json.loads(done.out)) == 2, done
    got = stored(km)
    assert ("seen", 7, None) in got
    table = {name: (value, why) for name, value, why in got}
    assert table["nan"] == table["inf"] == (None, "it is no finite number")
    assert "?[31m'; DROP TABLE result; -- <b>|?\"\ufffd" in table, table
    assert "\x1b" not in done.out + report(km)
