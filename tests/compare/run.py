#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kernmark side by side with Google Benchmark (Debian's libbenchmark-dev 1.7.1): a benchmark, not a test.

Builds the same benchmarks against both libraries (ours.c, theirs.cc), measures them in turns, so that a slower spell of
the machine hits both, and prints a Markdown table: median [least to most]. With --write it also goes into
harness/COMPARISON.md, between the marks there. Takes about ten minutes, which it tells step by step; --brief takes
one and is no evidence.
"""
import argparse
import json
import math
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "compare"
DOCUMENT = ROOT / "harness" / "COMPARISON.md"
BEGIN, END = "<!-- BEGIN: measured by tests/compare/run.py -->", "<!-- END -->"
SIDES = ("ours", "theirs")
# From the cheapest to the most precise.
LADDER = [f"--benchmark_target_ci={ci}" for ci in ("5%", "2%", "1%")]


def say(text):
    print(text, file=sys.stderr, flush=True)


# --- building -------------------------------------------------------------------------------------------------------

def why_not():
    """What is missing, or None."""
    if not shutil.which(os.environ.get("CXX", "g++")):
        return "no C++ compiler (g++)"
    for folder in ("/usr/include", "/usr/local/include"):
        if (pathlib.Path(folder) / "benchmark" / "benchmark.h").exists():
            return None
    return "no Google Benchmark (libbenchmark-dev)"


def build(library, folder):
    """The programs, by name."""
    cc, cxx = os.environ.get("CC", "gcc"), os.environ.get("CXX", "g++")
    common = ["-O2", "-DNDEBUG", "-Wall", "-Wextra", f"-I{ROOT}", f"-I{ROOT / 'harness'}"]
    ours, theirs, spawn = folder / "ours", folder / "theirs", folder / "spawn"
    for command in (
        [cc, "-std=c11", "-D_GNU_SOURCE", *common, "-o", spawn, HERE / "spawn.c"],
        [cc, "-std=c11", "-D_GNU_SOURCE", *common, "-o", ours, HERE / "ours.c", library, "-lpthread", "-lm"],
        [cxx, "-std=c++17", *common, "-o", theirs, HERE / "theirs.cc", "-lbenchmark", "-lpthread"],
    ):
        subprocess.run(command, check=True)
    return {"ours": ours, "theirs": theirs, "spawn": spawn}


# --- running --------------------------------------------------------------------------------------------------------

class Bench:
    """Both programs."""

    def __init__(self, programs):
        self.programs = programs

    def rows(self, side, *flags):
        """The JSON rows of one start, by name, and its wall time in seconds."""
        start = time.monotonic()
        done = subprocess.run([self.programs[side], "--benchmark_format=json", *flags], capture_output=True, text=True,
                              check=True)
        wall = time.monotonic() - start
        return {r["name"]: r for r in json.loads(done.stdout)["benchmarks"]}, wall

    def spawn(self, *command):
        """Wall seconds and peak KiB of one start, without a measuring Python in the way."""
        done = subprocess.run([self.programs["spawn"], *command], capture_output=True, text=True, check=True)
        wall, peak, code = map(int, done.stdout.split())
        if code:
            raise SystemExit(f"{command[0]} ended with {code}")
        return wall * 1e-9, peak


def in_turns(times, sides, measure):
    """measure(side) `times` times for each side, alternating; the order turns round every time."""
    values = {side: [] for side in sides}
    for i in range(times):
        for side in sides if i % 2 == 0 else tuple(reversed(sides)):
            values[side].append(measure(side))
    return values


def only(rows, prefix):
    return [r for name, r in rows.items() if name.startswith(prefix)]


def cv(values):
    return statistics.stdev(values) / statistics.mean(values)


# --- what is measured -----------------------------------------------------------------------------------------------

def spread(values, scale, digits):
    """median [least to most]; of one, that one"""
    low, middle, high = (f"{v * scale:.{digits}f}" for v in (min(values), statistics.median(values), max(values)))
    return f"{middle} [{low} to {high}]" if len(values) > 1 else middle


def row(what, values, *, scale=1.0, digits=2, goal=""):
    return [what, spread(values["ours"], scale, digits), spread(values["theirs"], scale, digits), goal]


def median_interval(values):
    """The median and its exact 95% interval, by order statistics."""
    v, n, missed, k = sorted(values), len(values), 0.0, 0
    while (missed + math.comb(n, k) / 2**n) * 2 <= 0.05:
        missed += math.comb(n, k) / 2**n
        k += 1
    return statistics.median(v), v[max(k, 1) - 1], v[n - max(k, 1)]


def measure_loop(bench, size):
    """In fresh pairs, each half a moment after the other: the loops are alike, and a processor's frequency is not."""
    def once(side):
        rows, _ = bench.rows(side, "--benchmark_filter=^loop", "--benchmark_min_time=0.02" + "s" * (side == "ours"))
        return only(rows, "loop")[0]["real_time"]

    values = in_turns(size.loops, SIDES, once)
    yield row("Empty loop with `do_not_optimize`, ns per iteration", values, digits=3, goal="at most theirs")
    middle, low, high = median_interval([o / t for o, t in zip(values["ours"], values["theirs"])])
    yield [f"the same, ours to theirs: median of {size.loops} pairs [95% interval]",
           f"{middle:.4f} [{low:.4f} to {high:.4f}]", "1", "not above 1"]


def measure_pause(bench, size):
    pairs = in_turns(size.pauses, SIDES, lambda s: only(bench.rows(s, "--benchmark_filter=^pause")[0], "pause")[0])
    charged = {s: [r["real_time"] for r in rows] for s, rows in pairs.items()}
    wall = {s: [r["wall_ns"] for r in rows] for s, rows in pairs.items()}
    yield row("Pause and resume, charged to the result, ns", charged, digits=0, goal="at most 50")
    yield row("Pause and resume, wall time, ns", wall, digits=0, goal="at most 100")


def measure_start(bench, size):
    starts = in_turns(size.starts, SIDES, lambda s: bench.spawn(bench.programs[s], "--benchmark_list_tests"))
    nothing = [bench.spawn("/bin/true")[0] for _ in range(size.starts)]
    walls = {s: [wall for wall, _ in v] for s, v in starts.items()}
    floor = statistics.median(nothing) * 1e3
    yield row(f"Start and `--benchmark_list_tests`, ms (`/bin/true`: {floor:.2f})", walls, scale=1e3, goal="at most 1.5")
    yield row("Peak memory of that, KiB", {s: [peak for _, peak in v] for s, v in starts.items()}, digits=0)


def run_to_run(runs):
    """The median over the benchmarks of the coefficient of variation of their times over the runs."""
    names = [n for n in runs[0] if n.startswith("trivial/")]
    return statistics.median(cv([rows[n]["real_time"] for rows in runs]) for n in names)


def measure_hundred(bench, size):
    """Ours at defaults follows the newest version's rule and takes a hundred seconds: once."""
    trivial = f"--benchmark_filter={size.trivial}"
    ways = {"theirs": ("theirs",), **{flag: ("ours", flag) for flag in LADDER}}
    done = in_turns(size.hundreds, tuple(ways), lambda way: bench.rows(*ways[way], trivial))
    walls = {way: [wall for _, wall in runs] for way, runs in done.items()}
    spreads = {way: run_to_run([rows for rows, _ in runs]) for way, runs in done.items()}
    say("  " + "; ".join(f"{way}: {statistics.median(walls[way]):.1f} s, CV {spreads[way]:.2%}" for way in ways))
    count = sum(name.startswith("trivial/") for name in done["theirs"][0][0])
    yield row(f"{count} trivial benchmarks at defaults, s", {"ours": [bench.rows("ours", trivial)[1]], **walls}, digits=1)
    reached = [flag for flag in LADDER if spreads[flag] <= spreads["theirs"]]
    flag = reached[0] if reached else LADDER[-1]
    yield [f"{count} trivial benchmarks to the same spread{'' if reached else ' (not reached)'}, ours with `{flag}`, s",
           spread(walls[flag], 1, 1), spread(walls["theirs"], 1, 1),
           f"a tenth of theirs: {statistics.median(walls['theirs']) / 10:.1f}"]
    yield [f"their spread from run to run ({size.hundreds} runs in turns; median CV)", f"{spreads[flag]:.2%}",
           f"{spreads['theirs']:.2%}", "at most theirs"]


def measure_noise(bench, size):
    flags = ["--benchmark_filter=^noise/"]
    ours, theirs = (bench.rows(s, *flags)[1] for s in SIDES)
    equal = f"--benchmark_min_time={0.5 * theirs / ours:.4f}s"
    say(f"  noise with {equal} (ours takes {ours:.2f} s, theirs {theirs:.2f} s)")
    runs = in_turns(size.noises, SIDES, lambda s: bench.rows(s, *flags, *([equal] if s == "ours" else [])))
    yield row(f"{size.noises} runs of three benchmarks, s each", {s: [w for _, w in v] for s, v in runs.items()})
    for name, what in (("memory", "64 MiB sum"), ("compute", "100,000 dependent steps"), ("short", "100 ns hash")):
        values = {s: [only(rows, f"noise/{name}")[0]["real_time"] for rows, _ in v] for s, v in runs.items()}
        yield [f"their spread from run to run: {what} (CV)", *(f"{cv(values[s]):.2%}" for s in SIDES), ""]


def measure_peak(bench, size):
    flags = ["--benchmark_filter=^(trivial/1|loop)", "--benchmark_min_time=0.05"]
    runs = in_turns(size.peaks, SIDES, lambda s: bench.spawn(bench.programs[s], *flags)[1])
    yield row("Peak memory of 12 trivial benchmarks, KiB", runs, digits=0)


def libraries(program):
    """The shared libraries that come with it: all but libc, libm and the loader."""
    out = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [p for p in re.findall(r"=> (/\S+)", out) if not re.search(r"/lib(c|m|pthread)\.so", p)]


def measure_size(bench, _size):
    cells = []
    for side in SIDES:
        program = pathlib.Path(bench.programs[side])
        stripped = program.with_suffix(".stripped")
        subprocess.run(["strip", "-o", stripped, program], check=True)
        parts = [f"{stripped.stat().st_size / 1024:.0f}"]
        parts += [f"{pathlib.Path(p).name} {os.path.getsize(os.path.realpath(p)) / 1024:.0f}" for p in libraries(program)]
        cells.append(" + ".join(parts))
    yield ["Program, stripped, and its own shared libraries, KiB", *cells, ""]


STEPS = {"loop": measure_loop, "pause": measure_pause, "start": measure_start, "peak": measure_peak, "size": measure_size,
         "noise": measure_noise, "hundred": measure_hundred}


# --- telling --------------------------------------------------------------------------------------------------------

def machine():
    cpu = "an unknown CPU"
    try:
        found = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
        cpu = found[1] if found else cpu
    except OSError:
        pass
    load = os.getloadavg()[0]
    return f"{cpu}, {os.cpu_count()} CPUs, Linux {platform.release()}, load {load:.1f} at the start"


def table(rows):
    head = [["measured", "Kernmark", "Google Benchmark 1.7.1", "goal"], ["---"] * 4]
    return "\n".join("| " + " | ".join(r) + " |" for r in head + rows)


def write_document(text):
    old = DOCUMENT.read_text(encoding="utf-8")
    start, end = old.index(BEGIN) + len(BEGIN), old.index(END)
    DOCUMENT.write_text(old[:start] + "\n\n" + text + "\n\n" + old[end:], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", default=ROOT / "build" / "libkernmark.a", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS), help="measure these alone")
    parser.add_argument("--brief", action="store_true", help="few repetitions, to see that it works")
    parser.add_argument("--write", action="store_true", help="put the table into harness/COMPARISON.md")
    args = parser.parse_args()
    if args.write and args.only != list(STEPS):
        parser.error("--write writes the whole table: not with --only")
    missing = why_not()
    if missing:
        say(f"compare: not possible here: {missing}")
        return 0
    size = argparse.Namespace(loops=151, pauses=9, starts=60, hundreds=8, trivial="^trivial/", noises=20, peaks=5)
    if args.brief:
        size = argparse.Namespace(loops=9, pauses=3, starts=20, hundreds=2, trivial="^trivial/[0-9]/", noises=2, peaks=2)
    about = f"{time.strftime('%Y-%m-%d')}, {machine()}" + (" (brief: no evidence)" if args.brief else "")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(build(args.library, pathlib.Path(folder)))
        for name in args.only:
            start = time.monotonic()
            for done in STEPS[name](bench, size):
                say("  " + " | ".join(done[:3]))
                rows.append(done)
            say(f"{name}: {time.monotonic() - start:.0f} s")
    text = f"Median [least to most]; {about}.\n\n{table(rows)}"
    print(text)
    if args.write:
        write_document(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
