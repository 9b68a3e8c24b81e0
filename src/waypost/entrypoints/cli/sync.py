"""`waypost sync run`: order a run at a server, and show how far it is until it has ended."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from waypost.base.errors import InvalidRequest

ENDED = ("completed", "failed", "stopped")
_WIDTH = 30
_TIMEOUT = 60.0
_PAUSE = 0.5


class Server:
    """A server as the owner of one of its API tokens sees it."""

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidRequest(f"--url: {url} is no http address")
        self._url = url.rstrip("/")
        self._token = token

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer of a GET, or of a POST where there is a body; raises InvalidRequest."""
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310 - http above
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            raise InvalidRequest(_said(error)) from None
        except (urllib.error.URLError, TimeoutError) as error:
            raise InvalidRequest(f"There is no server at {self._url} ({error}).") from None
        return found


def follow(
    server: Server,
    order: Mapping[str, Any],
    show: Callable[[str], object],
    *,
    pause: Callable[[float], object] = time.sleep,
) -> str:
    """Order a run and show each news of it; return the status with which it ended."""
    named = {name: order[name] for name in ("sync_job_id", "integrated_account_id")}
    before = urlencode({**named, "status": "completed", "sort": "-created_at", "limit": 1})
    last = server.ask(f"/sync-job-run?{before}")["result"]
    expected = sum(read_of(last[0])) if last else 0
    run = server.ask("/sync-job-run", order)
    while True:
        show(line_of(run, expected))
        if run["status"] in ENDED:
            return str(run["status"])
        pause(_PAUSE)
        run = server.ask(f"/sync-job-run/{run['id']}")


def read_of(run: Mapping[str, Any]) -> list[int]:
    """Return how many records each request of a run has read."""
    return [each.get("fetched", 0) for each in _counts(run)]


def line_of(run: Mapping[str, Any], expected: int) -> str:
    """Return one line about a run; the bar measures it by what the run before it read."""
    read = sum(read_of(run))
    changes = {
        kind: sum(each.get(kind, 0) for each in _counts(run))
        for kind in ("created", "updated", "deleted")
    }
    bar = ""
    if expected and run["status"] not in ENDED:
        full = min(_WIDTH, _WIDTH * read // expected)
        bar = f"[{'#' * full}{'.' * (_WIDTH - full)}] "
    told = ", ".join(f"{count} {kind}" for kind, count in changes.items() if count)
    line = f"{run['status']:<12} {bar}{read} read{': ' + told if told else ''}"
    if run["status"] == "rate_limited":
        line += f" (goes on at {run['retry_after']})"
    error = run.get("error")
    return f"{line} ({error['message']})" if error else line


def _counts(run: Mapping[str, Any]) -> list[Mapping[str, int]]:
    return [each for methods in run["resource_stats"].values() for each in methods.values()]


def _said(error: urllib.error.HTTPError) -> str:
    try:
        message = json.loads(error.read())["message"]
    except (ValueError, KeyError, TypeError):
        message = f"The server answered {error.code}."
    return str(message)
