"""Facts that the wire expects and nobody stores: one team, one user, and no birthday of data."""

import uuid

from waypost.base.clock import iso

_NAMESPACE = uuid.UUID("6b6f2f0e-5d0a-5c0e-9d0e-77617970f057")

TEAM_ID = str(uuid.uuid5(_NAMESPACE, "team"))
"""Whoever runs this server."""

USER_ID = str(uuid.uuid5(_NAMESPACE, "user"))
"""The operator."""

SINCE = iso(0.0)
"""When things came that are files, or this server itself."""


def fixed_id(*parts: str) -> str:
    """Return the id of something that has no row: the same everywhere and forever."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))
