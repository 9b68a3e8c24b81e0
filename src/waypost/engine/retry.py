"""Whether a call may be sent again, decided from what happened and nothing else."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

IDEMPOTENT_VERBS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
REFUSED_STATUSES = frozenset({421, 429})
"""Answers that prove the request had no effect; a 503 is not among them."""
TEMPORARY_STATUSES = frozenset({408, 425, 502, 503, 504})
BACKOFF_FIRST = 0.5
BACKOFF_LONGEST = 10.0


@dataclass(frozen=True, slots=True)
class Answered:
    """The provider answered; `retry_after` is in seconds, None when it did not say."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """No answer came; `sent` is False only when the request certainly never reached the provider."""

    sent: bool = True


@dataclass(frozen=True, slots=True)
class RetryQuestion:
    """Everything the decision may depend on.

    `attempts` counts sends already made; `remaining` is the seconds left before the caller's
    deadline; `jitter` is a uniform number in [0, 1). `idempotent` is what the manifest says, None
    when it leaves that to the verb; a method that `sends` a message is never taken as idempotent.
    """

    verb: str
    outcome: Answered | NotAnswered
    attempts: int
    remaining: float
    jitter: float
    sends: bool = False
    idempotent: bool | None = None
    max_attempts: int = 3
    refused_statuses: frozenset[int] = REFUSED_STATUSES


@dataclass(frozen=True, slots=True)
class Retry:
    """Send again `after` this many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Do not send again; `reason` is final, attempts, unsafe or deadline."""

    reason: str


def decide(question: RetryQuestion) -> Retry | Stop:
    """Say whether to repeat: only a repeatable failure, only safely, only within the limits."""
    outcome = question.outcome
    if isinstance(outcome, Answered) and is_final(outcome.status, question.refused_statuses):
        return Stop("final")
    certain = _had_no_effect(question)
    if not certain and not may_repeat(question.verb, question.idempotent, sends=question.sends):
        return Stop("unsafe")
    if question.attempts >= question.max_attempts:
        return Stop("attempts")
    after = _pause(question)
    if after >= question.remaining:
        return Stop("deadline")
    return Retry(after)


def is_final(status: int, refused_statuses: frozenset[int]) -> bool:
    """Say whether `decide` would stop at an answer of this status whatever else is true."""
    return status not in TEMPORARY_STATUSES and status not in refused_statuses


def may_repeat(verb: str, idempotent: bool | None, *, sends: bool) -> bool:
    """Say whether doing it twice is the same as doing it once."""
    if sends:
        return False
    return verb.upper() in IDEMPOTENT_VERBS if idempotent is None else idempotent


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Read `Retry-After`: seconds, or an HTTP-date against `now`; None when absent or unreadable."""
    text = (value or "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def _had_no_effect(question: RetryQuestion) -> bool:
    outcome = question.outcome
    if isinstance(outcome, Answered):
        return outcome.status in question.refused_statuses
    return not outcome.sent


def _pause(question: RetryQuestion) -> float:
    """Honour what the provider asked for; without it double from `BACKOFF_FIRST`, half of it random."""
    outcome = question.outcome
    backoff: float = min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** (question.attempts - 1))
    if isinstance(outcome, Answered) and outcome.retry_after is not None:
        # Jitter only ever adds: coming back before the provider said would be refused again.
        return outcome.retry_after + question.jitter * BACKOFF_FIRST
    return backoff / 2 + question.jitter * backoff / 2
