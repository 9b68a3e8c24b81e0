"""Installs as the wire shows them, and the bodies that make and change them."""

from typing import Any

from waypost.base.errors import NotFound
from waypost.kernel.installs import Install, wire_install
from waypost.kernel.manifests import Manifests, integration_id
from waypost.kernel.wire import Body
from waypost.kernel.wire.seeded import TEAM_ID


class NewInstall(Body):
    """The body of POST /environment-integration; `integration_id` may be the integration's name."""

    integration_id: str
    is_enabled: bool | None = None
    is_active: bool | None = None
    show_in_catalog: bool = True
    override: dict[str, Any] | None = None

    @property
    def enabled(self) -> bool:
        """Return whether it is switched on, by either spelling."""
        chosen = self.is_active if self.is_enabled is None else self.is_enabled
        return True if chosen is None else chosen


class InstallChange(Body):
    """The body of PATCH /environment-integration/{id}; `override` is replaced whole."""

    ignored = frozenset(
        {"id", "integration_id", "environment_id", "integration", "created_at", "updated_at"}
    )
    is_enabled: bool | None = None
    is_active: bool | None = None
    show_in_catalog: bool | None = None
    override: dict[str, Any] | None = None

    def changes(self) -> dict[str, Any]:
        """Return what changes; null leaves the two flags as they are."""
        found = {
            name: value
            for name, value in self.given().items()
            if value is not None or name == "override"
        }
        active = found.pop("is_active", None)
        if active is not None:
            found.setdefault("is_enabled", active)
        return found


def shown_install(record: Install, manifests: Manifests) -> dict[str, Any]:
    """Show an install with a summary of its integration."""
    try:
        manifest = manifests.integration(record.integration)
        label, category, is_beta = manifest.label, manifest.category, manifest.unverified
    except NotFound:  # its folder was taken out of the catalog
        label, category, is_beta = record.integration, None, False
    summary = {
        "id": integration_id(record.integration),
        "name": record.integration,
        "category": category,
        "is_beta": is_beta,
        "sharing": "allow",
        "team_id": TEAM_ID,
        "config": {"label": label},
    }
    return {**wire_install(record), "integration": summary}
