# SPDX-License-Identifier: Apache-2.0
"""Calls the command once and keeps what it said. The exit code is the command's own."""
import os
import secrets
import subprocess
import sys
import threading

from kernmark_ci import bundle, strict
from kernmark_ci.strict import Invalid

MAX_LOG = 1 << 20
PASSED_ON = ("suite", "filter", "threshold", "budget", "build", "program", "trees", "db", "seed")


def command_line(options):
    """kernmark ab BASE HEAD and those options that have a value."""
    line = [options.kernmark, "ab", options.base, options.head, "--format=json"]
    line += [f"--{name}={getattr(options, name)}" for name in PASSED_ON if getattr(options, name)]
    return line + (["--strict"] if options.strict else [])


def _copy(source, log):
    """The command's words to our own error stream and, up to a limit, to the log."""
    left = MAX_LOG
    while chunk := source.read1(1 << 16):
        log.write(chunk[:left])
        left -= min(left, len(chunk))
        try:
            sys.stderr.buffer.write(chunk)
            sys.stderr.buffer.flush()
        except OSError:  # nobody listens any more; the command's pipe is emptied all the same
            pass


def _run(line, log):
    """(exit code of the process, its standard output up to one byte beyond the limit)."""
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        reader = threading.Thread(target=_copy, args=(child.stderr, log))
        reader.start()
        out = child.stdout.read(strict.MAX_BYTES + 1)
        while child.stdout.read1(1 << 16):
            pass
        code = child.wait()
        reader.join()
    return code, out


def _guarded(line, log):
    """In a log of GitHub's, lines of the programs under test are no workflow commands."""
    token = secrets.token_hex(16) if os.environ.get("GITHUB_ACTIONS") == "true" else None
    if token:
        print(f"::stop-commands::{token}", flush=True)
    try:
        return _run(line, log)
    finally:
        if token:
            print(f"::{token}::", flush=True)


def _judged(code, out):
    """(exit code, rows, problem): kernmark's code, unless it is none of kernmark's, or green without evidence."""
    if code not in bundle.EXIT_CODES:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return bundle.INTERNAL, [], f"the command ended with {how}, which is not one of kernmark's"
    try:
        rows = bundle.check_rows(strict.load(out)) if out.strip() or code == 0 else []
    except Invalid as e:
        return code or bundle.INTERNAL, [], f"the command's output cannot be used: {e}"
    problem = bundle.why_not_green(rows) if code == 0 else None
    return (bundle.INTERNAL if problem else code), rows, problem or ""


def _version(program):
    done = subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          errors="replace", check=False)
    first = (done.stdout.splitlines() or ["unknown"])[0]
    return first[:100] if first.isprintable() else "unknown"


def measure(options, folder):
    """Runs the gate and writes its bundle. The bundle's exit code is the gate's."""
    bundle.clear(folder)
    with open(folder / "log.txt", "wb") as log:
        try:
            version = _version(options.kernmark)
            code, rows, problem = _judged(*_guarded(command_line(options), log))
        except (OSError, subprocess.TimeoutExpired) as e:
            reason = getattr(e, "strerror", None) or "no answer"
            version, code, rows, problem = "none", 2, [], f"the command cannot be started: {reason}"
    meta = {"schema": bundle.SCHEMA, "exit_code": code, "head_sha": options.head_sha, "base": options.base,
            "head": options.head, "kernmark": version, "problem": problem}
    made = bundle.Bundle(bundle.check_meta(meta), rows)
    bundle.write(folder, made)
    return made
