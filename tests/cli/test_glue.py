# SPDX-License-Identifier: Apache-2.0
"""The shell around the command: the dependency installer and the main job. A red gate must stay red through them."""
import os
import shutil
import subprocess

import pytest

from conftest import ROOT

TOOLS = ["sh", "find", "head", "id", "mktemp", "rm", "tail", "cat", "env"]


@pytest.fixture(name="machine")
def fixture_machine(tmp_path):
    """A PATH with next to nothing installed, and an apt-get that only writes down what it is asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    script(folder / "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    script(folder / "sudo", 'exec "$@"')
    return folder


def script(path, body):
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def sh(machine, *args, **env):
    return subprocess.run([shutil.which("sh"), *args], cwd=ROOT, env={"PATH": str(machine), **env}, text=True,
                          capture_output=True, check=False)


def test_missing_packages_are_named_and_installed(machine):
    done = sh(machine, "ci/deps.sh", "bench")
    assert done.returncode == 0, done
    assert done.stdout.startswith("installing:") and " gcc" in done.stdout and " gnuplot-nox" in done.stdout
    asked = (machine.parent / "asked").read_text().splitlines()
    assert asked[0] == "update"
    assert all(line.startswith("install -o DPkg::Lock::Timeout=300 -y --no-install-recommends") for line in asked[1:]) and len(asked) == 3


def test_nothing_missing_says_and_does_nothing():
    """This machine has what the tests need, or they would not run."""
    done = subprocess.run(["sh", "ci/deps.sh", "bench"], cwd=ROOT, env={**os.environ, "NO_DEPS": "1"}, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout == ""


def test_no_deps_installs_nothing(machine):
    done = sh(machine, "ci/deps.sh", "test", NO_DEPS="1")
    assert done.returncode == 2, done
    assert "these packages are needed: gcc" in done.stderr
    assert not (machine.parent / "asked").exists()


def test_no_package_manager(machine):
    (machine / "apt-get").unlink()
    done = sh(machine, "ci/deps.sh", "bench")
    assert done.returncode == 2, done
    assert "gcc" in done.stderr and "no apt-get" in done.stderr


def test_failed_installation(machine):
    script(machine / "apt-get", 'case $1 in update) ;; *) echo "E: no space left"; exit 100 ;; esac')
    done = sh(machine, "ci/deps.sh", "bench")
    assert done.returncode == 2, done
    assert "no space left" in done.stderr and "could not install" in done.stderr


def test_unknown_job(machine):
    assert sh(machine, "ci/deps.sh", "party").returncode == 2


@pytest.mark.parametrize("run, gate, report, want", [
    (0, 0, 0, 0),   # all is well
    (0, 1, 0, 1),   # a regression stays one
    (0, 3, 0, 0),   # inconclusive does not fail a developer's run
    (0, 4, 0, 4),   # something is missing
    (0, 5, 0, 5),   # the machine moved
    (4, 0, 0, 4),   # a benchmark failed
    (4, 1, 0, 4),
    (2, 0, 0, 2),   # usage: nothing was measured
    (6, 0, 0, 6),   # the store is broken
    (0, 6, 0, 6),
    (0, 0, 2, 2),   # no report
])
def test_exit_code_of_the_main_job(tmp_path, run, gate, report, want):
    script(tmp_path / "kernmark", f'case $1 in run) exit {run} ;; gate) exit {gate} ;; '
                                  f'report) echo reports/out/x.md; exit {report} ;; esac')
    done = subprocess.run(["sh", "ci/bench.sh", "smoke"], cwd=ROOT, env={**os.environ, "BUILD": str(tmp_path)}, text=True,
                          capture_output=True, check=False)
    assert done.returncode == want, done
    if want in (0, 1, 4, 5) and report == 0 and run in (0, 4):
        assert done.stdout.splitlines()[-1] == "reports/out/x.md"
