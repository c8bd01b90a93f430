# SPDX-License-Identifier: Apache-2.0
"""The manual pages say everything that the program says of itself, and nothing else."""
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, ROOT

PAGES = sorted((ROOT / "ci" / "man").glob("*.[1-9]"))
COMMON = {"help", "version", "db", "format"}


def source(name):
    return (ROOT / "ci" / "man" / name).read_text()


def options_in(text):
    """The long options that stand at the start of an item of a list."""
    return set(re.findall(r"^\.It Fl -([\w-]+)", text, re.M))


def sections_of(page):
    """The part of the page about each command."""
    parts = re.split(r"^\.S[sh] ", page, flags=re.M)
    return {p.split()[1]: p for p in parts if p.startswith("kernmark ")}


def help_of(*words):
    done = subprocess.run([BUILD / "kernmark", *words, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def commands():
    return re.findall(r"^  ([a-z]\w*) ", help_of(), re.M)


def test_every_command_has_its_section():
    assert len(commands()) > 5
    assert list(sections_of(source("kernmark.1"))) == commands()


def test_every_option_is_explained_and_none_is_invented():
    page = source("kernmark.1")
    sections = sections_of(page)
    for name in commands():
        offered = set(re.findall(r"^ {2,}--([\w-]+)", help_of(name).split("example:")[0], re.M)) - COMMON
        assert options_in(sections[name]) == offered, name
    assert {"help", "db", "format"} <= options_in(page.split(".Ss Options of most commands")[1].split(".Ss ")[0])


def test_every_exit_code_is_explained():
    codes = re.findall(r"\b(\d+) [a-z]", re.sub(r"\s+", " ", help_of().split("Exit codes:")[1]))
    assert "70" in codes and len(codes) == 8
    listed = source("kernmark.1").split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
    assert re.findall(r"^\.It (\d+)$", listed, re.M) == codes


def test_the_manual_of_the_library_lists_what_the_header_declares():
    header = (ROOT / "harness" / "kernmark" / "benchmark.h").read_text(encoding="utf-8")
    words = set(re.findall(r"\b(?:km|KM|KERNMARK)_\w+", header))
    listed = set(re.findall(r"\b(?:km|KM|KERNMARK)_\w+", source("kernmark-benchmark.3")))
    declared = set(re.findall(r"\b(km_\w*[a-z])\(", header)) | set(re.findall(r"^#define (K\w*[A-Z0-9])\b", header, re.M))
    declared.discard("KERNMARK_BENCHMARK_H")
    assert len(declared) > 60
    assert not declared - listed
    assert not listed - words


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_are_well_formed(page):
    if shutil.which("mandoc"):
        lint = ["mandoc", "-T", "lint", "-W", "warning"]
    elif shutil.which("groff"):
        lint = ["groff", "-ww", "-mandoc", "-K", "utf8", "-T", "utf8", "-z"]
    else:
        pytest.skip("neither mandoc nor groff (groff-base)")
    done = subprocess.run([*lint, page], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not (done.stdout + done.stderr).strip(), done.stdout + done.stderr
