# SPDX-License-Identifier: Apache-2.0
"""The comment, against a GitHub of our own that pages, limits, fails and lies."""
import http.server
import io
import json
import re
import threading
import urllib.parse
import zipfile

import pytest

from ci_parts import SHA, ci, make_bundle, meta, row, rows_for
from kernmark_ci import comment, github

MARK = "<!-- kernmark-ci:gate -->"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
FORK = {"full_name": "evil/r", "owner": {"login": "evil"}, "id": 2}


def bundle_zip(code=0, rows=None, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("meta.json", json.dumps(meta(code, **more)))
        z.writestr("verdicts.json", json.dumps(rows_for(code) if rows is None else rows))
    return out.getvalue()


class World:
    """What the server knows, what it was asked, and what it shall do wrong."""

    def __init__(self):
        self.comments, self.requests, self.troubles = [], [], []
        self.pulls = [{"number": 7, "head": {"sha": SHA}, "base": {"repo": {"full_name": "O/r"}}}]
        self.run = {"event": "pull_request", "head_sha": SHA, "head_branch": "patch #1&x", "head_repository": FORK,
                    "conclusion": "success"}
        self.artifacts = [{"id": 5, "name": "kernmark", "expired": False, "size_in_bytes": 1000}]
        self.zip, self.storage, self.elsewhere = bundle_zip(), "/storage/5?sig=x", []

    def trouble(self, method, pattern, status, times=1, headers=None, effect=False):
        """The next `times` such requests answer with the status; with `effect` they do their work all the same."""
        self.troubles.append([method, pattern, status, times, headers or {}, effect])


class Handler(http.server.BaseHTTPRequestHandler):
    """GitHub, as far as the script knows it."""

    def log_message(self, *_):
        pass

    def answer(self, status, body=None, headers=None, raw=None):
        data = raw if raw is not None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def page(self, items, query, key=None):
        size, at = int(query["per_page"][0]), int(query["page"][0])
        part = items[(at - 1) * size:at * size]
        self.answer(200, {key: part, "total_count": len(items)} if key else part)

    def do(self):
        world, url = self.server.world, urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        world.requests.append((self.command, url.path, self.headers.get("Authorization"), body))
        for t in world.troubles:
            if t[0] == self.command and re.search(t[1], url.path) and t[3]:
                t[3] -= 1
                if t[5]:
                    self.work(world, url, json.loads(body or "null"), silent=True)
                return self.answer(t[2], {"message": "trouble"}, t[4])
        return self.work(world, url, json.loads(body or "null"))

    do_GET = do_POST = do_PATCH = do

    def work(self, world, url, body, silent=False):
        query, path = urllib.parse.parse_qs(url.query), url.path.removeprefix("/repos/o/r/")
        answer = (lambda *a, **k: None) if silent else self.answer
        if url.path.startswith("/storage/"):
            return answer(200, raw=world.zip)
        if self.headers.get("Authorization") != "Bearer secret":
            return answer(401, {})
        if path == "issues/7/comments" and self.command == "POST":
            world.comments.append({"id": 1000 + len(world.comments), "user": BOT, "body": body["body"]})
            return answer(201, world.comments[-1])
        if path == "issues/7/comments":
            return self.page(world.comments, query)
        if match := re.fullmatch(r"issues/comments/(\d+)", path):
            found = [c for c in world.comments if c["id"] == int(match[1])]
            for c in found:
                c["body"] = body["body"]
            return answer(200 if found else 404, {})
        if path == "pulls/7":
            return answer(200, world.pulls[0])
        if path == "pulls":
            same = query["head"] == [f"{world.run['head_repository']['owner']['login']}:{world.run['head_branch']}"]
            return self.page(world.pulls if same and query["state"] == ["open"] else [], query)
        if path == "actions/runs/9":
            return answer(200, world.run)
        if path == "actions/runs/9/artifacts":
            return self.page(world.artifacts, query, "artifacts")
        if path == "actions/artifacts/5/zip":
            return answer(302, {}, {"Location": world.storage})
        return answer(404, {})


@pytest.fixture(name="hub")
def fixture_hub():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.world = World()
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.world.storage = f"{server.url}/storage/5?sig=x"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def script(hub, folder, *words, **env):
    return ci(folder, *words, "--repo=o/r", **{"GITHUB_API_URL": hub.url + "/", "GITHUB_TOKEN": "secret", **env})


def say(hub, folder, code=0, **more):
    make_bundle(folder / "kernmark-ci", code, **more)
    return script(hub, folder, "comment", "--pr=7")


def client(hub, waits):
    return github.GitHub(hub.url, "o/r", "secret", waits.append)


def writes(hub):
    return [r[0] for r in hub.world.requests if r[0] != "GET"]


# --- one comment -------------------------------------------------------------------------------------------------

def test_created_once_then_updated(hub, tmp_path):
    assert say(hub, tmp_path).returncode == 0
    assert say(hub, tmp_path, 1).returncode == 0
    assert writes(hub) == ["POST", "PATCH"] and len(hub.world.comments) == 1
    body = hub.world.comments[0]["body"]
    assert body.startswith(MARK + "\n") and "REGRESSION" in body
    assert all(r[2] == "Bearer secret" for r in hub.world.requests)


def test_found_on_a_later_page(hub, tmp_path):
    others = [{"id": i, "user": {"login": "someone"}, "body": "hello"} for i in range(250)]
    hub.world.comments = [*others, {"id": 900, "user": BOT, "body": MARK + "\nold"}, *others[:60]]
    assert say(hub, tmp_path).returncode == 0
    assert writes(hub) == ["PATCH"] and "PASS" in hub.world.comments[250]["body"]


@pytest.mark.parametrize("count", [0, 100, 200])
def test_pages_that_end_exactly(hub, tmp_path, count):
    hub.world.comments = [{"id": i, "user": BOT, "body": "x"} for i in range(count)]
    assert say(hub, tmp_path).returncode == 0
    assert writes(hub) == ["POST"] and len(hub.world.comments) == count + 1


def test_what_others_wrote_is_not_touched(hub, tmp_path):
    theirs = [{"id": 1, "user": {"login": "evil"}, "body": MARK + "\nmine"}, {"id": 2, "user": None, "body": MARK},
              {"id": 3, "user": BOT, "body": "about " + MARK}, {"id": 4, "user": BOT, "body": None},
              {"id": 5, "user": BOT, "body": "<!-- kernmark-ci:other -->"}]
    hub.world.comments = [dict(c) for c in theirs]
    assert say(hub, tmp_path).returncode == 0
    assert hub.world.comments[:5] == theirs and writes(hub) == ["POST"]


def test_a_pull_request_that_moved_on_gets_no_comment(hub, tmp_path):
    hub.world.pulls[0]["head"]["sha"] = "e" * 40
    done = say(hub, tmp_path)
    assert done.returncode == 0 and "moved on" in done.stderr and not writes(hub)


# --- trouble -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_reading_and_updating_are_tried_again(hub, status):
    hub.world.comments = [{"id": 4, "user": BOT, "body": MARK}]
    hub.world.trouble("GET", "comments", status, 2)
    hub.world.trouble("PATCH", "comments", status, 3)
    waits = []
    assert comment.put(client(hub, waits), 7, "gate", BOT["login"], "x") == "updated"
    assert waits == [1, 2, 1, 2, 4]


@pytest.mark.parametrize("status, headers, waits", [
    (429, {"Retry-After": "7"}, [7, 7]), (403, {"Retry-After": "3"}, [3, 3]), (503, {"Retry-After": "soon"}, [1, 2]),
    (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, [1, 1])])
def test_the_server_says_how_long_to_wait(hub, status, headers, waits):
    hub.world.trouble("GET", "comments", status, 2, headers)
    slept = []
    assert comment.put(client(hub, slept), 7, "gate", BOT["login"], "x") == "created"
    assert slept == waits


def test_a_limit_also_holds_for_what_must_not_be_repeated(hub):
    hub.world.trouble("POST", "comments", 429, 1, {"Retry-After": "2"})
    slept = []
    assert comment.put(client(hub, slept), 7, "gate", BOT["login"], "x") == "created"
    assert slept == [2] and len(hub.world.comments) == 1


@pytest.mark.parametrize("headers", [{"Retry-After": "3600"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}])
def test_nobody_waits_for_an_hour(hub, headers):
    hub.world.trouble("GET", "comments", 403, 9, headers)
    slept = []
    with pytest.raises(github.Refused):
        comment.put(client(hub, slept), 7, "gate", BOT["login"], "x")
    assert not slept


@pytest.mark.parametrize("effect, want", [(True, "updated"), (False, "created")])
def test_an_error_after_writing_makes_no_second_comment(hub, effect, want):
    hub.world.trouble("POST", "comments", 502, 1, None, effect)
    assert comment.put(client(hub, []), 7, "gate", BOT["login"], "x") == want
    assert len(hub.world.comments) == 1


def test_a_server_that_stays_down_is_given_up(hub):
    hub.world.trouble("GET", "comments", 500, 99)
    slept = []
    with pytest.raises(github.Refused) as refused:
        comment.put(client(hub, slept), 7, "gate", BOT["login"], "x")
    assert refused.value.status == 500 and slept == [1, 2, 4, 8]


@pytest.mark.parametrize("method, status", [("GET", 401), ("GET", 403), ("GET", 404), ("POST", 403), ("POST", 404), ("POST", 422)])
def test_no_is_no(hub, tmp_path, method, status):
    hub.world.trouble(method, "comments", status, 9)
    done = say(hub, tmp_path)
    assert done.returncode == 70 and f"status {status}" in done.stderr and "Traceback" not in done.stderr
    assert [r[0] for r in hub.world.requests].count(method) <= 2 and not hub.world.comments
    assert "secret" not in done.stdout + done.stderr


def test_no_token_no_server_no_json(hub, tmp_path):
    make_bundle(tmp_path / "kernmark-ci")
    assert script(hub, tmp_path, "comment", "--pr=7", GITHUB_TOKEN="").returncode == 70
    assert script(hub, tmp_path, "comment", "--pr=7", GITHUB_TOKEN="wrong").returncode == 70
    assert script(hub, tmp_path, "comment", "--pr=8").returncode == 70
    waits = []
    with pytest.raises(github.Refused):
        github.GitHub("http://127.0.0.1:9", "o/r", "secret", waits.append).call("GET", "pulls/7")
    assert len(waits) == 4
    with pytest.raises(github.Refused):
        client(hub, []).call("GET", "../../storage/5")  # answers 200, with a zip


# --- from a fork -------------------------------------------------------------------------------------------------

def relay(hub, folder):
    return script(hub, folder, "relay", "--run-id=9")


def test_the_way_from_a_fork(hub, tmp_path):
    hub.world.zip = bundle_zip(1)
    hub.world.run["conclusion"] = "failure"
    done = relay(hub, tmp_path)
    assert done.returncode == 0, done
    assert "REGRESSION" in hub.world.comments[0]["body"] and "believe" not in hub.world.comments[0]["body"]
    assert not list(tmp_path.iterdir())
    again = relay(hub, tmp_path)
    assert again.returncode == 0 and len(hub.world.comments) == 1


def test_storage_does_not_get_the_token(hub, tmp_path):
    assert relay(hub, tmp_path).returncode == 0
    assert [r[2] for r in hub.world.requests if r[1].startswith("/storage/")] == [None]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "", "data:,x", "/relative"])
def test_redirected_astray(hub, tmp_path, target):
    hub.world.storage = target
    done = relay(hub, tmp_path)
    assert done.returncode == 70 and not writes(hub) and "Traceback" not in done.stderr


def test_the_bundle_does_not_say_whom_it_is_about(hub, tmp_path):
    """A forged commit is refused, and there is no way to name another pull request."""
    hub.world.zip = bundle_zip(head_sha="d" * 40)
    done = relay(hub, tmp_path)
    assert done.returncode == 70 and "another commit" in done.stderr and not writes(hub)
    hub.world.zip = bundle_zip(head_sha="")
    assert relay(hub, tmp_path).returncode == 70 and not writes(hub)
    hub.world.zip = bundle_zip(pr=1)
    assert relay(hub, tmp_path).returncode == 70 and not writes(hub)


@pytest.mark.parametrize("change", [
    {"pulls": []}, {"pulls": [{"number": 7, "head": {"sha": "e" * 40}, "base": {"repo": {"full_name": "o/r"}}}]},
    {"pulls": [{"number": 7, "head": {"sha": SHA}, "base": {"repo": {"full_name": "evil/r"}}}]},
    {"event": "push"}, {"event": "workflow_dispatch"}])
def test_nothing_to_comment(hub, tmp_path, change):
    hub.world.pulls = change.get("pulls", hub.world.pulls)
    hub.world.run["event"] = change.get("event", "pull_request")
    done = relay(hub, tmp_path)
    assert done.returncode == 0 and "nothing to do" in done.stderr and not writes(hub)


@pytest.mark.parametrize("artifacts", [
    [], [{"id": 5, "name": "other", "expired": False, "size_in_bytes": 1}],
    [{"id": 5, "name": "kernmark", "expired": True, "size_in_bytes": 1}],
    [{"id": 5, "name": "kernmark", "expired": False, "size_in_bytes": 1 << 40}]])
def test_no_bundle(hub, tmp_path, artifacts):
    hub.world.artifacts = artifacts
    assert relay(hub, tmp_path).returncode == 70 and not writes(hub)


def test_the_newest_bundle_of_many_artifacts(hub, tmp_path):
    hub.world.artifacts = [{"id": 3, "name": "kernmark", "expired": False, "size_in_bytes": 1}] + [
        {"id": 2000 + i, "name": f"x{i}", "expired": False, "size_in_bytes": 1} for i in range(150)] + hub.world.artifacts
    assert relay(hub, tmp_path).returncode == 0 and writes(hub) == ["POST"]


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * ((16 << 20) + 10), bundle_zip(rows=[row(decision="x")]), bundle_zip(0, [])],
                         ids=["empty", "cut", "long", "unknown decision", "green of nothing"])
def test_a_hostile_bundle_is_not_commented(hub, tmp_path, data):
    hub.world.zip = data
    done = relay(hub, tmp_path)
    assert done.returncode == 70 and not writes(hub) and "Traceback" not in done.stderr


@pytest.mark.parametrize("code, conclusion, doubt", [
    (0, "success", False), (0, "failure", True), (0, "cancelled", True), (0, None, True), (1, "failure", False), (1, "success", True)])
def test_a_bundle_that_contradicts_its_run(hub, tmp_path, code, conclusion, doubt):
    hub.world.zip = bundle_zip(code)
    hub.world.run["conclusion"] = conclusion
    assert relay(hub, tmp_path).returncode == 0
    assert ("believe the run" in hub.world.comments[0]["body"]) == doubt


def test_mentions_stay_within_code(hub, tmp_path):
    hub.world.zip = bundle_zip(1, [row("@octocat <b>", "REGRESSED", reason="@all")], base="@me")
    hub.world.run["conclusion"] = "failure"
    assert relay(hub, tmp_path).returncode == 0
    body = hub.world.comments[0]["body"]
    assert "@" not in body and "<b>" not in body and "&#64;<wbr>octocat" in body
