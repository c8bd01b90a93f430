# SPDX-License-Identifier: Apache-2.0
"""The YAML of ci/: what runs there, with which rights, and that nothing foreign reaches a shell as text."""
import re

import pytest

from ci_parts import job_of
from conftest import ROOT

CI = ROOT / "ci"
FILES = [CI / "action" / "action.yml", CI / "gitlab.yml", *sorted((CI / "examples").glob("*.yml"))]
WORKFLOWS = [f for f in FILES if f.parent.name == "examples"]


def steps_of(document):
    if "runs" in document:
        return document["runs"]["steps"]
    return [step for job in document.get("jobs", {}).values() for step in job["steps"]]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_action_is_pinned_and_no_expression_is_in_a_script(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    for step in steps_of(job_of(path)):
        uses = step.get("uses", "")
        assert not uses or uses.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", uses), uses
        assert "${{" not in step.get("run", ""), step
    assert all("#" in line for line in text.splitlines() if re.search(r"uses: .*@", line)), "which version is that?"


def test_the_action_is_whole():
    action = job_of(FILES[0])
    text = FILES[0].read_text(encoding="utf-8")
    assert action["runs"]["using"] == "composite"
    used = set(re.findall(r"inputs\.([a-z-]+)", text))
    assert used == set(action["inputs"]), "an input that nothing uses, or one that is not declared"
    steps = action["runs"]["steps"]
    ids = {step.get("id") for step in steps}
    assert set(re.findall(r"steps\.(\w+)\.", text)) <= ids
    for step in steps:
        assert ("run" in step) == ("shell" in step) and ("run" in step) != ("uses" in step)
        for name in re.findall(r"\$\{?([A-Z][A-Z_]+)\b", step.get("run", "")):
            assert name in step.get("env", {}) or name.startswith("GITHUB_"), (step["name"], name)
    decides = [step["name"] for step in steps if not step.get("continue-on-error")]
    assert decides == ["Build kernmark", "Measure", "Gate"]
    assert steps[-1]["name"] == "Gate" and "always()" in steps[-1]["if"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_rights_are_stated_for_the_whole_workflow(path):
    document = job_of(path)
    assert document["permissions"] and all("permissions" not in job for job in document["jobs"].values())
    for step in steps_of(document):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_the_half_that_runs_foreign_code_may_only_read():
    document = job_of(CI / "examples" / "pull_request.yml")
    assert document["permissions"] == {"contents": "read"}
    assert list(document[True]) == ["pull_request"]  # YAML 1.1 reads `on` as true
    text = (CI / "examples" / "pull_request.yml").read_text(encoding="utf-8")
    assert "secrets." not in text and "pull_request_target" not in text
    upload = steps_of(document)[-1]
    assert upload["if"] == "${{ always() }}" and upload["with"]["name"] == "kernmark"


def test_the_half_that_may_write_runs_nothing_foreign():
    document = job_of(CI / "examples" / "workflow_run.yml")
    assert list(document[True]) == ["workflow_run"]
    assert document["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}
    assert document[True]["workflow_run"]["workflows"] == [job_of(CI / "examples" / "pull_request.yml")["name"]]
    steps = steps_of(document)
    assert [sorted(set(step) & {"uses", "run"}) for step in steps] == [["uses"], ["run"]]
    assert "ref" not in steps[0].get("with", {}), "only the default branch's code"
    assert steps[1]["run"].split() == ["python3", "ci/kernmark-ci.py", "relay", '--run-id="$RUN_ID"']


def test_gitlabs_job_keeps_what_is_there_whatever_happens():
    job = job_of(CI / "gitlab.yml")[".kernmark"]
    assert job["artifacts"]["when"] == "always" and job["cache"]["when"] == "always"
    assert job["artifacts"]["reports"]["junit"].startswith(job["artifacts"]["paths"][0])
    assert "allow_failure" not in job


def test_modules_are_short_and_import_nothing_but_the_standard_library():
    import sys  # pylint: disable=import-outside-toplevel
    for path in [CI / "kernmark-ci.py", *(CI / "kernmark_ci").glob("*.py")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < 300 and max(map(len, lines)) <= 125, path
        for line in lines:
            if match := re.match(r"\s*(?:from|import) (\w+)", line):
                assert match[1] in sys.stdlib_module_names or match[1] == "kernmark_ci", (path, line)
