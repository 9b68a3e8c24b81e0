"""OAuth 2 client credentials (RFC 6749 section 4.4): the owner's own id and secret for a token."""

from collections.abc import Mapping
from urllib.parse import quote

from waypost.base.errors import ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth.reveal import reveal
from waypost.engine.auth.token_answer import TokenQuestion, read_tokens
from waypost.engine.auth.tokens import Flow, OAuthApp, token_request
from waypost.engine.manifest.credentials import ClientCredentials
from waypost.engine.placeholders import fill

_OWNERS_ERRORS = frozenset({"invalid_client", "invalid_grant", "unauthorized_client"})
_OWNERS_STATUSES = frozenset({401})


def obtain(settings: ClientCredentials, credentials: Mapping[str, Secret], *, now: float) -> Flow:
    """Exchange the owner's client id and secret for an access token; `now` in Unix seconds.

    Here the client is the owner's, so a provider that does not know it raises
    `ReauthorizationNeeded`.
    """
    secret = _credential(credentials, settings.client_secret_field)
    app = OAuthApp(_credential(credentials, settings.client_id_field).reveal(), secret)
    scope = {"credentials": credentials}
    url = fill(settings.token_url, scope, encode=lambda text: quote(text, safe=""), reveal=True)
    parameters = {
        "grant_type": "client_credentials",
        "scope": settings.scope_separator.join(settings.scopes) or None,
        **{name: reveal(text, credentials) for name, text in settings.token_parameters.items()},
    }
    response = yield token_request(
        str(url), app, parameters, client_authentication=settings.client_authentication
    )
    question = TokenQuestion(
        now=now,
        owners_errors=_OWNERS_ERRORS,
        owners_statuses=_OWNERS_STATUSES,
        sent=tuple(credentials.values()),
    )
    return read_tokens(response, question)


def _credential(credentials: Mapping[str, Secret], name: str) -> Secret:
    found = credentials.get(name)
    if found is None or not found.reveal():
        raise ReauthorizationNeeded(
            f"The account lacks credentials.{name}; it must be linked again.",
            details={"missing": [f"credentials.{name}"]},
        )
    return found
