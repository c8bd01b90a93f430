# SPDX-License-Identifier: Apache-2.0
"""A failing gate cannot pass and a passing gate cannot fail: through the script, the action, GitLab's job and make."""
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from ci_parts import CODES, PYTHON, SCRIPT, SHA, Action, ci, job_of, make_bundle, row, rows_for, stub
from conftest import BUILD, ROOT, git


def run(folder, program, *more, **env):
    return ci(folder, "run", "main", "HEAD", f"--kernmark={program}", *more, **env)


def kept(folder):
    return json.loads((folder / "kernmark-ci" / "meta.json").read_text())


# --- the script --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", CODES)
def test_every_exit_code_arrives_unchanged(tmp_path, code):
    done = run(tmp_path, stub(tmp_path, code), f"--head-sha={SHA}")
    assert done.returncode == code, done
    assert kept(tmp_path)["exit_code"] == code and kept(tmp_path)["head_sha"] == SHA
    assert json.loads((tmp_path / "kernmark-ci" / "verdicts.json").read_text()) == rows_for(code)
    assert "words of the command" in done.stderr
    assert "words of the command" in (tmp_path / "kernmark-ci" / "log.txt").read_text()
    assert ci(tmp_path, "gate").returncode == code
    assert ci(tmp_path, "gate", f"--head-sha={SHA}").returncode == code
    for word in ("summary", "annotations", "junit", "sarif"):
        shown = ci(tmp_path, word)
        assert shown.returncode == 0, shown
        name = {"summary": "summary.md", "annotations": "annotations.txt", "junit": "junit.xml", "sarif": "sarif.json"}[word]
        assert shown.stdout == (tmp_path / "kernmark-ci" / name).read_text()


def test_options_reach_the_command_and_empty_ones_do_not(tmp_path):
    done = run(tmp_path, stub(tmp_path, 0), "--suite=core", "--filter=^a b", "--threshold=", "--build=make x", "--strict")
    assert done.returncode == 0, done
    assert (tmp_path / "asked").read_text().splitlines() == [
        "ab", "main", "HEAD", "--format=json", "--suite=core", "--filter=^a b", "--build=make x", "--strict"]


@pytest.mark.parametrize("code", [c for c in CODES if c])
@pytest.mark.parametrize("out", ["", "[", "{}", '[{"name": "x"', "[]", "\0", "not JSON"])
def test_a_failure_stays_that_failure_whatever_was_printed(tmp_path, code, out):
    assert run(tmp_path, stub(tmp_path, code, out)).returncode == code
    assert ci(tmp_path, "gate").returncode == code


@pytest.mark.parametrize("out", [
    "", " \n", "[", "[]", "{}", "null", json.dumps(rows_for(0))[:-1], json.dumps(rows_for(0))[:40], "not JSON", "[[[[[[]]]]]]",
    json.dumps([row(decision="NEW")]), json.dumps([row(decision="FINE")]), json.dumps([row(), {"name": "x"}]),
    json.dumps([row(ratio=float("nan"))]), json.dumps([row(name="a\nb")]),
    *[json.dumps([row(), row("x", d)]) for d in ("REGRESSED", "FAILED", "MISSING", "ENVIRONMENT", "INCONCLUSIVE")],
])
def test_green_without_evidence_is_not_green(tmp_path, out):
    done = run(tmp_path, stub(tmp_path, 0, out))
    assert done.returncode == 70, done
    assert kept(tmp_path)["problem"] and ci(tmp_path, "gate").returncode == 70
    assert "70" in (tmp_path / "kernmark-ci" / "summary.md").read_text()
    assert "<error" in (tmp_path / "kernmark-ci" / "junit.xml").read_text()


def test_green_with_new_columns_and_new_benchmarks_is_green(tmp_path):
    out = json.dumps([row(later=[1, {"x": 2}]), row("b", "NEW", base_s=None, ratio=None), row("c", "IMPROVED")])
    assert run(tmp_path, stub(tmp_path, 0, out)).returncode == 0
    assert ci(tmp_path, "gate").returncode == 0


@pytest.mark.parametrize("body, code", [("kill -9 $$", 70), ("kill -15 $$", 70), ("exit 126", 70), ("exit 7", 70), ("exit 255", 70)])
def test_an_end_that_is_none_of_kernmarks(tmp_path, body, code):
    done = run(tmp_path, stub(tmp_path, 0, body=body))
    assert done.returncode == code == ci(tmp_path, "gate").returncode
    assert "not one of kernmark's" in done.stderr


def test_no_command(tmp_path):
    (tmp_path / "plain").write_text("no program")
    for program in (tmp_path / "nowhere", tmp_path / "plain", tmp_path):
        done = run(tmp_path, program)
        assert done.returncode == 2 and "cannot be started" in done.stderr, done
        assert ci(tmp_path, "gate").returncode == 2


def test_yesterdays_green_is_not_todays(tmp_path):
    assert run(tmp_path, stub(tmp_path, 0)).returncode == 0
    program = stub(tmp_path, 0, body="kill -9 $PPID")  # the script dies while the command runs
    assert run(tmp_path, program).returncode == -signal.SIGKILL
    assert ci(tmp_path, "gate").returncode == 70
    assert not (tmp_path / "kernmark-ci" / "junit.xml").exists()


def test_stopped_half_way(tmp_path):
    program = stub(tmp_path, 0, body="exec sleep 30")
    with subprocess.Popen([PYTHON, str(SCRIPT), "run", "a", "b", f"--kernmark={program}"], cwd=tmp_path,
                          stderr=subprocess.DEVNULL, start_new_session=True) as child:
        for _ in range(200):
            if (tmp_path / "asked").exists():
                break
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGTERM)
        assert child.wait() != 0
    assert ci(tmp_path, "gate").returncode == 70


@pytest.mark.parametrize("words, code", [
    (["gate"], 70), (["summary"], 70), (["junit", "--bundle=/dev/null"], 70), ([], 2), (["gate", "--bundles=x"], 2),
    (["run", "main"], 2), (["run", "-x", "HEAD"], 2), (["run", "--format=text", "main", "HEAD"], 2), (["run", "", "HEAD"], 2),
    (["run", "a", "b", "--head-sha=main"], 2), (["comment", "--pr=0"], 2), (["comment", "--pr=../1", "--repo=o/r"], 2),
    (["relay", "--run-id=1", "--repo=o"], 2), (["relay", "--run-id=1", "--repo=o/r?x", ], 2),
    (["relay", "--run-id=1", "--repo=o/r"], 70)])
def test_mistakes_and_missing_bundles_are_never_zero(tmp_path, words, code):
    done = ci(tmp_path, *words)
    assert done.returncode == code, done
    assert done.stderr and "Traceback" not in done.stderr


def test_a_missing_module_is_no_regression(tmp_path):
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "kernmark_ci").mkdir()
    make_bundle(tmp_path / "kernmark-ci")
    done = ci(tmp_path, "gate", script=tmp_path / SCRIPT.name)
    assert done.returncode == 70, done


def test_a_bundle_that_cannot_be_written(tmp_path):
    (tmp_path / "kernmark-ci").write_text("a file is in the way")
    assert run(tmp_path, stub(tmp_path, 0)).returncode == 70


def test_what_is_shown_does_not_decide(tmp_path):
    """A rendered file that cannot be written leaves a passing gate green."""
    assert run(tmp_path, stub(tmp_path, 0)).returncode == 0
    program = stub(tmp_path, 0, body="mkdir kernmark-ci/junit.xml")
    done = run(tmp_path, program)
    assert done.returncode == 0 and "junit.xml" in done.stderr, done


def test_workflow_commands_of_the_programs_are_not_obeyed(tmp_path):
    program = stub(tmp_path, 0, body="echo '::add-mask::x' >&2")
    done = run(tmp_path, program, GITHUB_ACTIONS="true")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and len(lines) == 2, done
    assert lines[0].startswith("::stop-commands::") and lines[1] == f"::{lines[0].split('::')[2]}::"


def test_much_output_is_bounded(tmp_path):
    program = stub(tmp_path, 0, body="head -c 12000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2")
    assert run(tmp_path, program).returncode == 70
    assert (tmp_path / "kernmark-ci" / "log.txt").stat().st_size == 1 << 20


# --- GitHub's action ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("code", CODES)
def test_the_action_ends_as_the_gate(tmp_path, code):
    action = Action(tmp_path, kernmark=str(stub(tmp_path, code)), threshold="10%", filter="a'b $(touch x) \"")
    assert action.run() == (code == 0), action.out
    assert action.done["measure"]["code"] == code == action.done["Gate"]["code"]
    assert action.done["measure"]["outputs"] == {"exit-code": str(code)}
    assert "Kernmark:" in action.summary.read_text()
    assert ("::error" in action.out) == (code != 0)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert "--filter=a'b $(touch x) \"" in asked and asked[1:3] == ["HEAD^1", "HEAD"]
    assert not (tmp_path / "x").exists()


def test_the_action_without_python(tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "sh", "cat"):
        (tools / tool).symlink_to(shutil.which(tool))
    make_bundle(tmp_path / "kernmark-ci")
    action = Action(tmp_path, kernmark=str(stub(tmp_path, 0)))
    assert not action.run(PATH=str(tools)), action.out
    assert action.done["measure"]["code"] == action.done["Gate"]["code"] == 127


def test_the_action_when_nothing_can_be_shown(tmp_path):
    """The summary is a folder: the Show step fails, a green gate stays green and a red one red."""
    for code in (0, 1):
        action = Action(tmp_path, kernmark=str(stub(tmp_path, code)))
        action.summary.mkdir(exist_ok=True)
        assert action.run() == (code == 0), action.out
        assert action.done["Show"]["outcome"] == "failure"


@pytest.mark.parametrize("code", [0, 1])
def test_the_action_when_the_comment_fails(tmp_path, code):
    action = Action(tmp_path, kernmark=str(stub(tmp_path, code)), comment="true", token="x")
    assert action.run(GITHUB_API_URL="http://127.0.0.1:9/") == (code == 0), action.out
    assert action.done["Comment"]["outcome"] == "failure"


def test_the_action_when_kernmark_does_not_build(tmp_path):
    """Even with a green bundle of another run lying about, and for the same commit."""
    tools = tmp_path / "bin"
    tools.mkdir()
    make = tools / "make"
    make.write_text("#!/bin/sh\nexit 2\n")
    make.chmod(0o755)
    make_bundle(tmp_path / "kernmark-ci")
    action = Action(tmp_path)
    assert not action.run(PATH=f"{tools}:{os.environ['PATH']}", NO_DEPS="1"), action.out
    assert action.done["build"]["code"] != 0 and "measure" not in action.done and "Show" not in action.done


def test_the_action_refuses_the_bundle_of_another_commit(tmp_path):
    action = Action(tmp_path, kernmark=str(stub(tmp_path, 0)))
    steps = action.steps["runs"]["steps"]
    steps[:] = [s for s in steps if s["name"] == "Gate"]
    make_bundle(tmp_path / "kernmark-ci", head_sha="f" * 40)
    assert not action.run(), action.out
    assert action.done["Gate"]["code"] == 70


def test_the_action_killed_half_way(tmp_path):
    make_bundle(tmp_path / "kernmark-ci")
    action = Action(tmp_path, kernmark=str(stub(tmp_path, 0, body="kill -9 $PPID")))
    assert not action.run(), action.out
    assert action.done["measure"]["code"] == 137 and action.done["Gate"]["code"] == 70


# --- GitLab ------------------------------------------------------------------------------------------------------

def gitlab(folder, shell=("bash",), **env):
    job = job_of(ROOT / "ci" / "gitlab.yml")[".kernmark"]
    given = {"CI_PROJECT_DIR": str(folder), "CI_COMMIT_SHA": SHA, "CI_MERGE_REQUEST_DIFF_BASE_SHA": "f" * 40}
    for name, value in job["variables"].items():
        given[name] = given[value[1:]] if value.startswith("$") else value
    script = "set -e\n" + "\n".join(job["script"])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run([*shell, "-c", script], cwd=folder, env={**clean, **given, "KERNMARK_HOME": str(ROOT), **env},
                          capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("shell", [("sh",), ("bash", "-e", "-o", "pipefail")])
@pytest.mark.parametrize("code", CODES)
def test_gitlabs_job_ends_as_the_gate(tmp_path, code, shell):
    done = gitlab(tmp_path, shell, KERNMARK=str(stub(tmp_path, code)), KERNMARK_FILTER="a b;c")
    assert done.returncode == code, done
    assert (tmp_path / "kernmark-ci" / "junit.xml").exists()
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[1:3] == ["f" * 40, SHA] and "--filter=a b;c" in asked


def test_gitlabs_job_without_its_tools(tmp_path):
    make_bundle(tmp_path / "kernmark-ci")
    assert gitlab(tmp_path, KERNMARK=str(tmp_path / "nowhere")).returncode == 2
    make_bundle(tmp_path / "kernmark-ci")
    assert gitlab(tmp_path, KERNMARK=str(stub(tmp_path, 0)), KERNMARK_HOME="/nowhere").returncode not in (0, 1)
    assert gitlab(tmp_path, KERNMARK=str(stub(tmp_path, 0, body="kill -9 $PPID"))).returncode == 137


# --- make --------------------------------------------------------------------------------------------------------

def make(folder, *words, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k not in ("BUILD", "BASE")}
    return subprocess.run(["make", "--no-print-directory", "-o", f"{folder}/kernmark", f"BUILD={folder}", "ab", *words],
                          cwd=ROOT, env={**clean, **env}, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("flags", [[], ["-j2"], ["-k"], ["-s"]])
@pytest.mark.parametrize("code", CODES)
def test_make_keeps_the_colour(tmp_path, code, flags):
    stub(tmp_path, code, body='echo "[$MAKEFLAGS$BASE$BUILD]" >&2')
    done = make(tmp_path, "BASE=v1", *flags)
    assert done.returncode == (2 if code else 0), done
    assert (tmp_path / "asked").read_text().splitlines() == ["ab", "v1", "."]
    assert "[]" in done.stderr, "the base's build would inherit this make's variables"


def test_make_without_a_base_takes_main_and_without_a_command_fails(tmp_path):
    stub(tmp_path, 0)
    assert make(tmp_path).returncode == 0
    assert (tmp_path / "asked").read_text().splitlines() == ["ab", "main", "."]
    (tmp_path / "kernmark").unlink()
    assert make(tmp_path).returncode == 2


def test_base_does_not_change_the_build():
    """BASE=main on the command line must not replace the compiler's flags."""
    plain, based = (subprocess.run(["make", "-np", *words, "build/flags"], cwd=ROOT, capture_output=True, text=True,
                                   check=False).stdout for words in ([], ["BASE=main"]))
    flags = [[line for line in text.splitlines() if line.startswith("GIVEN :=")] for text in (plain, based)]
    assert flags[0] == flags[1] and "-std=c11" in flags[0][0]


# --- the real command --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("factor, code", [(1, 0), (1.25, 1)])
def test_the_real_command_on_a_simulated_machine(fake, factor, code):
    suite = fake.suite("sum", "other")
    done = ci(fake.folder, "run", ".", ".", f"--kernmark={BUILD / 'tests' / 'kernmark-faulty'}", f"--suite={suite}",
              **{**fake.env, "KERNMARK_FAKE_CLOCK_BASE": "1", "KERNMARK_FAKE_CLOCK": f"1*{factor}@sum/f32/fast"})
    assert done.returncode == code, done
    assert ci(fake.folder, "gate").returncode == code
    summary = ci(fake.folder, "summary").stdout
    assert ("REGRESSED" in summary) == (code == 1) and "sum/f32/fast" in summary


def test_two_revisions_through_the_action(km):
    """As on a runner: a merge commit's parent and the commit, both built there; the store is where the cache looks."""
    git(km.folder, "init", "-q", "-b", "main")
    km.write(".gitignore", ".kernmark/\nbuild/\nkernmark-ci/\nstep-*\n")
    km.write("Makefile", f"build/kernmark:\n\tmkdir -p build && cp {BUILD}/kernmark build/kernmark\n")
    km.write("suites/core.yaml", (ROOT / "suites" / "core.yaml").read_text(encoding="utf-8"))
    for message in ("one", "two"):
        km.write("note", message)
        git(km.folder, "add", "-A")
        git(km.folder, "commit", "-q", "-m", message)
    sha = git(km.folder, "rev-parse", "HEAD").strip()
    action = Action(km.folder, kernmark=str(BUILD / "kernmark"), head_sha=sha, filter="^dot/f32/ref", threshold="200%")
    assert action.run(**km.env), action.out
    assert "1 equivalent" in action.summary.read_text() and kept(km.folder)["head_sha"] == sha
    cached = {step["with"]["path"] for step in action.steps["runs"]["steps"] if "cache" in step.get("uses", "")}
    assert cached == {".kernmark/results.db"} and (km.folder / ".kernmark" / "results.db").stat().st_size > 0
    assert not (km.folder / ".kernmark" / "results.db-wal").exists()  # all of it is in that one file
