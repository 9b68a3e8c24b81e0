"""The one table from errors to HTTP statuses, and the one envelope."""

from http import HTTPStatus
from math import ceil
from typing import Any

from waypost.base.asgi import Answer, HeaderPairs, json_answer
from waypost.base.errors import (
    AccountError,
    AccountNotReady,
    AddressUnusable,
    AnswerNotKept,
    BudgetExhausted,
    CallerError,
    Conflict,
    Forbidden,
    Gone,
    HeadTooLarge,
    InvalidRequest,
    KeyInUse,
    KeyMissing,
    KeyReused,
    ManifestError,
    MethodNotSupported,
    NotFound,
    OperatorError,
    OutcomeUnknown,
    PayloadTooLarge,
    ProviderDown,
    ProviderError,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
    ReauthorizationNeeded,
    RecipientsHeldBack,
    RequestTooSlow,
    SendAmbiguous,
    SettingInvalid,
    StorageUnavailable,
    Unauthenticated,
    Unprocessable,
    WaypostError,
)
from waypost.kernel.calls.forwarded import forwarded

STATUSES: dict[type[WaypostError], int] = {
    CallerError: 400,
    InvalidRequest: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Gone: 410,
    MethodNotSupported: 405,
    Conflict: 409,
    KeyInUse: 409,
    SendAmbiguous: 409,
    OutcomeUnknown: 409,
    AnswerNotKept: 409,
    PayloadTooLarge: 413,
    HeadTooLarge: 431,
    RequestTooSlow: 408,
    Unprocessable: 422,
    KeyReused: 422,
    RecipientsHeldBack: 422,
    BudgetExhausted: 429,
    AccountError: 424,
    ReauthorizationNeeded: 401,
    AccountNotReady: 409,
    ProviderError: 502,
    ProviderRefused: 502,
    ProviderUnreachable: 502,
    ProviderTimedOut: 504,
    ProviderGarbled: 502,
    ProviderDown: 503,
    ManifestError: 500,
    OperatorError: 503,
    KeyMissing: 503,
    StorageUnavailable: 503,
    SettingInvalid: 503,
    AddressUnusable: 503,
    WaypostError: 500,
}
"""ProviderRefused answers with the provider's own status; its entry is for a status out of range."""


def status_of(error: WaypostError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(error, ProviderRefused):
        return error.status if 400 <= error.status <= 599 else STATUSES[ProviderRefused]
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return 500


def envelope(error: WaypostError) -> dict[str, Any]:
    """Return the wire's error body: statusCode, error, message, and what helps."""
    status = status_of(error)
    body: dict[str, Any] = {
        "statusCode": status,
        "error": phrase(status),
        "message": error.message,
        "code": error.code,
    }
    if error.details:
        body["details"] = error.details
    if isinstance(error, ProviderRefused):
        body["truto_is_remote_error"] = True
        body["raw_response"] = error.body
        if error.insight:
            body["truto_error_insight"] = error.insight
    elif isinstance(error, ReauthorizationNeeded):
        body["truto_is_remote_error"] = True
    elif isinstance(error, ProviderGarbled):
        body["raw_response"] = error.body
    return body


def phrase(status: int) -> str:
    """Return the standard reason phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def problem_headers(error: WaypostError) -> HeaderPairs:
    """Return the headers an error carries: whose answer it is, when to come back, what is left."""
    left = [
        (b"ratelimit-%b" % name.encode(), b"%d" % error.standing[name]) for name in error.standing
    ]
    if isinstance(error, ProviderRefused):
        told = forwarded(error.headers)
        if any(name.startswith(b"ratelimit-") for name, _ in told):
            left = []
        return [*told, (b"waypost-origin", b"provider"), *left]
    headers: HeaderPairs = [(b"waypost-origin", b"platform"), *left]
    if isinstance(error, BudgetExhausted | ProviderDown):
        headers.append((b"retry-after", b"%d" % max(1, ceil(error.retry_after))))
    if isinstance(error, KeyInUse):
        headers.append((b"retry-after", b"%d" % max(1, ceil(error.retry_after))))
    if isinstance(error, StorageUnavailable):
        headers.append((b"retry-after", b"5"))  # found again by itself, once it is back
    if isinstance(error, Unauthenticated):
        headers.append((b"www-authenticate", b"Bearer"))
    return headers


def problem(error: WaypostError) -> Answer:
    """Return the answer for an error."""
    return json_answer(status_of(error), envelope(error), problem_headers(error))


def unexpected(request_id: str) -> Answer:
    """Return the answer for a fault of ours: the request id and nothing else."""
    body = {
        "statusCode": 500,
        "error": phrase(500),
        "message": f"Something went wrong on our side. Request id: {request_id}",
        "code": "internal",
    }
    return json_answer(500, body, [(b"waypost-origin", b"platform")])


def refusal(error: Exception, request_id: str) -> Answer:
    """Return the answer for whatever went wrong."""
    return problem(error) if isinstance(error, WaypostError) else unexpected(request_id)
