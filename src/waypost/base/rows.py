"""One row of an environment by its id: changed, removed, or not there."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Table, delete, update

from waypost.base.connection import AsyncConnection
from waypost.base.errors import NotFound
from waypost.base.listing import Page

Item = TypeVar("Item")


async def change_row(
    connection: AsyncConnection,
    table: Table,
    environment_id: str,
    row_id: str,
    values: Mapping[str, Any],
) -> None:
    """Change some columns of a row; nothing where this environment has none of that id."""
    mine = table.c.environment_id == environment_id
    await connection.execute(update(table).where(mine, table.c.id == row_id).values(**values))


async def remove_row(
    connection: AsyncConnection, table: Table, environment_id: str, row_id: str
) -> None:
    """Delete a row; nothing where this environment has none of that id."""
    mine = table.c.environment_id == environment_id
    await connection.execute(delete(table).where(mine, table.c.id == row_id))


def the_one(page: Page[Item], what: str) -> Item:
    """Return the only item that was asked for; raises NotFound, which names `what`."""
    if not page.items:
        raise NotFound(f"There is no such {what}.")
    return page.items[0]
