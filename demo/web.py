"""Small HTTP calls by the standard library, so that the story shows what any client would send."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer: status, lower-case headers, raw body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body parsed."""
        return json.loads(self.body)

    def lines(self) -> list[Any]:
        """Return a body of JSON lines parsed."""
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]

    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode("utf-8", "replace")


class UnexpectedReply(RuntimeError):
    """A call of the story was not answered as the story needs."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def call(
    method: str,
    url: str,
    *,
    token: str | None = None,
    body: Any = None,
    accept: str = "application/json",
    expect: tuple[int, ...] = (200, 201, 202, 204),
) -> Reply:
    """Send one request; raise UnexpectedReply with the answer's text when its status surprises."""
    data: bytes | None = None
    headers = {"accept": accept}
    if body is not None:
        data = json.dumps(body).encode()
        headers["content-type"] = "application/json"
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with _opener.open(request, timeout=60) as answer:
            reply = Reply(answer.status, _lower(answer.headers.items()), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            reply = Reply(error.code, _lower(error.headers.items()), error.read())
    if reply.status not in expect:
        raise UnexpectedReply(f"{method} {url} answered {reply.status}: {reply.text()[:500]}")
    return reply


def _lower(pairs: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in pairs}
