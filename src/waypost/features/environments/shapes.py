"""Environments, tokens, the team and the user as the wire shows them, and the bodies that make them."""

from datetime import UTC, datetime
from typing import Any

from waypost.base.clock import iso
from waypost.base.errors import InvalidRequest
from waypost.kernel.environments import ApiToken, Environment
from waypost.kernel.wire import Body
from waypost.kernel.wire.seeded import SINCE, TEAM_ID, USER_ID


class NewEnvironment(Body):
    """The body of POST /environment."""

    ignored = frozenset({"team_id"})
    name: str


class EnvironmentChange(Body):
    """The body of PATCH /environment/{id}."""

    ignored = frozenset({"id", "team_id", "created_at", "updated_at"})
    name: str


class NewToken(Body):
    """The body of POST /api-token."""

    name: str
    environment_id: str
    expires_at: str | None = None


def read_moment(name: str, text: str | None) -> float | None:
    """Return an ISO-8601 date-time as Unix seconds, UTC where it names no zone."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        iso(at)  # a zone may carry it past the last year there is
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{name} must be an ISO-8601 date-time") from None
    return at


def environment(record: Environment) -> dict[str, Any]:
    """Show an environment."""
    return {
        "id": record.id,
        "name": record.name,
        "team_id": TEAM_ID,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }


def api_token(record: ApiToken) -> dict[str, Any]:
    """Show a token's record; `hint` is the end of its text, which is never shown again."""
    return {
        "id": record.id,
        "name": record.name,
        "environment_id": record.environment_id,
        "hint": record.hint,
        "created_by": record.created_by or USER_ID,
        "expires_at": None if record.expires_at is None else iso(record.expires_at),
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }


def team() -> dict[str, Any]:
    """Show the team: whoever runs this server."""
    return {
        "id": TEAM_ID,
        "name": "Waypost",
        "domain": None,
        "logo": None,
        "created_at": SINCE,
        "updated_at": SINCE,
    }


def user(environment_id: str | None) -> dict[str, Any]:
    """Show the user: the operator, as seen from an environment."""
    return {
        "id": USER_ID,
        "name": "Operator",
        "email": "operator@localhost",
        "is_active": True,
        "is_staff": True,
        "last_login_at": None,
        "role": ["admin"],
        "team": [TEAM_ID],
        "environment": [environment_id] if environment_id else [],
        "created_at": SINCE,
        "updated_at": SINCE,
    }
