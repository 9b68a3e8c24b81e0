"""Serve `/proxy/{resource}[/{id or method}]`."""

from waypost.base.asgi import Answer, PlainRequest, json_answer
from waypost.engine.request import CallInput
from waypost.features.proxy.choose import Choice, choose
from waypost.kernel.calls.forwarded import forwarded
from waypost.kernel.calls.on_behalf import Calls
from waypost.kernel.calls.reading import Reading, read_request
from waypost.kernel.calls.sender import Sender, begin_sender, plain_answer
from waypost.kernel.environments import Caller


class Proxy:
    """Call one method of the integration by its name."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def __call__(self, request: PlainRequest, caller: Caller, tail: str) -> Answer:
        """Serve one request; raises WaypostError."""
        reading = await read_request(request, self._calls.settings.body_limit)
        bound = await self._calls.bind(caller, reading.account_id)
        sender = begin_sender(self._calls, bound, "proxy", request, reading)
        try:
            choice = choose(bound.integration, request.method, tail)
            record = sender.trace.record
            record.resource, record.method = choice.resource, choice.method
            method = bound.integration.method(choice.resource, choice.method)
            return await sender.once(reading, method, lambda: self._serve(sender, choice, reading))
        except BaseException as error:
            sender.failed(error)
            raise

    async def _serve(self, sender: Sender, choice: Choice, reading: Reading) -> Answer:
        call = CallInput(
            id=choice.id or _own_id(choice, reading),
            query={**reading.query, "remote_query": reading.remote_query},
            body=reading.body,
            context=sender.bound.account.context,
            raw_body_type=reading.raw_body_type,
        )
        if choice.method == "list":
            return await self._list(sender, choice, reading, call)
        fetched = await sender.one(choice.resource, choice.method, call)
        headers = [*forwarded(fetched.headers), *sender.headers()]
        if fetched.plain is not None:
            return sender.done(plain_answer(fetched, headers))
        return sender.done(json_answer(fetched.status, fetched.value, headers))

    async def _list(
        self, sender: Sender, choice: Choice, reading: Reading, call: CallInput
    ) -> Answer:
        bound_to = sender.binding("proxy", choice.resource, reading)
        cursor = sender.open_cursor(reading.cursor, bound_to)
        limit = None if reading.flag("truto_ignore_limit") else reading.limit
        page = await sender.list_page(choice.resource, "list", call, limit=limit, cursor=cursor)
        body = {
            "result": page.records,
            "next_cursor": sender.seal_cursor(page.next, bound_to),
            "prev_cursor": sender.seal_cursor(page.previous, bound_to),
            "result_count": len(page.records),
            "is_partial_response": False,
        }
        headers = [*forwarded(page.response.headers), *sender.headers()]
        return sender.done(json_answer(200, body, headers), result_count=len(page.records))


def _own_id(choice: Choice, reading: Reading) -> str | None:
    """Take the id of a custom method, which stands in no path, from the query."""
    if choice.method == "list" or "id" not in reading.query:
        return None
    return str(reading.query.pop("id"))
