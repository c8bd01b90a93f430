# SPDX-License-Identifier: Apache-2.0
"""The few calls of GitHub's REST API that are needed, with its limits respected. The token never leaves the API's host."""
import json
import time
import urllib.error
import urllib.parse
import urllib.request

TRIES = 5
LONGEST_WAIT = 60
TIMEOUT = 30
MAX_ANSWER = 16 << 20
PAGE = 100
MAX_PAGES = 100


class Refused(Exception):
    """GitHub says no, or nothing of use. `status` is 0 where there was no answer."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class GitHub:
    """One repository on one server."""

    def __init__(self, api, repo, token, sleep=time.sleep):
        self.api, self.repo, self.token, self.sleep = api.rstrip("/"), repo, token, sleep
        self.opener = urllib.request.build_opener(_Stay)

    def _open(self, request):
        """(status, headers, body) of whatever answer there is; None if there is none."""
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.headers, answer.read(MAX_ANSWER + 1)
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.headers, e.read(1 << 16)
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def _wait(self, attempt, headers):
        """As long as the server asks, or twice as long each time. False: that would be too long."""
        asked = headers.get("Retry-After", "")
        reset = headers.get("X-RateLimit-Reset", "")
        seconds = 2 ** attempt
        if asked.isdecimal():
            seconds = int(asked[:9])
        elif headers.get("X-RateLimit-Remaining") == "0" and reset.isdecimal():
            seconds = max(1, int(reset[:12]) - int(time.time()))
        if seconds > LONGEST_WAIT:
            return False
        self.sleep(seconds)
        return True

    def _request(self, method, path, body, once):
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28",
                   "Authorization": f"Bearer {self.token}", "User-Agent": "kernmark-ci"}
        data = None if body is None else json.dumps(body).encode()
        if data:
            headers["Content-Type"] = "application/json"
        for attempt in range(TRIES):
            request = urllib.request.Request(f"{self.api}/repos/{self.repo}/{path}", data, headers, method=method)
            answer = self._open(request)
            status, got, content = answer or (0, {}, b"")
            limited = status == 429 or status == 403 and (got.get("Retry-After") or got.get("X-RateLimit-Remaining") == "0")
            if not limited and 0 < status < 500:
                return status, got, content
            if attempt == TRIES - 1 or once and not limited or not self._wait(attempt, got):
                break
        raise Refused(status, f"{method} {path}: " + (f"still status {status}" if status else "no answer"))

    def call(self, method, path, body=None, once=False):
        """The parsed answer. `once`: not repeated where it may have had its effect in spite of an error."""
        status, _, content = self._request(method, path, body, once)
        if not 200 <= status < 300:
            raise Refused(status, f"{method} {path}: status {status}"
                          + (" (does the token have the permission?)" if status in (401, 403, 404) else ""))
        try:
            return json.loads(content) if len(content) <= MAX_ANSWER else {}
        except ValueError:
            raise Refused(status, f"{method} {path}: the answer is no JSON") from None

    def pages(self, path, key=None):
        """The items of all pages of a list."""
        for page in range(1, MAX_PAGES + 1):
            answer = self.call("GET", f"{path}{'&' if '?' in path else '?'}per_page={PAGE}&page={page}")
            items = answer[key] if key else answer
            yield from items
            if len(items) < PAGE:
                return

    def download(self, path):
        """The bytes behind an address that redirects to storage, which does not get the token."""
        status, headers, content = self._request("GET", path, None, False)
        if status in (301, 302, 303, 307, 308):
            target = headers.get("Location", "")
            allowed = ("https",) if self.api.startswith("https:") else ("http", "https")
            if urllib.parse.urlsplit(target).scheme not in allowed:
                raise Refused(status, f"GET {path}: redirected to something else than {allowed[-1]}")
            answer = self._open(urllib.request.Request(target, headers={"User-Agent": "kernmark-ci"}))
            status, _, content = answer or (0, {}, b"")
        if status != 200:
            raise Refused(status, f"GET {path}: status {status}")
        return content
