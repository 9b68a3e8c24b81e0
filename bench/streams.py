"""Send a large body through a server and see how far its memory grows meanwhile."""

import http.client
from collections.abc import Iterator

from bench.load import Target
from bench.machine import CannotMeasure

LARGE = 100_000_000
_PIECE = b"x" * 65536


def growth_down(target: Target, root: str) -> float:
    """Return how many MiB a server grows while it streams 100 MB to a caller."""
    return _growth(target, "GET", f"{root}/down/{LARGE}")


def growth_up(target: Target, root: str) -> float:
    """Return how many MiB a server grows while it streams 100 MB to the provider."""
    return _growth(target, "POST", f"{root}/sink")


def _growth(target: Target, verb: str, path: str) -> float:
    before = target.program.begin_peak()
    received = _exchange(target, verb, path)
    if verb == "GET" and received != LARGE:
        raise CannotMeasure(f"{received} bytes came back of {LARGE}")
    return max(0.0, target.program.peak() - before)


def _exchange(target: Target, verb: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", target.program.port, timeout=60)
    headers = {"Authorization": f"Bearer {target.token}"}
    body = None
    if verb == "POST":
        headers |= {"Content-Length": str(LARGE), "Content-Type": "application/octet-stream"}
        body = _pieces()
    received = 0
    try:
        connection.request(verb, path, body=body, headers=headers)
        answer = connection.getresponse()
        while piece := answer.read(65536):
            received += len(piece)
    finally:
        connection.close()
    if answer.status != 200:
        raise CannotMeasure(f"{verb} {path} was answered with {answer.status}")
    return received


def _pieces() -> Iterator[bytes]:
    left = LARGE
    while left > 0:
        yield _PIECE[: min(left, len(_PIECE))]
        left -= len(_PIECE)
