"""An answer that is no stream, written at once: the server's own way looks at every header alone."""

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from waypost.base.asgi import HeaderPairs

_LINES = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9a-z]+: [\t\x20-\x7e\x80-\xff]*\r\n)*")
_FRAMING = (b"connection", b"transfer-encoding")
_BODILESS = (204, 304)


def write_at_once(cycle: Any, status: int, headers: HeaderPairs, body: bytes) -> bool:
    """Write an answer with the length of its body; False leaves what is unusual to the server.

    `cycle` is the server's own of this request; it stands afterwards as if it had written.
    """
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    if not cycle.keep_alive or cycle.default_headers or cycle.access_log:
        return False
    if status in _BODILESS or cycle.scope["method"] == "HEAD":
        return False
    named = dict(headers)
    if named.get(b"content-length") != b"%d" % len(body) or any(map(named.get, _FRAMING)):
        return False
    lines = b"".join([b"%b: %b\r\n" % pair for pair in headers])
    if lines.count(b"\n") != len(headers) or not _LINES.fullmatch(lines):
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = cycle.chunked_encoding = False
    cycle.transport.write(b"%b%b\r\n" % (STATUS_LINE[status], lines))
    cycle.transport.write(body)
    cycle.message_event.set()
    cycle.on_response()
    return True
