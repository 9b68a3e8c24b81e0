"""Undo a provider's content encodings, within bounds; the transport decodes nothing."""

import zlib

from waypost.base.errors import ProviderGarbled
from waypost.engine.transport import WholeResponse

_MOST_ENCODINGS = 2
_GZIP = 16 + zlib.MAX_WBITS
_KNOWN = frozenset({"gzip", "x-gzip", "deflate"})


def decoded(response: WholeResponse, limit: int) -> WholeResponse:
    """Return the response with its body plain and `content-encoding` gone.

    We ask for no encoding; some providers compress anyway. Raises `ProviderGarbled` for an
    encoding we do not know, for broken data, and for more than `limit` decoded bytes.
    """
    if response.header("content-encoding") is None:
        return response
    encodings = _encodings(response)
    if not encodings:
        return response
    body = response.body
    for encoding in reversed(encodings):
        # An empty body, of a 204 say, is not even an empty archive.
        body = _inflated(body, encoding, limit, response.status) if body else body
    headers = tuple(
        pair for pair in response.headers if pair[0] not in ("content-encoding", "content-length")
    )
    return WholeResponse(response.status, headers, body, response.sent_attempts)


def _encodings(response: WholeResponse) -> list[str]:
    named = ",".join(value for name, value in response.headers if name == "content-encoding")
    encodings = [one for part in named.split(",") if (one := part.strip().lower()) != "identity"]
    encodings = [one for one in encodings if one]
    unknown = [one for one in encodings if one not in _KNOWN]
    if unknown or len(encodings) > _MOST_ENCODINGS:
        raise ProviderGarbled(
            "The provider compressed its answer in a way it was not asked to and we cannot read.",
            status=response.status,
        )
    return encodings


def _inflated(body: bytes, encoding: str, limit: int, status: int) -> bytes:
    try:
        if encoding == "deflate":
            return _deflate(body, limit, status)
        return _gzip(body, limit, status)
    except zlib.error:
        pass
    raise ProviderGarbled("The provider's compressed answer is broken.", status=status)


def _gzip(body: bytes, limit: int, status: int) -> bytes:
    """Read every member; bytes after the last one that are no member are ignored, as zcat does."""
    plain = bytearray()
    while body.startswith(b"\x1f\x8b") or not plain:
        reader = zlib.decompressobj(_GZIP)
        plain += _bounded(reader, body, limit - len(plain), limit, status)
        body = reader.unused_data
        if not body:
            break
    return bytes(plain)


def _deflate(body: bytes, limit: int, status: int) -> bytes:
    """Read zlib data (RFC 9110), or the bare deflate that some servers send in its name."""
    try:
        return _bounded(zlib.decompressobj(), body, limit, limit, status)
    except zlib.error:
        return _bounded(zlib.decompressobj(-zlib.MAX_WBITS), body, limit, limit, status)


def _bounded(reader: "zlib._Decompress", body: bytes, room: int, limit: int, status: int) -> bytes:
    plain = reader.decompress(body, max(1, room + 1))
    if len(plain) > room:
        raise ProviderGarbled(
            f"The provider's answer is larger than {limit} bytes once decompressed.", status=status
        )
    if not reader.eof:
        raise zlib.error("it ends too early")
    return plain
