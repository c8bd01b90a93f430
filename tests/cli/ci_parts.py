# SPDX-License-Identifier: Apache-2.0
"""What the tests of ci/ share: a command that says and does what it is told, rows, bundles, and runners of steps."""
import json
import os
import pathlib
import re
import subprocess
import sys

from conftest import ROOT

SCRIPT = ROOT / "ci" / "kernmark-ci.py"
PYTHON = sys.executable
CODES = (0, 1, 2, 3, 4, 5, 6, 70)
SHA = "0123456789abcdef0123456789abcdef01234567"
DECISION_OF = {0: "EQUIVALENT", 1: "REGRESSED", 3: "INCONCLUSIVE", 4: "FAILED", 5: "ENVIRONMENT"}

sys.path.insert(0, str(ROOT / "ci"))
sys.dont_write_bytecode = True


def row(name="dot/f32/ref/n:384", decision="EQUIVALENT", **more):
    """A row as `kernmark ab --format=json` prints it."""
    values = {"name": name, "decision": decision, "base_s": 2e-7, "current_s": 2.0002e-7, "ratio": 1.0001,
              "ratio_low": 0.998, "ratio_high": 1.005, "level": 0.93, "p": 0.36, "p_adjusted": 0.36, "threshold": 0.1,
              "noise_floor": 0.004, "mde": 0.005, "base_rounds": 8, "current_rounds": 8, "reason": "no change",
              "warning": None, "metric": "time", "better": "lower"}
    return {**values, **more}


def rows_for(code):
    """Rows that fit an exit code."""
    return [row(), row("gemv/f32/ref/m:384", DECISION_OF[code])] if code in DECISION_OF else []


def meta(code=0, **more):
    return {"schema": 1, "exit_code": code, "head_sha": SHA, "base": "HEAD^1", "head": "HEAD", "kernmark": "kernmark 0.1.0",
            "problem": "", **more}


def make_bundle(folder, code=0, rows=None, **more):
    folder.mkdir(exist_ok=True)
    (folder / "meta.json").write_text(json.dumps(meta(code, **more)))
    (folder / "verdicts.json").write_text(json.dumps(rows_for(code) if rows is None else rows))
    return folder


def stub(folder, code, out=None, body=""):
    """A `kernmark` that prints `out` (default: rows that fit) and ends with the code, after `body`."""
    text = folder / "stub.json"
    text.write_text(json.dumps(rows_for(code)) if out is None else out)
    program = folder / "kernmark"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "kernmark 0.1.0" && exit 0\n'
                       f'printf "%s\\n" "$@" > "{folder}/asked"\necho "words of the command" >&2\n{body}\n'
                       f'cat "{text}"\nexit {code}\n')
    program.chmod(0o755)
    return program


def ci(folder, *words, script=SCRIPT, text=True, **env):
    """The script, in a folder."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GH_", "CI_"))}
    return subprocess.run([PYTHON, str(script), *map(str, words)], cwd=folder, env={**clean, **env}, text=text,
                          capture_output=True, check=False, timeout=120)


def job_of(path):
    yaml = __import__("pytest").importorskip("yaml")
    return yaml.safe_load(pathlib.Path(path).read_text(encoding="utf-8"))


class Action:
    """Runs the shell steps of ci/action/action.yml as a runner would: bash -e -o pipefail, `if`, `continue-on-error`."""

    def __init__(self, folder, event="pull_request", path=None, **inputs):
        self.path = path or ROOT / "ci" / "action"
        self.folder, self.steps, self.done = folder, job_of(self.path / "action.yml"), {}
        given = {k.replace("_", "-"): v for k, v in inputs.items()}
        self.values = {f"inputs.{k}": given.get(k, v.get("default", "")) for k, v in self.steps["inputs"].items()}
        self.values["inputs.head-sha"] = given.get("head-sha", SHA)
        self.values |= {"github.action_path": str(self.path), "github.event_name": event,
                        "github.event.pull_request.number": "7"}
        self.failed, self.summary, self.out = False, folder / "step-summary", ""

    def value(self, word):
        word = word.strip()
        if word.startswith("'"):
            return word.strip("'")
        if match := re.fullmatch(r"steps\.(\w+)\.outcome", word):
            return self.done.get(match[1], {}).get("outcome", "skipped")
        if match := re.fullmatch(r"steps\.(\w+)\.outputs\.([\w-]+)", word):
            return self.done.get(match[1], {}).get("outputs", {}).get(match[2], "")
        return self.values[word]

    def expand(self, text):
        return re.sub(r"\$\{\{(.*?)\}\}", lambda m: self.value(m[1]), str(text))

    def wanted(self, step):
        parts = [p.strip() for p in step.get("if", "").strip("${} ").split("&&") if p.strip()]
        if "always()" not in parts and self.failed:
            return False
        for part in parts:
            if part != "always()":
                left, sign, right = re.fullmatch(r"(.*?) (==|!=) (.*)", part).groups()
                if (self.value(left) == self.value(right)) != (sign == "=="):
                    return False
        return True

    def run(self, **env):
        """True: the job is green."""
        for step in self.steps["runs"]["steps"]:
            if "run" in step and self.wanted(step):
                self.step(step, env)
        return not self.failed

    def step(self, step, env):
        output = self.folder / "step-output"
        output.write_text("")
        given = {k: self.expand(v) for k, v in step.get("env", {}).items()}
        base = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "MAKE"))}
        done = subprocess.run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]], cwd=self.folder,
                              env={**base, "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(self.summary),
                                   "GITHUB_REPOSITORY": "o/r", **given, **env},
                              capture_output=True, text=True, check=False, timeout=120)
        self.out += f"[{step['name']}] {done.returncode}\n{done.stdout}{done.stderr}"
        pairs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        self.done[step.get("id", step["name"])] = {"outcome": "failure" if done.returncode else "success",
                                                   "code": done.returncode, "outputs": pairs}
        self.failed |= done.returncode != 0 and not step.get("continue-on-error", False)
