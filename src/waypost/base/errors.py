"""Every error Waypost raises on purpose, in five families by who must act.

WaypostError
├── CallerError              the API user must change the request
│   ├── InvalidRequest · Unauthenticated · Forbidden · NotFound · Gone · MethodNotSupported
│   ├── Conflict · PayloadTooLarge · HeadTooLarge · RequestTooSlow · Unprocessable
│   ├── BudgetExhausted
│   │   ├── KeyInUse · SendAmbiguous · OutcomeUnknown · AnswerNotKept   (of Conflict)
│   │   └── KeyReused · RecipientsHeldBack                              (of Unprocessable)
├── AccountError             the account's owner must act
│   └── ReauthorizationNeeded · AccountNotReady
├── ProviderError            the provider must act, or time must pass
│   └── ProviderRefused · ProviderUnreachable · ProviderTimedOut · ProviderGarbled · ProviderDown
├── ManifestError            the integration's author must act; carries file:line:column
└── OperatorError            whoever runs this server must act
    └── KeyMissing · StorageUnavailable · SettingInvalid · AddressUnusable

The HTTP status of each is written in one table, `entrypoints/http/problems.py`.
The first line of a class's docstring is its default message.
"""

from collections.abc import Mapping
from typing import Any


class WaypostError(Exception):
    """Something went wrong."""

    code = "error"

    def __init__(
        self, message: str | None = None, *, details: Mapping[str, Any] | None = None
    ) -> None:
        first_line = (type(self).__doc__ or "").strip().splitlines()[0]
        self.message = message or first_line
        self.details: dict[str, Any] = dict(details or {})
        self.standing: Mapping[str, int] = {}
        """Where the budget stood of the account it was about: limit, remaining, reset (seconds)."""
        super().__init__(self.message)


class CallerError(WaypostError):
    """The request cannot be served as it was sent."""

    code = "caller"


class InvalidRequest(CallerError):
    """The request is malformed."""

    code = "caller.invalid_request"


class Unauthenticated(CallerError):
    """The API token is missing, unknown or expired."""

    code = "caller.unauthenticated"


class Forbidden(CallerError):
    """This token may not do that."""

    code = "caller.forbidden"


class NotFound(CallerError):
    """There is no such thing here."""

    code = "caller.not_found"


class Gone(CallerError):
    """It was here, and is used up or expired."""

    code = "caller.gone"


class MethodNotSupported(CallerError):
    """This resource has no such method."""

    code = "caller.method_not_supported"


class Conflict(CallerError):
    """The request conflicts with the present state."""

    code = "caller.conflict"


class PayloadTooLarge(CallerError):
    """The body is larger than this server accepts."""

    code = "caller.payload_too_large"


class HeadTooLarge(CallerError):
    """The head of the request is larger than this server accepts."""

    code = "caller.head_too_large"


class RequestTooSlow(CallerError):
    """The request did not arrive in time."""

    code = "caller.request_too_slow"


class Unprocessable(CallerError):
    """The request is well-formed but cannot be carried out."""

    code = "caller.unprocessable"


class KeyInUse(Conflict):
    """The first call with this Idempotency-Key is still under way.

    `retry_after` is in seconds.
    """

    code = "caller.key_in_use"

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: float = 1.0,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.retry_after = retry_after


class SendAmbiguous(KeyInUse):
    """Whether the message sent with this Idempotency-Key was accepted is being found out."""

    code = "caller.send_ambiguous"


class OutcomeUnknown(Conflict):
    """The first call with this Idempotency-Key was cut off; whether it took effect is not known."""

    code = "caller.outcome_unknown"


class AnswerNotKept(Conflict):
    """The first call with this Idempotency-Key has ended, but its answer was too large to keep."""

    code = "caller.answer_not_kept"


class KeyReused(Unprocessable):
    """This Idempotency-Key was used for another request."""

    code = "caller.key_reused"


class RecipientsHeldBack(Unprocessable):
    """A recipient must not be written to, so the message was not sent to anybody.

    `details["recipients"]` names them, `details["held_back"]` says of each what holds it back.
    """

    code = "caller.recipients_held_back"


class BudgetExhausted(CallerError):
    """The provider's rate limit for this account leaves no room right now.

    `retry_after` is in seconds.
    """

    code = "caller.budget_exhausted"

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: float,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.retry_after = retry_after


class AccountError(WaypostError):
    """The owner of the linked account must act."""

    code = "account"


class ReauthorizationNeeded(AccountError):
    """The provider no longer accepts this account's credentials; the account must be linked again."""

    code = "account.reauthorization_needed"


class AccountNotReady(AccountError):
    """This account is not active yet."""

    code = "account.not_ready"


class ProviderError(WaypostError):
    """The provider could not serve the call."""

    code = "provider"


class ProviderRefused(ProviderError):
    """The provider answered with an error.

    Keeps the provider's `status`, `headers` (pairs, lower-case names) and raw `body`
    (parsed JSON where it was JSON, else text).
    """

    code = "provider.refused"

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int,
        headers: tuple[tuple[str, str], ...] = (),
        body: Any = None,
        insight: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = body
        self.insight: dict[str, Any] = dict(insight or {})


class ProviderUnreachable(ProviderError):
    """The provider could not be reached, or closed the connection before answering."""

    code = "provider.unreachable"


class ProviderDown(ProviderError):
    """The provider failed the last calls for this account; it is left in peace for a while.

    Nothing was sent. `retry_after` is in seconds: then one call tries whether it is back.
    """

    code = "provider.down"

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: float,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.retry_after = retry_after


class ProviderTimedOut(ProviderError):
    """The provider did not answer in time.

    `deadline` names which one: connect, first_byte, idle or total.
    """

    code = "provider.timed_out"

    def __init__(self, message: str | None = None, *, deadline: str, seconds: float) -> None:
        super().__init__(
            message
            or f"The provider did not answer within its {deadline} deadline of {seconds:g} s.",
            details={"deadline": deadline, "seconds": seconds},
        )
        self.deadline = deadline
        self.seconds = seconds


class ProviderGarbled(ProviderError):
    """The provider's answer is not what its integration describes."""

    code = "provider.garbled"

    def __init__(self, message: str | None = None, *, status: int = 0, body: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class ManifestError(WaypostError):
    """An integration's definition is wrong.

    `where` is `file:line:column` (1-based) when the place is known.
    """

    code = "manifest"

    def __init__(self, message: str | None = None, *, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where and message else message)
        self.where = where


class OperatorError(WaypostError):
    """Whoever runs this server must act."""

    code = "operator"


class KeyMissing(OperatorError):
    """A stored credential needs a key that is not in the keyring."""

    code = "operator.key_missing"


class StorageUnavailable(OperatorError):
    """The database cannot be reached."""

    code = "operator.storage_unavailable"


class SettingInvalid(OperatorError):
    """A setting is wrong or missing."""

    code = "operator.setting_invalid"


class AddressUnusable(OperatorError):
    """A provider's address cannot be called from this server as it is set up; nothing was sent."""

    code = "operator.address_unusable"
