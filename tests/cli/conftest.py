# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: the programs under test, an empty folder each, and short suites."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KERNMARK_BUILD", ROOT / "build"))

# Whoever runs the tests in the background, or under nohup, ignores these; the programs under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def sanitizer():
    """The sanitizer flags of the build under test."""
    flags = BUILD / "flags"
    return re.findall(r"-fsanitize=\S+", flags.read_text(encoding="utf-8")) if flags.exists() else []


def build_ours(source, out):
    """A benchmark executable of ours from one C file, built as the library was."""
    subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", *sanitizer(),
                    f"-I{ROOT / 'harness'}", str(source), str(BUILD / "libkernmark.a"), "-lpthread", "-lm", "-o", str(out)],
                   check=True)
    return out


class Result:
    """What a command did."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Kernmark:
    """The command in a folder of its own, with a store of its own."""

    def __init__(self, program, folder):
        self.program, self.folder = str(program), folder
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "KERNMARK_SHARE": str(ROOT), "LC_ALL": "C",
                    "GIT_CEILING_DIRECTORIES": str(folder.parent), "ASAN_OPTIONS": "handle_segv=0"}

    def __call__(self, *args, timeout=120, **env):
        done = subprocess.run([self.program, *map(str, args)], cwd=self.folder, env={**self.env, **env},
                              capture_output=True, text=True, timeout=timeout, errors="replace", check=False)
        return Result(done)

    def start(self, *args, **env):
        return subprocess.Popen([self.program, *map(str, args)], cwd=self.folder, env={**self.env, **env},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def suite(self, *operations, name="s", extra="", rounds=2):
        """A suite file of operations of tests/faulty/ops.c, measured as briefly as possible."""
        rows = "".join(f"  - operation: {op}\n    dtype: f32\n    parameters: {{n: 64}}\n    section: Test\n"
                       f"    component: {op}\n    why: a test\n{extra}" for op in operations)
        return self.write(f"{name}.yaml", f"""\
name: {name}
title: A test
why: for tests
profiles:
  quick: {{sample: 20us, samples: 5, warmup: 1ms, min_rounds: {rounds}, max_rounds: {rounds}, budget: 20s, timeout: 2s, memory: 256MiB}}
benchmarks:
{rows}""")


@pytest.fixture(name="km")
def fixture_km(tmp_path):
    """The command as it ships."""
    return Kernmark(BUILD / "kernmark", tmp_path)


@pytest.fixture(name="faulty")
def fixture_faulty(tmp_path):
    """The command with operations that misbehave on purpose."""
    return Kernmark(BUILD / "tests" / "kernmark-faulty", tmp_path)


@pytest.fixture(name="fake")
def fixture_fake(tmp_path):
    """The faulty command with a simulated machine and clock: the same output everywhere, always."""
    km = Kernmark(BUILD / "tests" / "kernmark-faulty", tmp_path)
    archive = (ROOT / "tests" / "data" / "host" / "laptop.txt").read_text(encoding="utf-8")
    for name, body in re.findall(r"^-- (\S+) --\n(.*?)(?=^-- |\Z)", archive, re.M | re.S):
        km.write(f"machine/{name}", body)
    km.env["KERNMARK_FAKE"] = "machine"
    return km


def git(folder, *args):
    """Runs git as a fixed person at a fixed time."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
           "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
           "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    return subprocess.run(["git", *args], cwd=folder, env=env, capture_output=True, text=True, check=True).stdout
