"""One request, as a route's function sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from waypost_sandbox.wire.answer import RefusalError, answer_json
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Token

_INDEXED = re.compile(r"^(?P<name>[^\[\]]+)\[[^\[\]]*\]$")


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
        found: Json = {}
        for name, value in self.query:
            match = _INDEXED.match(name)
            if match is None:
                found[name] = value
                continue
            held = found.setdefault(match["name"], [])
            if isinstance(held, list):
                held.append(value)
            else:
                found[match["name"]] = [value]
        return found

    def read_json(self) -> Any:
        """Return the body's JSON; no body is an empty object."""
        if not self.body.strip():
            return {}
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            # The code is public, the words and the key are a GUESS.
            text = "The request body contains a JSON syntax error. #MS42227"
            raise RefusalError(answer_json({"message": text}, 422)) from None

    def read_object(self) -> Json:
        """Return the body's JSON object; anything else reads as empty, as in Laravel."""
        payload = self.read_json()
        return payload if isinstance(payload, dict) else {}
