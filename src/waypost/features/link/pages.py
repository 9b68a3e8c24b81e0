"""The hosted pages as HTML, and the headers that keep them to themselves."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import waypost
from waypost.engine.manifest.integration import Probe
from waypost.features.link.choices import Offer, credential_fields, format_label, guide, needs
from waypost.features.link.fields import LONGEST_VALUE, form_fields
from waypost.features.link.model import LinkToken, PageOptions
from waypost.features.link.outcome import Outcome, message, return_url

STATIC = Path(waypost.__file__).parent / "static" / "link"
ASSETS = {"link.css": "text/css; charset=utf-8", "link.js": "text/javascript; charset=utf-8"}

_TROUBLE = {
    "unknown": (
        "This link is not valid",
        ("The address may have been cut off. Open the link again from the app it came from.",),
    ),
    "used": (
        "This link has already been used",
        (
            "The account it was made for is connected.",
            "To connect another one, start again from the app it came from.",
        ),
    ),
    "expired": (
        "This link has expired",
        ("Links work for seven days. Go back to the app it came from to get a new one.",),
    ),
    "empty": (
        "Nothing can be connected here yet",
        (
            "The app that you came from has to offer something first.",
            "If you are its developer: switch an integration on with POST /environment-integration "
            'and {"integration_id": "<name>"}. GET /integration lists the names.',
        ),
    ),
    "narrowed": (
        "Nothing that can be connected fits this link",
        (
            "The app that you came from asked for something it does not offer.",
            "If you are its developer: compare the link's integrations= and the link token's "
            "environment_unified_model_id with what GET /environment-integration lists.",
        ),
    ),
}


class Pages:
    """Render the pages; `root` is the path under which this server is reached, often empty."""

    def __init__(self, root: str = "") -> None:
        self.root = root
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(root=root, asset=self._asset)

    def address(self, link_token: str, options: PageOptions, **changes: str | None) -> str:
        """Return the page's address with some of its parameters changed, or left out with None."""
        parameters = {"link_token": link_token, **options.parameters(), **changes}
        kept = {name: value for name, value in parameters.items() if value}
        return f"{self.root}/connect-account?{urlencode(kept)}"

    def choose(
        self, token: LinkToken, link_token: str, options: PageOptions, offers: Sequence[Offer]
    ) -> str:
        """Return the page that lists what can be linked."""
        choices = [
            {
                **self._choice(offer),
                "href": self.address(link_token, options, integration=offer.name),
                "words": f"{offer.label} {offer.name} {offer.integration.category}".lower(),
            }
            for offer in offers
        ]
        return self._page("choose.html", options, token=token, choices=choices)

    def form(
        self,
        token: LinkToken,
        link_token: str,
        options: PageOptions,
        offer: Offer,
        auth_format: str,
        *,
        alone: bool,
        faults: Mapping[str, str] | None = None,
    ) -> str:
        """Return the form of one integration; `alone` when there is no list to go back to."""
        integration = offer.integration
        back = (
            None
            if alone or options.no_back or token.reconnects
            else self.address(link_token, options, integration=None, auth_format=None)
        )
        tabs = [
            {
                "label": format_label(one),
                "href": self.address(link_token, options, integration=offer.name, auth_format=one),
                "current": one == auth_format,
            }
            for one in integration.credentials.formats()
        ]
        redirects = auth_format == "oauth2"
        return self._page(
            "form.html",
            options,
            token=token,
            link_token=link_token,
            choice=self._choice(offer),
            auth_format=auth_format,
            tabs=tabs,
            back=back,
            guide=guide(integration, auth_format),
            needs=needs(integration),
            fields=form_fields(credential_fields(integration, auth_format), token.order.context),
            faults=faults or {},
            longest=LONGEST_VALUE,
            redirects=redirects,
            reconnects=token.reconnects,
            submit_label=f"Continue to {offer.label}" if redirects else f"Connect {offer.label}",
            promise=_promise(offer.label, redirects=redirects),
            waiting=[_waiting(probe) for probe in integration.probes],
            leave_label=_leave_label(options, token),
        )

    def outcome(
        self,
        token: LinkToken,
        options: PageOptions,
        outcome: Outcome,
        told: Mapping[str, Any],
        *,
        again: str | None,
    ) -> str:
        """Return the page that says how it went; `told` is what `describe` says of the outcome."""
        return self._page(
            "outcome.html",
            options,
            token=token,
            outcome=outcome,
            heading=told["heading"],
            lead=told["lead"],
            advice=told["advice"],
            checks=[{"needed_for": None, "shows": (), **probe} for probe in outcome.probes],
            again=again,
            leave_label=_leave_label(options, token),
        )

    def trouble(
        self,
        options: PageOptions,
        outcome: Outcome,
        *,
        kind: str | None = None,
        suggestion: Mapping[str, str] | None = None,
        token: LinkToken | None = None,
    ) -> str:
        """Return a page for what cannot go on; `kind` is a key of the list above."""
        heading, texts = _TROUBLE.get(kind or "", ("This cannot be connected", (outcome.error,)))
        return self._page(
            "problem.html",
            options,
            token=token,
            outcome=outcome,
            heading=heading,
            texts=texts,
            suggestion=suggestion,
        )

    def _page(
        self,
        template: str,
        options: PageOptions,
        *,
        token: LinkToken | None,
        outcome: Outcome | None = None,
        **values: Any,
    ) -> str:
        redirect_uri = token.order.redirect_uri if token else None
        return self._templates.get_template(template).render(
            options=options,
            outcome=outcome,
            message=message(outcome) if outcome else None,
            return_url=return_url(redirect_uri, outcome) if outcome else None,
            closed_url=return_url(redirect_uri, None),
            **values,
        )

    def _choice(self, offer: Offer) -> dict[str, Any]:
        logo = f"{self.root}/static/link/logo/{offer.name}" if offer.integration.logo else None
        return {
            "name": offer.name,
            "label": offer.label,
            "about": offer.integration.category.replace("-", " ").replace("_", " ").capitalize(),
            "logo": logo,
        }

    def _asset(self, name: str) -> str:
        return f"{self.root}/static/link/{name}?v={version(name)}"


def _promise(label: str, *, redirects: bool) -> str:
    if redirects:
        return f"You will be asked by {label} to allow the connection, and come back here."
    return f"Stored encrypted and never shown again. You can revoke it at {label} at any time."


def _leave_label(options: PageOptions, token: LinkToken) -> str:
    return "Continue" if token.order.redirect_uri and not options.iframe else "Done"


def _waiting(probe: Probe) -> dict[str, Any]:
    return {"label": probe.label, "outcome": "waiting", "said": "", "shows": (), "needed_for": None}


@cache
def asset(name: str) -> bytes:
    """Return a static file of the page."""
    return (STATIC / name).read_bytes()


@cache
def version(name: str) -> str:
    """Return what changes when a static file changes."""
    return hashlib.sha256(asset(name)).hexdigest()[:12]


def headers(*, iframe: bool, form_targets: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers of every page: no foreign code, no referrer, no copy kept.

    `form_targets` are URLs a form may lead on to, since browsers hold redirects to the same rule.
    There is no Cross-Origin-Opener-Policy: a popup must keep its opener.
    """
    targets = " ".join(["'self'", *sorted({origin(url) for url in form_targets})])
    policy = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        f"form-action {targets}",
        "base-uri 'none'",
        f"frame-ancestors {'*' if iframe else chr(39) + 'none' + chr(39)}",
    ]
    return {
        "content-security-policy": "; ".join(policy),
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }


def origin(url: str) -> str:
    """Return scheme, host and port of a URL; the scheme alone when the host depends on the form."""
    parts = urlsplit(url)
    return f"{parts.scheme}:" if "{{" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
