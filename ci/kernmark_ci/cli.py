# SPDX-License-Identifier: Apache-2.0
"""The words of ci/kernmark-ci.py."""
import argparse
import os
import pathlib
import re
import sys

from kernmark_ci import bundle, comment, github, junit, measure, render, sarif
from kernmark_ci.strict import Invalid

REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
KEY = re.compile(r"[a-z0-9-]{1,40}")


def _sha(text):
    if text and not bundle.SHA.fullmatch(text):
        raise argparse.ArgumentTypeError("the 40 or 64 digits of a commit were expected")
    return text


def _number(text):
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise argparse.ArgumentTypeError("a number from 1 on was expected")
    return int(text)


def _matching(pattern, what):
    def check(text):
        if not pattern.fullmatch(text):
            raise argparse.ArgumentTypeError(f"{what} was expected")
        return text
    return check


def _revision(text):
    if not text or text.startswith("-") or len(text) > bundle.MAX_META_TEXT or not text.isprintable():
        raise argparse.ArgumentTypeError("a revision or the path of an executable was expected")
    return text


# --- words -------------------------------------------------------------------------------------------------------

def _render(b, folder, location):
    """Every output as a file beside the bundle. Nothing that goes wrong here changes how the gate ended."""
    try:
        outputs = (render.summary(b), render.annotations(b), junit.junit(b), sarif.sarif(b, location))
        for name, text in zip(bundle.RENDERED, outputs):
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as e:
        print(f"kernmark-ci: {e.filename}: {e.strerror}", file=sys.stderr)


def word_run(options):
    folder = pathlib.Path(options.bundle)
    made = measure.measure(options, folder)
    _render(made, folder, options.location)
    if made.meta["problem"]:
        print(f"kernmark-ci: {made.meta['problem']}", file=sys.stderr)
    return made.code


def word_show(options):
    b = bundle.read_folder(options.bundle)
    sys.stdout.buffer.write(options.show(b, options).encode())
    sys.stdout.buffer.flush()
    return 0


def word_gate(options):
    b = bundle.read_folder(options.bundle)
    if options.head_sha and b.meta["head_sha"] != options.head_sha:
        raise Invalid("the bundle is about another commit")
    print(f"kernmark-ci: {render.title(b)}", file=sys.stderr)
    return b.code


def _client(options):
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if not token:
        raise Invalid("no token: GITHUB_TOKEN is not set")
    return github.GitHub(os.environ.get("GITHUB_API_URL") or "https://api.github.com", options.repo, token)


def word_comment(options):
    b = bundle.read_folder(options.bundle)
    print(f"kernmark-ci: {comment.comment(_client(options), b, options.pr, options.key, options.author)}", file=sys.stderr)
    return 0


def word_relay(options):
    print(f"kernmark-ci: {comment.relay(_client(options), options.run_id, options.key, options.author)}", file=sys.stderr)
    return 0


# --- options -----------------------------------------------------------------------------------------------------

def _add_run(words, common):
    p = words.add_parser("run", parents=[common], help="kernmark ab BASE HEAD, its bundle and every output")
    p.add_argument("base", metavar="BASE", type=_revision)
    p.add_argument("head", metavar="HEAD", type=_revision)
    p.add_argument("--kernmark", default="build/kernmark", help="the command (default: %(default)s)")
    p.add_argument("--head-sha", default="", type=_sha, help="the commit that is judged, for those who read the bundle")
    p.add_argument("--location", default="", help="a file of the repository for code scanning to show results at")
    p.add_argument("--strict", action="store_true")
    for name in measure.PASSED_ON:
        p.add_argument(f"--{name}", default="", help="as kernmark ab's; empty: not given")
    p.set_defaults(word=word_run)


def _add_shows(words, common):
    for name, text, show in (
            ("summary", "Markdown for a job's summary", lambda b, o: render.summary(b)),
            ("annotations", "GitHub's workflow commands", lambda b, o: render.annotations(b)),
            ("junit", "JUnit XML", lambda b, o: junit.junit(b)),
            ("sarif", "SARIF 2.1.0", lambda b, o: sarif.sarif(b, o.location))):
        p = words.add_parser(name, parents=[common], help=text)
        p.add_argument("--location", default="", help=argparse.SUPPRESS)
        p.set_defaults(word=word_show, show=show)


def _add_api(words, common):
    api = argparse.ArgumentParser(add_help=False)
    api.add_argument("--repo", default=os.environ.get("GITHUB_REPOSITORY", ""), type=_matching(REPO, "OWNER/NAME"))
    api.add_argument("--key", default="gate", type=_matching(KEY, "a key of a-z, 0-9 and -"), help="one comment per key")
    api.add_argument("--author", default="github-actions[bot]", help="whose comment is updated (default: %(default)s)")
    p = words.add_parser("comment", parents=[common, api], help="creates or updates the comment of a pull request")
    p.add_argument("--pr", required=True, type=_number)
    p.set_defaults(word=word_comment)
    p = words.add_parser("relay", parents=[api], help="the same for the run of an unprivileged workflow (workflow_run)")
    p.add_argument("--run-id", required=True, type=_number)
    p.set_defaults(word=word_relay)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="kernmark-ci.py", allow_abbrev=False)
    words = parser.add_subparsers(required=True, metavar="WORD")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--bundle", default="kernmark-ci", metavar="FOLDER", help="(default: %(default)s)")
    _add_run(words, common)
    _add_shows(words, common)
    _add_api(words, common)
    p = words.add_parser("gate", parents=[common], help="ends as the gate did")
    p.add_argument("--head-sha", default="", type=_sha, help="refuse a bundle about another commit")
    p.set_defaults(word=word_gate)
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        return options.word(options)
    except (Invalid, github.Refused) as e:
        print(f"kernmark-ci: {e}", file=sys.stderr)
        return bundle.INTERNAL
