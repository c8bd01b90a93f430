# SPDX-License-Identifier: Apache-2.0
"""From run to verdict on a simulated machine, where every number is known."""
import json

from conftest import git


def decisions(done):
    return {row["name"]: row["decision"] for row in json.loads(done.out)}


def run(fake, suite, day, clock="1"):
    done = fake("run", suite, f"--seed={day}", KERNMARK_FAKE_DAY=str(day), KERNMARK_FAKE_CLOCK=clock)
    assert done.code == 0, done


def test_first_run_becomes_the_baseline(fake):
    suite = fake.suite("sum", "other", rounds=8)
    run(fake, suite, 1)
    assert fake("gate").code == 3
    done = fake("gate", "--adopt")
    assert done.code == 0, done
    assert "run 1 is now its baseline" in done.out
    assert "default" in fake("baseline", "list").out


def test_unchanged_passes(fake):
    suite = fake.suite("sum", "other", rounds=8)
    for day in range(1, 7):
        run(fake, suite, day)
        fake("gate", "--adopt")
    done = fake("gate", "--format=json")
    assert done.code == 0, done
    assert set(decisions(done).values()) == {"EQUIVALENT"}


def test_planted_slowdown_is_red_and_only_there(fake):
    suite = fake.suite("sum", "other", rounds=8)
    for day in range(1, 7):
        run(fake, suite, day)
        fake("gate", "--adopt")
    run(fake, suite, 7, clock="1*1.4@sum/f32/fast")
    done = fake("gate", "--unconfirmed", "--format=json")
    assert done.code == 1, done
    verdicts = decisions(done)
    assert verdicts.pop("sum/f32/fast/n:64") == "REGRESSED"
    assert set(verdicts.values()) == {"EQUIVALENT"}
    run(fake, suite, 8, clock="1*0.6@sum/f32/fast")
    done = fake("gate", "--format=json")
    assert done.code == 0, done
    assert decisions(done)["sum/f32/fast/n:64"] == "IMPROVED"


def test_stored_results_alone_only_make_a_suspect(fake):
    suite = fake.suite("sum", "other", rounds=8)
    for day in range(1, 7):
        run(fake, suite, day)
        fake("gate", "--adopt")
    run(fake, suite, 7, clock="1*1.4@sum/f32/fast")
    done = fake("gate", "--format=json")
    assert done.code == 3, done
    row = next(r for r in json.loads(done.out) if r["name"] == "sum/f32/fast/n:64")
    assert row["decision"] == "INCONCLUSIVE"
    assert "not confirmed side by side: this machine is simulated" in row["reason"]


def test_threshold_of_the_command_and_of_the_suite(fake):
    suite = fake.suite("sum", rounds=8, extra="    threshold: 300%\n")
    for day in range(1, 7):
        run(fake, suite, day)
        fake("gate", "--adopt")
    run(fake, suite, 7, clock="1*1.5@fast")
    assert fake("gate").code == 0
    assert fake("gate", "--unconfirmed", "--threshold=10%").code == 1


def test_failed_and_missing_benchmarks_are_incomplete(faulty):
    both = faulty.suite("sum", "other", name="s")
    assert faulty("run", both).code == 0
    assert faulty("gate", "--adopt").code == 0
    assert faulty("run", faulty.suite("sum", name="s")).code == 0
    done = faulty("gate", "--format=json")
    assert done.code == 4, done
    assert decisions(done)["other/f32/ref/n:64"] == "MISSING"


def test_what_was_not_asked_for_is_not_missing(fake):
    both = fake.suite("sum", "other", rounds=8)
    alone = fake.suite("other", name="t", rounds=8)
    run(fake, both, 1)
    fake("gate", "--adopt")
    done = fake("run", both, "--filter=sum/.*/ref", "--seed=2", KERNMARK_FAKE_DAY="2")
    assert done.code == 0, done
    done = fake("gate", "--format=json")
    assert set(decisions(done)) == {"sum/f32/ref/n:64"}, done
    run(fake, alone, 3)
    done = fake("gate", "--format=json") # of a suite that the baseline does not have, it says nothing
    assert done.code == 3 and "no baseline 'default/t'" in done.err, done


def test_a_failing_run_never_becomes_a_baseline(faulty):
    assert faulty("run", faulty.suite("sum", "wrong")).code == 4
    done = faulty("baseline", "set", "default", "latest")
    assert done.code != 0
    assert "wrong/f32/ref/n:64" in done.err, done


def test_verdicts_explain_themselves(fake):
    suite = fake.suite("sum", "other", rounds=8)
    run(fake, suite, 1)
    fake("gate", "--adopt")
    run(fake, suite, 2)
    for row in json.loads(fake("gate", "--format=json").out):
        for key in ("ratio", "ratio_low", "ratio_high", "noise_floor", "mde"):
            assert row[key] is not None, row
        assert row["reason"]


def test_compare_runs_and_commits(fake):
    git(fake.folder, "init", "-q", "-b", "main")
    suite = fake.suite("sum", "other", rounds=8)
    hashes = []
    for day in (1, 2):
        fake.write("file", f"{day}")
        git(fake.folder, "add", "file", "s.yaml")
        git(fake.folder, "commit", "-qm", f"change {day}")
        hashes.append(git(fake.folder, "rev-parse", "HEAD").strip())
        run(fake, suite, day)
    by_number = fake("compare", 1, 2, "--format=csv")
    by_commit = fake("compare", hashes[0][:10], hashes[1][:10], "--format=csv")
    by_name = fake("compare", "latest~1", "latest", "--format=csv")
    assert by_number.code in (0, 3), by_number
    assert by_number.out == by_commit.out == by_name.out
    assert fake("compare", "latest~9", "latest").code == 2
    history = json.loads(fake("history", "sum/*", "--format=json").out)
    assert {row["commit"][:7] for row in history} == {h[:7] for h in hashes}


def test_baselines_by_name(fake):
    suite = fake.suite("sum", rounds=8)
    run(fake, suite, 1)
    assert fake("baseline", "set", "v1.0", "latest", "--reason=the first release").code == 0
    assert "the first release" in fake("baseline", "list").out
    assert fake("baseline", "show", "v1.0").out.count("sum ") == 2
    assert fake("gate", "--baseline=v1.0").code in (0, 3)
    assert fake("baseline", "rm", "v1.0").code == 0
    assert fake("gate", "--baseline=v1.0").code == 3
    assert fake("baseline", "rm", "v1.0").code == 2
