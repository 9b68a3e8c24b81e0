"""How linking ends: the one message the link SDK waits for, and the way back to the app."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from waypost.features.link.model import ErrorType, Who

RETURN_PARAMETERS = ("result", "integration", "integrated_account_id", "error_type", "error")
_WITH_ACCOUNT = ("post_install_error", "validation_error")
_LONGEST_HEADING = 90


@dataclass(frozen=True, slots=True)
class Outcome:
    """A success (`error` is None) or an error, as the page tells it and as the SDK hears it.

    `advice` says what the one who must act (`who`) can do. `retry` tells whether the same link
    can be tried again.
    """

    integration: str | None = None
    account_id: str | None = None
    error: str | None = None
    error_type: ErrorType | None = None
    who: Who = "you"
    advice: str | None = None
    retry: bool = False
    probes: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def succeeded(self) -> bool:
        """Tell whether the account is linked."""
        return self.error is None

    @property
    def complete(self) -> bool:
        """Tell whether every probe worked, so that there is nothing to read before going on."""
        return all(probe.get("outcome") == "granted" for probe in self.probes)


def message(outcome: Outcome) -> dict[str, Any]:
    """Return the object that the published link SDK settles its promise with."""
    if outcome.succeeded:
        return {
            "result": "success",
            "integration": outcome.integration,
            "integrated_account_id": outcome.account_id,
            "is_truto": True,
        }
    told: dict[str, Any] = {
        "result": "error",
        "error": outcome.error,
        "error_type": outcome.error_type,
        "is_truto": True,
    }
    if outcome.integration:
        told["integration"] = outcome.integration
    if outcome.account_id and outcome.error_type in _WITH_ACCOUNT:
        told["integrated_account_id"] = outcome.account_id
    return told


def return_url(redirect_uri: str | None, outcome: Outcome | None) -> str | None:
    """Return where a same-window link goes back to; None for `outcome` means the person left."""
    if not redirect_uri:
        return None
    told = {"result": "closed"} if outcome is None else message(outcome)
    parts = urlsplit(redirect_uri)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in RETURN_PARAMETERS
    ]
    added = [(name, str(told[name])) for name in RETURN_PARAMETERS if told.get(name)]
    return urlunsplit(parts._replace(query=urlencode([*kept, *added])))


def said(probe: Mapping[str, Any]) -> str:
    """Return a probe's result in a few words for the person on the page."""
    match probe.get("outcome"):
        case "granted":
            return "" if probe.get("shows") else "works"
        case "forbidden":
            scope = probe.get("scope")
            return f"not allowed ({scope} is missing)" if scope else "not allowed"
        case "rejected":
            return "not accepted"
        case "busy":
            return "not checked: too many requests right now"
        case _:
            return str(probe.get("message") or "no usable answer")


def shown(probe: Mapping[str, Any]) -> dict[str, Any]:
    """Return a probe's result as pages show it."""
    told = {"shows": [], "needed_for": None, **probe, "said": said(probe)}
    if told["needed_for"]:
        told["needed_for"] = clause(told["needed_for"])
    return told


def clause(text: str) -> str:
    """Return a sentence as the tail of one: 'Choosing a name.' becomes 'choosing a name'."""
    return (text if text[:2].isupper() else text[:1].lower() + text[1:]).rstrip(".")


def describe(outcome: Outcome, label: str) -> dict[str, str]:
    """Return heading, lead and advice for the person on the page; `label` names the provider."""
    if outcome.succeeded:
        lead = "Everything that was checked works."
        if not outcome.probes:
            lead = ""
        elif not outcome.complete:
            lead = "It works. What is marked below is not allowed yet, or could not be checked."
        return {"heading": f"{label} is connected", "lead": lead, "advice": ""}
    error = outcome.error or ""
    short = error.rstrip(".")
    if len(short) <= _LONGEST_HEADING and ". " not in short:
        return {"heading": short, "lead": "", "advice": outcome.advice or ""}
    heading = f"{label} could not be connected"
    return {"heading": heading, "lead": error, "advice": outcome.advice or ""}


def finished(outcome: Outcome, label: str, redirect_uri: str | None) -> dict[str, Any]:
    """Return the last line of the progress stream."""
    return {
        "type": "finished",
        "message": message(outcome),
        **describe(outcome, label),
        "who_must_act": None if outcome.succeeded else outcome.who,
        "retry": outcome.retry,
        "complete": outcome.complete,
        "return_url": return_url(redirect_uri, outcome),
    }
