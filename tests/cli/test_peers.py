# SPDX-License-Identifier: Apache-2.0
"""Ceilings and other libraries, from the suite to the document."""
import csv
import io
import re

from conftest import sanitizer


def test_ceilings_and_peers_reach_the_document(km):
    done = km("run", "ceilings", "--profile=smoke", "--filter=(peak/f32|read/.*level:l[12]).*/threads:1$")
    assert done.code == 0, done
    done = km("run", "peers", "--profile=smoke", "--filter=(dot|axpy)/.*n:384", "--format=csv")
    assert done.code == 0, done
    rows = list(csv.DictReader(io.StringIO(done.out)))
    blas = [r for r in rows if r["variant"] == "openblas"]
    assert len(blas) == 2
    for r in blas:  # installed and measured, or told how to get it
        assert r["status"] == "ok" or re.search(r"not available: libopenblas\S+ .*apt install", r["note"]), r
    done = km("report")
    assert done.code == 0, done
    text = next((km.folder / "reports" / "out").glob("*.md")).read_text(encoding="utf-8")
    assert "## Beside other libraries" in text
    table = text.split("## Beside other libraries")[1].split("\n## ")[0]
    assert len(re.findall(r"^\| (?:Dot product|AXPY) of 384 \| OpenBLAS \|", table, re.M)) == 2, table
    measured = [r for r in rows if r["status"] == "ok"]
    assert measured, done
    known = re.findall(r"\| (\d+(?:\.\d+)?)% \| bandwidth of L1 \|", text)
    if re.search(r"L1d \d+ KiB", text) and not sanitizer():  # shares of instrumented kernels are below a percent
        assert len(known) == len(measured), text
        assert "measured in run 1, " in text
        assert all(0 < float(share) < 300 for share in known)


def test_a_library_has_only_what_it_has(km):
    km.write("s.yaml", """\
name: s
title: A test
why: for tests
benchmarks:
  - operation: rmsnorm
    dtype: f32
    parameters: {n: 64}
    variants: [ref, openblas]
    why: a test
""")
    done = km("run", "s.yaml", "--profile=smoke", "--format=csv")
    assert done.code == 0, done
    rows = {r["variant"]: r for r in csv.DictReader(io.StringIO(done.out))}
    assert rows["ref"]["status"] == "ok"
    assert rows["openblas"]["status"] == "unsupported"
    assert "no such variant" in rows["openblas"]["note"]
