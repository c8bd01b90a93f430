# SPDX-License-Identifier: Apache-2.0
"""The programs of harness/GUIDE.md compile as they stand, and print what the guide shows."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, ROOT

GUIDE = (ROOT / "harness" / "GUIDE.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"<!-- example: (\w+) -->\n```(c|cpp)\n(.*?)^```$", re.S | re.M)
COMPILERS = {"c": [os.environ.get("CC", "gcc"), "-std=c11"], "cpp": [os.environ.get("CXX", "g++"), "-std=c++17"]}
WARNINGS = ["-O2", "-Wall", "-Wextra", "-Werror"]


def examples():
    return {name: (language, code) for name, language, code in EXAMPLE.findall(GUIDE)}


def transcripts():
    """(command, lines shown), in the order of the guide."""
    shown = []
    for block in re.findall(r"^```console\n(.*?)^```$", GUIDE, re.S | re.M):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *lines = part.splitlines()
            shown.append((command, lines))
    return shown


def pattern(line):
    """… is anything, and blanks are as wide as they like."""
    text = re.escape(" ".join(line.split())).replace(r"\ ", " ")
    return re.compile(text.replace(" … ", " (?:.* )?").replace("…", ".*").replace(" ", "[ \t]+"))


def compile_example(name, language, code, folder):
    source = folder / f"{name}.{'c' if language == 'c' else 'cc'}"
    source.write_text(code, encoding="utf-8")
    flags = os.environ.get("KERNMARK_TEST_CFLAGS", "").split()
    command = [*COMPILERS[language], *WARNINGS, f"-I{ROOT / 'harness'}", "-o", folder / name, source,
               BUILD / "libkernmark.a", *flags, "-lpthread", "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(name="programs", scope="module")
def fixture_programs(tmp_path_factory):
    return tmp_path_factory.mktemp("guide")


def test_the_guide_has_its_examples():
    assert len(examples()) >= 25
    known = set(examples())
    for command, _ in transcripts():
        for name in re.findall(r"\./(\w+)", command):
            assert name in known, command


@pytest.mark.parametrize("name", examples())
def test_example_compiles(programs, name):
    language, code = examples()[name]
    if not shutil.which(COMPILERS[language][0]):
        pytest.skip(f"no {COMPILERS[language][0]}")
    compile_example(name, language, code, programs)


@pytest.mark.parametrize("number", range(len(transcripts())), ids=lambda n: transcripts()[n][0][:60])
def test_output_is_as_shown(programs, number):
    command, lines = transcripts()[number]
    for name in re.findall(r"\./(\w+)", command):
        language, code = examples()[name]
        if not shutil.which(COMPILERS[language][0]):
            pytest.skip(f"no {COMPILERS[language][0]}")
        if not (programs / name).exists():
            compile_example(name, language, code, programs)
    env = {"PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": str(programs), "LC_ALL": "C", "KERNMARK_SHARE": str(ROOT)}
    done = subprocess.run(["sh", "-c", f"{{ {command}\n}} 2>&1"], cwd=programs, env=env, capture_output=True, text=True,
                          timeout=120, check=False)
    rest = done.stdout
    for line in lines:
        found = pattern(line.strip()).search(rest)
        assert found, f"'{line}' is not in what follows:\n{rest}\n--- all\n{done.stdout}"
        rest = rest[found.end():]


def test_every_flag_is_in_the_manual(programs):
    """What a program offers is what kernmark-benchmark.3 explains."""
    if not (programs / "first").exists():
        compile_example("first", *examples()["first"], programs)
    done = subprocess.run([programs / "first", "--help"], capture_output=True, text=True, check=True)
    offered = re.findall(r"\[--(\w+)", done.stdout)
    page = (ROOT / "ci" / "man" / "kernmark-benchmark.3").read_text(encoding="utf-8")
    explained = re.findall(r"^\.It Fl -(\w+)", page, re.M)
    assert len(offered) > 20 and sorted(offered) == sorted(explained)
