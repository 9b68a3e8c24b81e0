"""Who is asking, and the query they ask with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.asgi import Scope
from waypost.base.errors import Forbidden, InvalidRequest, Unauthenticated
from waypost.engine.query import parse_query
from waypost.kernel.environments import Caller


@dataclass(frozen=True, slots=True)
class Asked:
    """An admin request that came through its door; `query` is parsed, its leaves are texts."""

    caller: Caller
    query: Mapping[str, Any]

    @property
    def environment_id(self) -> str:
        """Return the caller's environment; raises Forbidden for the operator, who has none."""
        if self.caller.environment_id is None:
            raise Forbidden("This needs an API token of an environment.")
        return self.caller.environment_id


def asked(scope: Scope) -> Asked:
    """Return what a request asks; raises InvalidRequest for its query."""
    caller = scope.get("waypost.caller")
    if not isinstance(caller, Caller):
        raise Unauthenticated
    raw = bytes(scope["query_string"]).decode("latin-1")
    if "\0" in scope["path"] or "%00" in raw:
        # PostgreSQL has no such character in its texts.
        raise InvalidRequest("The address holds the character U+0000.")
    return Asked(caller, parse_query(raw))
