"""Read sends of an environment; nothing here opens their facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from waypost.base.connection import AsyncConnection
from waypost.base.errors import NotFound
from waypost.base.listing import Kind, Listing, Page, fetch_page
from waypost.kernel.sends.store import sends

FILTERS: Mapping[str, Kind] = {
    "id": "text",
    "environment_id": "text",
    "integrated_account_id": "text",
    "integration": "text",
    "state": "text",
    "reason": "text",
    "request_type": "text",
    "message_id": "text",
    "created_at": "moment",
}
_RENAMED = {"integrated_account_id": "account_id", "request_type": "surface"}


@dataclass(frozen=True, slots=True)
class Send:
    """A send as it is on the books; `look_at` is when its end is looked for next."""

    id: str
    environment_id: str
    account_id: str
    integration: str
    surface: str
    resource: str
    method: str
    kind: str
    state: str
    reason: str | None
    http_status: int | None
    message_id: str | None
    messages: int
    attempts: int
    looks: int
    look_at: float | None
    note: str | None
    created_at: float
    updated_at: float


_SHOWN = [sends.c[name] for name in Send.__slots__]
_COLUMNS: dict[str, Any] = {name: sends.c[_RENAMED.get(name, name)] for name in FILTERS}


async def find(connection: AsyncConnection, environment_id: str, send_id: str) -> Send:
    """Return one send; raises NotFound."""
    statement = select(*_SHOWN).where(
        sends.c.environment_id == environment_id, sends.c.id == send_id
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        raise NotFound("There is no such send.")
    return Send(**row._mapping)


async def fetch(connection: AsyncConnection, environment_id: str, listing: Listing) -> Page[Send]:
    """Return a page of an environment's sends."""
    statement = select(*_SHOWN).where(sends.c.environment_id == environment_id)
    page = await fetch_page(connection, statement, listing, _COLUMNS)
    return Page([Send(**row._mapping) for row in page.items], page.next)
