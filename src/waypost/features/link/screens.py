"""Which page answers what: the choices, a form, an outcome, or why it cannot go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from waypost.base.errors import (
    CallerError,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    OperatorError,
    ProviderError,
    Unauthenticated,
    Unprocessable,
    WaypostError,
)
from waypost.features.link.ask import Ask
from waypost.features.link.choices import Offer, pick, pick_format
from waypost.features.link.desk import Desk
from waypost.features.link.model import ErrorType, LinkToken, PageOptions, page_options
from waypost.features.link.outcome import Outcome, describe, message
from waypost.features.link.pages import Pages, headers

NO_RAPID_FORM = "RapidForm is not setup."
BAD_SESSION = "The integrated account's token is not valid or has expired."
"""What the published SDK documents for a form after linking; its users look for these words."""

_STATUSES: tuple[tuple[type[WaypostError], int], ...] = (
    (NotFound, 404),
    (Gone, 410),
    (Unprocessable, 422),
    (Conflict, 409),
    (Forbidden, 403),
    (CallerError, 400),
    (OperatorError, 503),
    (ProviderError, 502),
)
_ERROR_TYPES: tuple[ErrorType, ...] = ("invalid_token", "invalid_integration", "validation_error")


@dataclass(frozen=True, slots=True)
class Screen:
    """A page with its status and headers."""

    status: int
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Screens:
    """Answer with pages; nothing here raises a WaypostError but what is nobody's on the page."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages

    async def show(self, query: Mapping[str, str]) -> Screen:
        """Answer a visit of the page; the link token is only looked at."""
        options, link_token = page_options(query), query.get("link_token", "")
        token: LinkToken | None = None
        try:
            token = await self._desk.tokens.find(link_token)
            offers = await self._desk.offers(token, options)
            wanted = options.integration
            if wanted is None and (token.reconnects or len(offers) == 1):
                wanted = offers[0].name
            if wanted is None:
                return self._choices(token, link_token, options, offers)
            offer = pick(offers, wanted)
            auth_format = pick_format(offer.integration, options.auth_format)
            return self._form(
                token, link_token, options, offer, auth_format, alone=len(offers) == 1
            )
        except CallerError as error:
            return self.trouble(error, options, token=token, link_token=link_token)

    def _choices(
        self, token: LinkToken, link_token: str, options: PageOptions, offers: list[Offer]
    ) -> Screen:
        if not offers:
            raise NotFound(
                "Nothing that is switched on here fits this link.",
                details={"error_type": "invalid_integration", "reason": "narrowed"},
            )
        html = self._pages.choose(token, link_token, options, offers)
        return Screen(200, html, headers(iframe=options.iframe))

    def _form(
        self,
        token: LinkToken,
        link_token: str,
        options: PageOptions,
        offer: Offer,
        auth_format: str,
        *,
        alone: bool,
        faults: Mapping[str, str] | None = None,
    ) -> Screen:
        html = self._pages.form(
            token, link_token, options, offer, auth_format, alone=alone, faults=faults
        )
        oauth = offer.integration.credentials.oauth2 if auth_format == "oauth2" else None
        targets = [oauth.authorize_url] if oauth else []
        told = headers(iframe=options.iframe, form_targets=targets)
        return Screen(422 if faults else 200, html, told)

    async def refused(self, error: WaypostError, ask: Ask) -> Screen:
        """Answer a plain form that could not be tried: the form again, or why not."""
        failures = error.details.get("failures")
        try:
            token = await self._desk.tokens.find(ask.link_token)
            if not failures:
                return self.trouble(error, ask.options, token=token, link_token=ask.link_token)
            offers = await self._desk.offers(token, ask.options)
            offer = pick(offers, str(error.details["integration"]))
            auth_format = pick_format(offer.integration, ask.options.auth_format)
        except CallerError:
            return self.trouble(error, ask.options)
        faults = {failure["field"]: failure["message"] for failure in failures}
        alone = len(offers) == 1
        return self._form(
            token, ask.link_token, ask.options, offer, auth_format, alone=alone, faults=faults
        )

    def outcome(
        self,
        token: LinkToken,
        link_token: str,
        options: PageOptions,
        offer: Offer,
        outcome: Outcome,
    ) -> Screen:
        """Answer with how linking went."""
        again = None
        if outcome.retry:
            again = self._pages.address(link_token, options, integration=offer.name)
        told = describe(outcome, offer.label)
        html = self._pages.outcome(token, options, outcome, told, again=again)
        error = error_of(outcome)
        return Screen(status_of(error) if error else 200, html, headers(iframe=options.iframe))

    def trouble(
        self,
        error: WaypostError,
        options: PageOptions,
        *,
        token: LinkToken | None = None,
        link_token: str = "",
    ) -> Screen:
        """Answer with why it cannot go on."""
        nearest, suggestion = error.details.get("nearest"), None
        if nearest and link_token:
            href = self._pages.address(link_token, options, integration=nearest, auth_format=None)
            suggestion = {"href": href, "label": error.details.get("nearest_label", nearest)}
        outcome = Outcome(
            options.integration, error=error.message, error_type=_error_type(error), who="app"
        )
        html = self._pages.trouble(
            options,
            outcome,
            kind=error.details.get("reason"),
            suggestion=suggestion,
            token=token,
        )
        return Screen(status_of(error), html, headers(iframe=options.iframe))

    def no_rapid_form(self, query: Mapping[str, str], *, known: bool) -> Screen:
        """Answer the form after linking, which no integration has; `known` says whether the token is."""
        options = page_options(query)
        outcome = Outcome(
            options.integration,
            error=NO_RAPID_FORM if known else BAD_SESSION,
            error_type="rapid_form_error",
            who="app",
        )
        html = self._pages.trouble(options, outcome)
        return Screen(200 if known else 401, html, headers(iframe=options.iframe))


def status_of(error: WaypostError) -> int:
    """Return the status of a page that tells an error."""
    if isinstance(error, Unauthenticated):
        return 401
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def _error_type(error: WaypostError) -> ErrorType:
    told = error.details.get("error_type")
    return next((known for known in _ERROR_TYPES if known == told), "connection_error")


def error_of(outcome: Outcome) -> WaypostError | None:
    """Return a failed outcome as the error that programs get, None for a success."""
    if outcome.succeeded:
        return None
    details = {
        **{key: value for key, value in message(outcome).items() if key not in ("error", "result")},
        "who_must_act": outcome.who,
        "advice": outcome.advice,
        "probes": list(outcome.probes),
    }
    match outcome.who:
        case "provider":
            return ProviderError(outcome.error, details=details)
        case "operator":
            return OperatorError(outcome.error, details=details)
        case _:
            return Unprocessable(outcome.error, details=details)
