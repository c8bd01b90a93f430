# SPDX-License-Identifier: Apache-2.0
"""A C executable of ours against the same one in C++ with Debian's Google Benchmark: names, layout, fields, flags.

Without a C++ compiler or libbenchmark-dev the comparison is skipped; what needs no oracle runs anyway.
"""
import csv
import io
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from conftest import ROOT, build_ours

SOURCES = ROOT / "tests" / "compat"
COMPARE = pathlib.Path("/usr/share/benchmark/compare.py")
NUMBER = r"-?(?:\d+\.?\d*(?:e[+-]\d+)?|nan|inf)"
# Fields that Google Benchmark 1.7.1 does not have: newer ones of theirs, and ours.
NEWER = {"aslr_enabled", "library_version", "json_schema_version"}


@pytest.fixture(name="ours", scope="session")
def fixture_ours(tmp_path_factory):
    return build_ours(SOURCES / "same.c", tmp_path_factory.mktemp("ours") / "same")


@pytest.fixture(name="theirs", scope="session")
def fixture_theirs(tmp_path_factory):
    if not shutil.which("g++"):
        pytest.skip("no g++")
    if not pathlib.Path("/usr/include/benchmark/benchmark.h").exists():
        pytest.skip("no libbenchmark-dev")
    out = tmp_path_factory.mktemp("theirs") / "same"
    subprocess.run(["g++", "-O2", "-w", str(SOURCES / "same.cc"), "-lbenchmark", "-lpthread", "-o", str(out)], check=True)
    return out


class Done:
    def __init__(self, program, done):
        self.code = done.returncode
        self.out, self.err = (s.decode("utf-8", "replace").replace(str(program), "PROGRAM") for s in (done.stdout, done.stderr))

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n--- stderr\n{self.err}"


def run(program, *args, timeout=120, cwd=None, **env):
    base = {"PATH": os.environ["PATH"], "TERM": "xterm"}
    done = subprocess.run([str(program), *map(str, args)], env={**base, **env}, capture_output=True, timeout=timeout,
                          check=False, cwd=cwd)
    return Done(program, done)


def both(theirs, ours, *args, **env):
    return run(theirs, *args, **env), run(ours, *args, **env)


# --- masks: everything but the measured numbers -------------------------------------------------------------------


def mask_row(line, width):
    """A console row: its name and units exactly, its numbers as marks in columns of the right width."""
    start = width + 1
    if not re.fullmatch(rf" *{NUMBER}", line[start:start + 10]):
        return line  # an error, or a header
    cells = [line[:start]]
    for begin, end in ((0, 10), (16, 26), (32, 42)):
        cell = line[start + begin:start + end]
        cells.append("#" if re.fullmatch(rf" *{NUMBER}", cell) else cell)
        cells.append(line[start + end:start + end + 6] if end < 42 else "")
    # Theirs of 1.7.1 writes G where the newer ones write Gi.
    rest = re.sub(rf"{NUMBER}(?:[kKMGTPEZY]i?|[munpfazy])?(?=/s|s\b|%| |$)", "#", line[start + 42:])
    return "".join(cells) + re.sub(" +#", " #", rest)


def mask_console(text):
    lines = [line.rstrip("\n") for line in text.split("\n")]
    width = lines[1].index("Time") - 10 if len(lines) > 1 else 0
    return [mask_row(line, width) for line in lines]


def mask_color(text):
    return re.sub(rf" *{NUMBER}(?:[kKMGTPEZY]i?|[munpfazy])?(?=/s|s\b|%| |$|\033)", "#", re.sub(r"\S*/\S*", lambda m: m[0], text))


def mask_json(text):
    """Lines of a document, without measured numbers, fields of newer versions and ours."""
    out = []
    for line in text.split("\n"):
        key = re.match(r' *"([^"]+)": ', line)
        if key and (key[1] in NEWER or key[1].startswith("kernmark_")):
            continue
        line = re.sub(r": -?\d\.\d{16}e[+-]\d\d(,?)$", r": #\1", line)
        line = re.sub(r'("(?:date|load_avg|library_build_type|executable)": ).*?(,?)$', r"\1#\2", line)
        out.append(line.rstrip(","))
    return out


def mask_csv(text):
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows:
        if row[0].endswith("_cv"):  # 1.7.1 calls the share nanoseconds; the newer ones leave the unit out
            row[4] = ""
    return [[re.sub(rf"^{NUMBER}$", "#", cell) if i > 1 else cell for i, cell in enumerate(row)] for row in rows]


# --- against the oracle -------------------------------------------------------------------------------------------


FILTERS = ["", "all", ".", "^with", "product/.*/20$", "-ranged", "(plain|dense)", "iterations:3", "-.", "nothing_like_it"]


@pytest.mark.parametrize("text", FILTERS)
def test_names(theirs, ours, text):
    a, b = both(theirs, ours, "--benchmark_list_tests", f"--benchmark_filter={text}")
    assert a.out == b.out and a.err == b.err
    assert b.code == (0 if a.out else 2)  # theirs: always 0


QUICK = "--benchmark_filter=-timed"
CONSOLE = [
    [],
    ["--benchmark_counters_tabular"],
    ["--benchmark_counters_tabular=true", "--benchmark_repetitions=2"],
    ["--benchmark_repetitions=2"],
    ["--benchmark_repetitions=2", "--benchmark_report_aggregates_only=true"],
    ["--benchmark_repetitions=2", "--benchmark_display_aggregates_only=yes"],
    ["--benchmark_report_aggregates_only"],
    ["--benchmark_time_unit=ms"],
    ["--benchmark_filter=^failing", "--benchmark_repetitions=3"],
    ["--benchmark_color=true", "--benchmark_filter=failing"],
]


@pytest.mark.parametrize("flags", CONSOLE, ids=" ".join)
def test_console(theirs, ours, flags):
    a, b = both(theirs, ours, QUICK, *flags)
    assert mask_console(a.out) == mask_console(b.out)
    assert b.code in (0, 4) and (b.code == 4) == ("ERROR" in b.out)


def test_random_interleaving(theirs, ours):
    flags = ["--benchmark_enable_random_interleaving=true", "--benchmark_repetitions=3", "--benchmark_filter=plain|dense"]
    a, b = both(theirs, ours, *flags)
    assert sorted(mask_console(a.out)) == sorted(mask_console(b.out))
    seed = re.search(r"^Seed of random interleaving: (\d+)$", b.err, re.M)[1]
    again = run(ours, *flags, f"--benchmark_seed={seed}", "--benchmark_format=json")
    assert json.loads(again.out)["context"]["kernmark_seed"] == seed
    assert [r["name"] for r in json.loads(again.out)["benchmarks"]] == \
        [line.split()[0] for line in b.out.split("\n")[3:] if line]


def test_colors(theirs, ours):
    a, b = both(theirs, ours, "--benchmark_filter=^(plain|repeated|grows)", "--benchmark_color=yes")
    assert "\033[0;36m" in b.out
    assert mask_color(a.out) == mask_color(b.out)


def test_console_context(theirs, ours):
    a, b = both(theirs, ours, "--benchmark_filter=plain", "--benchmark_context=b=2,a=x")
    newer = "***WARNING*** ASLR is enabled"

    def lines(text):
        text = re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", "DATE", text)
        text = re.sub(r"(Load Average:).*", r"\1", text)
        return [line for line in text.split("\n") if not line.startswith((newer, "***WARNING*** Library"))]

    assert lines(a.err) == lines(b.err)


@pytest.mark.parametrize("flags", [[], ["--benchmark_repetitions=2"], ["--benchmark_context=b=2,a=x"],
                                   ["--benchmark_filter=grows", "--benchmark_repetitions=2", "--benchmark_time_unit=us",
                                    "--benchmark_report_aggregates_only"]], ids=" ".join)
def test_json(theirs, ours, flags):
    a, b = both(theirs, ours, QUICK, "--benchmark_format=json", *flags)
    assert mask_json(a.out) == mask_json(b.out)
    assert b.err == ""
    rows = [(json.loads(a.out)["benchmarks"], json.loads(b.out)["benchmarks"])]
    for old, new in zip(*rows[0]):
        assert list(old) == [k for k in new if not k.startswith("kernmark_")]
        same = set(old) & {"name", "run_name", "iterations", "threads", "repetitions", "label", "time_unit", "family_index"}
        assert {k: old[k] for k in same} == {k: new[k] for k in same}


@pytest.mark.parametrize("text", ["^(plain|dense|product|failing)", "^(counted|repeated)", "^with", "^grows"])
def test_csv(theirs, ours, text):
    a, b = both(theirs, ours, f"--benchmark_filter={text}", "--benchmark_format=csv")
    if text == "^grows":  # theirs divides the RMS, a fraction, by the unit of time: same cells, other number
        assert "RMS" in b.out
    assert mask_csv(a.out) == mask_csv(b.out)
    assert a.out.split("\n")[0] == b.out.split("\n")[0]


@pytest.mark.parametrize("kind", ["console", "json"])
def test_out_file(theirs, ours, kind, tmp_path):
    paths = []
    for name, program in (("theirs", theirs), ("ours", ours)):
        paths.append(tmp_path / name)
        done = run(program, QUICK, f"--benchmark_out={paths[-1]}", f"--benchmark_out_format={kind}")
        assert "Iterations" in done.out
    old, new = (p.read_text(encoding="utf-8") for p in paths)
    if kind == "json":
        assert mask_json(old) == mask_json(new)
    else:  # the machine, then the table
        assert "Run on (" in new and "\033" not in new
        assert mask_console(old[old.index("---"):]) == mask_console(new[new.index("---"):])


@pytest.mark.parametrize("words", [["--x"], ["x", "-v", "--v"], ["--benchmark_repetitions=x"], ["--nobenchmark_list_tests"],
                                   ["--benchmark_repetitions=99999999999"],
                                   ["--benchmark_min_warmup_time=1z"], ["--benchmark_iterations=3", "--", "-h"]], ids=" ".join)
def test_unrecognized(theirs, ours, words):
    a, b = both(theirs, ours, *words)
    assert a.err == b.err and a.out == b.out == ""
    assert (a.code, b.code) == (1, 2)


@pytest.mark.parametrize("env", [{"BENCHMARK_LIST_TESTS": "1"}, {"BENCHMARK_FILTER": "dense", "BENCHMARK_LIST_TESTS": "yes"},
                                 {"BENCHMARK_LIST_TESTS": "true", "BENCHMARK_REPETITIONS": "x"},
                                 {"BENCHMARK_LIST_TESTS": "true", "BENCHMARK_REPETITIONS": "99999999999"},
                                 {"BENCHMARK_LIST_TESTS": "true", "V": "x"}], ids=str)
def test_environment(theirs, ours, env):
    a, b = both(theirs, ours, **env)
    assert (a.code, a.out, a.err) == (b.code, b.out, b.err)


def test_command_line_beats_environment(theirs, ours):
    a, b = both(theirs, ours, "--benchmark_filter=plain", "--benchmark_list_tests", BENCHMARK_FILTER="dense")
    assert a.out == b.out == "plain/iterations:100\n"


def test_help(theirs, ours):
    a, b = both(theirs, ours, "--help", "--benchmark_format=xml")
    assert (a.code, b.code) == (0, 0)
    ours_too = b.out.split("\n")
    for line in a.out.rstrip("\n").split("\n"):  # min_time and time_unit take more since
        assert line in ours_too or "benchmark_min_time" in line or "benchmark_time_unit" in line


# --- their tool ---------------------------------------------------------------------------------------------------


def needs_compare():
    if not COMPARE.exists():
        pytest.skip("no libbenchmark-tools")
    if subprocess.run(["/usr/bin/python3", "-c", "import scipy"], capture_output=True, check=False).returncode:
        pytest.skip("no python3-scipy")


def test_compare_py_runs_ours(ours, tmp_path):
    needs_compare()
    dump = tmp_path / "dump.json"
    done = run("/usr/bin/python3", COMPARE, "--no-color", "-d", dump, "benchmarks", ours, ours, "--benchmark_filter=plain|counted",
               "--benchmark_repetitions=9")
    assert done.code == 0, done
    assert re.search(r"counted/iterations:100_pvalue +\S+ +\S+ +U Test, Repetitions: 9 vs 9", done.out), done
    assert "OVERALL_GEOMEAN" in done.out
    assert {row["name"] for row in json.loads(dump.read_text())} >= {"plain/iterations:100", "counted/iterations:100"}


def test_compare_py_reads_ours(ours, theirs, tmp_path):
    needs_compare()
    files = []
    for name, program in (("a.json", theirs), ("b.json", ours)):
        files.append(tmp_path / name)
        run(program, QUICK, f"--benchmark_out={files[-1]}")
    done = run("/usr/bin/python3", COMPARE, "benchmarks", *files)
    assert done.code == 0, done
    listed = run(ours, "--benchmark_list_tests", QUICK).out.split()
    for name in listed:
        if "failing" not in name and "repeated" not in name:
            assert name in done.out, name


# --- where ours is stricter ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("word,said", [
    ("--benchmark_format=xml", 'is expected to be one of console, json, csv, but actually has value "xml".'),
    ("--benchmark_time_unit=h", "is expected to be one of ns, us, ms, s, auto"),
    ("--benchmark_color=", "is expected to be auto, true or false"),
    ("--benchmark_min_time=abc", "is expected to be seconds such as 0.5s, or iterations such as 100x"),
    ("--benchmark_min_time=-5x", "is expected to be seconds"),
    ("--benchmark_min_time=0x", "is expected to be seconds"),
    ("--benchmark_repetitions=0", "is expected to be at least 1"),
    ("--benchmark_context=a", "is expected to be a comma-separated list of <key>=<value> strings, but actually has value"),
    ("--benchmark_filter=(", "Could not compile benchmark re: filter '(' is no regular expression"),
    ("--benchmark_filter=" + "(" * 20000, "nested more than 250 deep"),
    ("--benchmark_filter=nothing_like_it", "Failed to match any benchmarks against regex: nothing_like_it"),
    ("--benchmark_filter=-", "Failed to match any benchmarks against regex: -"),
    ("--benchmark_out=/nonexistent/x", "invalid file name: '/nonexistent/x': No such file or directory"),
    ("--benchmark_out=/", "invalid file name: '/'"),
])
def test_mistakes(ours, word, said):
    done = run(ours, word)
    assert done.code == 2 and said in done.err and done.out == "", done


def test_list_formats(ours, tmp_path):
    names = run(ours, "--benchmark_list_tests").out.split()
    out = tmp_path / "untouched"
    listed = run(ours, "--benchmark_list_tests", "--benchmark_format=json", f"--benchmark_out={out}")
    assert [row["name"] for row in json.loads(listed.out)["benchmarks"]] == names and not out.exists()
    rows = list(csv.reader(io.StringIO(run(ours, "--benchmark_list_tests", "--benchmark_format=csv").out)))
    assert rows == [["name"], *[[n] for n in names]]


def test_csv_file_is_a_table(ours, tmp_path):
    out = tmp_path / "t.csv"
    run(ours, QUICK, f"--benchmark_out={out}", "--benchmark_out_format=csv", "--benchmark_repetitions=2")
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert {"rate", "sum", "fixed"} <= set(rows[0])  # counters of rows far apart
    assert [r["sum"] for r in rows if r["name"] == "threaded/iterations:100/real_time/threads:2"] == ["2", "2"]
    assert all(r["name"] for r in rows)


def test_streams_that_break(ours, tmp_path):
    with open("/dev/full", "w", encoding="utf-8") as full:
        for kind in ("console", "json", "csv"):
            done = subprocess.run([ours, "--benchmark_filter=plain", f"--benchmark_format={kind}"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
            assert done.returncode == 2 and "cannot write standard output: No space left on device" in done.stderr
    done = run(ours, "--benchmark_filter=plain", "--benchmark_out=/dev/full")
    assert done.code == 2 and "cannot write /dev/full: No space left on device" in done.err
    done = subprocess.run(f"ulimit -f 4; trap '' XFSZ; exec {ours} --benchmark_filter=-timed --benchmark_out=cut.json",
                          shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "cannot write cut.json: File too large" in done.stderr, done
    assert 0 < len(json.loads((tmp_path / "cut.json").read_text())["benchmarks"]) < 10


SLOW = r"""
#include <kernmark/benchmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static void nap(struct km_state *s)
{
    struct timespec t = { 0, 20000000 };
    KM_LOOP(s)
        nanosleep(&t, NULL);
}
KM_BENCHMARK(nap) { km_dense_range(b, 1, 60, 1); km_iterations(b, 1); }
static void dies(struct km_state *s)
{
    KM_LOOP(s)
        abort();
}
KM_BENCHMARK(dies) {}
static void removes_folder(struct km_state *s)
{
    KM_LOOP(s)
        if (rename("folder", "elsewhere"))
            km_skip_with_error(s, "no folder");
}
KM_BENCHMARK(removes_folder) { km_iterations(b, 1); }
static void prints(struct km_state *s)
{
    KM_LOOP(s)
        puts("not a row");
}
KM_BENCHMARK(prints) { km_iterations(b, 3); }
static void odd_name(struct km_state *s)
{
    KM_LOOP(s)
        ;
    km_set_label(s, "\x01\xff");
    km_counter(s, "zero/zero", 0.0 / km_state_range(s, 0), 0);
}
KM_BENCHMARK(odd_name) { km_name(b, "a\x01\xff\n\"b"); km_arg(b, 0); km_iterations(b, 1); }
KERNMARK_MAIN()
"""


@pytest.fixture(name="slow", scope="session")
def fixture_slow(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    (folder / "slow.c").write_text(SLOW, encoding="utf-8")
    return build_ours(folder / "slow.c", folder / "slow")


def start(program, *args, folder):
    return subprocess.Popen([program, *args], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_rows(path, n):
    for _ in range(1000):
        time.sleep(0.01)
        if path.exists() and path.read_text().count('"run_name"') >= n:
            return
    raise AssertionError("no rows")


@pytest.mark.parametrize("how,code", [(signal.SIGINT, 4), (signal.SIGTERM, 4), (signal.SIGKILL, -9)])
def test_stopped(slow, tmp_path, how, code):
    child = start(slow, "--benchmark_filter=nap", "--benchmark_out=o.json", folder=tmp_path)
    wait_for_rows(tmp_path / "o.json", 3)
    child.send_signal(how)
    out, err = child.communicate(timeout=30)
    assert child.returncode == code
    rows = json.loads((tmp_path / "o.json").read_text())["benchmarks"]
    assert 3 <= len(rows) < 60
    if code == 4:
        assert "interrupted; what was measured is reported" in err and out.count("nap/") == len(rows)


def test_crash_keeps_what_was(slow, tmp_path):
    done = run(slow, "--benchmark_filter=nap/[1-3]/|dies", "--benchmark_out=o.json", cwd=tmp_path)
    assert done.code == -signal.SIGABRT
    assert len(json.loads((tmp_path / "o.json").read_text())["benchmarks"]) == 3


def test_folder_goes(slow, tmp_path):
    (tmp_path / "folder").mkdir()
    done = run(slow, "--benchmark_filter=removes", "--benchmark_out=folder/o.json", cwd=tmp_path)
    assert done.code == 2 and "cannot write folder/o.json: No such file or directory" in done.err, done
    assert json.loads((tmp_path / "elsewhere" / "o.json").read_text())["benchmarks"]


def test_benchmark_that_prints(slow, tmp_path):
    with open(tmp_path / "o.json", "w", encoding="utf-8") as out:
        subprocess.run([slow, "--benchmark_filter=prints", "--benchmark_format=json"], stdout=out, check=True)
    assert len(json.loads((tmp_path / "o.json").read_text())["benchmarks"]) == 1


def test_odd_texts_are_json(slow):
    done = run(slow, "--benchmark_filter=a.*b", "--benchmark_format=json")
    row = json.loads(done.out)["benchmarks"][0]
    assert row["name"] == 'a\x01\ufffd\n"b/0/iterations:1' and row["label"] == "\x01\ufffd" and row["zero/zero"] is None
    done = run(slow, "--benchmark_filter=a.*b")
    assert "\x01" not in done.out


def test_progress_on_a_terminal(slow):
    main_side, terminal = pty.openpty()
    child = subprocess.Popen([slow, "--benchmark_filter=nap/[1-3]/"], stdout=subprocess.PIPE, stderr=terminal,
                             env={"TERM": "xterm"})
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(main_side, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    out = child.communicate()[0]
    os.close(main_side)
    assert child.returncode == 0 and b"\033" not in out
    assert b"1 of 3 done" in shown and b"s left  nap/2/iterations:1" in shown and shown.rstrip().endswith(b"\033[K")


def test_aggregates_and_samples_are_json_fields(ours):
    done = run(ours, "--benchmark_filter=^timed", "--benchmark_format=json", "--benchmark_samples", "--benchmark_time_unit=auto")
    row = json.loads(done.out)["benchmarks"][0]
    times = row["kernmark_sample_times"]
    assert len(times) == row["kernmark_samples"] > 0
    assert row["kernmark_min"] <= row["kernmark_median"] <= row["kernmark_max"]
    assert list(row).index("kernmark_samples") > list(row).index("time_unit")


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))


# --- a main() of one's own, and counters without bounds --------------------------------------------------------------

OWN_MAIN = {"c": """
#include <kernmark/benchmark.h>
#include <math.h>
static int run;
static void odd(struct km_state *state)
{
    run++;
    KM_LOOP(state) {
    }
    km_counter(state, "all", INFINITY, 0);
    km_counter(state, "down", -INFINITY, 0);
    km_counter(state, "some", run % 2 ? INFINITY : 2, 0);
    km_counter(state, "one", run == 1 ? INFINITY : run, 0);
    km_counter(state, "both", run % 2 ? INFINITY : -INFINITY, 0);
}
KM_BENCHMARK(odd)
{
    km_iterations(b, 1);
}
int main(int argc, char **argv)
{
    km_add_custom_context("room", "cold");
    km_add_custom_context("room", "warm");
    if (km_initialize(&argc, argv))
        return 1;
    km_add_custom_context("flag", "code");
    km_add_custom_context("late", "");
    int code = km_run_specified_benchmarks();
    km_shutdown();
    return code;
}
""", "cc": """
#include <benchmark/benchmark.h>
#include <cmath>
static int run;
static void odd(benchmark::State &state)
{
    run++;
    for (auto _ : state) {
    }
    state.counters["all"] = INFINITY;
    state.counters["down"] = -INFINITY;
    state.counters["some"] = run % 2 ? INFINITY : 2;
    state.counters["one"] = run == 1 ? INFINITY : run;
    state.counters["both"] = run % 2 ? INFINITY : -INFINITY;
}
BENCHMARK(odd)->Iterations(1);
int main(int argc, char **argv)
{
    benchmark::AddCustomContext("room", "cold");
    benchmark::AddCustomContext("room", "warm");
    benchmark::Initialize(&argc, argv);
    benchmark::AddCustomContext("flag", "code");
    benchmark::AddCustomContext("late", "");
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
"""}


@pytest.fixture(name="own_main", scope="session")
def fixture_own_main(theirs, tmp_path_factory):
    """A pair of programs; theirs is asked for only to skip where it cannot be built."""
    folder = tmp_path_factory.mktemp("own_main")
    for suffix, text in OWN_MAIN.items():
        (folder / f"own.{suffix}").write_text(text)
    subprocess.run(["g++", "-O2", "-w", str(folder / "own.cc"), "-lbenchmark", "-lpthread", "-o", str(folder / "theirs")],
                   check=True)
    return folder / "theirs", build_ours(folder / "own.c", folder / "ours")


def test_custom_context(own_main):
    got = both(*own_main, "--benchmark_context=room=flag,flag=flag,new=x", "--benchmark_format=json")
    contexts = [json.loads(re.sub(r"\b(NaN|-?Infinity)\b", "0", done.out))["context"] for done in got]
    for key in ("room", "flag", "new", "late"):
        assert contexts[0][key] == contexts[1][key], key
    assert (contexts[1]["room"], contexts[1]["flag"]) == ("cold", "flag")
    keys = [[k for k in c if k in ("room", "flag", "new", "late")] for c in contexts]
    assert keys[0] == keys[1]
    told = [re.findall(r'custom context "(\w+)"', done.err) for done in got]
    assert told[0] == told[1] or sorted(told[0]) == sorted(told[1]) == ["flag", "room", "room"]


@pytest.mark.parametrize("repetitions", [2, 3, 4, 5])
def test_counters_without_bounds(own_main, repetitions):
    """Means and medians of infinities are theirs; a spread of them is no number, whose sign means nothing."""
    shown = []
    for done in both(*own_main, f"--benchmark_repetitions={repetitions}"):
        lines = [line for line in done.out.splitlines() if re.match(r"odd\S*_(mean|median) ", line)]
        shown.append([re.findall(r"(\w+)=(\S+)", line.replace("-nan", "nan")) for line in lines])
        assert len(lines) == 2, done
    assert shown[0] == shown[1]
