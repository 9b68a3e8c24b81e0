"""What a token endpoint is asked, what it gives, and who carries the question there."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from waypost.base.errors import ProviderGarbled
from waypost.base.secret import Secret
from waypost.engine.auth import basic
from waypost.engine.content import decoded
from waypost.engine.transport import (
    Deadlines,
    Headers,
    OutgoingRequest,
    Transport,
    WholeResponse,
    read_whole,
)

ANSWER_LIMIT = 256 * 1024
"""Bytes; token answers are small, and whatever is not is no token answer."""


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """Our registration with the provider; a public client has no secret."""

    id: str
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What the provider granted; `expires_at` is in Unix seconds, None when it did not say.

    `scope` is the provider's own text, None when it granted what was asked.
    """

    access_token: Secret
    refresh_token: Secret | None = None
    expires_at: float | None = None
    scope: str | None = None
    raw_type: str | None = None


Flow = Generator[OutgoingRequest, WholeResponse, TokenSet]
"""Yields requests, is sent their answers, returns the tokens; knows no network."""


async def drive(flow: Flow, transport: Transport, deadlines: Deadlines | None = None) -> TokenSet:
    """Carry a flow's requests out, one after the other, each exactly once.

    Raises what the flow raises, and `ProviderUnreachable` or `ProviderTimedOut`.
    """
    request = next(flow)
    while True:
        response = await transport.send(request, deadlines or Deadlines())
        whole = decoded(await read_whole(response, ANSWER_LIMIT), ANSWER_LIMIT)
        try:
            request = flow.send(whole)
        except StopIteration as end:
            tokens = end.value
            break
    if not isinstance(tokens, TokenSet):
        raise ProviderGarbled("The authorization ended without tokens.")
    return tokens


def token_request(
    url: str,
    app: OAuthApp,
    parameters: Mapping[str, str | None],
    *,
    client_authentication: str,
) -> OutgoingRequest:
    """Return a POST to a token endpoint; parameters that are None are left out.

    A public client names itself in the body whatever `client_authentication` says, since
    there is nothing to authenticate with.
    """
    form = {name: value for name, value in parameters.items() if value is not None}
    headers: Headers = (
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("content-type", "application/x-www-form-urlencoded"),
    )
    if app.secret is not None and client_authentication == "basic":
        # RFC 6749 section 2.3.1: both are form-encoded before they are joined. A space as %20
        # is read by those who decode forms and by those who only decode percent signs.
        value = basic.encode(quote(app.id, safe=""), quote(app.secret.reveal(), safe=""))
        headers = (*headers, ("authorization", value))
    else:
        form["client_id"] = app.id
        if app.secret is not None:
            form["client_secret"] = app.secret.reveal()
    return OutgoingRequest("POST", url, headers, urlencode(form).encode())
