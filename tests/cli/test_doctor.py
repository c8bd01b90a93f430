# SPDX-License-Identifier: Apache-2.0
"""The doctor on simulated machines, and what the state of a machine does to verdicts."""
import csv
import io
import json
import re
import shutil

import pytest

from conftest import BUILD, ROOT, Kernmark

CPU = "sys/devices/system/cpu"
FIXED = {f"{CPU}/cpu{i}/cpufreq/scaling_governor": "performance" for i in range(4)} | {
    f"{CPU}/intel_pstate/no_turbo": "1", "proc/sys/kernel/randomize_va_space": "2",
    "sys/kernel/mm/transparent_hugepage/enabled": "madvise", "proc/sys/kernel/numa_balancing": "0"}


def machine(km, name, folder):
    archive = (ROOT / "tests" / "data" / "host" / f"{name}.txt").read_text(encoding="utf-8")
    for path, body in re.findall(r"^-- (\S+) --\n(.*?)(?=^-- |\Z)", archive, re.M | re.S):
        km.write(f"{folder}/{path}", body)


@pytest.fixture(name="ill")
def fixture_ill(tmp_path):
    """A machine with everything wrong."""
    km = Kernmark(BUILD / "tests" / "kernmark-faulty", tmp_path)
    machine(km, "unfit", "machine")
    km.env["KERNMARK_FAKE"] = "machine"
    return km


def findings(done):
    return {row["check"]: row for row in json.loads(done.out)}


def settings(km):
    """The value of each, which a real kernel marks where there is a choice."""
    texts = {path: (km.folder / "machine" / path).read_text() for path in FIXED}
    return {path: re.sub(r".*\[(.*)\].*\n", r"\1\n", text) for path, text in texts.items()}


def test_everything_wrong(ill):
    (ill.folder / "machine/proc/77").mkdir()
    (ill.folder / "machine/proc/77/cmdline").write_bytes(b"/opt/kernmark\0run\0")
    done = ill("doctor", "--format=json")
    assert done.code == 5, done
    rows = findings(done)
    assert rows["measuring"]["fitness"] == "UNFIT"
    assert rows["governor"]["fitness"] == "advice"
    assert rows["governor"]["fix"].startswith(f"echo performance | sudo tee /{CPU}/cpu0/cpufreq/scaling_governor")
    assert f"echo schedutil | sudo tee /{CPU}/cpu2/cpufreq/scaling_governor" in rows["governor"]["undo"]
    for row in rows.values():
        assert bool(row["cost"]) == (row["fitness"] in ("advice", "UNFIT")), row


def test_a_fit_machine(ill):
    shutil.rmtree(ill.folder / "machine")
    machine(ill, "fit", "machine")
    done = ill("doctor")
    assert done.code == 0, done
    assert "fix " not in done.out
    assert ill("doctor", "--fix").out == "There is nothing to change.\n"
    assert not list(ill.folder.glob(".kernmark/host-settings"))


def test_formats(ill):
    text, markdown = ill("doctor"), ill("doctor", "--format=markdown")
    assert "\n  fix   echo madvise | sudo tee /sys/" in text.out and "\n  undo  echo always | " in text.out
    assert markdown.out.startswith("| what | fitness | found | what it costs | fix | undo |\n")
    rows = list(csv.DictReader(io.StringIO(ill("doctor", "--format=csv").out)))
    assert [r["check"] for r in rows] == list(findings(ill("doctor", "--format=json")))
    assert len({len(line.split(" | ")) for line in markdown.out.replace("\\|", "").splitlines()[2:]}) == 1


def test_what_happens_within_the_second(ill):
    machine(ill, "unfit", "later")
    ill.write("later/proc/stat", "cpu  1000 0 500 80800 100 0 0 200 0 0\n")
    rows = findings(ill("doctor", "--format=json", KERNMARK_FAKE_AFTER="later"))
    assert rows["steal"]["found"] == "20% of the CPU time while watched" and rows["steal"]["fitness"] == "UNFIT"
    assert findings(ill("doctor", "--format=json"))["steal"]["fitness"] == "unknown"


def test_fix_and_restore(ill):
    before = settings(ill)
    done = ill("doctor", "--fix")
    assert done.code == 0, done
    assert done.out.count("echo ") == 7
    assert f"echo performance > /{CPU}/cpu2/cpufreq/scaling_governor  # was schedutil\n" in done.out
    assert settings(ill) == {path: f"{value}\n" for path, value in FIXED.items()}
    assert (ill.folder / f"machine/{CPU}/smt/control").read_text() == "on\n"  # for people to decide
    ill.write("machine/proc/sys/kernel/numa_balancing", "1\n")
    done = ill("doctor", "--fix")
    assert done.code == 2 and "--restore" in done.err, done
    done = ill("doctor", "--restore")
    assert done.code == 0 and done.out.count("echo ") == 7, done
    assert settings(ill) == before
    assert list(ill.folder.glob(".kernmark/*")) == []
    assert ill("doctor", "--restore").code == 2


def test_restore_after_a_crash_between_changes(ill):
    before = settings(ill)
    assert ill("doctor", "--fix").code == 0
    for path in list(FIXED)[3:]:  # as if only the first three had been changed
        ill.write(f"machine/{path}", before[path])
    assert ill("doctor", "--restore").code == 0
    assert settings(ill) == before


def test_what_cannot_be_restored_stays_remembered(ill):
    before = settings(ill)
    assert ill("doctor", "--fix", "--db=mine/x.db").code == 0
    path = ill.folder / "machine/proc/sys/kernel/numa_balancing"
    path.unlink()
    path.mkdir()
    done = ill("doctor", "--restore", "--db=mine/x.db")
    assert done.code == 5 and "1 of 7 settings are not restored" in done.err, done
    path.rmdir()
    ill.write("machine/proc/sys/kernel/numa_balancing", "0\n")
    assert ill("doctor", "--restore", "--db=mine/x.db").code == 0
    assert settings(ill) == before


def test_a_damaged_memory_restores_nothing(ill):
    before = settings(ill)
    ill.write(".kernmark/host-settings", "kernmark settings 1\n/proc/sys/kernel/randomize_va_space 0 2\n/etc/x 0 2\nend 2\n")
    done = ill("doctor", "--restore")
    assert done.code == 2 and "host-settings:3: " in done.err, done
    assert settings(ill) == before


def test_wrong_usage(ill):
    assert ill("doctor", "--fix", "--restore").code == 2
    assert ill("doctor", "word").code == 2


def test_the_real_machine_is_not_changed(km):
    done = km("doctor", "--format=json")
    assert done.code in (0, 5), done
    assert findings(done)["timer"]["fitness"] in ("good", "advice")
    assert list(km.folder.iterdir()) == []


# --- verdicts ---


def measured(fake, days, clock="1", **env):
    for day in days:
        done = fake("run", "s.yaml", f"--seed={day}", KERNMARK_FAKE_DAY=str(day), KERNMARK_FAKE_CLOCK=clock, **env)
        assert done.code == 0, done
        fake("gate", "--adopt")


def decisions(done):
    return {row["name"]: row for row in json.loads(done.out)}


@pytest.fixture(name="slow")
def fixture_slow(fake):
    """Six equal runs, and a folder for the state after the seventh, in which 20% of the time was stolen."""
    fake.suite("sum", "other", rounds=8)
    measured(fake, range(1, 7))
    shutil.copytree(fake.folder / "machine", fake.folder / "later")
    fake.write("later/proc/stat", "cpu  100600 200 30000 800200 5000 100 700 200 0 0\n")
    return fake


def test_regressed_on_an_unfit_machine_is_the_environment(slow):
    measured(slow, [7], "1*1.4@sum/f32/fast", KERNMARK_FAKE_AFTER="later")
    done = slow("gate", "--format=json")
    assert done.code == 5, done
    row = decisions(done)["sum/f32/fast/n:64"]
    assert row["decision"] == "ENVIRONMENT"
    assert "20% of the CPU time was stolen by the hypervisor (limit 5%)" in row["reason"]
    assert "The machine was unfit during this run: 20% of the CPU time was stolen" in done.err
    text = slow("report", "--out=out")
    document = (slow.folder / text.out.strip()).read_text()
    assert "### Fitness of this host" in document
    assert "unfit while it was measured: 20% of the CPU time was stolen" in document
    assert re.search(r"^\| Stolen CPU time \| UNFIT \| 20% ", document, re.M)
    measured(slow, [8], "1*1.4@sum/f32/fast")  # again, undisturbed: the code after all
    done = slow("gate", "--unconfirmed", "--format=json")
    assert done.code == 1 and "unfit" not in done.err, done


def test_unchanged_on_an_unfit_machine_still_passes(slow):
    measured(slow, [7], KERNMARK_FAKE_AFTER="later")
    done = slow("gate", "--format=json")
    assert done.code == 0 and "The machine was unfit during this run" in done.err, done


def test_another_governor_than_the_baseline(slow):
    governor = "machine/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor"
    for i in range(8):
        slow.write(governor.format(i), "performance\n")
    measured(slow, [7], "1*0.6@sum/f32/fast")
    done = slow("gate", "--format=json")
    assert done.code == 5, done
    reason = decisions(done)["sum/f32/fast/n:64"]["reason"]
    assert "governor was 'powersave' for the baseline and 'performance' for this run" in reason
