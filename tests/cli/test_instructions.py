# SPDX-License-Identifier: Apache-2.0
"""kernmark run --instructions and --counters: beside time, what was executed and counted."""
import pytest


def metrics(km):
    """Value or reason by benchmark and metric, of the latest run."""
    template = km.write("t.md", "{{table metrics columns=name:N,metric:M,value:V,why:W}}\n")
    done = km("report", f"--template={template}", "--out=out")
    assert done.code == 0, done
    document = (km.folder / done.out.strip().splitlines()[-1]).read_text()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in document.splitlines() if line.startswith("|")]
    return {(row[0].strip("`").replace("\\", ""), row[1].strip("`").replace("\\", "")): (row[2], row[3])
            for row in cells[2:]}


def test_instructions_are_the_same_in_every_run(km):
    counts = []
    for _ in range(2):
        done = km("run", "core", "--filter=^dot/", "--profile=smoke", "--benchmark_repetitions=2", "--instructions")
        assert done.code == 0, done
        counts.append({name: cell for (name, metric), cell in metrics(km).items() if metric == "instructions-stepped"})
    assert counts[0] and counts[0] == counts[1]
    if any("ptrace is not permitted" in why for _, why in counts[0].values()):
        pytest.skip("ptrace is not permitted here")
    for name, (value, _) in counts[0].items(): # 384 elements, the widest vectors have 16 of them
        assert 384 / 16 < float(value.split()[0].replace(",", "")) < 20000 or "k" in value, (name, value)


def test_counters_by_name(km):
    done = km("run", "core", "--filter=^dot/f32/ref", "--profile=smoke", "--benchmark_repetitions=1",
              "--counters=task-clock,no-such-event")
    assert done.code == 0, done
    got = {metric: cell for (_, metric), cell in metrics(km).items()}
    assert {"instructions", "cycles", "ipc", "task-clock", "no-such-event"} <= set(got)
    assert "no-such-event" in got["no-such-event"][1] and got["no-such-event"][1].count("not available") == 1
    assert "instructions-stepped" not in got
