"""Read a token endpoint's answer: tokens, or the error of whoever must act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

from waypost.base.errors import (
    ProviderError,
    ProviderGarbled,
    ProviderRefused,
    ReauthorizationNeeded,
    WaypostError,
)
from waypost.base.secret import Secret
from waypost.base.spellings import all_spellings, cut_text
from waypost.engine.auth.tokens import TokenSet
from waypost.engine.json_text import parse_json
from waypost.engine.transport import WholeResponse

_TELLING = 300
_OAUTH_FIELDS = ("error", "error_description", "error_uri")


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """What was asked, as far as reading the answer needs it.

    `owners_errors` are the OAuth error codes that only the account's owner can cure; `sent` are
    the secrets in the request, cut out of whatever the provider says back.
    """

    now: float
    owners_errors: frozenset[str] = frozenset({"invalid_grant"})
    owners_statuses: frozenset[int] = frozenset()
    kept_refresh_token: Secret | None = None
    sent: tuple[Secret, ...] = ()


def read_tokens(response: WholeResponse, question: TokenQuestion) -> TokenSet:
    """Return the tokens.

    Raises `ReauthorizationNeeded` for errors that the owner must cure, `ProviderRefused` for
    the others, `ProviderGarbled` when a success carries no token that can be used.
    """
    told = _told(response)
    if 200 <= response.status < 300 and told is not None and not _error_code(told):
        return _tokens(told, question, response.status)
    if 200 <= response.status < 300 and told is None:
        # The body is not kept: it may well hold a token.
        raise ProviderGarbled(
            "The provider's token endpoint answered with something that is not JSON.",
            status=response.status,
        )
    raise _refusal(response, told, question)


def _tokens(told: Mapping[str, Any], question: TokenQuestion, status: int) -> TokenSet:
    access = told.get("access_token")
    if not isinstance(access, str) or not access:
        raise ProviderGarbled(
            "The provider's token endpoint answered without an access token.", status=status
        )
    refresh = told.get("refresh_token")
    scope = told.get("scope")
    return TokenSet(
        access_token=Secret(access),
        # A provider that does not rotate refresh tokens does not repeat them either.
        refresh_token=Secret(refresh)
        if isinstance(refresh, str) and refresh
        else question.kept_refresh_token,
        expires_at=_expiry(told.get("expires_in"), question.now),
        scope=scope if isinstance(scope, str) else None,
        raw_type=_text(told.get("token_type")),
    )


def _refusal(
    response: WholeResponse, told: Mapping[str, Any] | None, question: TokenQuestion
) -> WaypostError:
    code = _error_code(told) if told is not None else None
    description = _description(told) if told is not None else None
    told_texts = [_without(text, question.sent) for text in (code, description) if text]
    reason = ": ".join(told_texts)
    if _is_the_owners(response.status, told, code, question):
        return ReauthorizationNeeded(
            f"The provider no longer accepts this account's authorization ({reason}); "
            "it must be linked again."
            if reason
            else None,
            details={"error": code} if code else None,
        )
    return _provider_error(response, told, reason, question)


def _is_the_owners(
    status: int, told: Mapping[str, Any] | None, code: str | None, question: TokenQuestion
) -> bool:
    """Say whether only the owner can cure it; a page that is not JSON is a gateway's, no verdict."""
    if told is None or status >= 500:
        return False
    return code in question.owners_errors if code else status in question.owners_statuses


def _provider_error(
    response: WholeResponse, told: Mapping[str, Any] | None, reason: str, question: TokenQuestion
) -> ProviderError:
    body = {
        name: _without(text, question.sent)
        for name in _OAUTH_FIELDS
        if told is not None and (text := _text(told.get(name)))
    }
    kept = ("content-type", "retry-after", "date")
    return ProviderRefused(
        f"The provider's token endpoint refused ({reason or f'status {response.status}'}).",
        status=response.status,
        headers=tuple(pair for pair in response.headers if pair[0] in kept),
        body=body or None,
    )


def _told(response: WholeResponse) -> Mapping[str, Any] | None:
    """Return the answer's fields: JSON, or a form where the provider says that it is one."""
    content_type = (response.header("content-type") or "").partition(";")[0].strip().lower()
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(response.body.decode("utf-8", "replace")))
    try:
        told = parse_json(response.body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _error_code(told: Mapping[str, Any]) -> str | None:
    """Return the OAuth error code; some providers put it, with status 200, beside nothing else."""
    return _text(told.get("error"))


def _description(told: Mapping[str, Any]) -> str | None:
    for name in ("error_description", "message"):
        if text := _text(told.get(name)):
            return text
    return None


def _expiry(value: Any, now: float) -> float | None:
    """Return when a token ends; providers send the seconds as number or as text, or not at all."""
    try:
        seconds = float(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError):
        return None
    if seconds is None or not isfinite(seconds) or seconds <= 0:
        return None
    return now + seconds


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _without(text: str, secrets: Iterable[Secret]) -> str:
    values = [secret.reveal() for secret in secrets]
    text = cut_text(text, all_spellings(values))
    for value in filter(None, values):  # what was sent is cut however short it is
        text = text.replace(value, "[secret]")
    return text[:_TELLING]
