# SPDX-License-Identifier: Apache-2.0
"""One comment per pull request, kept up to date; and the privileged half of the way there from a fork.

Which pull request and which commit: only GitHub says so. The bundle may agree or be refused; it is never asked."""
import urllib.parse

from kernmark_ci import bundle, render
from kernmark_ci.github import Refused
from kernmark_ci.strict import Invalid

ARTIFACT = "kernmark"
TRIES = 3


def marker(key):
    return f"<!-- kernmark-ci:{key} -->"


def find(github, pr, key, author):
    """The number of our comment. Somebody else's comment that begins like ours is not ours."""
    for comment in github.pages(f"issues/{pr}/comments"):
        user = comment.get("user") or {}
        if user.get("login") == author and (comment.get("body") or "").startswith(marker(key)):
            return comment["id"]
    return None


def put(github, pr, key, author, text):
    """Creates or updates the comment. An answer of 5xx may hide a success, so we look again before writing again."""
    body = {"body": f"{marker(key)}\n{text}"}
    for attempt in range(TRIES):
        number = find(github, pr, key, author)
        if number is not None:
            github.call("PATCH", f"issues/comments/{number}", body)
            return "updated"
        try:
            github.call("POST", f"issues/{pr}/comments", body, once=True)
            return "created"
        except Refused as e:
            if 0 < e.status < 500 or attempt == TRIES - 1:
                raise
            github.sleep(2 ** attempt)
    raise AssertionError("not reached")


def check_head(b, sha):
    if b.meta["head_sha"] != sha:
        raise Invalid("the bundle is about another commit than GitHub says")


def comment(github, b, pr, key, author):
    """From a job that may comment itself."""
    head = github.call("GET", f"pulls/{pr}")["head"]["sha"]
    if b.meta["head_sha"] != head:
        return "nothing to do: the pull request has moved on"
    return put(github, pr, key, author, render.summary(b))


# --- workflow_run ------------------------------------------------------------------------------------------------

def pull_of(github, run):
    """The number of the open pull request whose head is the commit of the run; None: it has moved on or was closed."""
    source = run.get("head_repository") or {}
    owner, branch = (source.get("owner") or {}).get("login", ""), run["head_branch"]
    query = urllib.parse.urlencode({"state": "open", "head": f"{owner}:{branch}"})
    for pull in github.pages(f"pulls?{query}"):
        if pull["head"]["sha"] == run["head_sha"] and pull["base"]["repo"]["full_name"].lower() == github.repo.lower():
            return pull["number"]
    return None


def artifact_of(github, run_id):
    """The number of the run's bundle; its newest one, if it was attempted again."""
    found = [a for a in github.pages(f"actions/runs/{run_id}/artifacts", "artifacts")
             if a["name"] == ARTIFACT and not a.get("expired")]
    if not found:
        raise Invalid("the run has no bundle")
    newest = max(found, key=lambda a: a["id"])
    if newest.get("size_in_bytes", 0) > bundle.MAX_ZIP:
        raise Invalid("the bundle is too large")
    return newest["id"]


def contradiction(b, run):
    """A green bundle of a red run, or the other way round, is said to be one."""
    success = run.get("conclusion") == "success"
    if (b.code == 0) == success:
        return ""
    return f"\nThe workflow run itself {'succeeded' if success else 'did not succeed'}: believe the run, not this comment.\n"


def relay(github, run_id, key, author):
    """After a run on a pull request, perhaps of a fork: its bundle, as a comment."""
    run = github.call("GET", f"actions/runs/{run_id}")
    if run.get("event") != "pull_request":
        return "nothing to do: the run is not one of a pull request"
    pr = pull_of(github, run)
    if pr is None:
        return "nothing to do: no open pull request has that commit at its head"
    b = bundle.read_zip(github.download(f"actions/artifacts/{artifact_of(github, run_id)}/zip"))
    check_head(b, run["head_sha"])
    return put(github, pr, key, author, render.summary(b) + contradiction(b, run))
