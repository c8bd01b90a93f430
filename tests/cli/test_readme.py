# SPDX-License-Identifier: Apache-2.0
"""The recipes of README.md, typed as they stand, in a copy of the source tree."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, ROOT

RECIPES = dict(re.findall(r"<!-- recipe: (\w+) -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S))
FLAGS = (BUILD / "flags").read_text(encoding="utf-8")
LEFT_OUT = shutil.ignore_patterns(".git", "build", "out", ".kernmark", "__pycache__")


@pytest.fixture(name="copy", scope="module")
def fixture_copy(tmp_path_factory):
    """The tree and its build, so that the recipes only compile what they add."""
    folder = tmp_path_factory.mktemp("readme") / "kernmark"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    shutil.copytree(BUILD, folder / "build",
                    ignore=shutil.ignore_patterns("aarch64", "lint-*", "reports", "asan", "tsan", "clang"))
    flags = folder / "build" / "flags"  # they name the folder, and all would be compiled again
    before = flags.stat()
    flags.write_text(FLAGS.replace(f"={ROOT}/=", f"={folder.resolve()}/="), encoding="utf-8")
    os.utime(flags, ns=(before.st_atime_ns, before.st_mtime_ns))
    return folder


def follow(copy, name):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKELEVEL", "BUILD", "KERNMARK_SHARE")}
    env |= {"MAKEFLAGS": f"-j{os.cpu_count()}", "CC": FLAGS.split(" -std=")[0],
            "SANITIZE": " ".join(re.findall(r"-f(?:no-)?sanitize\S+", FLAGS.split(" -ffile-prefix-map")[0]))}
    done = subprocess.run(["sh", "-euc", RECIPES[name]], cwd=copy, env=env, capture_output=True, text=True,
                          timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_all_recipes_are_here():
    assert set(RECIPES) == {"suite", "kernel", "report"}


def test_add_a_suite(copy):
    done = follow(copy, "suite")
    assert "Dot product 768" in done.stdout and "Dot product 4096" in done.stdout


def test_add_a_kernel(copy):
    if not (copy / "suites" / "wide.yaml").exists():
        follow(copy, "suite")
    done = follow(copy, "kernel")
    assert "2 right, 0 wrong or failed" in done.stderr, done.stderr


def test_add_a_report_section(copy):
    if not (copy / ".kernmark").exists():
        follow(copy, "suite")
    path = follow(copy, "report").stdout.splitlines()[-1]
    text = pathlib.Path(copy / path).read_text()
    section = text.split("## The slowest five")[1]
    assert section.count("dot/f32/") == 5
