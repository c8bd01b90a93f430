# SPDX-License-Identifier: Apache-2.0
"""Verdicts on metrics beside time: direction, values without a ratio, and who is asked."""
import json
import sqlite3

import pytest

# A program that takes 100 ns (with a little scatter) and reports counters. In the shell, because it is started often.
PROGRAM = r"""#!/bin/sh
turn=$(($$ % 7))
for word; do
    case $word in
    --benchmark_list_tests*) printf 'b\nother\n'; exit 0 ;;
    --benchmark_filter=*other*) name=other ;;
    --benchmark_filter=*) name=b ;;
    --benchmark_out=*) out=${word#*=} ;;
    esac
done
echo '{"context": {}, "benchmarks": [{"name": "'$name'", "run_name": "'$name'", "run_type": "iteration", "threads": 1,
"repetitions": 1, "repetition_index": 0, "iterations": 10, "real_time": 100.'$turn', "cpu_time": 100, "time_unit": "ns"' >$out
if test $name = b; then echo 'ONLY' >>$out; fi
echo 'COUNTERS}]}' >>$out
"""


def program(km, name, counters, only=None):
    """Reports the counters, and those of `only` for the benchmark "b" alone."""
    text = PROGRAM
    for word, numbers in (("COUNTERS", counters), ("ONLY", only or {})):
        text = text.replace(word, "".join(f', "{key}": {value}' for key, value in numbers.items()))
    path = km.write(name, text)
    path.chmod(0o755)
    return f"./{name}"


def near(value):
    """About that value, with a little scatter."""
    return f"'$(({value} + turn))'"


def rows(done):
    return {(row["name"], row["metric"]): row for row in json.loads(done.out)}


def ab(km, before, after, *args):
    return km("ab", program(km, "before", before), program(km, "after", after), "--filter=^b$", "--format=json", *args)


def test_a_throughput_that_halves_is_a_regression_only_for_who_asks(km):
    before, after = {"tokens_per_second": near(1000)}, {"tokens_per_second": near(500)}
    done = ab(km, before, after)
    assert done.code == 0 and list(rows(done)) == [("b", "time")], done
    done = ab(km, before, after, "--metric=tokens_per_second")
    assert done.code == 1, done
    row = rows(done)[("b", "tokens_per_second")]
    assert row["decision"] == "REGRESSED" and row["better"] == "higher"
    assert row["ratio"] == pytest.approx(0.5, rel=0.02) and row["ratio_low"] <= row["ratio"] <= row["ratio_high"] < 0.6
    assert row["base_s"] is None and row["base"] == pytest.approx(1003, abs=4)
    assert "tokens_per_second 1.99× lower" in row["reason"] or "tokens_per_second 2.00× lower" in row["reason"], row
    assert rows(done)[("b", "time")]["decision"] == "EQUIVALENT"
    assert km("db", "check").code == 0
    with sqlite3.connect(km.folder / ".kernmark" / "results.db") as db:
        stored = db.execute("SELECT decision, unit, direction, screening, length(rounds) FROM trial_verdict"
                            " WHERE metric = 'tokens_per_second'").fetchall()
    assert [row[:3] for row in stored] == [("regressed", None, "higher")] and stored[0][4] > stored[0][3] * 24


def test_a_throughput_that_doubles_is_an_improvement(km):
    done = ab(km, {"hits/s": near(500)}, {"hits/s": near(1000)}, "--metric=hits/s")
    assert done.code == 0, done
    row = rows(done)[("b", "hits/s")]
    assert row["decision"] == "IMPROVED" and row["ratio"] == pytest.approx(2, rel=0.02)


def test_rates_of_the_format(km):
    done = ab(km, {"items_per_second": 1e9}, {"items_per_second": 4e8}, "--metric=items_per_second,ops_per_second")
    assert done.code == 1, done
    found = rows(done)
    assert found[("b", "items_per_second")]["decision"] == "REGRESSED"
    assert found[("b", "items_per_second")]["unit"] == "/s"
    assert found[("b", "ops_per_second")]["decision"] == "EQUIVALENT"


def test_lower_is_better_where_said(km):
    args = ("--metric=allocs:lower=0%+2", "--metric=misses")
    done = ab(km, {"allocs": 10, "misses": near(100)}, {"allocs": 12, "misses": near(100)}, *args)
    assert done.code == 0, done
    assert "below the least that counts" in rows(done)[("b", "allocs")]["reason"]
    done = ab(km, {"allocs": 10, "misses": near(100)}, {"allocs": 13, "misses": near(150)}, *args)
    assert done.code == 1, done
    assert {row["decision"] for (_, metric), row in rows(done).items() if metric != "time"} == {"REGRESSED"}


@pytest.mark.parametrize("before, after, args, decision, words", [
    ("0", "0", "", "EQUIVALENT", "n 0 on both sides"),
    ("0", "3", "", "REGRESSED", "n from 0 to 3: a change that no ratio tells"),
    ("3", "0", "", "IMPROVED", "n from 3 to 0: a change that no ratio tells"),
    ("0", "3", "+5", "EQUIVALENT", "n from 0 to 3"),
    ("-2", "2", "", "REGRESSED", "no ratio"),
])
def test_values_without_a_ratio(km, before, after, args, decision, words):
    done = ab(km, {"n": before}, {"n": after}, f"--metric=n:lower=10%{args}")
    row = rows(done)[("b", "n")]
    assert (row["decision"], row["ratio"]) == (decision, None), row
    assert words in row["reason"], row
    assert done.code == (1 if decision == "REGRESSED" else 0)


def test_who_does_not_report_it(km):
    done = km("ab", program(km, "before", {}, {"n": 1}), program(km, "after", {"m": 1}), "--format=json",
              "--metric=n:lower,m:lower")
    assert done.code == 4, done
    found = {key: row["decision"] for key, row in rows(done).items() if key[1] != "time"}
    assert found == {("b", "n"): "MISSING", ("b", "m"): "NEW", ("other", "m"): "NEW"}
    done = ab(km, {}, {}, "--metric=typo:lower")
    assert done.code == 3 and "is the name right?" in rows(done)[("b", "typo")]["reason"], done


def test_a_metric_for_information_is_never_judged(km):
    done = ab(km, {"n": near(1)}, {"n": near(30)}, "--metric=n:none")
    assert done.code == 0, done
    row = rows(done)[("b", "n")]
    assert row["decision"] == "INCONCLUSIVE" and "not judged" in row["reason"] and row["ratio"] > 5


def test_all_formats_tell_the_metric(km):
    before, after = program(km, "before", {"n/s": 1000}), program(km, "after", {"n/s": 400})
    for form in ("text", "markdown", "csv"):
        done = km("ab", before, after, "--filter=^b$", "--metric=n/s", f"--format={form}")
        assert done.code == 1 and "n/s" in done.out and "400" in done.out, done
    assert "REGRESSION: 1 equivalent, 1 regressed" in done.err
    plain = km("ab", before, after, "--filter=^b$")
    assert plain.code == 0 and "metric" not in plain.out


@pytest.mark.parametrize("value, message", [
    ("n", "is higher or lower better? Say n:higher or n:lower"),
    ("time", "time is always judged"),
    ("n:lower=x", "a metric was expected"), ("n:lower=1%+", "a metric was expected"), ("", "a metric was expected"),
    (":lower", "a metric was expected"), ("a/s,", "a metric was expected"), ("a/s,a/s=5%", "given twice"),
    ("n:lower=-5%", "a metric was expected"), ("n:lower=0x5", "a metric was expected"),
])
def test_mistakes_are_told(km, value, message):
    done = ab(km, {}, {}, f"--metric={value}")
    assert done.code == 2 and message in done.err, done


def test_instructions_of_our_own_kernels(km):
    done = km("ab", ".", ".", "--filter=^dot/f32/ref/", "--metric=instructions", "--threshold=50%", "--format=json")
    row = rows(done)[("dot/f32/ref/n:384", "instructions")]
    if "could not be counted" in row["reason"]:
        assert done.code == 3, done
        pytest.skip("no ptrace here")
    assert row["decision"] == "EQUIVALENT" and row["ratio"] == 1 and "counted exactly" in row["reason"], row


def test_events_and_stated_numbers_of_our_own_kernels(faulty):
    suite = faulty.suite("touch", rounds=3)
    args = ("ab", side(faulty, "base"), side(faulty, "head", KM_TEST_RMSE=130, KM_TEST_PAGES=6), f"--suite={suite}",
            "--format=json", "--threshold=20%")
    done = faulty(*args, "--metric=rmse,page-faults")
    found = {metric: row for (_, metric), row in rows(done).items()}
    assert done.code == 1, done
    assert found["rmse"]["decision"] == found["page-faults"]["decision"] == "REGRESSED", done
    assert found["rmse"]["base"] == pytest.approx(0.1) and found["rmse"]["current"] == pytest.approx(0.13)
    assert found["page-faults"]["base"] == pytest.approx(4, abs=0.3)
    assert found["page-faults"]["current"] == pytest.approx(6, abs=0.3)


def test_an_event_that_cannot_be_counted_says_why(faulty):
    suite = faulty.suite("touch", rounds=3)
    done = faulty("ab", ".", ".", f"--suite={suite}", "--format=json", "--metric=no-such-misses")
    (reason,) = [row["reason"] for (_, metric), row in rows(done).items() if metric != "time"]
    assert done.code == 3 and "no-such-misses: no benchmark reports this metric; as an event: " in reason, done


# --- suites ----------------------------------------------------------------------------------------------------------

def test_a_suite_asks_for_its_benchmarks(fake):
    suite = fake.suite("sum", "other")
    suite.write_text(suite.read_text(encoding="utf-8") + "metrics: [ops_per_second=12%]\n", encoding="utf-8")
    plain = fake.suite("sum", name="plain")  # wants nothing but time
    plain.write_text(plain.read_text(encoding="utf-8").replace("n: 64", "n: 32"), encoding="utf-8")
    slow = {"KERNMARK_FAKE_CLOCK": "1*1.25@sum/f32/fast"}
    done = fake("ab", ".", f"--suite={suite}", "--format=json", KERNMARK_FAKE_CLOCK_BASE="1", **slow)
    assert done.code == 1, done
    row = rows(done)[("sum/f32/fast/n:64", "ops_per_second")]
    assert row["decision"] == "REGRESSED" and row["ratio"] == pytest.approx(0.8, rel=0.02) and row["threshold"] == 0.12
    assert rows(done)[("other/f32/ref/n:64", "ops_per_second")]["decision"] == "EQUIVALENT"
    done = fake("ab", ".", f"--suite={suite}", "--format=json", "--metric=ops_per_second=90%",
                KERNMARK_FAKE_CLOCK_BASE="1", KERNMARK_FAKE_DAY="1", **slow)
    assert rows(done)[("sum/f32/fast/n:64", "ops_per_second")]["threshold"] == 0.9, done  # who types has the last word
    for day, env in enumerate(({"KERNMARK_FAKE_CLOCK": "1"}, slow)):
        done = fake("run", suite, plain, KERNMARK_FAKE_DAY=str(day + 1), **env)
        assert done.code == 0, done
    found = rows(fake("compare", "latest~1", "latest", "--format=json"))
    assert {name for name, metric in found if metric != "time"} == {name for name, _ in found if name.endswith(":64")}
    assert found[("sum/f32/fast/n:64", "ops_per_second")]["decision"] == found[("sum/f32/fast/n:64", "time")]["decision"]
    assert fake("db", "check").code == 0


@pytest.mark.parametrize("metrics, message", [
    ("frames", "is higher or lower better? Say frames:higher or frames:lower"),
    ("time=5%", "time is always judged"), ("'a,b'", "expected metrics such as"), ("'x=y'", "a metric was expected")])
def test_mistakes_in_suites_are_told(fake, metrics, message):
    suite = fake.suite("sum")
    suite.write_text(suite.read_text(encoding="utf-8") + f"metrics: [{metrics}]\n", encoding="utf-8")
    done = fake("list", suite)
    assert done.code == 2 and message in done.err and ":13:11: " in done.err, done


# --- the second witness ----------------------------------------------------------------------------------------------

def side(km, name, **env):
    """The command as a side of its own, under other circumstances."""
    words = " ".join(f"{key}={value}" for key, value in env.items())
    path = km.write(name, f'#!/bin/sh\n{words} exec {km.program} "$@"\n')
    path.chmod(0o755)
    return f"./{name}"


def witnessed(km, operation, slow, *args):
    suite = km.suite(operation)
    done = km("ab", side(km, "base"), side(km, "head", **slow), f"--suite={suite}", "--format=json", "--metric=instructions=5%", *args)
    found = rows(done)
    variant = next(name for name, _ in found if name.startswith(operation))
    if "could not be counted" in found[(variant, "instructions")]["reason"]:
        pytest.skip("no ptrace here")
    return done, found[(variant, "time")], found[(variant, "instructions")]


def test_time_without_instructions_suggests_layout_or_frequency(faulty):
    done, time, instructions = witnessed(faulty, "walk", {"KM_TEST_FAR": 1})
    assert done.code == 1 and time["decision"] == "REGRESSED", done
    assert "the same instructions: suspect layout, alignment or clock frequency" in time["reason"]
    assert instructions["decision"] == "EQUIVALENT"


def test_instructions_without_time_are_told(faulty):
    done, time, instructions = witnessed(faulty, "sum", {"KM_TEST_SLOWDOWN": 30}, "--threshold=900%")
    assert done.code == 1, done
    assert time["decision"] == "EQUIVALENT" and "but instructions +2" in time["reason"], time
    assert "which time does not show here" in time["reason"]
    assert instructions["decision"] == "REGRESSED" and 1.2 < instructions["ratio"] < 1.31, instructions


# --- stored results --------------------------------------------------------------------------------------------------

def measured(km, before, after):
    """Two stored runs of the program, 4 rounds each."""
    for counters in (before, after):
        program(km, "prog", counters)
        done = km("run", "--exec=./prog", "--profile=smoke", "--filter=^b$", "--benchmark_repetitions=4")
        assert done.code == 0, done


def test_stored_runs_are_compared_on_what_is_asked_for(km):
    measured(km, {"tokens_per_second": near(1000), "allocs": 7, "n": 1}, {"tokens_per_second": near(400), "allocs": 8, "n": 1})
    done = km("compare", "latest~1", "latest", "--format=json")
    assert done.code in (0, 3) and list(rows(done)) == [("b", "time")], done
    done = km("compare", "latest~1", "latest", "--format=json", "--metric=tokens_per_second,allocs:lower", "--metric=n:lower")
    assert done.code == 1, done
    found = rows(done)
    row = found[("b", "tokens_per_second")]
    assert row["decision"] == "REGRESSED" and row["ratio"] == pytest.approx(0.4, rel=0.02), row
    assert row["current_rounds"] == 4 and row["p_adjusted"] is not None
    assert found[("b", "allocs")]["decision"] == "REGRESSED" and "compared exactly" in found[("b", "allocs")]["reason"]
    assert found[("b", "n")]["decision"] == "EQUIVALENT"
    done = km("compare", "latest", "latest~1", "--format=json", "--metric=tokens_per_second,allocs:lower=20%")
    assert {row["decision"] for (_, metric), row in rows(done).items() if metric != "time"} == {"IMPROVED", "EQUIVALENT"}, done


def test_the_gate_judges_metrics_and_stores_them(km):
    measured(km, {"tokens_per_second": near(1000), "allocs": 7}, {"tokens_per_second": near(400), "allocs": 8})
    assert km("baseline", "set", "default", "latest~1").code == 0
    done = km("gate", "--metric=tokens_per_second", "--format=json")
    assert done.code == 3, done  # a suspect that nobody can build
    assert "not confirmed side by side" in rows(done)[("b", "tokens_per_second")]["reason"]
    done = km("gate", "--metric=allocs:lower", "--format=json")
    assert done.code == 1, done  # exact counts need no confirmation
    assert km("gate", "--metric=tokens_per_second", "--unconfirmed").code == 1
    with sqlite3.connect(km.folder / ".kernmark" / "results.db") as db:
        stored = db.execute("SELECT metric, decision, direction FROM verdict ORDER BY judgement DESC, pos LIMIT 2").fetchall()
    assert stored[1] == ("tokens_per_second", "regressed", "higher") and stored[0][0] is None
    assert km("db", "check").code == 0
    done = km("report")
    assert done.code == 0, done
    assert "tokens\\_per\\_second" in (km.folder / done.out.strip().splitlines()[-1]).read_text(encoding="utf-8")


def test_files_of_repetitions_and_single_runs(km):
    for name, rates in (("a", (10, 11, 12)), ("b", (5, 5.5, 6)), ("c", (5,))):
        program_rows = [{"name": "b", "run_name": "b", "run_type": "iteration", "iterations": 1, "real_time": 1 + i / 100,
                         "cpu_time": 1, "time_unit": "ms", "speed": rate} for i, rate in enumerate(rates)]
        km.write(f"{name}.json", json.dumps({"context": {}, "benchmarks": program_rows}))
    done = km("compare", "a.json", "b.json", "--metric=speed:higher", "--format=json")
    assert done.code == 1 and rows(done)[("b", "speed")]["ratio"] == pytest.approx(0.5), done
    done = km("compare", "a.json", "c.json", "--metric=speed:higher", "--format=json")
    assert done.code == 3 and "at least 2 a side are needed" in rows(done)[("b", "speed")]["reason"], done
    done = km("compare", "a.json", "b.json", "--metric=sped:higher", "--format=json")
    assert done.code == 3 and "is the name right?" in done.out, done
