"""Which headers cross the platform, by RFC 9110 section 7.6.1, and which are ours."""

from collections.abc import Iterable
from functools import lru_cache

from waypost.base.asgi import HeaderPairs
from waypost.base.errors import ProviderGarbled
from waypost.engine.transport import Headers

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# The caller's token is ours; Idempotency-Key, Prefer and Waypost-Lane speak to us; cookies belong to our origin;
# Expect was answered by our server before the body was read.
OURS = frozenset(
    {
        b"host",
        b"authorization",
        b"idempotency-key",
        b"prefer",
        b"waypost-lane",
        b"cookie",
        b"expect",
    }
)
_DROPPED_REQUEST = HOP_BY_HOP | OURS
_NONE: frozenset[bytes] = frozenset()


def refuse_odd_status(status: int) -> None:
    """Raise ProviderGarbled for a status that HTTP does not know."""
    if not 200 <= status <= 599:
        raise ProviderGarbled(
            f"The provider answered with status {status}, which HTTP does not know.", status=status
        )


def nominated(pairs: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Return the header names that `Connection` declares hop-by-hop."""
    found = [value for name, value in pairs if name == b"connection"]
    if not found:  # the usual request and answer
        return _NONE
    return frozenset(part.strip().lower() for value in found for part in value.split(b","))


def request_headers(pairs: HeaderPairs, credentials: Headers) -> Headers:
    """Return the caller's end-to-end headers with the account's credentials put on."""
    dropped = _dropped_with(tuple([name for name, _ in credentials]))
    if named := nominated(pairs):
        dropped |= named
    kept = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in pairs
        if name not in dropped
    ]
    return (*kept, *credentials)


@lru_cache(maxsize=256)
def _dropped_with(credentials: tuple[str, ...]) -> frozenset[bytes]:
    """Return what is dropped of a request that gets credentials under these names."""
    return _DROPPED_REQUEST | {name.lower().encode() for name in credentials}


def response_headers(status: int, headers: Headers) -> HeaderPairs:
    """Return the provider's end-to-end headers, in order, unchanged."""
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    named = nominated(pairs)
    dropped = HOP_BY_HOP | named if named else HOP_BY_HOP
    if status in (204, 304):
        # Neither has a body: a 304 tells the length that a 200 would have, a 204 is mistaken; our
        # server takes it for a promise.
        dropped |= {b"content-length"}
    # Names of ours say whose answer it is: nobody else may.
    return [pair for pair in pairs if pair[0] not in dropped and pair[0][:8] != b"waypost-"]
