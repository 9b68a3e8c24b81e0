"""The one door: the headers that prove who calls, by the scheme the manifest names."""

from collections.abc import Mapping

from waypost.base.secret import Secret
from waypost.engine.auth import basic, bearer, header
from waypost.engine.manifest.credentials import (
    Authorization,
    BasicAuthorization,
    BearerAuthorization,
    HeaderAuthorization,
    NoAuthorization,
)
from waypost.engine.transport import Headers


def authorize(authorization: Authorization, credentials: Mapping[str, Secret]) -> Headers:
    """Return the headers to add to a request.

    Raises `ReauthorizationNeeded` naming, never showing, a credential that is missing or that
    no header can carry.
    """
    match authorization:
        case BearerAuthorization():
            return bearer.headers(authorization, credentials)
        case HeaderAuthorization():
            return header.headers(authorization, credentials)
        case BasicAuthorization():
            return basic.headers(authorization, credentials)
        case NoAuthorization():
            return ()
