"""What can be linked with a token: integrations, ways to authenticate, and the words around them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from waypost.base.errors import InvalidRequest, NotFound
from waypost.engine.manifest.credentials import (
    ApiKeyCredentials,
    ClientCredentials,
    CredentialField,
    OAuthCredentials,
)
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.problem import nearest
from waypost.features.link.model import PageOptions
from waypost.features.link.outcome import clause

_FORMAT_LABELS = {
    "api_key": "API key",
    "oauth2": "Sign in",
    "oauth2_client_credentials": "Client credentials",
}
_REFUSED = {"keka_oauth", "oauth"}


@dataclass(frozen=True, slots=True)
class Offer:
    """An integration that is installed here and may be linked."""

    install_id: str
    loaded: LoadedIntegration

    @property
    def integration(self) -> Integration:
        """Return the manifest."""
        return self.loaded.integration

    @property
    def name(self) -> str:
        """Return the integration's slug."""
        return self.loaded.integration.name

    @property
    def label(self) -> str:
        """Return the integration's name for people."""
        return self.loaded.integration.label


@dataclass(frozen=True, slots=True)
class Guide:
    """What the page says about making the credentials."""

    heading: str
    instructions: str | None
    link: str | None
    link_label: str
    permissions: tuple[str, ...]
    permissions_note: str | None


def narrowed(
    offers: Iterable[Offer], *, models: Sequence[str], options: PageOptions
) -> list[Offer]:
    """Return the offers a token and a page are limited to, in alphabetical order of their labels.

    `models` are unified models of which an integration must serve at least one.
    """
    wanted = set(options.integrations)
    kept = [
        offer
        for offer in offers
        if (not wanted or offer.name in wanted)
        and (not models or any(model in offer.loaded.mappings for model in models))
    ]
    return sorted(kept, key=lambda offer: offer.label.lower())


def pick(offers: Sequence[Offer], name: str) -> Offer:
    """Return the offer of that name; raises NotFound with the nearest name in its details."""
    for offer in offers:
        if offer.name == name:
            return offer
    names = tuple(offer.name for offer in offers)
    tail = nearest(name, names, called="available here")
    details: dict[str, Any] = {"error_type": "invalid_integration"}
    if tail.startswith("; did you mean '"):
        found = next(offer for offer in offers if offer.name == tail.split("'")[1])
        details |= {"nearest": found.name, "nearest_label": found.label}
    end = "" if tail.endswith("?") else "."
    raise NotFound(f"The integration '{name}' cannot be linked here{tail}{end}", details=details)


def pick_format(integration: Integration, wanted: str | None) -> str:
    """Return the way to authenticate: the wanted one if it exists, else the first.

    As the published SDK says, a wanted format is ignored where there is only one. Raises
    InvalidRequest for a format that is not offered.
    """
    formats = integration.credentials.formats()
    if not wanted or len(formats) == 1 or wanted in formats:
        return wanted if wanted in formats else formats[0]
    why = "is not supported" if wanted in _REFUSED else "is not offered"
    raise InvalidRequest(
        f"The authentication format '{wanted}' {why} by {integration.label}"
        f"{nearest(wanted, formats, called='offered')}.",
        details={"error_type": "invalid_integration"},
    )


def credential_fields(integration: Integration, auth_format: str) -> tuple[CredentialField, ...]:
    """Return what the form asks for."""
    return _section(integration, auth_format).fields


def guide(integration: Integration, auth_format: str) -> Guide:
    """Return what the page says about making the credentials."""
    section = _section(integration, auth_format)
    instructions = section.instructions if isinstance(section, ApiKeyCredentials) else None
    permissions, note = listed(section.permissions_text or "")
    label = section.fields[0].label if section.fields else "access"
    lowered = label if label[:2].isupper() else label.lower()
    return Guide(
        heading=f"Get your {lowered}" if section.fields else f"Sign in at {integration.label}",
        instructions=instructions,
        link=section.documentation_link,
        link_label="How to do it, step by step",
        permissions=permissions,
        permissions_note=note,
    )


def listed(text: str) -> tuple[tuple[str, ...], str | None]:
    """Return a text as a list when its first sentence is one (parts between semicolons), and the rest.

    A text that is no list is all rest.
    """
    first, _, rest = " ".join(text.split()).partition(". ")
    parts = tuple(part.strip().rstrip(".") for part in first.split(";") if part.strip())
    return (parts, rest or None) if len(parts) >= 3 else ((), text or None)


def format_label(auth_format: str) -> str:
    """Return a format's name for people."""
    return _FORMAT_LABELS.get(auth_format, auth_format)


def needs(integration: Integration) -> list[Mapping[str, Any]]:
    """Return what will be checked after linking, as the page lists it before."""
    return [
        {
            "label": probe.label,
            "scope": probe.scope,
            "required": probe.required,
            "needed_for": clause(probe.needed_for) if probe.needed_for else None,
        }
        for probe in sorted(integration.probes, key=lambda probe: not probe.required)
    ]


def _section(
    integration: Integration, auth_format: str
) -> ApiKeyCredentials | OAuthCredentials | ClientCredentials:
    sections: dict[str, ApiKeyCredentials | OAuthCredentials | ClientCredentials | None] = {
        "api_key": integration.credentials.api_key,
        "oauth2": integration.credentials.oauth2,
        "oauth2_client_credentials": integration.credentials.oauth2_client_credentials,
    }
    section = sections.get(auth_format)
    if section is None:
        raise InvalidRequest(f"'{auth_format}' is not offered by {integration.label}.")
    return section
