# SPDX-License-Identifier: Apache-2.0
"""Bundles from strangers: what is not exactly a bundle is refused, quickly, with a reason that repeats none of it."""
import io
import json
import os
import stat
import time
import zipfile

import pytest

from ci_parts import ci, make_bundle, meta, row, rows_for
from kernmark_ci import bundle, strict
from kernmark_ci.strict import Invalid


def archive(files=None, **more):
    """A zip with the bytes of a good bundle, changed."""
    good = {"meta.json": json.dumps(meta()), "verdicts.json": json.dumps(rows_for(0))}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in {**good, **(files or {}), **more}.items():
            if content is not None:
                z.writestr(name, content)
    return out.getvalue()


def files(changed_meta=None, rows=None):
    return {"meta.json": (changed_meta if isinstance(changed_meta, bytes) else json.dumps(changed_meta or meta()).encode()),
            "verdicts.json": rows if isinstance(rows, bytes) else json.dumps(rows_for(0) if rows is None else rows).encode()}


def test_a_good_one_is_read():
    b = bundle.read_zip(archive({"log.txt": "anything", "summary.md": "x", "junit.xml": "<", "sarif.json": "{"}))
    assert b.code == 0 and [r["name"] for r in b.rows] == ["dot/f32/ref/n:384", "gemv/f32/ref/m:384"]


# --- rows and meta -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text", [
    b"", b"[", b"]", b"{]", b'[{"name": "x"', b"[NaN]", b"[Infinity]", b"[-Infinity]", b"[1e999]", b"[-1e999]",
    b"[" + b"1" * 40 + b"]", b'[{"a": 1, "a": 2}]', b"\xff\xfe[]", b'["\xc3("]', b"[" * 5 + b"]" * 5,
    b"[" * 200000, b'{"a":' * 100000, b"\xef\xbb\xbf[]", b"[] []", b"[1,]", b"['x']", b"[0x10]", b'["\\ud800"',
    b"[" + b" " * (8 << 20) + b"]"])
def test_json_of_strangers(text):
    started = time.monotonic()
    with pytest.raises(Invalid):
        strict.load(text)
    assert time.monotonic() - started < 20  # neither recursion nor quadratic work


def test_brackets_in_strings_are_no_depth():
    assert strict.load(b'["[[[[[[{{{{\\"[[[[", "\\\\"]') == ['[[[[[[{{{{"[[[[', "\\"]


@pytest.mark.parametrize("change", [
    {"decision": "GREEN"}, {"decision": None}, {"decision": ["EQUIVALENT"]}, {"name": ""}, {"name": None}, {"name": 1},
    {"name": "a" * 1001}, {"name": "a\nb"}, {"name": "a\x1b[31m"}, {"name": "a\x00"}, {"name": "a\u202eb"}, {"name": "a\u200bb"},
    {"name": "\ud800"}, {"name": "a\u2028b"}, {"reason": "x" * 4001}, {"reason": 7}, {"reason": "a\rb"}, {"warning": "\x7f"},
    {"warning": {}}, {"ratio": -1}, {"ratio": "1"}, {"ratio": True}, {"base_s": -1e-9}, {"mde": [1]}, {"current_rounds": -1},
    {"p": {}}, {f"k{i}": 0 for i in range(60)}])
def test_rows_of_strangers(change):
    with pytest.raises(Invalid):
        bundle.check(files(rows=[row(), row(**change)]))


@pytest.mark.parametrize("rows", [{}, None, "x", 1, [1], [[]], [None], [row()] * 10001])
def test_lists_of_strangers(rows):
    with pytest.raises(Invalid):
        bundle.check(files(rows=json.dumps(rows).encode()))


def test_as_many_rows_as_are_allowed():
    assert len(bundle.check(files(rows=[row()] * 10000)).rows) == 10000


@pytest.mark.parametrize("change", [
    {"schema": 2}, {"schema": "1"}, {"schema": True}, {"schema": None}, {"exit_code": 7}, {"exit_code": -1},
    {"exit_code": "0"}, {"exit_code": False}, {"exit_code": 0.0}, {"head_sha": "main"}, {"head_sha": "F" * 40},
    {"head_sha": "f" * 39}, {"head_sha": None}, {"base": "a\nb"}, {"base": "x" * 501}, {"problem": ["x"]}, {"kernmark": 1},
    {"pr": 1}])
def test_meta_of_strangers(change):
    with pytest.raises(Invalid):
        bundle.check(files({**meta(), **change}))
    lacking = meta()
    lacking.pop(next(iter(change)), None)
    if len(lacking) < len(meta()):
        with pytest.raises(Invalid):
            bundle.check(files(lacking))


def test_unknown_columns_do_not_travel():
    b = bundle.check(files(rows=[row(html="<script>")]))
    assert "html" not in b.rows[0]


# --- archives ----------------------------------------------------------------------------------------------------

def link():
    out = io.BytesIO(archive())
    with zipfile.ZipFile(out, "a") as z:
        entry = zipfile.ZipInfo("log.txt")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        z.writestr(entry, "/etc/passwd")
    return out.getvalue()


def twice():
    out = io.BytesIO(archive())
    with zipfile.ZipFile(out, "a") as z, pytest.warns(UserWarning):
        z.writestr("meta.json", json.dumps(meta(1)))
    return out.getvalue()


def changed(at_signature, offset, value):
    """A good archive with a byte of its first such header replaced."""
    data = bytearray(archive())
    data[data.index(at_signature) + offset] = value
    return bytes(data)


def lying_size():
    """The directory declares ten bytes for what inflates to 100 MB."""
    data = bytearray(archive({"verdicts.json": b"[" + b" " * 100_000_000 + b"]"}))
    at = data.index(b"verdicts.json", data.index(b"PK\x01\x02")) - 46
    data[at + 24:at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


ARCHIVES = {
    "nothing": lambda: b"", "no zip": lambda: b"hello" * 100, "only a header": lambda: b"PK\x03\x04",
    "cut short": lambda: archive()[:-30], "begins late": lambda: archive()[60:], "too long": lambda: b"x" * ((16 << 20) + 1),
    "no meta": lambda: archive({"meta.json": None}), "no verdicts": lambda: archive({"verdicts.json": None}),
    "traversal": lambda: archive({"../meta.json": "x"}), "absolute": lambda: archive({"/etc/passwd": "x"}),
    "a folder": lambda: archive({"kernmark/": ""}), "below a folder": lambda: archive({"a/meta.json": "x"}),
    "backslashes": lambda: archive({"..\\meta.json": "x"}), "foreign file": lambda: archive({"run.sh": "x"}),
    "cut name": lambda: archive().replace(b"meta.json", b"meta\x00json"),
    "many": lambda: archive({f"f{i}": "" for i in range(5000)}),
    "a bomb": lambda: archive({"verdicts.json": b"[" + b" " * 200_000_000 + b"]"}), "a lying bomb": lying_size,
    "a link": link, "a name twice": twice,
    "encrypted": lambda: changed(b"PK\x01\x02", 8, 1), "compression of its own": lambda: changed(b"PK\x01\x02", 10, 12),
    "unknown compression": lambda: changed(b"PK\x01\x02", 10, 99), "changed content": lambda: changed(b"PK\x03\x04", 45, 0),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_of_strangers(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = ARCHIVES[name]()
    with pytest.raises(Invalid) as refused:
        bundle.read_zip(data)
    assert str(refused.value).isprintable() and len(str(refused.value)) < 200
    assert not list(tmp_path.iterdir())  # nothing reaches the disk


def test_archives_cut_and_changed_anywhere():
    """Whatever a byte is changed to: the same bundle, another valid one, or Invalid; nothing else is raised."""
    good = archive()
    for at in range(0, len(good), 3):
        for value in (0, 0xFF, good[at] ^ 1):
            for data in (good[:at] + bytes([value]) + good[at + 1:], good[:at]):
                try:
                    assert bundle.read_zip(data).meta["schema"] == 1
                except Invalid:
                    pass


# --- folders -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["meta.json", "verdicts.json"])
def test_folders_of_strangers(tmp_path, name):
    folder = make_bundle(tmp_path / "b")
    assert bundle.read_folder(folder).code == 0
    (folder / name).rename(folder / "elsewhere")
    (folder / name).symlink_to("elsewhere")
    assert ci(tmp_path, "gate", "--bundle=b").returncode == 70
    (folder / name).unlink()
    assert ci(tmp_path, "gate", "--bundle=b").returncode == 70
    os.mkfifo(folder / name)
    assert ci(tmp_path, "gate", "--bundle=b").returncode == 70
    (folder / name).unlink()
    (folder / name).mkdir()
    assert ci(tmp_path, "gate", "--bundle=b").returncode == 70
    (folder / name).rmdir()
    (folder / name).write_bytes(b" " * (9 << 20))
    assert ci(tmp_path, "gate", "--bundle=b").returncode == 70
    (folder / name).unlink()
    (folder / "elsewhere").rename(folder / name)
    assert ci(tmp_path, "gate", "--bundle=b").returncode == 0


def test_a_refusal_repeats_nothing_of_the_bundle(tmp_path):
    make_bundle(tmp_path / "b", rows=[row(name="::error::owned\n", decision="::set-output name=x::y")], base="::stop-commands::x")
    done = ci(tmp_path, "gate", "--bundle=b")
    assert done.returncode == 70 and "::" not in done.stdout + done.stderr
