"""Whether an account's credentials work and what they allow, judged from read-only calls."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from waypost.base.errors import (
    BudgetExhausted,
    ManifestError,
    ProviderError,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
    WaypostError,
)
from waypost.base.log import redact
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.integration import Probe

AT_ONCE = 4
SECONDS_PER_PROBE = 20.0
_MOST_SHOWN = 8
_LONGEST_SHOWN = 200

Outcome = Literal["granted", "forbidden", "rejected", "busy", "unavailable", "failed"]
"""granted: it worked · forbidden: the credentials may not do it · rejected: the credentials are
not accepted · busy: rate limited · unavailable: no usable answer · failed: any other refusal."""

Blame = Literal["owner", "provider", "author", "operator"]
"""Who must act: the account's owner, the provider (or time), the integration's author, or whoever
runs this server."""

Ask = Callable[[Probe], Awaitable[Any]]
"""Makes one probe's call and returns the answer's parsed body; raises Provider* errors."""

Report = Callable[["ProbeResult"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one probe found; every text is fit to be shown to the account's owner."""

    label: str
    resource: str
    method: str
    outcome: Outcome
    required: bool = False
    scope: str | None = None
    needed_for: str | None = None
    shows: tuple[str, ...] = ()
    message: str | None = None
    status: int | None = None
    retry_after: float | None = None

    def wire(self) -> dict[str, Any]:
        """Return it as pages, events and accounts carry it."""
        told = {
            "label": self.label,
            "resource": self.resource,
            "method": self.method,
            "outcome": self.outcome,
            "required": self.required,
            "scope": self.scope,
            "needed_for": self.needed_for,
            "shows": list(self.shows),
            "message": self.message,
            "status": self.status,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the account may be active; when not, why, who must act, and what they can do."""

    results: tuple[ProbeResult, ...]
    error: str | None = None
    blame: Blame | None = None
    advice: str | None = None
    retry_after: float | None = None

    @property
    def passed(self) -> bool:
        """Tell whether the account may become active."""
        return self.error is None

    def wire(self) -> dict[str, Any]:
        """Return it as the account's `last_action_result`."""
        told: dict[str, Any] = {
            "action": "validation",
            "success": self.passed,
            "probes": [result.wire() for result in self.results],
        }
        if self.error is not None:
            told |= {"error": self.error, "who_must_act": self.blame, "advice": self.advice}
        return told


async def run_probes(
    probes: Sequence[Probe],
    ask: Ask,
    report: Report | None = None,
    *,
    secrets: Iterable[str] = (),
    seconds: float = SECONDS_PER_PROBE,
) -> tuple[ProbeResult, ...]:
    """Make every probe's call, the required ones first, and report each result as it arrives.

    The first goes alone: credentials that are not accepted, or a provider that cannot be
    reached, need no second call. `secrets` are cut from every text.
    """
    ordered = sorted(probes, key=lambda probe: not probe.required)
    known = tuple(secrets)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(probe: Probe) -> ProbeResult:
        async with places:
            result = await _try(probe, ask, known, seconds)
        if report is not None:
            await report(result)
        return result

    if not ordered:
        return ()
    first = await one(ordered[0])
    if _ends_it(first):
        return (first,)
    rest = await asyncio.gather(*(one(probe) for probe in ordered[1:]))
    return (first, *rest)


async def _try(probe: Probe, ask: Ask, known: tuple[str, ...], seconds: float) -> ProbeResult:
    try:
        async with asyncio.timeout(seconds):
            return judge(probe, await ask(probe), known)
    except TimeoutError:
        return judge(probe, ProviderTimedOut(deadline="total", seconds=seconds), known)
    except WaypostError as error:
        return judge(probe, error, known)


def judge(probe: Probe, answer: Any, secrets: Iterable[str] = ()) -> ProbeResult:
    """Return what an answer's parsed body, or the error raised instead of one, says about a probe.

    Raises the error again when neither the provider nor the credentials are to blame.
    """
    if not isinstance(answer, WaypostError):
        return _result(probe, "granted", shows=_shown(probe, answer, tuple(secrets)))
    if isinstance(answer, ProviderRefused):
        if answer.status in probe.accepts:
            return _result(probe, "granted", status=answer.status)
        message = redact(answer.message, secrets)
        return _result(
            probe,
            _OUTCOMES.get(answer.details.get("credentials")) or outcome_of_status(answer.status),
            message=str(message)[:_LONGEST_SHOWN],
            status=answer.status,
        )
    if isinstance(answer, BudgetExhausted):
        return _result(probe, "busy", message=answer.message, retry_after=answer.retry_after)
    if isinstance(answer, ProviderError):
        return _result(probe, "unavailable", message=_plain(answer))
    raise answer


# What a manifest's `errors.credentials` may say, where the provider's status does not.
_OUTCOMES: dict[Any, Outcome] = {"rejected": "rejected", "forbidden": "forbidden"}


def outcome_of_status(status: int) -> Outcome:
    """Return what a provider's error status says about the credentials."""
    if status == 401:
        return "rejected"
    if status == 403:
        return "forbidden"
    if status == 429:
        return "busy"
    return "unavailable" if status >= 500 or status in (408, 421) else "failed"


def _plain(error: ProviderError) -> str:
    match error:
        case ProviderTimedOut():
            return "The provider did not answer in time."
        case ProviderGarbled():
            return "The provider answered with something other than its API's format."
        case ProviderUnreachable():
            return "The provider could not be reached, or closed the connection without answering."
        case _:
            return "The provider could not serve the call."


def _result(probe: Probe, outcome: Outcome, **told: Any) -> ProbeResult:
    return ProbeResult(
        label=probe.label,
        resource=probe.resource,
        method=probe.method,
        outcome=outcome,
        required=probe.required,
        scope=probe.scope,
        needed_for=probe.needed_for,
        **told,
    )


def _shown(probe: Probe, body: Any, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts a probe shows; what it cannot show does not fail the link."""
    if probe.shows is None:
        return ()
    try:
        found = compile_expression(probe.shows).evaluate({"body": body})
    except ManifestError:
        return ()
    listed = found if isinstance(found, list) else [found]
    texts = [
        str(redact(str(item), secrets))[:_LONGEST_SHOWN] for item in listed if item is not None
    ]
    if len(texts) > _MOST_SHOWN:
        return (*texts[:_MOST_SHOWN], f"and {len(texts) - _MOST_SHOWN} more")
    return tuple(texts)


def _ends_it(first: ProbeResult) -> bool:
    """Say whether more probes are of no use; 421 is how a provider says that all of it is away."""
    is_away = first.outcome == "unavailable" and first.status in (None, 421)
    return first.outcome == "rejected" or is_away


def decide(results: Sequence[ProbeResult], provider: str) -> Verdict:
    """Return whether an account with these results may be active; `provider` is its label.

    Active means: nothing was rejected, every required probe worked, and at least one probe worked
    (an integration without probes has nothing to prove).
    """
    found = tuple(results)
    decisive = _decisive(found)
    if decisive is None:
        return Verdict(found)
    error, blame, advice = _explain(decisive, provider)
    return Verdict(found, error, blame, advice, decisive.retry_after)


_ORDER: tuple[Outcome, ...] = ("rejected", "forbidden", "failed", "busy", "unavailable")


def _decisive(results: tuple[ProbeResult, ...]) -> ProbeResult | None:
    """Return the result that forbids success, the one the owner can act on first."""
    rejected = next((one for one in results if one.outcome == "rejected"), None)
    if rejected is not None or not results:
        return rejected
    blocking = [one for one in results if one.required and one.outcome != "granted"]
    if not blocking and any(one.outcome == "granted" for one in results):
        return None
    candidates = blocking or list(results)
    return min(candidates, key=lambda one: _ORDER.index(one.outcome))


def _explain(result: ProbeResult, provider: str) -> tuple[str, Blame, str]:
    match result.outcome:
        case "rejected":
            return (
                f"{provider} did not accept these credentials.",
                "owner",
                f"Check that they were copied whole, and that they still exist at {provider} "
                "and are switched on; then try again.",
            )
        case "forbidden":
            return (
                f"{provider} knows these credentials, but they may not do what is needed: "
                f"{result.label}{_scope(result)}.",
                "owner",
                f"Allow it at {provider}, or make new credentials that may do it, and try again.",
            )
        case "busy":
            return (
                f"{provider} is limiting this account's requests right now.",
                "provider",
                f"Wait {_wait(result.retry_after)}, then try again. The credentials may be fine.",
            )
        case "unavailable":
            return (
                f"{provider} could not be asked. {result.message or ''}".strip(),
                "provider",
                f"The credentials may be fine. Try again in a few minutes, and look at {provider}'s "
                "status page if it goes on.",
            )
        case _:
            said = f" It said: {result.message}" if result.message else ""
            return (
                f"{provider} refused a check ({result.label}).{said}",
                "owner",
                f"See whether your {provider} account needs attention, then try again.",
            )


def _scope(result: ProbeResult) -> str:
    return f" ({result.scope})" if result.scope else ""


def _wait(seconds: float | None) -> str:
    if seconds is None or seconds <= 60:
        return "a minute"
    return f"about {round(seconds / 60)} minutes"
