# SPDX-License-Identifier: Apache-2.0
"""kernmark run --exec: programs that speak Google Benchmark's contract, real C++ ones and ones that lie."""
import json
import os
import shutil
import subprocess
import textwrap

import pytest

# A program with the flags and the JSON of Google Benchmark. One with a name of `bad` misbehaves in that way.
FAKE = r'''
import json, os, re, signal, sys, time
flags = dict(a[2:].partition("=")[::2] for a in sys.argv[1:] if a.startswith("--benchmark_"))
names = NAMES
if flags.get("benchmark_list_tests") == "true":
    print("\n".join(names))
    sys.exit(0)
factor = dict(p.split(":") for p in os.environ.get("SLOWER", "").split(",") if p)
wanted = re.compile(flags["benchmark_filter"])
chosen = [n for n in names if wanted.search(n)]

def noise():
    """Another one in every process, the same in every test."""
    path = os.environ.get("COUNTER", "counter")
    n = int(open(path).read()) if os.path.exists(path) else 0
    open(path, "w").write(str(n + 1))
    return 1 + 0.004 * ((n * 7919) % 101 / 101 - 0.5)

def row(name, **more):
    t = 100.0 * noise() * float(factor.get(name, 1))
    return {"name": name, "run_name": name, "run_type": "iteration", "repetitions": 1, "repetition_index": 0,
            "threads": 1, "iterations": 1000, "real_time": t, "cpu_time": t, "time_unit": "ns", **more}

def write(text):
    with open(flags["benchmark_out"], "w") as f:
        f.write(text)

def whole(rows):
    return json.dumps({"context": {"library_version": "v1.9.5", "library_build_type": "release"}, "benchmarks": rows})

def bad(name):
    good = whole([row(name)])
    ways = {"garbage": lambda: write("\x00\xff not json" * 100), "truncated": lambda: write(good[:-20]),
            "nan": lambda: write(good.replace('"real_time": ', '"real_time": NaN, "x": ')),
            "other_name": lambda: write(whole([row("somebody else")])), "empty": lambda: write(whole([])),
            "nothing": lambda: None, "hang": lambda: time.sleep(600),
            "exit3": lambda: (write(good), print("giving up", file=sys.stderr), sys.exit(3)),
            "crash": lambda: (write(good[:-20]), print("oh dear", file=sys.stderr, flush=True),
                              os.kill(os.getpid(), signal.SIGSEGV)),
            "huge": lambda: write(whole([dict(r, run_name=f"{name}{i}", label="x" * 1000)
                                         for r in [row(name)] for i in range(20000)])),
            "negative": lambda: write(good.replace('"real_time": ', '"real_time": -')),
            "text": lambda: write(good.replace('"iterations": 1000', '"iterations": "many"')),
            "deep": lambda: write("[" * 100000), "list": lambda: write("[1, 2]"),
            "error": lambda: write(whole([row(name, error_occurred=True, error_message="no <luck> | today")])),
            "orphan": lambda: (os.fork() or time.sleep(600), write(good))}
    ways[name]()

if MODE == "bad":
    bad(chosen[0])
else:
    write(whole([row(n) for n in chosen]))
'''


def program(km, name, names, mode="good"):
    path = km.write(name, "#!/usr/bin/python3 -S\n" + FAKE.replace("NAMES", repr(names)).replace("MODE", repr(mode)))
    path.chmod(0o755)
    return f"./{name}"


def rows(done):
    return {row["component"]: row for row in json.loads(done.out)}


def results(km):
    """The rows by name of the latest run."""
    out = km.folder / "now.json"
    return {row["name"]: row for row in json.loads(out.read_text())["benchmarks"] if row["run_type"] == "iteration"}


def run(km, prog, *more, **env):
    return km("run", f"--exec={prog}", "--profile=smoke", "--benchmark_out=now.json", "--format=json", *more, **env)


def test_every_name_is_asked_for_alone(km):
    names = ["BM/64", "BM/640", "a.b", "axb", "f<int, std::vector<int>*>/n:3", "x(1)|[y]{2}^$+?*\\", "\"q\" 'q' `q`",
             "ünïcode", "-minus", "all", " spaces ", "%s%n", "$(touch pwned)"]
    done = run(km, program(km, "prog", names), "--benchmark_repetitions=2")
    assert done.code == 0, done
    got = [row for row in json.loads((km.folder / "now.json").read_text())["benchmarks"]
           if row["run_type"] == "iteration"]
    assert sorted(row["run_name"] for row in got) == sorted(2 * names)
    assert {row["iterations"] for row in got} == {1000}
    assert not (km.folder / "pwned").exists()


def test_each_way_to_be_bad_is_one_row(km):
    bad = ["garbage", "truncated", "nan", "other_name", "empty", "nothing", "exit3", "crash", "huge", "negative", "text",
           "deep", "list", "error"]
    done = run(km, program(km, "prog", ["orphan"] + bad, "bad"), "--benchmark_repetitions=1")
    assert done.code == 4, done
    got = results(km)
    assert "error_occurred" not in got["orphan"], got["orphan"]
    for name in bad:
        assert got[name]["error_occurred"], name
        assert str(km.folder) not in got[name]["error_message"]
    assert "giving up" in got["exit3"]["error_message"]
    assert got["crash"]["kernmark_status"] == "CRASHED" and "oh dear" in got["crash"]["error_message"]
    assert "no <luck> | today" in got["error"]["error_message"]
    assert f"{len(bad)} of {len(bad) + 1} benchmarks failed" in done.err


def test_names_with_newlines_are_no_benchmarks_but_no_harm(km):
    done = run(km, program(km, "prog", ["fine", "two\nlines", "\x01\x1b[31mred"]), "--benchmark_repetitions=1")
    assert done.code == 4, done
    assert "\x1b" not in done.out + done.err
    got = {row["component"] for row in json.loads(done.out)}
    assert {"fine", "two", "lines"} <= got
    assert "error_occurred" not in results(km)["fine"]


def test_a_hanging_benchmark_ends_with_an_interrupt(km):
    prog = program(km, "prog", ["hang"], "bad")
    process = km.start("run", f"--exec={prog}", "--profile=smoke")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert process.returncode == 4, (out, err)
    assert "interrupted" in err


def test_what_is_no_benchmark_program_is_refused(km):
    silent = km.write("silent", "#!/bin/sh\nexit 0\n")
    broken = km.write("broken", "#!/bin/sh\necho no such flag >&2\nexit 1\n")
    plain = km.write("plain", "not a program")
    for path in (silent, broken):
        path.chmod(0o755)
    assert "lists no benchmark" in run(km, silent).err and run(km, silent).code == 2
    assert "no such flag" in run(km, broken).err and run(km, broken).code == 4
    for path in (plain, "no-such-program", "", km.folder):
        assert run(km, path).code == 2, path
    assert not (km.folder / ".kernmark").exists()


def test_options_fit_together(km):
    prog = program(km, "prog", ["a/1", "a/2", "b"])
    assert km("run", "core", f"--exec={prog}").code == 2
    assert "after --" in km("run", f"--exec={prog}", "argument").err
    assert km("run", f"--exec={prog}", "--counters=cycles").code == 2
    assert km("run", f"--exec={prog}", "--instructions").code == 2
    assert km("run", f"--exec={prog}", "--profile=huge").code == 2
    assert km("run", f"--exec={prog}", "--filter=nothing").code == 2
    assert km("run", f"--exec={prog}", "--benchmark_list_tests").out.split() == ["a/1", "a/2", "b"]
    done = km("run", f"--exec={prog}", "--benchmark_list_tests", "--benchmark_filter=-^a")
    assert done.out.split() == ["b"]


def test_arguments_go_to_the_program_and_into_its_identity(km):
    echo = km.write("echo.sh", "#!/bin/sh\nfor a; do echo \"$a\" >> args; done\necho one\nexit 5\n")
    echo.chmod(0o755)
    assert run(km, echo, "--", "--input=a b", "--help", "$(x)").code == 4
    assert (km.folder / "args").read_text().splitlines()[:3] == ["--input=a b", "--help", "$(x)"]
    prog = program(km, "prog", ["a"])
    seen = set()
    for args in ([], ["--", "x y"]):
        assert run(km, prog, "--benchmark_repetitions=1", *args).code == 0
        seen.add(results(km)["a"]["kernmark_hash"])
        command = json.loads((km.folder / "now.json").read_text())["context"]["run.command"]
    assert len(seen) == 2
    assert command.startswith("kernmark run --exec=./prog") and command.endswith("-- 'x y'")
    (km.folder / "elsewhere").mkdir()
    shutil.copy(km.folder / "prog", km.folder / "elsewhere" / "prog")
    assert run(km, "elsewhere/prog", "--benchmark_repetitions=1").code == 0
    assert results(km)["a"]["kernmark_hash"] in seen


def decisions(done):
    return {row["name"]: row["decision"] for row in json.loads(done.out)}


def test_from_run_to_verdict_report_and_comparison(fake):
    prog = program(fake, "prog", ["fast", "slow/n:3"])

    def measure(day, **env):
        done = run(fake, prog, f"--seed={day}", "--benchmark_repetitions=8", KERNMARK_FAKE_DAY=str(day), **env)
        assert done.code == 0, done

    for day in range(1, 7):
        measure(day)
        assert fake("gate", "--adopt").code == 0
    done = fake("gate", "--format=json")
    assert set(decisions(done).values()) == {"EQUIVALENT"}, done
    measure(7, SLOWER="fast:1.5")
    done = fake("gate", "--format=json")  # kernmark cannot build the program's former state to measure beside it
    assert done.code == 3, done
    assert decisions(done) == {"fast": "INCONCLUSIVE", "slow/n:3": "EQUIVALENT"}
    done = fake("gate", "--format=json", "--unconfirmed")
    assert done.code == 1, done
    assert decisions(done) == {"fast": "REGRESSED", "slow/n:3": "EQUIVALENT"}
    compared = fake("compare", "latest~1", "latest", "--format=json")
    assert decisions(compared)["fast"] == "REGRESSED", compared
    assert len(json.loads(fake("history", "fast", "--format=json").out)) == 7
    done = fake("report")
    assert done.code == 0, done
    document = (fake.folder / done.out.strip().splitlines()[-1]).read_text()
    assert "slow/n:3" in document and "REGRESSED" in document and "prog" in document


def test_suites_and_programs_have_baselines_of_their_own(fake):
    suite = fake.suite("sum", rounds=8)
    prog = program(fake, "my prog", ["fast"])

    def suite_run(day):
        assert fake("run", suite, f"--seed={day}", KERNMARK_FAKE_DAY=str(day)).code == 0

    def program_run(day):
        assert run(fake, prog, f"--seed={day}", "--benchmark_repetitions=8", KERNMARK_FAKE_DAY=str(day)).code == 0

    suite_run(1)
    assert "baseline 'default'" in fake("gate", "--adopt").out
    program_run(2)
    done = fake("gate")
    assert done.code == 3 and "default/my" in done.err, done
    assert "default/my" in fake("gate", "--adopt").out
    suite_run(3)
    found = decisions(fake("gate", "--format=json"))
    assert set(found) == {"sum/f32/ref/n:64", "sum/f32/fast/n:64"} and "NEW" not in found.values()
    program_run(4)
    found = decisions(fake("gate", "--format=json"))
    assert set(found) == {"fast"} and "NEW" not in found.values()
    names = fake("baseline", "list").out
    assert "default " in names and "default/my" in names


SOURCE = """
    #include <benchmark/benchmark.h>
    #include <cstdio>
    #include <cstdlib>
    #include <numeric>
    #include <vector>

    static void Sum(benchmark::State &state)
    {
        std::vector<int> v(state.range(0), 1);
        for (auto _ : state)
            benchmark::DoNotOptimize(std::accumulate(v.begin(), v.end(), 0));
        state.SetBytesProcessed(state.iterations() * state.range(0) * sizeof(int));
    }
    BENCHMARK(Sum)->Arg(64)->Arg(640);

    template <class A, class B> void Pair(benchmark::State &state)
    {
        for (auto _ : state)
            benchmark::DoNotOptimize(state.iterations());
    }
    BENCHMARK(Pair<int, std::vector<int> *>)->Threads(2)->Name("Pair<int, vector<int>*>");
    BENCHMARK(Sum)->Arg(8)->Repetitions(3)->UseRealTime()->Name("x.y*(z)|[w]+?{2}^$\\\\");

    static void Crash(benchmark::State &state)
    {
        std::fprintf(stderr, "the end is near\\n");
        for (auto _ : state)
            std::abort();
    }
    BENCHMARK(Crash);

    static void Error(benchmark::State &state)
    {
        state.SkipWithError("no luck today");
        for (auto _ : state) {
        }
    }
    BENCHMARK(Error);
    BENCHMARK(Sum)->Arg(1)->Name("twice");
    BENCHMARK(Sum)->Arg(1)->Name("twice");
    BENCHMARK_MAIN();
"""


@pytest.fixture(name="cpp", scope="session")
def fixture_cpp(tmp_path_factory):
    """A real Google Benchmark executable."""
    folder = tmp_path_factory.mktemp("cpp")
    if not shutil.which("g++"):
        pytest.skip("no C++ compiler (g++)")
    (folder / "b.cpp").write_text(textwrap.dedent(SOURCE))
    done = subprocess.run(["g++", "-O2", "-w", "-o", folder / "cpp", folder / "b.cpp", "-lbenchmark", "-lpthread"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no Google Benchmark (libbenchmark-dev)" if "benchmark.h" in done.stderr else done.stderr[-300:])
    return folder / "cpp"


def test_a_real_program(km, cpp):
    done = run(km, cpp)
    assert done.code == 4, done
    table = rows(done)
    assert len(table) == 7
    got = results(km)
    for name in ("Sum/64", "Sum/640", "Pair<int, vector<int>*>/threads:2", "x.y*(z)|[w]+?{2}^$\\/8/repeats:3/real_time"):
        assert got[name]["real_time"] > 0 and got[name]["iterations"] > 1, name
    assert got["Sum/640"]["real_time"] > got["Sum/64"]["real_time"]
    assert got["Sum/640"]["bytes_per_second"] > 0
    assert got["Pair<int, vector<int>*>/threads:2"]["threads"] == 2
    assert got["Crash"]["kernmark_status"] == "CRASHED" and "the end is near" in got["Crash"]["error_message"]
    assert got["Error"]["error_message"].endswith("no luck today")
    assert "2 benchmarks of the program have this name" in got["twice/1"]["skip_message"]


def test_a_real_program_takes_our_flags(km, cpp):
    done = run(km, cpp, "--filter=^Sum/64$", "--benchmark_repetitions=3", "--benchmark_min_time=0.02s", "--seed=5")
    assert done.code == 0, done
    got = [r for r in json.loads((km.folder / "now.json").read_text())["benchmarks"] if r["run_type"] == "iteration"]
    assert [r["run_name"] for r in got] == 3 * ["Sum/64"]
    assert all(r["iterations"] * r["real_time"] >= 0.01e9 for r in got)


def test_a_number_of_iterations_for_a_program_that_takes_none(km, cpp):
    """1.7.1; a newer one takes it."""
    done = run(km, cpp, "--filter=^Sum/64$", "--benchmark_min_time=100x")
    if done.code == 0:
        assert results(km)["Sum/64"]["iterations"] == 100
        return
    assert done.code == 4
    said = results(km)["Sum/64"]["error_message"]
    assert "it takes no number of iterations" in said and "--benchmark_min_time in seconds" in said


def test_a_real_program_from_run_to_report(km, cpp):
    for adopt in (True, False):
        assert run(km, cpp, "--filter=Sum").code == 0
        done = km("gate", *(["--adopt"] if adopt else []))
        assert done.code == 0 if adopt else done.code in (0, 1, 3, 5), done
    assert km("compare", "1", "2").code in (0, 1, 3, 5)
    done = km("report")
    assert done.code == 0, done
    assert "Sum/640" in (km.folder / done.out.strip().splitlines()[-1]).read_text()
    assert os.listdir(km.folder / ".kernmark")
