"""An account's context on the wire holds everything; here its secrets are parted from the rest."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from waypost.base.clock import iso
from waypost.base.errors import InvalidRequest
from waypost.base.secret import Secret
from waypost.engine.manifest.credentials import CredentialField, Credentials

PROTECTED = frozenset(
    (
        "access_token",
        "access_token_secret",
        "api_key",
        "api_token",
        "client_secret",
        "password",
        "refresh_token",
        "secret",
        "token",
    )
)
"""Names whose values are secrets wherever they stand at the top of a context."""

_TOKEN_SECRETS = ("access_token", "refresh_token", "access_token_secret", "id_token")
_LOOKS_SECRET = re.compile(r"token|secret|passw|passphrase|credential|(^|_)(api|private)?_?key$")
_VIRTUAL = ("environment_variables", "secret_environment_variables")


@dataclass(frozen=True, slots=True)
class SplitContext:
    """A context in two: what may be shown, and the secrets by name.

    `expires_at` is when the access token among them ends, in Unix seconds.
    """

    shown: dict[str, Any]
    secrets: dict[str, Secret] = field(default_factory=dict)
    expires_at: float | None = None


def secret_fields(credentials: Credentials, authentication_method: str) -> frozenset[str]:
    """Return the names of an integration's credential fields whose values are secrets.

    A text field shows (a subdomain, a user's name) unless its name looks like a secret's.
    """
    declared = credential_fields(credentials, authentication_method)
    return frozenset(
        each.name
        for each in declared
        if each.type == "password" or _LOOKS_SECRET.search(each.name.lower())
    )


def all_secret_fields(credentials: Credentials) -> frozenset[str]:
    """Return the names of the secret fields of every authentication method of an integration."""
    return frozenset().union(*(secret_fields(credentials, each) for each in credentials.formats()))


def credential_fields(
    credentials: Credentials, authentication_method: str
) -> tuple[CredentialField, ...]:
    """Return the fields an account of this authentication method has."""
    method = "api_key" if authentication_method == "basic" else authentication_method
    described = getattr(credentials, method, None) if method in credentials.formats() else None
    return described.fields if described is not None else ()


def split_context(
    context: Mapping[str, Any], *, secret_names: Collection[str], now: float
) -> SplitContext:
    """Part a context; `environment_variables` is virtual and dropped. Raises InvalidRequest."""
    shown: dict[str, Any] = {}
    secrets: dict[str, Secret] = {}
    for name, value in context.items():
        if name in _VIRTUAL:
            continue
        if (name in PROTECTED or name in secret_names) and value is not None:
            secrets[name] = _secret(name, value)
        else:
            shown[name] = value
    expires_at = _split_oauth(shown, secrets, now)
    return SplitContext(shown, secrets, expires_at)


def merge_context(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge a shown context into another: shallow, except that `oauth` and its token merge."""
    merged = {**old, **new}
    if isinstance(old.get("oauth"), Mapping) and isinstance(new.get("oauth"), Mapping):
        merged["oauth"] = {**old["oauth"], **new["oauth"]}
        before, after = old["oauth"].get("token"), new["oauth"].get("token")
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            merged["oauth"]["token"] = {**before, **after}
    return merged


def whole_context(shown: Mapping[str, Any], secrets: Mapping[str, Secret]) -> dict[str, Any]:
    """Put the secrets back where the wire has them; for the account's own holder only."""
    oauth = shown.get("oauth")
    if not isinstance(oauth, Mapping):
        return {**shown, **{name: secret.reveal() for name, secret in secrets.items()}}
    token = {name: secrets[name].reveal() for name in _TOKEN_SECRETS if name in secrets}
    rest = {name: each.reveal() for name, each in secrets.items() if name not in token}
    shown_token = oauth.get("token")
    kept = dict(shown_token) if isinstance(shown_token, Mapping) else {}
    return {**shown, **rest, "oauth": {**oauth, "token": {**kept, **token}}}


def _split_oauth(shown: dict[str, Any], secrets: dict[str, Secret], now: float) -> float | None:
    oauth = shown.get("oauth")
    token = oauth.get("token") if isinstance(oauth, Mapping) else None
    if not isinstance(oauth, Mapping) or not isinstance(token, Mapping):
        return None
    kept = dict(token)
    for name in _TOKEN_SECRETS:
        if (value := kept.pop(name, None)) is not None:
            secrets[name] = _secret(f"oauth.token.{name}", value)
    expires_at = None
    lasts = kept.pop("expires_in", None)
    if isinstance(lasts, int | float | str) and not isinstance(lasts, bool):
        expires_at = now + _seconds(lasts)
        kept["expires_at"] = iso(expires_at)
    shown["oauth"] = {**oauth, "token": kept}
    return expires_at


def _seconds(value: float | str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        raise InvalidRequest("context.oauth.token.expires_in must be a number") from None
    if not 0 <= seconds <= 10**9:
        raise InvalidRequest("context.oauth.token.expires_in must be seconds from now")
    return seconds


def _secret(name: str, value: Any) -> Secret:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidRequest(f"context.{name} must be a text")
    return Secret(str(value))
