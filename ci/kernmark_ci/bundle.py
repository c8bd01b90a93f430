# SPDX-License-Identifier: Apache-2.0
"""The bundle: what a gate left behind, as files that another job, perhaps a privileged one, can read without trust.

    verdicts.json   the rows `kernmark ab --format=json` printed, checked and with the known columns only
    meta.json       schema, exit code, head commit, ...; written last, so that a gate that was killed has none
    log.txt         what the command said; never read by a machine
"""
import io
import json
import os
import pathlib
import re
import stat
import zipfile
import zlib

from kernmark_ci import strict
from kernmark_ci.strict import Invalid

SCHEMA = 1
EXIT_CODES = {0: "PASS", 1: "REGRESSION", 2: "USAGE OR CONFIGURATION", 3: "INCONCLUSIVE", 4: "FAILED OR MISSING",
              5: "ENVIRONMENT", 6: "STORE", 70: "INTERNAL ERROR"}
INTERNAL = 70
DECISIONS = ("REGRESSED", "FAILED", "MISSING", "ENVIRONMENT", "INCONCLUSIVE", "NEW", "IMPROVED", "EQUIVALENT")
COMPARED_WELL = ("IMPROVED", "EQUIVALENT")
NOT_GREEN = ("REGRESSED", "FAILED", "MISSING", "ENVIRONMENT", "INCONCLUSIVE")
NUMBERS = ("base_s", "current_s", "ratio", "ratio_low", "ratio_high", "level", "p", "p_adjusted", "threshold",
           "noise_floor", "mde", "base_rounds", "current_rounds")
TEXTS = {"name": 1000, "reason": 4000, "warning": 4000, "metric": 1000, "better": 20}
META = {"schema": int, "exit_code": int, "head_sha": str, "base": str, "head": str, "kernmark": str, "problem": str}
FILES = ("verdicts.json", "meta.json", "log.txt")
RENDERED = ("summary.md", "annotations.txt", "junit.xml", "sarif.json")

MAX_ROWS = 10000
MAX_FILES = 16
MAX_ZIP = 16 << 20
MAX_META_TEXT = 500
SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class Bundle:
    """A checked bundle: `meta` and `rows` have the promised shape and hold no control characters."""

    def __init__(self, meta, rows):
        self.meta, self.rows, self.code = meta, rows, meta["exit_code"]

    def count(self, decision):
        return sum(row["decision"] == decision for row in self.rows)


# --- checks ------------------------------------------------------------------------------------------------------

def _text(value, what, limit):
    if not isinstance(value, str) or len(value) > limit or not value.isprintable():
        raise Invalid(f"{what}: up to {limit} printable characters were expected")
    return value


def _quantity(value, what):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise Invalid(f"{what}: null or a number from 0 on was expected")
    return value


def _row(row, at):
    if not isinstance(row, dict) or len(row) > 64:
        raise Invalid(f"row {at}: an object of at most 64 keys was expected")
    if row.get("decision") not in DECISIONS:
        raise Invalid(f"row {at}: unknown decision")
    if not row.get("name"):
        raise Invalid(f"row {at}: no name")
    checked = {"decision": row["decision"]}
    for key, limit in TEXTS.items():
        value = row.get(key)
        checked[key] = None if value is None else _text(value, f"row {at}, {key}", limit)
    for key in NUMBERS:
        checked[key] = _quantity(row.get(key), f"row {at}, {key}")
    return checked


def title_of(row):
    """Which benchmark, and which metric of it where it is not time."""
    return row["name"] if row["metric"] in (None, "time") else f"{row['name']} [{row['metric']}]"


def check_rows(rows):
    """The rows with known columns only."""
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise Invalid(f"verdicts: a list of at most {MAX_ROWS} rows was expected")
    return [_row(row, at) for at, row in enumerate(rows, 1)]


def check_meta(meta):
    if not isinstance(meta, dict) or meta.get("schema") != SCHEMA or isinstance(meta["schema"], bool):
        raise Invalid(f"meta: schema {SCHEMA} was expected")
    if set(meta) != set(META):
        raise Invalid("meta: keys are missing or unknown")
    for key, kind in META.items():
        if not isinstance(meta[key], kind) or isinstance(meta[key], bool):
            raise Invalid(f"meta, {key}: wrong type")
        if kind is str:
            _text(meta[key], f"meta, {key}", MAX_META_TEXT)
    if meta["exit_code"] not in EXIT_CODES:
        raise Invalid("meta: no exit code of kernmark")
    if meta["head_sha"] and not SHA.fullmatch(meta["head_sha"]):
        raise Invalid("meta: head_sha is no commit")
    return meta


def why_not_green(rows):
    """Why exit code 0 cannot be believed with these rows; None: it can. Failures are believed as they are."""
    contrary = sum(row["decision"] in NOT_GREEN and row["better"] != "none" for row in rows)
    if contrary:
        return f"exit code 0, but {contrary} of {len(rows)} verdicts are not green"
    if not any(row["decision"] in COMPARED_WELL for row in rows):
        return "exit code 0, but nothing was compared"
    return None


def check(files):
    """A Bundle from {name: bytes}."""
    for name in ("meta.json", "verdicts.json"):
        if name not in files:
            raise Invalid(f"no {name}: the gate did not finish")
    meta = check_meta(strict.load(files["meta.json"], 1 << 16))
    rows = check_rows(strict.load(files["verdicts.json"]))
    doubt = why_not_green(rows) if meta["exit_code"] == 0 else None
    if doubt:
        raise Invalid(doubt)
    return Bundle(meta, rows)


# --- folder ------------------------------------------------------------------------------------------------------

def read_folder(folder):
    """A Bundle from a folder; links and special files are refused, sizes are bounded."""
    files = {}
    for name in ("meta.json", "verdicts.json"):
        try:
            handle = os.open(pathlib.Path(folder) / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            continue
        except OSError as e:
            raise Invalid(f"{name}: {e.strerror}") from None
        with open(handle, "rb") as f:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Invalid(f"{name}: not a file")
            files[name] = f.read(strict.MAX_BYTES + 1)
    return check(files)


def clear(folder):
    """Makes the folder and removes what an earlier gate left in it: yesterday's green must not be today's."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES + RENDERED:
        (folder / name).unlink(missing_ok=True)


def write(folder, bundle):
    """Writes a bundle; meta.json appears last and whole."""
    (folder / "verdicts.json").write_text(json.dumps(bundle.rows, indent=1) + "\n", encoding="utf-8")
    part = folder / "meta.json.part"
    part.write_text(json.dumps(bundle.meta, indent=1) + "\n", encoding="utf-8")
    part.replace(folder / "meta.json")


# --- archive -----------------------------------------------------------------------------------------------------

def _entry(entry):
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.filename not in FILES + RENDERED or entry.orig_filename != entry.filename:
        raise Invalid("archive: a file that a bundle does not have")
    if kind not in (0, stat.S_IFREG) or entry.is_dir():
        raise Invalid("archive: a link or special file")
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Invalid("archive: encrypted, or an unknown compression")


def _unpack(archive):
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_FILES or len(set(names)) != len(names):
        raise Invalid("archive: too many files, or one twice")
    for entry in entries:
        _entry(entry)
    files = {}
    for name in {"meta.json", "verdicts.json"} & set(names):
        with archive.open(name) as f:
            files[name] = f.read(strict.MAX_BYTES + 1)
    return files


def read_zip(data):
    """A Bundle from the bytes of a zip archive. Nothing is written to the disk, and only two of its files are read."""
    if len(data) > MAX_ZIP:
        raise Invalid(f"archive: longer than {MAX_ZIP} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return check(_unpack(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as e:
        raise Invalid(f"archive: {type(e).__name__}") from None
