"""`Authorization: Bearer …`."""

from collections.abc import Mapping

from waypost.base.secret import Secret
from waypost.engine.auth.reveal import carried, reveal
from waypost.engine.manifest.credentials import BearerAuthorization
from waypost.engine.transport import Headers


def headers(authorization: BearerAuthorization, credentials: Mapping[str, Secret]) -> Headers:
    """Return the Authorization header."""
    token = carried("authorization", reveal(authorization.token, credentials))
    return (("authorization", f"Bearer {token}"),)
