# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of suites and the parser accept and refuse the same files, and know the same keys."""
import json
import pathlib
import re

import pytest

jsonschema = pytest.importorskip("jsonschema", reason="no python3-jsonschema")
yaml = pytest.importorskip("yaml", reason="no python3-yaml")

SUITES = pathlib.Path(__file__).resolve().parents[2] / "suites"
SCHEMA = json.loads((SUITES / "suite.schema.json").read_text(encoding="utf-8"))

HEAD = "name: s\ntitle: T\nwhy: W\n"
BENCH = HEAD + "benchmarks:\n  - operation: dot\n    dtype: f32\n    parameters: {n: 8}\n    why: W\n"
GEMV = HEAD + "benchmarks:\n  - operation: gemv\n    dtype: f32\n    why: W\n    parameters:\n      m: 8\n      k: "
SQUARE = GEMV + "8\n"

GOOD = [
    BENCH,
    BENCH + "metrics: instructions\n",
    BENCH + "metrics: [items_per_second, 'instructions=1%', 'allocs:lower=0%+2', frames:none, cache-misses=5]\n",
    BENCH + "    target: 1.5 µs\n    threshold: 20 %\n",
    BENCH + "    target: [{cpu: A53, value: 1us}, {value: 2us}]\n",
    BENCH + "    unit: {per: 0.5, of: element}\n    priority: low\n    mode: per_call\n",
    BENCH + "    variants: [ref, neon]\n    threads: 1\n",
    SQUARE + "    threads: [1, 2]\n",
    SQUARE + "    threads: host\n",
    SQUARE + "    threads: [3, host]\n",
    BENCH + "    component: '\"quotes\" | pipes `ticks` $(that) <script>alert(1)</script>'\n",
    BENCH + "profiles: {own: {memory: 64 MiB, calls: 5}, quick: {budget: 3s}}\n",
    GEMV + "[8, 16]\n",
    GEMV + "{from: 8, to: 64, times: 2}\n",
    GEMV + "{from: 8, to: 64, step: 8}\n",
]

BAD = [
    HEAD,
    BENCH + "metrics: []\n",
    BENCH + "metrics: {instructions: 1%}\n",
    BENCH + "metrics: ['a/s,b/s']\n",
    BENCH + "metrics: ['instructions=']\n",
    BENCH + "metrics: ['instructions=x%']\n",
    BENCH + "metrics: [time]\n",
    BENCH + "metrics: [':lower']\n",
    "[]\n",
    BENCH + "thresold: 10%\n",
    BENCH + "threshold: 0.1\n",
    BENCH + "threshold: 10\n",
    BENCH + "profiles: {own: {calls: 0}}\n",
    BENCH + "profiles: {own: {memory: 512}}\n",
    BENCH + "profiles: {own: {rounds: 3}}\n",
    BENCH + "profiles: {'a b': {}}\n",
    BENCH + "    colour: red\n",
    BENCH + "    target: 10\n",
    BENCH + "    target: 10 sec\n",
    BENCH + "    target: [{cpu: A53}]\n",
    BENCH + "    unit: us\n",
    BENCH + "    unit: {per: 0, of: x}\n",
    BENCH + "    priority: urgent\n",
    BENCH + "    mode: percall\n",
    BENCH + "    threads: 0\n",
    SQUARE + "    threads: cores\n",
    BENCH + "    variants: []\n",
    BENCH + "    section: \"a\\nb\"\n",
    BENCH + "    section: \"a\\eb\"\n",
    HEAD + "benchmarks: []\n",
    HEAD + "benchmarks: [{operation: dot, dtype: f32, parameters: {n: 8}}]\n",
    GEMV + "10x y\n",
    GEMV + "1.5\n",
    GEMV + "[]\n",
    GEMV + "{from: 8, to: 64}\n",
    GEMV + "{from: 8, to: 64, times: 2, step: 8}\n",
]


def accepts(text):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(SUITES.glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_suites_fit(path):
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_example_in_readme_fits(km):
    text = re.search(r"```yaml\n(.*?)```", (SUITES / "README.md").read_text(encoding="utf-8"), re.S).group(1)
    assert accepts(text)
    done = km("list", km.write("example.yaml", text))
    assert done.code == 0, done
    assert "dot/f32/ref/n:1024" in done.out


@pytest.mark.parametrize("text", GOOD)
def test_both_accept(km, text):
    assert accepts(text)
    done = km("list", km.write("good.yaml", text))
    assert done.code == 0, done


@pytest.mark.parametrize("text", BAD)
def test_both_refuse(km, text):
    assert not accepts(text)
    path = km.write("bad.yaml", text)
    done = km("list", path)
    assert done.code == 2, done
    assert re.search(rf"{re.escape(str(path))}:\d+:\d+: ", done.err), done
    assert done.err.count("\n") == 1, done


@pytest.mark.parametrize("text, keys", [
    (HEAD + "no_such_key: 1\n", SCHEMA["properties"]),
    (BENCH + "    no_such_key: 1\n", SCHEMA["$defs"]["benchmark"]["properties"]),
    (BENCH + "profiles: {own: {no_such_key: 1}}\n", SCHEMA["$defs"]["profile"]["properties"]),
    (BENCH + "    target: {no_such_key: 1}\n", SCHEMA["$defs"]["target"]["properties"]),
    (GEMV + "{no_such_key: 1}\n", SCHEMA["$defs"]["range"]["properties"]),
])
def test_both_know_the_same_keys(km, text, keys):
    done = km("list", km.write("bad.yaml", text))
    known = re.search(r"known: (.*)", done.err)
    assert known, done
    assert known.group(1).split(", ") == list(keys)
