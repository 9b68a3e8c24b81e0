"""Follow a provider's redirects: GET and HEAD only, a few, and no credential to another host."""

import re
from urllib.parse import quote, urljoin, urlsplit

from waypost.base.errors import AddressUnusable, ProviderGarbled
from waypost.engine.transport import Headers, OutgoingRequest, header

MOST_HOPS = 5
_FOLLOWED = frozenset({301, 302, 303, 307, 308})
_VERBS = frozenset({"GET", "HEAD"})
_KEPT_ELSEWHERE = frozenset({"accept", "accept-encoding", "accept-language", "range", "user-agent"})
"""Nothing else of a request is another host's business: any header may be a credential."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_PORTS = {"http": 80, "https": 443}

_Origin = tuple[str, str, int | None]


def leads_on(status: int) -> bool:
    """Say whether an answer of this status may lead to another address."""
    return status in _FOLLOWED


class Trail:
    """Where a call has been sent: `request` is the one to send, first the one it began with.

    `is_elsewhere` says that it has left the host it was for, and its credentials with it; they do
    not come back.
    """

    __slots__ = ("_seen", "is_elsewhere", "request")

    def __init__(self, request: OutgoingRequest) -> None:
        self.request = request
        self.is_elsewhere = False
        self._seen = {request.url}

    @property
    def hops(self) -> int:
        """Count the redirects followed so far."""
        return len(self._seen) - 1

    def goes_on(self, status: int, headers: Headers) -> bool:
        """Say whether an answer leads on, and then have `request` be the next one to send.

        False also for a redirect that is not followed, which is then the answer: of a verb that
        may change something, without a readable address, or from https to http. Raises
        ProviderGarbled for a circle and for more than MOST_HOPS.
        """
        request = self.request
        if status not in _FOLLOWED or request.method not in _VERBS:
            return False
        url = _target(request.url, header(headers, "location"))
        if url is None:
            return False
        if url in self._seen:
            raise ProviderGarbled("The provider redirects in a circle.", status=status)
        if self.hops == MOST_HOPS:
            message = f"The provider redirected more than {MOST_HOPS} times."
            raise ProviderGarbled(message, status=status)
        self._seen.add(url)
        self.is_elsewhere = self.is_elsewhere or _origin(url) != _origin(request.url)
        kept = request.headers
        if self.is_elsewhere:
            kept = tuple(pair for pair in kept if pair[0].lower() in _KEPT_ELSEWHERE)
        self.request = OutgoingRequest(request.method, url, kept)
        return True


def misled(error: AddressUnusable, status: int) -> ProviderGarbled:
    """Return that a redirect leads where calls may not go: the provider's to mend, not ours."""
    message = f"The provider redirects to where it cannot be followed: {error.message}"
    return ProviderGarbled(message, status=status)


def _target(url: str, location: str | None) -> str | None:
    """Return the address a Location means, absolute and encoded, or None for none to follow."""
    if not location or _UNSAFE.search(location):
        return None
    try:
        raw = location.encode("latin-1")  # as headers are held; what is not ASCII is encoded
        found = urljoin(url, quote(raw, safe="%/:=&?~#+!$,;'@()*[]|")).partition("#")[0]
        scheme, host, _ = _origin(found)
        has_user = "@" in urlsplit(found).netloc
    except ValueError:
        return None
    is_downgrade = scheme == "http" and urlsplit(url).scheme == "https"
    return None if scheme not in _PORTS or not host or has_user or is_downgrade else found


def _origin(url: str) -> _Origin:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, parts.hostname or "", parts.port or _PORTS.get(scheme)


__all__ = ["MOST_HOPS", "Trail", "leads_on", "misled"]
