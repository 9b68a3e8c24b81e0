"""A provider for unified mappings: lists by name, paged or not, and a log of what was asked."""

from collections.abc import Mapping
from typing import Any

from waypost.base.errors import ProviderRefused
from waypost.engine.request import CallInput
from waypost.engine.unify import Fetched


class ScriptedSend:
    """Implement `engine.unify.Send` over plain lists; `page_size` None means the provider does not page."""

    def __init__(self, lists: Mapping[str, list[Any]], *, page_size: int | None = None) -> None:
        self.lists = {name: list(items) for name, items in lists.items()}
        self.page_size = page_size
        self.asked: list[tuple[str, str, CallInput]] = []

    def is_paged(self, resource: str, method: str) -> bool:
        return self.page_size is not None

    async def one(self, resource: str, method: str, call: CallInput) -> Fetched:
        self.asked.append((resource, method, call))
        if method == "create":
            return Fetched({"id": "new", **(call.body or {})}, 201)
        for item in self.lists[resource]:
            if str(item["id"]) == call.id:
                return Fetched(item)
        raise ProviderRefused(status=404)

    async def page(
        self,
        resource: str,
        method: str,
        call: CallInput,
        *,
        limit: int | None,
        cursor: Mapping[str, Any] | None,
    ) -> Fetched:
        self.asked.append((resource, method, call))
        items = self.lists[resource]
        if self.page_size is None:
            return Fetched(items)
        start = int((cursor or {}).get("at", 0))
        stop = start + (limit or self.page_size)
        return Fetched(items[start:stop], next={"at": stop} if stop < len(items) else None)
