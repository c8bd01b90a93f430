# SPDX-License-Identifier: Apache-2.0
"""What a bundle looks like: the files of tests/data/ci, byte by byte; and names that want to be more than text."""
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

from ci_parts import CODES, DECISION_OF, meta, row, rows_for
from conftest import ROOT
from kernmark_ci import bundle, escape, junit, render, sarif

GOLDEN = ROOT / "tests" / "data" / "ci"
MIXED = [
    row("gemv/f32/avx2/m:384/k:384", "REGRESSED", base_s=4.0e-6, current_s=4.72e-6, ratio=1.18, ratio_low=1.172,
        ratio_high=1.191, p=1e-6, p_adjusted=8e-6, reason="1.18× slower (1.17–1.19), threshold 10%; confirmed"),
    row("bpe/u8/auto", "FAILED", base_s=None, current_s=None, ratio=None, ratio_low=None, ratio_high=None, p=None,
        p_adjusted=None, mde=None, noise_floor=None, reason="killed by signal 11"),
    row("arena/ref", "MISSING", base_s=None, current_s=None, ratio=None, ratio_low=None, ratio_high=None,
        reason="the baseline has it, the candidate does not"),
    row("norm/f32/ref", "ENVIRONMENT", ratio=1.31, reason="moved together with 20 others"),
    row("std::vector<int>|push & \"pop\"", "INCONCLUSIVE", current_s=0.0021, reason="needs 60 rounds"),
    row("dot/f32/new", "NEW", base_s=None, ratio=None, ratio_low=None, ratio_high=None, reason=None),
    row("softmax/f32/avx512", "IMPROVED", ratio=0.71, ratio_low=0.7, ratio_high=0.72),
    row(),
]
OUTPUTS = {"summary.md": render.summary, "annotations.txt": render.annotations, "junit.xml": junit.junit,
           "sarif.json": lambda b: sarif.sarif(b, "suites/core.yaml")}


def made(rows=None, code=4, **more):
    return bundle.Bundle(bundle.check_meta(meta(code, **more)), bundle.check_rows(MIXED if rows is None else rows))


@pytest.mark.parametrize("name", OUTPUTS)
def test_golden(name):
    """KERNMARK_GOLDEN=1 writes the files anew; read the difference before you keep it."""
    text = OUTPUTS[name](made())
    if os.environ.get("KERNMARK_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


# --- every exit code, every form ---------------------------------------------------------------------------------

@pytest.mark.parametrize("code", CODES)
def test_no_form_is_greener_or_redder_than_the_gate(code):
    b = made(rows_for(code), code, problem="cannot" if code in (2, 6, 70) else "")
    root = ET.fromstring(junit.junit(b).encode())
    bad = root.findall(".//failure") + root.findall(".//error")
    assert bool(bad) == (code != 0)
    suite = root.find("testsuite")
    assert int(suite.get("failures")) + int(suite.get("errors")) == len(bad)
    assert int(suite.get("tests")) == len(root.findall(".//testcase"))
    assert int(suite.get("skipped")) == len(root.findall(".//skipped"))
    assert ("::error" in render.annotations(b)) == (code != 0)
    assert ("✅" in render.summary(b)) == (code == 0)
    log = json.loads(sarif.sarif(b))
    assert log["runs"][0]["invocations"][0]["exitCode"] == code
    assert bool(log["runs"][0]["results"]) == (code in DECISION_OF and code != 0)


def test_sarif_has_what_the_standard_requires():
    log = json.loads(sarif.sarif(made(), "suites/core.yaml"))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    assert driver["name"] and [r["id"] for r in driver["rules"]] == sorted({r["id"] for r in driver["rules"]}, key=[
        r["id"] for r in driver["rules"]].index)
    assert len(run["results"]) == 5
    for result in run["results"]:
        assert result["message"]["text"] and result["level"] in ("none", "note", "warning", "error")
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        where = result["locations"][0]
        assert where["physicalLocation"]["artifactLocation"]["uri"] == "suites/core.yaml"
        assert where["physicalLocation"]["region"]["startLine"] >= 1 and where["logicalLocations"][0]["fullyQualifiedName"]
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
    assert len({r["partialFingerprints"]["benchmark/v1"] for r in run["results"]}) == 5
    assert "physicalLocation" not in json.loads(sarif.sarif(made()))["runs"][0]["results"][0]["locations"][0]


def test_junit_in_the_eyes_of_another_parser(tmp_path):
    if not shutil.which("xmllint"):
        pytest.skip("no xmllint")
    path = tmp_path / "junit.xml"
    path.write_text(junit.junit(made([row(n, "REGRESSED", reason=n) for n in HOSTILE])), encoding="utf-8")
    subprocess.run(["xmllint", "--noout", str(path)], check=True)


# --- hostile names -----------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", "</code><img src=x onerror=alert(1)>", "@torvalds please look", "a@b.com", "#1 o/r#2 GH-3",
    "[x](https://evil.example)", "![x](https://evil.example/p.png)", "https://evil.example/x", "www.evil.example", "WWW.evil.example",
    "http://a.b", "ftp://a.b", "mailto:a@b.com", "xmpp:a@b.com", "`tick` ``two``", "a|b", "a\\|b", "a\\", "\\`", "<!-- kernmark-ci:gate -->", "-->",
    "*b* _i_ ~s~ **B**", "&lt;b&gt; &#64; &amp;", "<a href='javascript:x'>", "$x^2$ $$y$$", ":smile:", "]]>", "<![CDATA[", "%0A::error::x",
    "::error file=a,line=1::x", "a,b:c%", "\"'>", "{{ 7*7 }} ${{ secrets.X }}", "# heading", "- [ ] task", "> quote", "https&colon;//x", "ünïcödé 測試 😀",
]


def html(text, tmp_path):
    if not shutil.which("cmark-gfm"):
        pytest.skip("no cmark-gfm")
    path = tmp_path / "x.md"
    path.write_text(text, encoding="utf-8")
    flags = [f for e in ("table", "autolink", "strikethrough", "tasklist") for f in ("-e", e)]
    return subprocess.run(["cmark-gfm", "--unsafe", *flags, str(path)], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_only_text_in_markdown(name, tmp_path):
    """GitHub's own renderer: the only elements are ours, the cell holds the name, and mentions stand within code."""
    page = html(render.summary(made([row(name, "REGRESSED", reason=name)], 1, base=name, head=name, problem=name)), tmp_path)
    elements = set(re.findall(r"</?([a-z0-9!-]+)", page))
    assert elements <= {"h2", "p", "code", "wbr", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}, page
    codes = re.findall(r"<code>(.*?)</code>", page)
    text = [re.sub(r"&(lt|gt|amp|quot);", lambda m: {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[m[1]],
                   c.replace("<wbr>", "")) for c in codes]
    assert text == [name] * 6, page
    assert len(re.findall(r"<td[^>]*>", page)) == 9
    assert not re.search(r"@[A-Za-z]|https?://|www\.", re.sub(r"<code>.*?</code>", "", page))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_only_text_in_xml(name):
    root = ET.fromstring(junit.junit(made([row(name, "REGRESSED", reason=name)], 1)).encode())
    case = root.find(".//testcase")
    assert case.get("name") == name and case.find("failure").get("message") == name
    assert {e.tag for e in root.iter()} == {"testsuites", "testsuite", "testcase", "failure"}


@pytest.mark.parametrize("name", [*HOSTILE, "a\nb", "a\r::error::b"])
def test_names_are_only_text_in_annotations(name):
    line = f"::error title={escape.command_property(name)}::{escape.command(name)}"
    assert len(line.splitlines()) == 1
    title, message = re.fullmatch(r"::error title=([^:,]*)::(.*)", line).groups()

    def decode(text):
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, char)
        return text
    assert decode(title) == name == decode(message)


def test_xml_of_characters_it_has_not():
    assert escape.xml("\x00\x0b\ud800\uffffa\n") == "����a&#10;"


# --- length ------------------------------------------------------------------------------------------------------

def test_many_long_names_still_fit():
    b = made([row("@" * 1000, "REGRESSED", reason="&" * 4000)] * 10000, 1)
    text = render.summary(b)
    assert len(text) < 65000 and "more rows are in the bundle" in text
    lines = render.annotations(b).splitlines()
    assert len(lines) == 10 and "9991 more" in lines[-1]


def test_what_needs_attention_comes_first_and_is_never_cut_for_what_does_not():
    rows = [row(f"fine/{i}") for i in range(200)] + [row("slow", "REGRESSED")]
    text = render.summary(made(rows, 1))
    assert text.index("slow") < text.index("fine")


@pytest.mark.parametrize("value, text", [(None, "–"), (0, "0 ns"), (2.5e-10, "0.25 ns"), (1e-9, "1 ns"), (4.72e-6, "4.72 µs"),
                                         (0.0021, "2.1 ms"), (61.2, "61.2 s")])
def test_seconds(value, text):
    assert render.seconds(value) == text


@pytest.mark.parametrize("ratio, text", [(None, "–"), (1, "+0.0%"), (0.9999, "+0.0%"), (1.18, "+18.0%"), (0.5, "-50.0%")])
def test_change(ratio, text):
    assert render.change(ratio) == text


def test_a_metric_is_told_from_the_time_of_its_benchmark():
    rows = [row(), row(decision="REGRESSED", metric="misses", better="lower", base_s=None, current_s=None, reason="misses")]
    b = bundle.Bundle(meta(1), bundle.check_rows(rows))
    name = "dot/f32/ref/n:384 [misses]"
    cases = ET.fromstring(junit.junit(b)).findall(".//testcase")
    assert [case.get("name") for case in cases][:2] == ["dot/f32/ref/n:384", name] and cases[1].find("failure") is not None
    assert escape.markdown(name) in render.summary(b) and "n:384 [misses]" in render.annotations(b).replace("%3A", ":")
    assert json.loads(sarif.sarif(b))["runs"][0]["results"][0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == name


@pytest.mark.parametrize("better, decision, believed", [
    ("none", "INCONCLUSIVE", True), ("lower", "INCONCLUSIVE", False), (None, "INCONCLUSIVE", False)])
def test_metrics_for_information_turn_nothing_red(better, decision, believed):
    rows = bundle.check_rows([row(), row(decision=decision, metric="misses", better=better)])
    assert (bundle.why_not_green(rows) is None) == believed
