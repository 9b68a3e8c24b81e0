"""Whom an account must not write to, as a list that syncs read: the merged store of its tenant."""

from collections.abc import Mapping
from typing import Any

from waypost.base.listing import Condition, Listing
from waypost.kernel.accounts import AccountForCall
from waypost.kernel.suppressions import Suppressions

PAGE = 500
_HIDDEN = ("environment_id", "updated_at", "is_active", "removed")


async def held_page(
    suppressions: Suppressions, account: AccountForCall, cursor: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return a page of what holds somebody back, and where the next begins.

    The provider's lists are read first, when the first page is. Raises ProviderError and others.
    """
    if cursor is None:
        await suppressions.refresh(account.environment_id, account.id)
    conditions = (
        Condition("tenant_id", "eq", account.tenant_id),
        Condition("is_active", "eq", value=True),
    )
    page = await suppressions.list(
        account.environment_id, Listing(conditions, limit=PAGE, after=cursor)
    )
    shown = (each.wire() for each in page.items)
    records = [
        {name: value for name, value in each.items() if name not in _HIDDEN} for each in shown
    ]
    return records, page.next


__all__ = ["held_page"]
