# SPDX-License-Identifier: Apache-2.0
"""`kernmark run`: bad benchmarks are bad rows, the rest goes on; interruption and full disks lose nothing."""
import json
import os
import pathlib
import signal
import time

import pytest

from conftest import sanitizer

STATUS = {"wrong": "WRONG", "cannot": "FAILED", "crash": "CRASHED", "hang": "TIMEOUT", "eat": "OUT OF MEMORY", "leave": "FAILED"}


def rows(done):
    return {row["name"].split("/")[0]: row for row in json.loads(done.out)}


def test_every_way_to_misbehave_is_one_bad_row(faulty):
    suite = faulty.suite("sum", *STATUS, "other", rounds=1)
    done = faulty("run", suite, "--format=json")
    assert done.code == 4, done
    table = rows(done)
    for op, status in STATUS.items():
        if op == "eat" and sanitizer():
            continue  # what a sanitizer maps and fills takes too long to run out of
        assert table[op]["status"] == status, (op, table[op])
        assert table[op]["median_s"] is None
    for op in ("sum", "other"):
        assert table[op]["status"] == "ok"
        assert table[op]["median_s"] > 0
    assert "last words" in table["crash"]["note"]
    assert "SIGSEGV" in table["crash"]["note"]
    assert "element 3 is 2, expected 1" in table["wrong"]["note"]
    assert not (faulty.folder / "pwned").exists()
    assert faulty("db", "check").code == 0


def test_verify_finds_wrong_answers(faulty):
    done = faulty("verify", faulty.suite("sum", "wrong", name="v"))
    assert done.code == 4
    assert "element 3 is 2, expected 1" in done.out
    assert "2 right, 1 wrong or failed" in done.err
    assert not (faulty.folder / ".kernmark").exists()


def test_the_seed_decides_the_order_and_is_stored(fake):
    suite = fake.suite("sum", "other")
    first = fake("run", suite, "--seed=7", "--format=csv", "--db=a")
    again = fake("run", suite, "--seed=7", "--format=csv", "--db=b")
    other = fake("run", suite, "--seed=8", "--format=csv", "--db=c")
    assert first.code == 0, first
    assert first.out == again.out
    assert first.out != other.out


def test_interrupt_keeps_what_was_measured(faulty):
    suite = faulty.suite("sum", "hang", name="slow").read_text().replace("timeout: 2s", "timeout: 60s")
    path = faulty.write("slow.yaml", suite)
    process = faulty.start("run", path)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 4, (out, err)
    assert "interrupted; everything finished so far is stored" in err
    assert faulty("db", "check").code == 0
    history = faulty("history", "*", "--format=json")
    assert history.code == 0, history


def test_killed_half_way_the_store_is_whole(faulty):
    suite = faulty.suite("sum", "other", "hang", rounds=1).read_text().replace("timeout: 2s", "timeout: 60s")
    process = faulty.start("run", faulty.write("k.yaml", suite))
    time.sleep(2.5)
    process.kill()
    process.communicate()
    assert faulty("db", "check").code == 0
    done = faulty("history", "*", "--format=json")
    assert done.code in (0, 2, 6), done
    assert faulty("run", faulty.suite("sum")).code == 0


def test_no_process_is_left_behind(faulty):
    faulty("run", faulty.suite("hang", rounds=1))
    left = [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if b"kernmark-faulty\0worker" in read(p)]
    assert left == []


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_benchmark_flags(faulty):
    suite = faulty.suite("sum", "other")
    names = faulty("run", suite, "--benchmark_list_tests").out.split()
    assert names == ["sum/f32/ref/n:64", "sum/f32/fast/n:64", "other/f32/ref/n:64"]
    assert faulty("run", suite, "--benchmark_list_tests=true", "--benchmark_filter=-sum").out.split() == names[2:]
    out = faulty.folder / "o.json"
    done = faulty("run", suite, "--benchmark_filter=other", "--benchmark_repetitions=4", f"--benchmark_out={out}",
                  "--benchmark_out_format=json", "--benchmark_min_time=100x")
    assert done.code == 0, done
    data = json.loads(out.read_text())
    runs = [b for b in data["benchmarks"] if b["run_type"] == "iteration"]
    assert [b["repetition_index"] for b in runs] == [0, 1, 2, 3]
    assert {b["name"] for b in runs} == {"other/f32/ref/n:64"}
    assert {b["iterations"] for b in runs} == {100}
    aggregates = {b["aggregate_name"] for b in data["benchmarks"] if b["run_type"] == "aggregate"}
    assert aggregates == {"mean", "median", "stddev", "cv"}


def test_listing_needs_no_store(km):
    done = km("run", "--benchmark_list_tests", "--db=/nonexistent/results.db")
    assert done.code == 0
    assert "dot/f32/ref/n:384" in done.out.split()


@pytest.mark.parametrize("db, message", [
    ("/dev/null/x.db", "/dev/null/x.db"),
    ("folder", "folder"),
])
def test_store_that_cannot_be_opened(faulty, db, message):
    (faulty.folder / "folder").mkdir()
    done = faulty("run", faulty.suite("sum"), f"--db={db}")
    assert done.code == 6, done
    assert message in done.err and done.err.count("\n") == 1


def test_store_of_garbage_is_left_alone(faulty):
    path = faulty.write("results.db", "this is no database, but somebody may love it\n" * 100)
    before = path.read_bytes()
    done = faulty("run", faulty.suite("sum"), f"--db={path}")
    assert done.code == 6, done
    assert "results.db" in done.err
    assert path.read_bytes() == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_output_on_a_full_disk(faulty):
    done = faulty("run", faulty.suite("sum"), "--benchmark_out=/dev/full")
    assert done.code == 2, done
    assert "/dev/full" in done.err
    assert faulty("history", "*").code == 0


def test_names_are_not_trusted(faulty):
    """Every text of a suite may hold anything printable: nothing of it runs, and every format stays readable."""
    nasty = """'; DROP TABLE result; -- "x" | `touch pwned` $(touch pwned) <script>alert(1)</script> system("touch pwned")"""
    quoted = "'" + nasty.replace("'", "''") + "'"
    suite = faulty.suite("sum", "other").read_text().replace("component: sum", f"component: {quoted}")
    suite = suite.replace("section: Test", f"section: {quoted}").replace("why: a test", f"why: {quoted}")
    done = faulty("run", faulty.write("n.yaml", suite), "--format=json")
    assert done.code == 0, done
    assert json.loads(done.out)[0]["component"] == nasty
    assert faulty("gate", "--adopt").code == 0
    report = faulty("report")
    assert report.code == 0, report
    text = (faulty.folder / report.out.splitlines()[-1]).read_text()
    assert "<script>" not in text.split("```")[0]
    assert not list(faulty.folder.rglob("pwned"))
    assert faulty("db", "check").code == 0
