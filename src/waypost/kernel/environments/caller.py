"""Who is asking."""

from dataclasses import dataclass
from typing import Literal

from waypost.base.errors import Forbidden

CallerKind = Literal["api_token", "account_token", "operator"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a token; `environment_id` is None only for the operator."""

    kind: CallerKind
    environment_id: str | None = None
    token_id: str | None = None
    account_id: str | None = None


def require_operator(caller: Caller) -> None:
    """Raise Forbidden unless the operator is asking."""
    if caller.kind != "operator":
        raise Forbidden("Only the operator may do that; an API token may not.")
