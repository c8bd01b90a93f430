# SPDX-License-Identifier: Apache-2.0
"""Paired runs: sides, verdicts, exit codes, and the gate's test of itself, on a simulated machine."""
import json
import os
import signal
import subprocess
import time

import pytest
from conftest import BUILD, ROOT, git


def rows(done):
    return {row["name"]: row for row in json.loads(done.out)}


def test_a_program_against_itself_is_equivalent(fake):
    suite = fake.suite("sum", "other")
    done = fake("ab", ".", f"--suite={suite}", "--format=json")
    assert done.code == 0, done
    assert {r["decision"] for r in rows(done).values()} == {"EQUIVALENT"}
    assert all(r["current_rounds"] >= 8 for r in rows(done).values())


@pytest.mark.parametrize("factor, code, decision", [
    (1.25, 1, "REGRESSED"), (1.12, 1, "REGRESSED"), (1.05, 0, "EQUIVALENT"), (0.8, 0, "IMPROVED")])
def test_a_change_is_called_by_its_name(fake, factor, code, decision):
    suite = fake.suite("sum", "other")
    done = fake("ab", ".", ".", f"--suite={suite}", "--format=json", KERNMARK_FAKE_CLOCK_BASE="1",
                KERNMARK_FAKE_CLOCK=f"1*{factor}@sum/f32/fast")
    assert done.code == code, done
    found = rows(done)
    row = found.pop("sum/f32/fast/n:64")
    assert row["decision"] == decision
    assert row["ratio"] == pytest.approx(factor, rel=0.02)
    assert ("confirmed" in row["reason"]) == (decision in ("REGRESSED", "IMPROVED"))
    assert {r["decision"] for r in found.values()} == {"EQUIVALENT"}


def test_threshold_of_three_percent(fake):
    suite = fake.suite("sum", "other")
    done = fake("ab", ".", f"--suite={suite}", "--threshold=3%", "--format=json", KERNMARK_FAKE_CLOCK_BASE="1",
                KERNMARK_FAKE_CLOCK="1*1.05@sum/f32/fast")
    assert done.code == 1, done
    assert rows(done)["sum/f32/fast/n:64"]["decision"] == "REGRESSED"


def test_everything_moving_together_is_no_regression(fake):
    fake.program = str(BUILD / "kernmark")
    done = fake("ab", ".", "--filter=/ref/", "--format=json", KERNMARK_FAKE_CLOCK_BASE="1",
                KERNMARK_FAKE_CLOCK="1*1.5@/")
    assert done.code == 5, done
    assert {r["decision"] for r in rows(done).values()} == {"ENVIRONMENT"}
    assert all("moved together" in r["reason"] for r in rows(done).values())


def test_the_rounds_are_stored_and_the_seed_repeats_them(fake):
    suite = fake.suite("sum")
    first = fake("ab", ".", f"--suite={suite}", "--seed=7", "--format=json", KERNMARK_FAKE_DAY="1")
    again = fake("ab", ".", f"--suite={suite}", "--seed=7", "--format=json", KERNMARK_FAKE_DAY="2")
    assert first.code == 0 and first.out == again.out
    assert fake("db", "check").code == 0


@pytest.mark.parametrize("words, message", [
    (["nowhere"], "neither '.', nor an executable, nor a revision"),
    ([], "BASE and HEAD was expected"),
    ([".", ".", "."], "one word too many"),
    ([".", "--suite=none"], "no suite 'none'"),
    ([".", "--threshold=x"], "threshold"),
    ([".", "--filter=["], "filter"),
    ([".", "--filter=nothing-like-it"], "no benchmark matches"),
])
def test_mistakes_are_told(fake, words, message):
    fake.program = str(BUILD / "kernmark")
    done = fake("ab", *words)
    assert done.code == 2, done
    assert message in done.err


def make_repository(km, program):
    git(km.folder, "init", "-q", "-b", "main")
    km.write(".gitignore", ".kernmark/\nbuild/\nmachine/\n")
    km.write("Makefile", f"build/kernmark:\n\tmkdir -p build && cp {program} build/kernmark\n")
    (km.folder / "suites").mkdir()
    for path in ("core.yaml",):
        (km.folder / "suites" / path).write_text((ROOT / "suites" / path).read_text(encoding="utf-8"), encoding="utf-8")
    git(km.folder, "add", "-A")
    git(km.folder, "commit", "-q", "-m", "one")


def test_a_revision_is_built_once(km):
    make_repository(km, BUILD / "kernmark")
    args = ("ab", "main", ".", "--filter=^dot/f32/ref", "--format=json", "--threshold=200%")
    done = km(*args)
    assert done.code == 0, done
    assert "building" in done.err and len(rows(done)) == 1
    again = km(*args)
    assert again.code == 0 and "building" not in again.err, again


def test_a_revision_that_does_not_build_names_its_log(km):
    make_repository(km, BUILD / "kernmark")
    km.write("Makefile", "all:\n\t@echo the compiler is on strike; false\n")
    git(km.folder, "commit", "-qam", "two")
    done = km("ab", "HEAD", "--build=make all")
    assert done.code == 2 and "does not build" in done.err, done
    log = next((km.folder / ".kernmark" / "trees").glob("*.log"))
    assert "on strike" in log.read_text(encoding="utf-8")


def test_selftest_goes_red_and_stays_green(fake):
    suite = fake.suite("sum", "other")
    done = fake("selftest", f"--suite={suite}", "--gates=2", "--effects=0,5%,15%", "--format=json")
    assert done.code == 0, done
    curve = {round(r["effect"], 2): r for r in json.loads(done.out)}
    assert curve[0]["wrongly_red"] == 0 and curve[0]["gates"] == 2
    assert curve[0.15]["regressed"] == 2 and curve[0.05]["regressed"] == 0


def test_the_report_adds_up_the_tests_of_the_gate(fake):
    suite = fake.suite("sum", "other")
    for more in ("--gates=2", "--gates=3", "--gates=2 --threshold=5%"):
        assert fake("selftest", f"--suite={suite}", "--effects=0,15%", *more.split()).code == 0
    assert fake("run", suite, "--profile=smoke").code == 0
    report = fake("report")
    assert report.code == 0, report
    text = (fake.folder / report.out.strip()).read_text(encoding="utf-8")
    curve = text.split("### The gate, tested on this host")[1].split("The same gates")[0]
    cells = [[c.strip() for c in line.split("|")[1:-1]] for line in curve.splitlines() if line.startswith("|")][2:]
    assert [row[:5] for row in cells] == [["5.00%", "no", "none", "2", "0"], ["5.00%", "no", "+15.0%", "2", "0"],
                                          ["10.0%", "no", "none", "5", "0"], ["10.0%", "no", "+15.0%", "5", "0"]]
    assert cells[2][5] == "≤ 45.1%" and cells[3][8] == "≥ 54.9%"  # 1 - 0.05^(1/5), and its complement
    assert "mean &gt; 5.00% over the baseline's mean" in text


@pytest.mark.parametrize("effects", ["", "5%,", "x", "-5%", "1e9", "nan", "5%%"])
def test_selftest_refuses_strange_effects(fake, effects):
    suite = fake.suite("sum")
    done = fake("selftest", f"--suite={suite}", f"--effects={effects}")
    assert done.code == 2, done


def test_an_interrupted_selftest_keeps_what_it_counted(km):
    process = km.start("selftest", "--filter=dot/f32/ref", "--gates=100", "--effects=0,15%", "--db=t.db")
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 4, 5), (out, err)
    assert "failed" not in err and "constraint" not in err
    assert km("db", "check", "--db=t.db").code == 0 or "nothing was tested" in err


SPIN = """
#include <kernmark/benchmark.h>
static void spin(struct km_state *state)
{
    KM_LOOP(state) {
        unsigned x = 1;
        for (int i = 0; i < STEPS; i++) {
            x = x * 1664525u + 1013904223u;
            KM_DO_NOT_OPTIMIZE(x);
        }
    }
}
KM_BENCHMARK(spin) { (void)b; }
KERNMARK_MAIN()
"""


def test_two_executables_alternate_by_whole_runs(km):
    source = km.write("spin.c", SPIN)
    for steps in (1000, 1500):
        subprocess.run(["cc", "-O2", *os.environ.get("KERNMARK_TEST_CFLAGS", "").split(), f"-I{ROOT}/harness",
                        f"-DSTEPS={steps}", "-o", km.folder / f"spin{steps}", source, BUILD / "libkernmark.a",
                        "-lpthread", "-lm"], check=True)
    done = km("ab", "./spin1000", "spin1500", "--format=json")
    assert done.code == 1, done
    assert rows(done)["spin"]["decision"] == "REGRESSED"
    assert rows(done)["spin"]["ratio"] > 1.2
    mixed = km("ab", "./spin1000", ".")
    assert mixed.code == 2 and "no benchmark in common" in mixed.err, mixed
