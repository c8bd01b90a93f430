# SPDX-License-Identifier: Apache-2.0
"""A store that is locked, of a newer schema, read-only, or on a full disk: a message, the right code, nothing lost."""
import contextlib
import os
import sqlite3
import subprocess

import pytest


@pytest.fixture(name="stored")
def fixture_stored(faulty):
    suite = faulty.suite("sum", "other")
    assert faulty("run", suite).code == 0
    return faulty, suite, faulty.folder / ".kernmark" / "results.db"


def test_locked(stored):
    km, suite, path = stored
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = km("run", suite)
        other.rollback()
    assert done.code == 6, done
    assert "results.db" in done.err and "another process" in done.err


def test_newer_schema(stored):
    km, suite, path = stored
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    for args in (["run", suite], ["gate"], ["report"], ["db", "check"], ["db", "migrate"]):
        done = km(*args)
        assert done.code == 6, done
        assert "99" in done.err and "update kernmark" in done.err, done
    assert path.read_bytes() == before


def test_damaged(stored):
    km, _, path = stored
    data = bytearray(path.read_bytes())
    for offset in range(4096, len(data), 1024):
        data[offset:offset + 64] = os.urandom(64)
    path.write_bytes(data)
    done = km("db", "check")
    assert done.code == 6, done
    assert "results.db" in done.err or "NO" in done.out


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_read_only_folder(stored):
    km, suite, path = stored
    path.parent.chmod(0o555)
    try:
        done = km("run", suite)
    finally:
        path.parent.chmod(0o755)
    assert done.code == 6, done


def test_full_disk(faulty):
    """A tiny file system stands in for a full disk."""
    disk = faulty.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    try:
        db = disk / "results.db"
        first = faulty("run", faulty.suite("sum", rounds=1), f"--db={db}")
        assert first.code == 0, first
        with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
            while filler.write(b"x" * 4096):
                pass
        done = faulty("run", faulty.suite("sum", "other", rounds=40), f"--db={db}")
        assert done.code == 6, done
        assert "results.db" in done.err and ("full" in done.err or "space" in done.err), done
        (disk / "filler").unlink()
        assert faulty("db", "check", f"--db={db}").code == 0
        assert faulty("history", "sum/*", f"--db={db}").code == 0
    finally:
        subprocess.run(["umount", disk], check=True)


def test_two_runs_at_once_wait_for_each_other(faulty):
    suite = faulty.suite("sum", "other", rounds=20)
    one, two = faulty.start("run", suite), faulty.start("run", suite)
    out = [p.communicate(timeout=60) for p in (one, two)]
    assert one.returncode == two.returncode == 0, out
    assert faulty("db", "check").code == 0
