"""OAuth 2 authorization code (RFC 6749 section 4.1) with PKCE, and refreshing (section 6)."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from waypost.base.secret import Secret
from waypost.engine.auth.pkce import challenge
from waypost.engine.auth.token_answer import TokenQuestion, read_tokens
from waypost.engine.auth.tokens import Flow, OAuthApp, token_request
from waypost.engine.manifest.credentials import OAuthCredentials
from waypost.engine.placeholders import fill


def authorization_url(
    oauth: OAuthCredentials,
    app: OAuthApp,
    *,
    redirect_uri: str,
    state: str,
    verifier: Secret | None = None,
    scopes: Sequence[str] | None = None,
    fields: Mapping[str, str] | None = None,
) -> str:
    """Return the URL to send the owner's browser to.

    `scopes` None asks for the manifest's. `fields` are the link form's values, which the
    manifest's URLs and parameters may name as `{{credentials.x}}`. With `pkce` on a
    `verifier` is required; ValueError otherwise.
    """
    wanted = oauth.scopes if scopes is None else scopes
    parameters = {
        "response_type": "code",
        "client_id": app.id,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if wanted:
        parameters["scope"] = oauth.scope_separator.join(wanted)
    if oauth.pkce:
        if verifier is None:
            raise ValueError("this integration uses PKCE: make a verifier first")
        parameters |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    parameters |= _filled(oauth.authorize_parameters, fields)
    url = filled_url(oauth.authorize_url, fields)
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters, quote_via=quote)}"


def exchange_code(
    oauth: OAuthCredentials,
    app: OAuthApp,
    *,
    code: str,
    redirect_uri: str,
    now: float,
    verifier: Secret | None = None,
    fields: Mapping[str, str] | None = None,
) -> Flow:
    """Exchange an authorization code for tokens; `now` in Unix seconds, taken before sending.

    Raises `ReauthorizationNeeded` when the code is spent, expired or not this browser's.
    """
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier.reveal() if oauth.pkce and verifier else None,
        **_filled(oauth.token_parameters, fields),
    }
    response = yield token_request(
        filled_url(oauth.token_url, fields),
        app,
        parameters,
        client_authentication=oauth.client_authentication,
    )
    sent = _known(Secret(code), verifier, app.secret)
    return read_tokens(response, TokenQuestion(now=now, sent=sent))


def refresh(
    oauth: OAuthCredentials,
    app: OAuthApp,
    *,
    refresh_token: Secret,
    now: float,
    fields: Mapping[str, str] | None = None,
) -> Flow:
    """Obtain a fresh access token; the answer holds the refresh token to use from now on.

    Raises `ReauthorizationNeeded` when the refresh token no longer works. Sent twice, a rotating
    refresh token may be taken for stolen: let one refresh run at a time.
    """
    parameters = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.reveal(),
        **_filled(oauth.token_parameters, fields),
    }
    response = yield token_request(
        filled_url(oauth.refresh_url or oauth.token_url, fields),
        app,
        parameters,
        client_authentication=oauth.client_authentication,
    )
    question = TokenQuestion(
        now=now, kept_refresh_token=refresh_token, sent=_known(refresh_token, app.secret)
    )
    return read_tokens(response, question)


def filled_url(template: str, fields: Mapping[str, str] | None) -> str:
    """Fill a manifest's URL; a value cannot leave the segment or host label it stands in."""
    scope = {"credentials": dict(fields or {})}
    return str(fill(template, scope, encode=lambda text: quote(text, safe="")))


def _filled(parameters: Mapping[str, str], fields: Mapping[str, str] | None) -> dict[str, str]:
    scope = {"credentials": dict(fields or {})}
    return {name: str(fill(text, scope)) for name, text in parameters.items()}


def _known(*secrets: Secret | None) -> tuple[Secret, ...]:
    return tuple(secret for secret in secrets if secret is not None)
