"""A request as bytes: exactly what was handed in, and nothing that could pass for a second request."""

import re
from functools import lru_cache
from urllib.parse import quote

from waypost.adapters.connections import bad_address
from waypost.base.errors import InvalidRequest
from waypost.engine.transport import Headers, OutgoingRequest

_TARGET = re.compile(r"[\x21-\x7e]*")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OURS = frozenset({"host", "transfer-encoding"})


@lru_cache(maxsize=4096)
def split_url(url: str) -> tuple[str, str]:
    """Return the origin and the target of an absolute URL, its fragment aside.

    Raises ProviderUnreachable for one that no request can be sent to.
    """
    scheme, separator, rest = url.partition("#")[0].partition("://")
    if not separator:
        raise bad_address()
    ends = [at for at in (rest.find("/"), rest.find("?"), rest.find("\\")) if at >= 0]
    at = min(ends, default=len(rest))
    target = rest[at:]
    if not target.startswith("/"):
        target = f"/{target}"
    if not target.isascii():
        target = quote(target, safe="!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    if not _TARGET.fullmatch(target):
        raise bad_address()
    return f"{scheme.lower()}://{rest[:at]}", target


def spelled(request: OutgoingRequest, target: str, host: bytes) -> bytes:
    """Return a request's head, and its body where that is whole.

    Raises InvalidRequest for a header that would be more than one, and for a verb that is none.
    """
    body = request.body
    lines = [f"{request.method} {target} HTTP/1.1\r\nHost: ".encode(), host, b"\r\n"]
    framed = False
    for name, value in request.headers:
        if name == "content-length":
            framed = True
        if name not in _OURS:
            lines.append(_line(name, value))
    if isinstance(body, bytes):
        if not framed:
            lines.append(b"content-length: %d\r\n" % len(body))
    elif body is not None and not framed:
        lines.append(b"transfer-encoding: chunked\r\n")
    elif not framed and request.method not in _WITHOUT_BODY:
        lines.append(b"content-length: 0\r\n")
    lines.append(b"\r\n")
    if not _TOKEN.fullmatch(request.method):
        raise InvalidRequest("The verb is none.")
    if isinstance(body, bytes):
        lines.append(body)
    return b"".join(lines)


def _line(name: str, value: str) -> bytes:
    try:
        line = f"{name}: {value}".encode("latin-1")
    except UnicodeEncodeError:
        line = f"{name}: {value}".encode()
    if b"\r" in line or b"\n" in line or b"\0" in line or not _TOKEN.fullmatch(name):
        raise InvalidRequest(f"The header {name!r} holds a character that no header can carry.")
    return line + b"\r\n"


def is_chunked(headers: Headers) -> bool:
    """Say whether a streamed body leaves in chunks: unless its length is told."""
    return all(name != "content-length" for name, _ in headers)


__all__ = ["is_chunked", "spelled", "split_url"]
