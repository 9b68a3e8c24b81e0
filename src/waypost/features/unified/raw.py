"""The provider's own answer to a unified question: `truto_response_format=raw` and `stream`."""

from waypost.base.asgi import Answer
from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.unified import Mapping
from waypost.engine.request import CallInput
from waypost.engine.unify import Ask, Send
from waypost.engine.unify.scope import main_call, makes_a_call, run_before
from waypost.kernel.calls.cell import Cell, run_method
from waypost.kernel.calls.forwarded import forwarded
from waypost.kernel.calls.reading import Reading
from waypost.kernel.calls.sender import Sender


async def raw_answer(sender: Sender, cell: Cell, ask: Ask, reading: Reading) -> Answer:
    """Answer with the provider's body as it came, unmapped; `stream` does not wait for its end.

    Paging words are not read here: `remote_query[page]=2` reaches the provider as it stands.
    """
    mapping = cell.mapping
    if not makes_a_call(mapping):
        raise InvalidRequest("This list is made by the mapping: there is no provider answer.")
    call = await run_method(cell, sender, lambda send: _main_call(mapping, ask, send))
    form = str(reading.switches["truto_response_format"])
    if form == "stream":
        return await sender.stream(mapping.resource, mapping.method, call)
    response = await sender.whole(mapping.resource, mapping.method, call)
    headers = [*forwarded(response.headers), *sender.headers()]
    kind = response.header("content-type")
    types = [(b"content-type", kind.encode("latin-1"))] if kind else []
    return sender.done(Answer(response.status, types + headers, response.body))


async def _main_call(mapping: Mapping, ask: Ask, send: Send) -> CallInput:
    return main_call(mapping, ask, await run_before(mapping, ask, send))
