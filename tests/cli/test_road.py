# SPDX-License-Identifier: Apache-2.0
"""The whole road, from suite to report, on a simulated machine and clock: compared byte for byte.

KM_UPDATE_GOLDEN=1 writes the expected files anew; read the difference before you commit it.
"""
import os
import pathlib
import re
import shutil

import pytest

from conftest import ROOT, git

GOLDEN = ROOT / "tests" / "data" / "road"


def same(name, text):
    path = GOLDEN / name
    text = re.sub(r"glibc [0-9.]+", "glibc X", text)
    if os.environ.get("KM_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path} differs: see KM_UPDATE_GOLDEN in {__file__}"


@pytest.fixture(name="road")
def fixture_road(fake):
    """A repository of two commits, each measured; the second one with a planted slowdown."""
    git(fake.folder, "init", "-q", "-b", "main")
    suite = fake.suite("sum", "other", "wrong", rounds=8, extra="    target: 5us\n    priority: high\n")
    outputs = []
    for day, clock in enumerate(["1", "1*1.5@sum/f32/fast"], 1):
        fake.write("change", f"{day}")
        git(fake.folder, "add", "change", "s.yaml")
        git(fake.folder, "commit", "-qm", f"change {day} with | and `ticks`")
        name = f"r{day}.json"
        outputs.append(fake("run", suite.name, f"--seed={day}", f"--benchmark_out={name}", "--filter=-wrong",
                            KERNMARK_FAKE_DAY=str(day), KERNMARK_FAKE_CLOCK=clock))
        assert outputs[-1].code == 0, outputs[-1]
        outputs.append(fake("gate", "--adopt", "--unconfirmed"))
    return fake, outputs


def test_tables_and_verdicts(road):
    _, outputs = road
    text = "".join(f"$ exit {done.code}\n{done.out}{done.err}" for done in outputs)
    assert outputs[-1].code == 1, outputs[-1]
    same("terminal.txt", text)


def test_google_benchmark_json(road):
    km, _ = road
    same("benchmarks.json", (km.folder / "r2.json").read_text().replace(km.program, "kernmark"))


def test_document(road):
    km, _ = road
    done = km("report", "--out=out", KERNMARK_FAKE_DAY="3")
    assert done.code == 0, done
    same("report.md", (km.folder / done.out.strip()).read_text())
    for data in sorted((km.folder / "out").rglob("*.dat")):
        same(data.name, data.read_text())


def test_document_without_gnuplot(road):
    km, _ = road
    bare = km.folder / "bin"
    bare.mkdir()
    for tool in ("git", "sh"):
        (bare / tool).symlink_to(shutil.which(tool))
    done = km("report", "--out=out", PATH=str(bare))
    assert done.code == 0, done
    text = (km.folder / done.out.strip()).read_text()
    assert "gnuplot" in text and "![" not in text
    assert not list((km.folder / "out").rglob("*.png"))


def test_formats_of_one_table(road):
    km, _ = road
    for form, sign in (("text", "component  variant"), ("markdown", "| component | variant |"), ("csv", "name,"),
                       ("json", '[\n  {"name": ')):
        done = km("baseline", "show", f"--format={form}")
        assert done.code == 0 and done.out.startswith(sign), done


def test_where_the_commit_cannot_be_told(fake):
    """No repository, no git, an unborn branch, a detached head, local changes: measured all the same, and said."""
    suite = fake.suite("sum", rounds=8)
    assert fake("run", suite).code == 0
    assert "not in a git repository" in report(fake)
    git(fake.folder, "init", "-q", "-b", "main")
    assert fake("run", suite, "--seed=2").code == 0
    assert "no commit" in report(fake)
    git(fake.folder, "add", "s.yaml")
    git(fake.folder, "commit", "-qm", "one")
    git(fake.folder, "checkout", "-q", "--detach")
    fake.write("s.yaml", suite.read_text() + "# changed\n")
    assert fake("run", suite, "--seed=3", KERNMARK_FAKE_DAY="3").code == 0
    text = report(fake)
    assert "detached" in text
    assert f"{git(fake.folder, 'rev-parse', '--short=8', 'HEAD').strip()}+" in text
    assert fake("run", suite, "--seed=4", KERNMARK_FAKE_DAY="4", PATH="/nonexistent").code == 0
    assert "git" in report(fake)


def report(km):
    done = km("report", "--run=latest")
    assert done.code == 0, done
    return pathlib.Path(km.folder / done.out.strip()).read_text()
