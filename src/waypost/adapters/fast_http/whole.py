"""An answer that came in one piece, read by its lines: most of them are known from answers before."""

import re
from typing import NamedTuple, TypeVar

from waypost.base.asgi import HeaderPairs

MOST_LINES = 2048
LONGEST_LINE = 256
LONGEST_HEAD = 16 * 1024
MOST_HEADERS = 64
CHUNKED = -1
# Each takes less than the parser does, and reads it the same.
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) [ -~]*")
_LINE = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?|)"
)
_LENGTH = re.compile(rb"[0-9]{1,15}")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_BODILESS = (204, 304)
# What has a say in what becomes of the connection.
_ODD = frozenset({b"connection", b"proxy-connection", b"upgrade"})
_STAYS = (b"keep-alive", b"Keep-Alive")

Pair = tuple[bytes, bytes]
T = TypeVar("T")


class _Framing(NamedTuple):
    """A header that says where the body ends: its length, or CHUNKED."""

    pair: Pair
    length: int


_statuses: dict[bytes, int] = {}
_plain: dict[bytes, Pair] = {}
_framing: dict[bytes, _Framing] = {}


def read_whole(data: bytes) -> tuple[int, HeaderPairs, bytes] | None:
    """Return status, headers and body of the answer to a GET that is all of `data`.

    None for any other answer: the parser reads it. Names of headers are in lower case.
    """
    # A provider's headers hardly change. To look up their lines takes a fifth of what it takes to have
    # the parser hand over each name and value.
    end = data.find(b"\r\n\r\n")
    if not 0 < end < LONGEST_HEAD:
        return None
    first, *lines = data[:end].split(b"\r\n")
    status = _statuses.get(first) or _read_status(first)
    if not status or len(lines) > MOST_HEADERS:
        return None
    found = [*map(_plain.get, lines)]
    length = None
    while None in found:
        at = found.index(None)
        line = lines[at]
        framing = _framing.get(line)
        if framing is None:
            read = _read_line(line)
            if read is None:
                return None
            if not isinstance(read, _Framing):
                found[at] = read
                continue
            framing = read
        if length is not None:
            return None
        found[at], length = framing
    body = None if length is None else _body(data, end + 4, length)
    return None if body is None else (status, found, body)  # type: ignore[return-value]


def _body(data: bytes, at: int, length: int) -> bytes | None:
    if length != CHUNKED:
        return data[at:] if len(data) == at + length else None
    ends = data.find(b"\r\n", at, at + 10)
    size = data[at:ends]
    if ends < 0 or not _SIZE.fullmatch(size):
        return None
    starts = ends + 2
    stops = starts + int(size, 16)
    is_only = stops > starts and data[stops:] == b"\r\n0\r\n\r\n"
    return data[starts:stops] if is_only else None


def _read_status(line: bytes) -> int:
    read = _STATUS.fullmatch(line)
    if read is None:
        return 0
    status = int(read[1])
    if status in _BODILESS:
        return 0
    _keep(_statuses, line, status)
    return status


def _read_line(line: bytes) -> Pair | _Framing | None:
    read = _LINE.fullmatch(line.rstrip(b" \t"))
    if read is None:
        return None
    name, value = read[1].lower(), read[2]
    pair = (name, value)
    if name == b"content-length":
        if not _LENGTH.fullmatch(value):
            return None
        return _keep(_framing, line, _Framing(pair, int(value)))
    if name == b"transfer-encoding":
        if value.lower() != b"chunked":
            return None
        return _keep(_framing, line, _Framing(pair, CHUNKED))
    if name in _ODD and not (name == b"connection" and value in _STAYS):
        return None
    # A cookie is somebody's, and no two are alike.
    return pair if name == b"set-cookie" else _keep(_plain, line, pair)


def _keep(known: dict[bytes, T], line: bytes, value: T) -> T:
    if len(known) >= MOST_LINES:
        known.clear()
    if len(line) <= LONGEST_LINE:
        known[line] = value
    return value
