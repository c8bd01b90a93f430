# SPDX-License-Identifier: Apache-2.0
"""Benchmarks that misbehave (tests/faulty/benchmarks.c), in the program's own process, each in a process of its own
(--benchmark_isolate), and through `kernmark run --exec`: message, exit code, and output that is always whole."""
import json
import os
import re
import signal
import subprocess
import time

import pytest

from conftest import ROOT, build_ours, sanitizer

FINE, ROW, ENDS, BROKEN, CUT = "fine", "a row with an error", "the program ends", "output is broken", "stops and reports"
# How it goes in the program's own process, and what is said: (kind, message). CUT and FINE go on to the end.
HERE = {
    "no_loop": (ROW, "didn't run, nor was it explicitly skipped"),
    "twice": (ROW, "ran a timed loop twice"),
    "early": (ROW, "left its timed loop before the last iteration"),
    "early_in_threads": (ROW, "left its timed loop before the last iteration"),
    "fails": (ROW, '"quoted" \ufffd 100%'),
    "forks": (FINE, "a process that the benchmark forked came back from it; it ends here"),
    "forks_in_threads": (FINE, "a process that the benchmark forked came back from it; it ends here"),
    "forks_and_exits": (FINE, ""),
    "orphan": (FINE, ""),
    "prints": (FINE, ""),
    "moves": (FINE, ""),
    "ignores_signals": (FINE, ""),
    "leaks": (FINE, ""),
    "leaves_threads": (FINE, ""),
    "odd_counters": (FINE, ""),
    "slow": (FINE, ""),
    "closes_stdout": (BROKEN, "cannot write standard output: Bad file descriptor"),
    "fcloses_stdout": (BROKEN, "cannot write standard output: Bad file descriptor"),
    "closes_everything": (BROKEN, ""),
    "exits_0": (ENDS, "exits_0/iterations:1: it called exit(), so what comes after it was not run"),
    "exits_3": (ENDS, "exits_3/iterations:1: it called exit(), so what comes after it was not run"),
    "exits_in_threads": (ENDS, "it called exit(), so what comes after it was not run"),
    "hangs": (ENDS, "hangs/iterations:1: it did not stop within its time limit of 0.3 s"),
    "spins": (ENDS, "spins/iterations:1: it did not stop within its time limit of 0.3 s"),
}
# In a process of its own it is a row: the status of the row's end, or None where it is fine.
APART = {
    **{name: said if kind == ROW else None for name, (kind, said) in HERE.items()},
    "closes_everything": "its process exited with status 70 before the benchmark was done",
    "exits_0": "its process exited with status 0 before the benchmark was done",
    "exits_3": "its process exited with status 3 before the benchmark was done",
    "exits_in_threads": "its process exited with status 0 before the benchmark was done",
    "leaves": "its process exited with status 0 before the benchmark was done",
    "hangs": "killed: it did not stop within its time limit of 0.3 s",
    "spins": "killed: it did not stop within its time limit of 0.3 s",
}
DEADLY = ["QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "XCPU", "VTALRM",
          "SYS"]
STOPPING = ["HUP", "INT", "TERM"]
ASAN = any("address" in flag for flag in sanitizer())


@pytest.fixture(name="program", scope="session")
def fixture_program(tmp_path_factory):
    return build_ours(ROOT / "tests" / "faulty" / "benchmarks.c", tmp_path_factory.mktemp("faulty") / "faulty")


class Done:
    """One run between two good benchmarks: the file's rows, the rows on standard output (a pipe), words, code."""

    def __init__(self, program, folder, name, *flags):
        only = f"--benchmark_filter=^(good|last)/iter|^{name}/"
        env = {"PATH": os.environ["PATH"], "ASAN_OPTIONS": "handle_segv=0:handle_abort=0:handle_sigill=0:handle_sigbus=0:"
               "handle_sigfpe=0:detect_leaks=0"}
        with open(folder / "err", "wb") as err:
            process = subprocess.Popen([program, only, "--benchmark_out=o.json", "--benchmark_format=json",
                                        "--benchmark_max_time=0.3s", *flags], cwd=folder, env=env,
                                       stdout=subprocess.PIPE, stderr=err, start_new_session=True)
        try:
            self.out = read_until_end(process)
            self.code = process.wait(20)
            if name in ("forks", "forks_in_threads"):
                wait_for(folder / "err", "it ends here")
        finally:
            kill_group(process.pid)
            process.stdout.close()
        self.err = (folder / "err").read_text(errors="replace")
        self.file = json.loads((folder / "o.json").read_text())["benchmarks"]

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n--- stderr\n{self.err}\n--- file\n{self.file}"


def wait_for(path, words):
    """The copy of a program may come to speak only when the program has ended."""
    for _ in range(1000):
        if words in path.read_text(errors="replace"):
            break
        time.sleep(0.01)


def read_until_end(process):
    """What comes until the program ends; what it left behind may keep the pipe open for ever."""
    os.set_blocking(process.stdout.fileno(), False)
    said = b""
    for _ in range(2000):
        ended = process.poll() is not None
        said += process.stdout.read() or b""
        if ended:
            break
        time.sleep(0.01)
    return said


def kill_group(leader):
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def names(rows):
    return [re.sub("/.*", "", row["name"]) for row in rows]


@pytest.mark.parametrize("name", HERE)
def test_in_the_programs_own_process(program, tmp_path, name):
    kind, said = HERE[name]
    done = Done(program, tmp_path, name)
    whole = ["good", name, "last"]
    assert done.code == {FINE: 0, ROW: 4, ENDS: 4, BROKEN: 2}[kind], done
    if kind in (FINE, ROW):
        assert names(done.file) == whole, done
        if name != "prints":  # on a pipe the benchmark's words and ours mix, as theirs do
            assert names(json.loads(done.out)["benchmarks"]) == whole, done
        assert said in (done.err if kind == FINE else done.file[1]["error_message"]), done
    elif kind == ENDS:
        assert said in done.err, done
        assert names(done.file) == ["good"] == names(json.loads(done.out)["benchmarks"]), done
    else:  # what the stream had before is all it will ever have; the file goes on for as long as it is there
        assert said in done.err, done
        assert names(done.file) in (whole[:1], whole[:2]), done


@pytest.mark.parametrize("name", APART)
def test_in_a_process_of_its_own(program, tmp_path, name):
    done = Done(program, tmp_path, name, "--benchmark_isolate")
    assert names(done.file) == ["good", name, "last"], done
    assert name == "prints" or names(json.loads(done.out)["benchmarks"]) == names(done.file), done
    assert done.code == (4 if APART[name] else 0), done
    assert done.file[1].get("error_message", "") == (done.file[1]["error_message"] if APART[name] else ""), done
    assert (APART[name] or "") in done.file[1].get("error_message", ""), done


@pytest.mark.parametrize("name", DEADLY)
def test_deadly_signals(program, tmp_path, name):
    number = getattr(signal, "SIG" + name)
    done = Done(program, tmp_path, f"raises/signal:{int(number)}")
    assert done.code == -number, done
    assert names(done.file) == ["good"], done
    if name != "KILL":
        assert f"raises/signal:{int(number)}/iterations:1: killed by signal {int(number)}\n" in done.err, done
        assert names(json.loads(done.out)["benchmarks"]) == ["good"], done
    done = Done(program, tmp_path, f"raises/signal:{int(number)}", "--benchmark_isolate")
    assert done.code == 4 and names(done.file) == ["good", "raises", "last"], done
    assert done.file[1]["error_message"].startswith(f"killed by signal {int(number)} ("), done


@pytest.mark.parametrize("name", STOPPING)
def test_signals_that_stop(program, tmp_path, name):
    number = getattr(signal, "SIG" + name)
    done = Done(program, tmp_path, f"raises/signal:{int(number)}")
    assert done.code == 4 and "interrupted; what was measured is reported" in done.err, done
    assert names(done.file) == ["good", "raises"] == names(json.loads(done.out)["benchmarks"]), done
    done = Done(program, tmp_path, f"raises/signal:{int(number)}", "--benchmark_isolate")
    assert done.code == 4 and names(done.file) == ["good", "raises", "last"], done
    assert done.file[1]["error_message"].startswith(f"killed by signal {int(number)} ("), done


@pytest.mark.skipif(ASAN, reason="a sanitizer has its own stack")
def test_a_stack_that_overflows(program, tmp_path):
    done = Done(program, tmp_path, "overflows")
    assert done.code == -signal.SIGSEGV and "overflows/iterations:1: killed by signal 11\n" in done.err, done
    assert names(done.file) == ["good"] == names(json.loads(done.out)["benchmarks"]), done
    done = Done(program, tmp_path, "overflows", "--benchmark_isolate")
    assert done.code == 4 and names(done.file) == ["good", "overflows", "last"], done


@pytest.mark.skipif(ASAN, reason="a sanitizer's memory cannot be limited")
@pytest.mark.parametrize("isolate", [[], ["--benchmark_isolate"]], ids=["here", "apart"])
def test_more_threads_than_there_can_be(program, tmp_path, isolate):
    """65,536 threads in a gigabyte; without that limit the whole machine would be out of threads for a moment."""
    done = subprocess.run(f"ulimit -v 1000000; exec {program} '--benchmark_filter=^(good|last)/iter|too_many' "
                          "--benchmark_out=o.json --benchmark_max_time=20s " + " ".join(isolate), shell=True, cwd=tmp_path,
                          capture_output=True, text=True, check=False, timeout=60)
    rows = json.loads((tmp_path / "o.json").read_text())["benchmarks"]
    assert done.returncode == 4 and names(rows) == ["good", "too_many_threads", "last"], done
    assert re.match(r"cannot start thread \d+ of 65536: ", rows[1]["error_message"]), rows[1]


def test_what_nobody_can_catch_is_told_apart(program, tmp_path):
    """_exit() cannot be seen from inside: the file is whole and the isolated run tells (COMPATIBILITY.md)."""
    done = Done(program, tmp_path, "leaves")
    assert names(done.file) == ["good"], done
    assert Done(program, tmp_path, "leaves", "--benchmark_isolate").code == 4


def test_all_failed(program, tmp_path):
    for flags in ([], ["--benchmark_isolate"]):
        done = subprocess.run([program, "--benchmark_filter=^(fails|no_loop)/", "--benchmark_out=o.json", *flags],
                              cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 4
        rows = json.loads((tmp_path / "o.json").read_text())["benchmarks"]
        assert len(rows) == 2 and all(row["error_occurred"] for row in rows)


# --- through kernmark run --exec --------------------------------------------------------------------------------------

# Status and message of the row; None: a time.
EXEC = {
    **{name: None for name, (kind, _) in HERE.items() if kind == FINE},
    **{name: ("FAILED", said.replace("\ufffd", "")[:8]) for name, (kind, said) in HERE.items() if kind == ROW},
    "closes_stdout": ("FAILED", "exited with code 2"),
    "fcloses_stdout": ("FAILED", "exited with code 2"),
    "closes_everything": ("FAILED", "exited with code 2"),
    "exits_0": ("FAILED", "exited with code 4"),
    "exits_3": ("FAILED", "exited with code 4"),
    "exits_in_threads": ("FAILED", "exited with code 4"),
    "leaves": ("FAILED", "its output has 0 benchmarks but not this one"),
    "raises/signal:6": ("CRASHED", "SIGABRT"),
    "raises/signal:8": ("CRASHED", "SIGFPE"),
    "raises/signal:11": ("CRASHED", "SIGSEGV"),
    "raises/signal:9": ("OUT OF MEMORY", "SIGKILL"),
    "raises/signal:13": ("CRASHED", "SIGPIPE"),
    "raises/signal:15": ("FAILED", "exited with code 4"),
    "hangs": ("FAILED", "it did not stop within its time limit of 0.3 s"),
    "good": None,
    "last": None,
}
del EXEC["slow"]  # as long as a time limit lets it


def test_each_is_a_row_of_exec(km, program):
    only = "|".join(f"^{name}/iter" for name in EXEC) + "|/threads:[0-9]$"
    done = km("run", f"--exec={program}", "--profile=smoke", f"--filter={only}", "--benchmark_out=now.json",
              "--benchmark_repetitions=1", "--", "--benchmark_max_time=0.3s",
              ASAN_OPTIONS="handle_segv=0:handle_abort=0:handle_sigfpe=0:detect_leaks=0")
    assert done.code == 4, done
    rows = {re.sub("/(iterations|threads).*", "", row["name"]): row
            for row in json.loads((km.folder / "now.json").read_text())["benchmarks"]}
    for name, want in EXEC.items():
        row = rows[name]
        if want is None:
            assert "error_occurred" not in row, (name, row)
        else:
            assert row["kernmark_status"] == want[0] and want[1] in row["error_message"], (name, row)
    assert km("db", "check").code == 0
