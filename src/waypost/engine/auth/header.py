"""An API key in a header of the provider's choice."""

from collections.abc import Mapping

from waypost.base.secret import Secret
from waypost.engine.auth.reveal import carried, reveal
from waypost.engine.manifest.credentials import HeaderAuthorization
from waypost.engine.transport import Headers


def headers(authorization: HeaderAuthorization, credentials: Mapping[str, Secret]) -> Headers:
    """Return the header the manifest names, in lower case."""
    name = authorization.name.lower()
    return ((name, carried(name, reveal(authorization.value, credentials))),)
