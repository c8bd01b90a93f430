# SPDX-License-Identifier: Apache-2.0
"""A bundle for people: Markdown for summaries and comments, annotations for GitHub's pages."""
from kernmark_ci import bundle, escape

SIGNS = {0: "✅", 1: "❌", 2: "❌", 3: "⚠️", 4: "❌", 5: "⚠️", 6: "❌", 70: "❌"}
UNITS = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1, "s"))
LEVELS = {"REGRESSED": "error", "FAILED": "error", "MISSING": "error", "ENVIRONMENT": "warning", "INCONCLUSIVE": "warning"}
MAX_TABLE = 50
MAX_MARKDOWN = 60000  # GitHub takes 65,536 characters in a comment
MAX_REASON = 300
MAX_ANNOTATIONS = 10  # what GitHub shows of one kind and step


def seconds(value):
    if value is None:
        return "–"
    scale, unit = next((u for u in reversed(UNITS) if value >= u[0]), UNITS[0])
    return f"{value / scale:.3g} {unit}"


def change(ratio):
    return "–" if ratio is None else f"{round((ratio - 1) * 100, 1) + 0.0:+.1f}%"


def interval(row):
    if row["ratio_low"] is None or row["ratio_high"] is None:
        return "–"
    return f"{change(row['ratio_low'])} to {change(row['ratio_high'])}"


def share(value):
    return "–" if value is None else f"{value * 100:.3g}%"


def tally(b):
    parts = [f"{b.count(d)} {d.lower()}" for d in bundle.DECISIONS if b.count(d)]
    return ", ".join(parts) or "no verdicts"


def title(b):
    return f"{bundle.EXIT_CODES[b.code]}: {tally(b)}"


def shorten(text, limit):
    return text if len(text) <= limit else text[:limit - 1] + "…"


def _line(row):
    cells = (row["decision"], escape.markdown(shorten(bundle.title_of(row), 200)), seconds(row["base_s"]),
             seconds(row["current_s"]), change(row["ratio"]), interval(row), share(row["threshold"]),
             share(row["noise_floor"]), share(row["mde"]))
    return "| " + " | ".join(cells) + " |"


def _reasons(rows):
    return [f"- {escape.markdown(shorten(bundle.title_of(row), 200))}: {escape.markdown(shorten(row['reason'], MAX_REASON))}"
            for row in rows if row["reason"]]


def _fitting(lines, room):
    """As many whole lines as the room has characters for."""
    kept = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _tables(b):
    urgent = [row for row in b.rows if row["decision"] not in bundle.COMPARED_WELL]
    rows = (urgent + [row for row in b.rows if row["decision"] in bundle.COMPARED_WELL])[:MAX_TABLE]
    lines = _fitting(map(_line, rows), MAX_MARKDOWN // 2)
    if not lines:
        return []
    head = ["| verdict | benchmark | base | head | change | interval | threshold | noise floor | MDE |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    more = [f"\n{len(b.rows) - len(lines)} more rows are in the bundle."] if len(lines) < len(b.rows) else []
    reasons = _fitting(_reasons(urgent[:MAX_TABLE]), MAX_MARKDOWN // 4)
    return [*head, *lines, *more, *(["", *reasons] if reasons else [])]


def summary(b):
    """The whole as Markdown, bounded in length."""
    meta = b.meta
    lines = [f"## {SIGNS[b.code]} Kernmark: {title(b)}", ""]
    lines += [f"{escape.markdown(shorten(meta['base'], 100))} against {escape.markdown(shorten(meta['head'], 100))}"
              + (f" at {meta['head_sha'][:12]}" if meta["head_sha"] else "") + f", exit code {b.code}."]
    if meta["problem"]:
        lines += ["", f"Problem: {escape.markdown(meta['problem'])}"]
    tables = _tables(b)
    return "\n".join(lines + ([""] + tables if tables else [])) + "\n"


def annotations(b):
    """GitHub workflow commands: one per verdict that is not green, and one that says how the gate ended."""
    lines = []
    for level in ("error", "warning"):
        rows = [row for row in b.rows if LEVELS.get(row["decision"]) == level]
        room = MAX_ANNOTATIONS - 1
        for row in rows[:room]:
            where = escape.command_property(f"{row['decision']} {shorten(bundle.title_of(row), 200)}")
            lines.append(f"::{level} title={where}::{escape.command(row['reason'] or row['decision'])}")
        if len(rows) > room:
            lines.append(f"::{level} title=Kernmark::{len(rows) - room} more: see the summary")
    if b.code and not any(line.startswith("::error") for line in lines):
        lines.append(f"::error title=Kernmark::{escape.command(b.meta['problem'] or title(b))}")
    return "".join(line + "\n" for line in lines)
