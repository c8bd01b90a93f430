# SPDX-License-Identifier: Apache-2.0
"""Steps, creep, baselines that follow, ancestry and accepted changes, on a simulated machine."""
import json

import pytest
from conftest import git

SLOW = "1*1.4@sum/f32/fast"
NAME = "sum/f32/fast/n:64"
HOSTILE = "it's \"q\" `b` $(rm -rf /) | a,b\n<script>'); DROP TABLE run; -- \x1b[31m %s%n"


def measure(fake, suite, day, clock="1"):
    done = fake("run", suite, f"--seed={day}", KERNMARK_FAKE_DAY=str(day), KERNMARK_FAKE_CLOCK=clock)
    assert done.code == 0, done


def commit(fake, text):
    fake.write("file", text)
    git(fake.folder, "add", "file")
    git(fake.folder, "commit", "-qm", text)
    return git(fake.folder, "rev-parse", "HEAD").strip()


def repository(fake):
    suite = fake.suite("sum", "other", rounds=8)
    git(fake.folder, "init", "-q", "-b", "main")
    fake.write(".gitignore", "machine/\n.kernmark/\nreports/\n")
    git(fake.folder, "add", "s.yaml", ".gitignore")
    return suite


def gate_rows(fake, *args, **env):
    done = fake("gate", "--format=json", *args, **env)
    return done, {r["name"]: r for r in json.loads(done.out)} if done.out.startswith("[") else {}


def test_a_step_is_told_with_its_commit(fake):
    suite = repository(fake)
    for day in range(1, 8):
        commit(fake, f"good {day}")
        measure(fake, suite, day)
    bad = commit(fake, "the culprit")
    for day in range(8, 14):
        measure(fake, suite, day, SLOW)
        commit(fake, f"later {day}")
    done = fake("history", "sum/*")
    assert done.code == 0, done
    assert f"{NAME}: step +39." in done.out or f"{NAME}: step +40." in done.out, done
    assert f"at run 8: first bad commit {bad[:10]} 'the culprit'" in done.out
    steps = json.loads(fake("history", "*", "--steps", "--format=json").out)
    assert [(s["name"], s["run"], s["before_run"], s["first_bad"]) for s in steps] == [(NAME, 8, 7, bad)]
    assert steps[0]["change_low"] <= 0.4 <= steps[0]["change_high"] + 0.01
    points = json.loads(fake("history", NAME, "--format=json").out)
    assert [p["run"] for p in points if p["step"] is not None] == [8]
    done = fake("report")
    assert done.code == 0, done
    document = (fake.folder / done.out.strip()).read_text(encoding="utf-8")
    assert "the culprit" in document and "Lasting steps and creep" in document


def test_several_commits_are_counted_and_a_flat_history_says_so(fake):
    suite = repository(fake)
    for day in range(1, 8):
        commit(fake, f"good {day}")
        measure(fake, suite, day)
    assert "No lasting step and no creep." in fake("history", "*").out
    for k in range(3):
        commit(fake, f"unmeasured {k}")
    for day in range(8, 14):
        measure(fake, suite, day, SLOW)
    assert "one of 3 commits up to" in fake("history", "*").out


def test_the_same_commit_is_not_blamed(fake):
    suite = repository(fake)
    commit(fake, "only one")
    for day in range(1, 14):
        measure(fake, suite, day, SLOW if day > 7 else "1")
    assert "the same commit: not the code" in fake("history", "*").out


def test_creep_since_a_release_is_told(fake):
    suite = repository(fake)
    for day in range(1, 25):
        commit(fake, f"change {day}")
        if day == 6:
            git(fake.folder, "tag", "v1.0")
        measure(fake, suite, day, f"1*{1 + max(0, day - 6) * 0.006}@sum/f32/fast")
    done = fake("history", "*", "--creep", "--format=json")
    assert done.code == 0, done
    creep = json.loads(done.out)
    assert [(c["name"], c["since"], c["commits"]) for c in creep] == [(NAME, "v1.0", 18)], creep
    assert 0.06 < creep[0]["change"] < 0.12
    assert "creep since v1.0: +" in fake("history", "*").out
    assert fake("history", "*", "--since=nothing-like-it").code == 2


def test_a_following_baseline_moves_on_passing_and_a_pinned_one_stays(fake):
    suite = repository(fake)
    commit(fake, "one")
    measure(fake, suite, 1)
    assert fake("baseline", "set", "default", "latest", "--follow").code == 0
    assert fake("baseline", "set", "pinned", "latest").code == 0
    for day in range(2, 8):
        commit(fake, f"change {day}")
        measure(fake, suite, day)
        done, _ = gate_rows(fake)
    assert done.code == 0 and "Baseline 'default' follows: it is run 7 now." in done.err, done
    measure(fake, suite, 8, SLOW)
    done, _ = gate_rows(fake, "--unconfirmed")
    assert done.code == 1 and "follows" not in done.err, done
    table = {r["baseline"]: (r["run"], r["kind"]) for r in json.loads(fake("baseline", "list", "--format=json").out)}
    assert table == {"default": (7, "follows"), "pinned": (1, "pinned")}


def test_a_branch_is_judged_against_its_own_ancestor(fake):
    suite = repository(fake)
    for day in range(1, 6):
        last = commit(fake, f"main {day}")
        measure(fake, suite, day)
    git(fake.folder, "checkout", "-q", "-b", "side")
    commit(fake, "side")
    measure(fake, suite, 6)
    git(fake.folder, "checkout", "-q", "main")
    commit(fake, "main 7")
    measure(fake, suite, 7, "1*0.7@sum/f32/fast")
    assert fake("baseline", "set", "default", "latest").code == 0
    git(fake.folder, "checkout", "-q", "side")
    done, rows = gate_rows(fake, "--run=6")
    assert done.code == 0, done
    assert "is no ancestor of commit" in done.err and f"is run 5, commit {last[:10]}" in done.err, done
    assert rows[NAME]["decision"] == "EQUIVALENT"
    done, rows = gate_rows(fake, "--run=6", "--baseline=default", "--unconfirmed") # typed: taken by its word
    assert done.code == 1 and rows[NAME]["decision"] == "REGRESSED", done
    done = fake("compare", "6", "--format=json")
    assert done.code == 0 and "nearest one measured here is run 5" in done.err, done


def accepted_story(fake):
    suite = repository(fake)
    commit(fake, "one")
    for day in range(1, 8):
        measure(fake, suite, day)
    assert fake("baseline", "set", "default", 1).code == 0
    measure(fake, suite, 8, SLOW)
    done, rows = gate_rows(fake, "--unconfirmed")
    assert done.code == 1 and rows[NAME]["decision"] == "REGRESSED", done
    return suite


def test_an_accepted_change_is_the_new_level(fake):
    suite = accepted_story(fake)
    done = fake("accept", "sum/f32/fast/*", "--reason=" + HOSTILE, "--expires=30d", KERNMARK_FAKE_DAY="8")
    assert done.code == 0 and "level of run 8" in done.out, done
    done, rows = gate_rows(fake, "--unconfirmed", KERNMARK_FAKE_DAY="8")
    assert done.code == 0 and rows[NAME]["decision"] == "EQUIVALENT", done
    measure(fake, suite, 9, SLOW)
    done, rows = gate_rows(fake, "--unconfirmed", KERNMARK_FAKE_DAY="9")
    assert done.code == 0 and "against the level of run 8, accepted" in rows[NAME]["reason"], done
    measure(fake, suite, 10, "1*1.8@sum/f32/fast") # another change on top of it
    done, rows = gate_rows(fake, "--unconfirmed", KERNMARK_FAKE_DAY="10")
    assert done.code == 1 and rows[NAME]["decision"] == "REGRESSED", done
    measure(fake, suite, 11, SLOW)
    done, rows = gate_rows(fake, "--unconfirmed", KERNMARK_FAKE_DAY="60") # expired
    assert done.code in (1, 3) and "has expired" in rows[NAME]["reason"], done
    listed = json.loads(fake("accept", "--list", "--format=json", KERNMARK_FAKE_DAY="60").out)
    assert [(r["pattern"], r["run"], r["reason"], r["state"]) for r in listed] == [
        ("sum/f32/fast/*", 8, HOSTILE, "expired")]
    done = fake("report", KERNMARK_FAKE_DAY="11")
    document = (fake.folder / done.out.strip()).read_text(encoding="utf-8")
    assert "Accepted changes" in document and "<script>" not in document and "\x1b" not in document
    assert "\x1b" not in fake("accept", "--list").out + fake("history", "*").out
    assert fake("accept", "--rm=1").code == 0
    assert fake("accept", "--rm=1").code == 2
    done, rows = gate_rows(fake, "--unconfirmed", KERNMARK_FAKE_DAY="11")
    assert done.code in (1, 3) and "accepted" not in rows[NAME]["reason"], done


@pytest.mark.parametrize("words, message", [
    (["sum/*"], "--reason"),
    ([], "benchmark name or pattern"),
    (["nothing-*", "--reason=x"], "no measured benchmark that matches"),
    (["sum/*", "--reason= "], "a reason"),
    (["sum/*", "--reason=x", "--run=99"], "no run"),
    (["sum/*", "--reason=x", "--expires=2026-02-30"], "no date"),
    (["sum/*", "--reason=x", "--expires=soon"], "no date"),
    (["sum/*", "--reason=x", "--expires=0d"], "next 100 years"),
    (["sum/*", "--reason=x", "--expires=1999-01-01"], "next 100 years"),
    (["sum/*", "--reason=x", "--expires=999999d"], "next 100 years"),
    (["--list", "x"], "one word too many"),
    (["--rm=7"], "no accepted change 7"),
])
def test_mistakes_of_accept_are_told(fake, words, message):
    measure(fake, fake.suite("sum"), 1)
    done = fake("accept", *words)
    assert done.code == 2 and message in done.err, done
