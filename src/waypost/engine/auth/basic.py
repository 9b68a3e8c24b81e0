"""HTTP basic authentication (RFC 7617, in UTF-8)."""

from base64 import b64encode
from collections.abc import Mapping

from waypost.base.errors import ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth.reveal import reveal
from waypost.engine.manifest.credentials import BasicAuthorization
from waypost.engine.transport import Headers


def headers(authorization: BasicAuthorization, credentials: Mapping[str, Secret]) -> Headers:
    """Return the Authorization header; a user name with a colon would be read as another one."""
    username = reveal(authorization.username, credentials)
    if ":" in username:
        raise ReauthorizationNeeded(
            "The account's user name holds a colon, which basic authentication cannot carry; "
            "it must be linked again."
        )
    return (("authorization", encode(username, reveal(authorization.password, credentials))),)


def encode(username: str, password: str) -> str:
    """Return the value of a basic Authorization header."""
    raw = f"{username}:{password}".encode("utf-8", "surrogatepass")
    return "Basic " + b64encode(raw).decode()
