"""Which of a provider's headers stay true on an answer that we wrote."""

from waypost.base.asgi import HeaderPairs
from waypost.engine.transport import Headers

# Hop-by-hop by RFC 9110 section 7.6.1, or describing a body and a connection that are not ours.
_UNTRUE_ON_OURS = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "content-type",
        "content-encoding",
        "content-range",
        "content-security-policy",
        "accept-ranges",
        "etag",
        "last-modified",
        "set-cookie",
        "date",
        "server",
        "alt-svc",
        "strict-transport-security",
        "www-authenticate",
    }
)


def forwarded(headers: Headers) -> HeaderPairs:
    """Return the provider's headers that a mapped answer carries on."""
    nominated = {
        name.strip().lower()
        for key, value in headers
        if key == "connection"
        for name in value.split(",")
    }
    return [
        (key.encode("latin-1"), value.encode("latin-1"))
        for key, value in headers
        if key not in _UNTRUE_ON_OURS and key not in nominated and not key.startswith("waypost-")
    ]
