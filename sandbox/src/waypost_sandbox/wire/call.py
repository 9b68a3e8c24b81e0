"""One request, as a route's function sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from waypost_sandbox.wire.bodies import read_body, read_pairs
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Token


@dataclass(slots=True)
class Call:
    """A request with its account, its path parameters and its parsed input."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    client_ip: str
    base_url: str
    account: Account
    token: Token | None = None
    params: dict[str, str] = field(default_factory=dict)

    @property
    def full_url(self) -> str:
        """Return the absolute address without the query."""
        return f"{self.base_url}{self.path}"

    def read_query(self) -> Json:
        """Return the query as PHP reads it: `a[]=` and `a[0]=` make lists, others last-wins."""
        return read_pairs(self.query)

    def read_json(self) -> Any:
        """Return the body as Laravel reads it: JSON or a form by its type, else nothing."""
        return read_body(self.headers.get("content-type"), self.body)

    def read_said(self) -> Any:
        """Return the body as JSON whatever its type says: curl's own type is a form's."""
        return read_body(None, self.body)

    def read_object(self) -> Json:
        """Return the body's JSON object; anything else reads as empty, as in Laravel."""
        payload = self.read_json()
        return payload if isinstance(payload, dict) else {}
