"""GET /log."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.base.listing import Page
from waypost.features.log.ask import FILTERS, IGNORED, MOST, LogAsk, entry, read_log_ask
from waypost.kernel.calls.store import list_records
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, lists, read_list


def routes(kernel: Kernel) -> APIRouter:
    """Return the route of the log."""
    router = APIRouter(tags=["log"])
    parameters = lists(FILTERS, limit=MOST)

    @router.get("/log", summary="List what was called", openapi_extra=parameters)
    async def list_log(request: Request) -> dict[str, Any]:
        """Newest first; `log_type=unified_proxy_api` (the default) has every call to a provider.

        `log_type_filter[name]=value` narrows it; `created_at[gt]` needs `created_at[lt]` beside it.
        """
        ask = asked(request.scope)
        wanted = read_list(ask, kernel.cursors, "log", FILTERS, ignored=IGNORED, limit=MOST)
        question = read_log_ask(ask.environment_id, ask.query, wanted)
        page = await _page(kernel, question, wanted.listing.limit)
        return wanted.answer(page, entry)

    return router


async def _page(kernel: Kernel, question: LogAsk, limit: int) -> Page[Any]:
    if question.query is None:
        return Page([])
    # A call that this process has answered is in the log.
    await kernel.recorder.flush()
    async with kernel.database.read() as connection:
        rows = await list_records(connection, question.query)
    if len(rows) <= limit:
        return Page(rows)
    last = rows[limit - 1]
    return Page(rows[:limit], {"at": last["at"], "sequence": last["sequence"]})
