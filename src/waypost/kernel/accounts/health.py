"""What the provider's answers say about an account's credentials."""

from collections.abc import Mapping, Sequence
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.database import Database
from waypost.kernel.accounts import store
from waypost.kernel.accounts.announce import Announcements
from waypost.kernel.accounts.model import AccountForCall
from waypost.kernel.accounts.snapshots import Snapshots
from waypost.kernel.accounts.states import EVENTS, STATUSES, Cause, next_status, sources

REFUSED = "The provider no longer accepts this account's credentials."
SAME_REFUSAL_SECONDS = 60.0
"""How often a refusal that repeats itself is written down."""


class Health:
    """Mark accounts by what happened to their calls.

    Every mark is a compare-and-set on what the call had seen: of many calls failing at once one
    writes and one event is appended, and a call made with old credentials says nothing about new
    ones. Marks that would change nothing touch nothing.
    """

    def __init__(
        self,
        database: Database,
        *,
        snapshots: Snapshots,
        announcements: Announcements,
        clock: Clock,
    ) -> None:
        self._database = database
        self._snapshots = snapshots
        self._announcements = announcements
        self._clock = clock

    async def mark_unauthorized(
        self, seen: AccountForCall, error: Mapping[str, Any] | None = None
    ) -> bool:
        """Note that the provider refused the credentials; return whether that was news.

        `error` becomes `last_error`; it must hold no secret.
        """
        now = self._clock.now()
        told = {"message": REFUSED, **(error or {}), "occurred_at": iso(now)}
        return await self._move(seen, "unauthorized", {"last_error": told, "needs_reauth_at": now})

    async def mark_succeeded(self, seen: AccountForCall, *, began_at: float | None = None) -> bool:
        """Note that the provider accepted a call; return whether that changed anything.

        Reactivates an account that needs reauthorization (if it did so before the call began, in
        Unix seconds, where that is given) and clears `last_forbidden_error`.
        """
        if not seen.is_ailing:
            return False
        values = {"last_error": None, "last_forbidden_error": None, "needs_reauth_at": None}
        if await self._move(seen, "served", values, failed_before=began_at):
            return True
        if seen.account.last_forbidden_error is None:
            return False
        return await self._note(seen, {"last_forbidden_error": None})

    async def mark_forbidden(
        self,
        seen: AccountForCall,
        *,
        resource: str | None,
        method: str | None,
        missing_scopes: Sequence[str] = (),
    ) -> bool:
        """Note that the provider forbade a call; return whether it was written down."""
        now = self._clock.now()
        refusal = {"resource": resource, "method": method, "missing_scopes": list(missing_scopes)}
        last = dict(seen.account.last_forbidden_error or {})
        written_at = str(last.pop("occurred_at", ""))
        if last == refusal and written_at > iso(now - SAME_REFUSAL_SECONDS):
            return False
        return await self._note(
            seen, {"last_forbidden_error": {**refusal, "occurred_at": iso(now)}}
        )

    async def _move(
        self,
        seen: AccountForCall,
        cause: Cause,
        values: Mapping[str, Any],
        *,
        failed_before: float | None = None,
    ) -> bool:
        status = next_status(seen.status, cause)
        if status == seen.status:
            return False
        place = (seen.environment_id, seen.id)
        async with self._database.write() as connection:
            moved = await store.change_if(
                connection,
                *place,
                {**values, "status": status, "updated_at": self._clock.now()},
                statuses=sources(cause),
                version=seen.version,
                failed_before=failed_before,
            )
            if moved:
                account = (await store.get(connection, *place)).account
                await self._announcements.announce(connection, account, EVENTS[seen.status, cause])
        # Also when nothing moved: then what was seen is old.
        self._snapshots.forget(*place)
        return moved

    async def _note(self, seen: AccountForCall, values: Mapping[str, Any]) -> bool:
        place = (seen.environment_id, seen.id)
        async with self._database.write() as connection:
            noted = await store.change_if(
                connection, *place, values, statuses=STATUSES, version=seen.version
            )
        self._snapshots.forget(*place)
        return noted
