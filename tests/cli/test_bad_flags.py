# SPDX-License-Identifier: Apache-2.0
"""Every flag of a benchmark executable with every kind of malformed value, on the command line and in the environment;
outputs that cannot be written; names and numbers of instances beyond all reason."""
import json
import os
import re
import signal
import subprocess
import time

import pytest

from conftest import ROOT, build_ours, sanitizer

INT, DOUBLE, PAIRS = "a 32-bit integer", "a double", "a comma-separated list of <key>=<value> strings"
SECONDS, SHARE, WHOLE = "seconds such as 10s", "a share below 100% such as 1%", "a whole number"
MIN_TIME, CPUS = "seconds such as 0.5s, or iterations such as 100x", "a list of CPUs such as 0,2-3"
NO_SECONDS = ["", "x", "-1s", "nan", "inf", "1e999s", " 1s", "1 s", "1m", "\x1b[31m", "1s\n"]
# What is expected of a value, the values that are not, and whether a bad one in the environment ends the program. Flags
# of Google Benchmark that are numbers or lists go on without, as theirs; on the command line each one ends it.
FLAGS = {
    "benchmark_min_time": (MIN_TIME, [*NO_SECONDS, "0x", "-5x", "1xx", "99999999999999999999x", "s", "x"], True),
    "benchmark_min_warmup_time": (DOUBLE, ["", "x", "1s", "-1", "nan", "inf", "1e999"], False),
    "benchmark_repetitions": (INT, ["x", "1.5", "99999999999", "-99999999999", "1 ", "0x3"], False),
    "v": (INT, ["x", "1.5", "99999999999"], False),
    "benchmark_format": ("one of console, json, csv", ["", "xml", "JSON", "json ", "\x1b[31m", "x" * 10000], True),
    "benchmark_out_format": ("one of console, json, csv", ["", "xml", "JSON"], True),
    "benchmark_color": ("auto, true or false", [""], True),
    "benchmark_context": (PAIRS, ["a", "a=b,", "a=b,c", ",", "a=b,,c=d"], False),
    "benchmark_time_unit": ("one of ns, us, ms, s, auto", ["h", "NS", "ns "], True),
    "benchmark_target_ci": (SHARE, ["", "x", "-1%", "100%", "1", "nan", "inf%", "1%%"], True),
    "benchmark_max_time": (SECONDS, NO_SECONDS, True),
    "benchmark_total_time": (SECONDS, NO_SECONDS, True),
    "benchmark_cpus": (CPUS, [",", "x", "-1", "0,", "3-1", "0-", "0;1", "99999999999999999999", "1-65536"], True),
    "benchmark_seed": (WHOLE, ["", "x", "-1", "1.5", "99999999999999999999", "0x"], True),
}
# Every text is one: booleans as in Google Benchmark, names and expressions are judged where they are used, below.
ANY_TEXT = ["benchmark_list_tests", "benchmark_dry_run", "benchmark_enable_random_interleaving",
            "benchmark_report_aggregates_only", "benchmark_display_aggregates_only", "benchmark_counters_tabular",
            "benchmark_isolate", "benchmark_samples", "benchmark_filter", "benchmark_out", "benchmark_perf_counters",
            "benchmark_baseline"]
ASAN = any("address" in flag or "thread" in flag for flag in sanitizer())
CASES = [(flag, value) for flag, (_, values, _) in FLAGS.items() for value in values]


def label(value):
    return ascii(value)[1:30]


class Done:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"exit {self.code}\n{self.out[:2000]}\n--- stderr\n{self.err[:2000]}"


@pytest.fixture(name="program", scope="session")
def fixture_program(tmp_path_factory):
    return build_ours(ROOT / "tests" / "faulty" / "benchmarks.c", tmp_path_factory.mktemp("flags") / "faulty")


@pytest.fixture(name="run")
def fixture_run(program, tmp_path):
    def call(*args, **env):
        return Done(subprocess.run([program, *args], cwd=tmp_path, env={"PATH": os.environ["PATH"], **env}, timeout=60,
                                   capture_output=True, text=True, errors="replace", check=False))
    return call


def shown(value):
    return "".join("?" if c < " " else c for c in value)


def test_every_flag_is_in_a_table(run):
    assert set(re.findall(r"\[--(\w+)", run("--help").out)) == set(FLAGS) | set(ANY_TEXT)


@pytest.mark.parametrize("flag, value", CASES, ids=label)
def test_malformed_flag(run, tmp_path, flag, value):
    done = run("--benchmark_filter=^good/", "--benchmark_out=o.json", f"--{flag}={value}")
    assert done.code == 2 and done.out == "", done
    assert f"The value of flag --{flag} is expected to be {FLAGS[flag][0]}, but actually has value \"{shown(value)}\"" \
        in done.err, done
    assert done.err.count("\n") <= 2 and "\x1b" not in done.err
    assert not (tmp_path / "o.json").exists()


@pytest.mark.parametrize("flag, value", CASES, ids=label)
def test_malformed_environment(run, tmp_path, flag, value):
    done = run("--benchmark_filter=^good/", "--benchmark_out=o.json", **{flag.upper(): value})
    expected, _, ends = FLAGS[flag]
    assert f'Environment variable {flag.upper()} is expected to be {expected}, but actually has value "{shown(value)}"' \
        in done.err, done
    assert "\x1b" not in done.err
    if ends:
        assert done.code == 2 and done.out == "" and not (tmp_path / "o.json").exists(), done
    else:
        assert done.code == 0 and len(json.loads((tmp_path / "o.json").read_text())["benchmarks"]) == 1, done


NOT_THERE = "no chosen benchmark has the name of the baseline, 'nope'"
USED = [
    ("--benchmark_repetitions=0", 2, "is expected to be at least 1, but is 0"),
    ("--benchmark_repetitions=-3", 2, "is expected to be at least 1, but is -3"),
    ("--benchmark_repetitions=2147483647", 2, "2147483647 repetitions in all are more than 10000000"),
    ("--benchmark_baseline=nope", 2, NOT_THERE),
    ("--benchmark_cpus=1000", 5, "cannot pin to the CPUs 1000: "),
    ("--benchmark_perf_counters=no\x1b,such", 0, "Performance counter no? is not available: "),
    ("--benchmark_filter=(", 2, "Could not compile benchmark re: filter '(' is no regular expression: "),
    ("--benchmark_filter=[[:x:]]", 2, "Could not compile benchmark re: "),
    ("--benchmark_filter=a{9999999}", 2, "Could not compile benchmark re: "),
    ("--benchmark_filter=*\x1b[", 2, "Could not compile benchmark re: filter '*?['"),
    ("--benchmark_filter=" + "x" * 70000, 2, "is longer than 65536 bytes or nested more than 250 deep"),
    ("--benchmark_filter=no\x1bmatch", 2, "Failed to match any benchmarks against regex: no?match"),
    ("--benchmark_out=/nonexistent/o", 2, "invalid file name: '/nonexistent/o': No such file or directory"),
    ("--benchmark_out=a\x1b/b", 2, "invalid file name: 'a?/b': No such file or directory"),
    ("--benchmark_out=.", 2, "invalid file name: '.': Is a directory"),
    ("--benchmark_out=" + "x" * 5000, 2, "File name too long"),
    ("--benchmark_out=/dev/full", 2, "cannot write /dev/full: No space left on device"),
]


@pytest.mark.parametrize("word, code, said", USED, ids=label)
def test_texts_that_mean_nothing(run, word, code, said):
    for more in ([], ["--benchmark_isolate"]):
        done = run("--benchmark_filter=^good/", word, *more)
        assert done.code == code and said in done.err, done
        assert "\x1b" not in done.err, done


# --- outputs ----------------------------------------------------------------------------------------------------------


def rows_of(path):
    return [row["name"] for row in json.loads(path.read_text())["benchmarks"]]


@pytest.mark.parametrize("isolate", [[], ["--benchmark_isolate"]], ids=["here", "apart"])
def test_a_disk_that_fills_up(program, tmp_path, isolate):
    """A file that may not grow beyond some KiB is a disk that is full: what fits stays whole."""
    done = subprocess.run(f"ulimit -f 16; trap '' XFSZ; exec {program} --benchmark_filter=^many/ --benchmark_out=o.json "
                          + " ".join(isolate), shell=True, cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"FAULTY_INSTANCES": "200"})
    assert done.returncode == 2 and "cannot write o.json: File too large" in done.stderr, done
    assert 5 < len(rows_of(tmp_path / "o.json")) < 100


@pytest.mark.parametrize("isolate", [[], ["--benchmark_isolate"]], ids=["here", "apart"])
def test_the_folder_goes_half_way(program, tmp_path, isolate):
    (tmp_path / "folder").mkdir()
    process = subprocess.Popen([program, "--benchmark_filter=good/iter|slow", "--benchmark_max_time=0.5s",
                                "--benchmark_out=folder/o.json", *isolate], cwd=tmp_path, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    wait_for(tmp_path / "folder" / "o.json", 1)
    (tmp_path / "folder").rename(tmp_path / "elsewhere")
    assert "cannot write folder/o.json: No such file or directory" in process.communicate(timeout=30)[1]
    assert process.returncode == 2
    assert len(rows_of(tmp_path / "elsewhere" / "o.json")) == 2


def wait_for(path, rows):
    for _ in range(1000):
        try:
            if len(rows_of(path)) >= rows:
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.01)
    raise TimeoutError(path)


@pytest.mark.parametrize("isolate", [[], ["--benchmark_isolate"]], ids=["here", "apart"])
def test_killed_half_way(program, tmp_path, isolate):
    """At any moment: also between two system calls of a write."""
    for turn in range(5):
        path = tmp_path / f"{turn}.json"
        process = subprocess.Popen([program, "--benchmark_filter=^many/", f"--benchmark_out={path}", *isolate],
                                   env={"FAULTY_INSTANCES": "20000"}, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        wait_for(path, 1 + 3 * turn)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert 0 < len(rows_of(path)) < 20000


# --- names ------------------------------------------------------------------------------------------------------------

NAMES = ["control \x01\x1b[31m\x7f\t bytes", b"invalid \xff\xc3(\xed\xa0\x80 utf-8", "two\nlines", "a\"b,c'd\\e", "x" * 10240,
         "%s%n%99999d", "$(touch pwned);`touch pwned`", "../../etc/passwd", " ", "a/b/c:1/", "-", "\u202ereversed"]


def in_json(name):
    """As a JSON reader sees it: bytes that are no UTF-8 are U+FFFD."""
    return name if isinstance(name, str) else re.sub("\ufffd+", "\ufffd", name.decode(errors="replace"))


@pytest.mark.parametrize("name", NAMES, ids=label)
@pytest.mark.parametrize("isolate", [[], ["--benchmark_isolate"]], ids=["here", "apart"])
def test_odd_names(run, tmp_path, name, isolate):
    for kind in ("json", "csv", "console"):
        done = run("--benchmark_filter=^(weird|last)", f"--benchmark_format={kind}", "--benchmark_out=o.json", *isolate,
                   FAULTY_NAME=b"weird" + (name if isinstance(name, bytes) else name.encode()))
        assert done.code == 0, done
        rows = [re.sub("\ufffd+", "\ufffd", row) for row in rows_of(tmp_path / "o.json")]
        assert rows == ["last/iterations:1", "weird" + in_json(name) + "/iterations:1"]
        if kind == "console":
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", done.out), done
    assert not list(tmp_path.rglob("pwned"))


def test_two_of_one_name(run, tmp_path):
    done = run("--benchmark_filter=same name", "--benchmark_out=o.json")
    assert done.code == 0 and rows_of(tmp_path / "o.json") == 2 * ["same name/iterations:1"]


def test_a_name_for_a_terminal_and_for_a_program(run, km, program):
    """A pipe gets the bytes of a name, because a program asks for it by them."""
    listed = run("--benchmark_list_tests", "--benchmark_filter=control").out
    assert listed == "control \x01\x1b[31m\x7f\t bytes/iterations:1\n"
    done = km("run", f"--exec={program}", "--profile=smoke", "--filter=control|^a.quote|invalid|same|^long",
              "--benchmark_repetitions=1", "--format=json")
    status = {row["name"][:7]: row["status"] for row in json.loads(done.out)}
    assert status["control"] == status["invalid"] == status['a"quote'] == "ok", done
    assert status["same na"] != "ok" and status["longxxx"] == "FAILED" and done.code == 4, done


# --- very many --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words, lines", [
    (["--benchmark_list_tests", "--benchmark_filter=^many"], 200000),
    (["--benchmark_list_tests", "--benchmark_filter=^many/.*99/", "--benchmark_format=csv"], 2001),
    (["--benchmark_filter=^many/(1|200000)/", "--benchmark_format=csv"], 3),
], ids=["list", "filter", "run"])
def test_200000_instances(program, tmp_path, words, lines):
    """Bounded by CPU seconds and memory, not by wall time: all of it takes 0.1 s and 60 MiB, while a comparison of each
    with each (4e10 of them) would take minutes."""
    done = subprocess.run(["sh", "-c", "ulimit -t 10; " + ("" if ASAN else "ulimit -v 262144; ") + 'exec "$@"', "sh", program,
                           *words], cwd=tmp_path, env={"PATH": os.environ["PATH"], "FAULTY_INSTANCES": "200000"},
                          capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == lines, done.stderr
    assert "The number of inputs is very large. many will be repeated at least 200000 times." in done.stderr


def test_more_instances_than_there_can_be(run):
    done = run("--benchmark_filter=^good/", FAULTY_INSTANCES="20000000")
    assert done.code == 2 and "benchmark many: a range is wrong: it has too many values" in done.err, done


def test_200000_names_for_exec(km, program):
    done = km("run", f"--exec={program}", "--profile=smoke", "--filter=^many/(7|77777)/", "--benchmark_repetitions=1",
              "--format=json", FAULTY_INSTANCES="200000")
    assert done.code == 0 and len(json.loads(done.out)) == 2, done
