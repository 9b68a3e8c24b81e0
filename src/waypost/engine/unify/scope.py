"""What the expressions of a mapping see, and how its calls are formed."""

import re
from collections.abc import Mapping as AnyMapping
from typing import Any, Protocol

from msgspec import Struct

from waypost.base.errors import ManifestError, NotFound
from waypost.engine.expressions import compile_expression
from waypost.engine.manifest.unified import Mapping, MappingStep
from waypost.engine.request import CallInput
from waypost.engine.transport import Headers, header

_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+: [\t\x20-\x7e\x80-\xff]*")


class Ask(Struct, frozen=True):
    """What a caller of a unified method gave, and what its account knows."""

    id: str | None = None
    query: AnyMapping[str, Any] = {}
    raw_query: AnyMapping[str, Any] = {}
    remote_query: AnyMapping[str, Any] = {}
    body: Any = None
    context: AnyMapping[str, Any] = {}
    reference: AnyMapping[str, Any] = {}
    raw_body_type: str | None = None
    where: str = ""


class Fetched(Struct, frozen=True):
    """One answer of the provider: the record or records inside it, and where its list goes on.

    `plain` holds the body's bytes where it is no JSON (empty, binary, text).
    """

    value: Any
    status: int = 200
    headers: Headers = ()
    next: AnyMapping[str, Any] | None = None
    plain: bytes | None = None

    @property
    def content_type(self) -> str | None:
        """Return the provider's content type."""
        return header(self.headers, "content-type")


class Mapped(Struct, frozen=True):
    """A unified record with the provider's own beside it."""

    record: dict[str, Any]
    raw: Any


class Send(Protocol):
    """How a mapping reaches the provider."""

    async def one(self, resource: str, method: str, call: CallInput) -> Fetched:
        """Call a method; `value` is what stands at its response_path. Raises ProviderError."""
        ...

    async def page(
        self,
        resource: str,
        method: str,
        call: CallInput,
        *,
        limit: int | None,
        cursor: AnyMapping[str, Any] | None,
    ) -> Fetched:
        """Read one page of a list; without a limit and a cursor, the provider's default page."""
        ...

    def is_paged(self, resource: str, method: str) -> bool:
        """Say whether the provider pages this list itself."""
        ...


def outgoing_scope(ask: Ask, before: AnyMapping[str, Any]) -> dict[str, Any]:
    """Return what the expressions on the way out see."""
    return {
        "id": ask.id,
        "query": ask.query,
        "rawQuery": ask.raw_query,
        "body": None if isinstance(ask.body, bytes) else ask.body,
        "context": ask.context,
        "before": before,
        "reference": ask.reference,
    }


def evaluate(expression: str | None, scope: AnyMapping[str, Any], ask: Ask, key: str) -> Any:
    """Evaluate one of a mapping's expressions; None when it has none."""
    if expression is None:
        return None
    return compile_expression(expression, where=f"{ask.where}.{key}").evaluate(scope)


def applies(expression: str | None, scope: AnyMapping[str, Any], ask: Ask) -> bool:
    """Say whether a run_if holds; without one it does."""
    return expression is None or evaluate(expression, scope, ask, "run_if") is True


async def run_before(mapping: Mapping, ask: Ask, send: Send) -> dict[str, Any]:
    """Run the steps before the main call; their answers become `before.<name>`."""
    before: dict[str, Any] = {}
    for step in mapping.before:
        scope = outgoing_scope(ask, before)
        if applies(step.run_if, scope, ask):
            before[step.name] = await run_step(step, scope, ask, send)
    return before


async def run_step(step: MappingStep, scope: AnyMapping[str, Any], ask: Ask, send: Send) -> Any:
    """Make the call or calls of one step; a paged list is read up to `step.pages` pages."""
    call = CallInput(
        id=_text(evaluate(step.id, scope, ask, step.name)),
        query=_mapping(evaluate(step.query, scope, ask, step.name), ask, step.name),
        body=evaluate(step.body, scope, ask, step.name),
        context=ask.context,
    )
    if step.method != "list":
        return (await send.one(step.resource, step.method, call)).value
    records: list[Any] = []
    cursor: AnyMapping[str, Any] | None = None
    for _ in range(step.pages):
        page = await send.page(step.resource, step.method, call, limit=None, cursor=cursor)
        records += page.value
        cursor = page.next
        if cursor is None:
            break
    return records


def main_call(mapping: Mapping, ask: Ask, before: AnyMapping[str, Any]) -> CallInput:
    """Form the main call of a mapping: static values, then mapped ones, then remote_query."""
    scope = outgoing_scope(ask, before)
    query = dict(mapping.query)
    if mapping.query_mapping is not None:
        mapped = evaluate(mapping.query_mapping, scope, ask, "query_mapping")
        query |= _mapping(mapped, ask, "query")
    if ask.remote_query:
        query["remote_query"] = ask.remote_query
    body: Any = dict(mapping.body) or None
    if isinstance(ask.body, bytes):
        body = ask.body  # files and forms leave as they came
    elif mapping.request_body_mapping is not None:
        mapped = evaluate(mapping.request_body_mapping, scope, ask, "request_body_mapping")
        body = {**(body or {}), **mapped} if isinstance(mapped, dict) else mapped
    headers: dict[str, Any] = {}
    if mapping.request_header_mapping is not None:
        key = "request_header_mapping"
        headers = _mapping(evaluate(mapping.request_header_mapping, scope, ask, key), ask, key)
    identifier = evaluate(mapping.id_mapping, scope, ask, "id_mapping")
    return CallInput(
        id=_text(identifier) or ask.id,
        query=query,
        body=body,
        headers=tuple([(name.lower(), str(value)) for name, value in headers.items()]),
        context=ask.context,
        raw_body_type=ask.raw_body_type,
    )


def map_records(
    mapping: Mapping, ask: Ask, raws: list[Any], before: AnyMapping[str, Any], headers: Headers
) -> list[Mapped | None]:
    """Map a page's records in one evaluation; None where the mapping drops a record."""
    if mapping.response_mapping is None:
        return [Mapped(dict(raw), raw) if isinstance(raw, dict) else None for raw in raws]
    expression = compile_expression(mapping.response_mapping, where=f"{ask.where}.response_mapping")
    shared = {
        **outgoing_scope(ask, before),
        "headers": {name: value for name, value in headers},  # noqa: C416 - pairs, last wins
    }
    if mapping.response_mapping_method == "array":
        mapped = expression.evaluate({**shared, "response": raws})
        found = mapped if isinstance(mapped, list) else [] if mapped is None else [mapped]
        return [Mapped(item, _raw_of(item, raws)) for item in found if isinstance(item, dict)]
    values = expression.evaluate_over(shared, "response", raws)
    return [
        Mapped(value, raw) if isinstance(value, dict) else None
        for value, raw in zip(values, raws, strict=True)
    ]


def keep(mapping: Mapping, ask: Ask, records: list[Mapped]) -> list[Mapped]:
    """Apply the filters that the provider lacks; a question without any keeps everything."""
    if mapping.filters is None or not records or not ask.query:
        return records
    expression = compile_expression(mapping.filters, where=f"{ask.where}.filters")
    verdicts = expression.evaluate_over(
        {"query": ask.query, "reference": ask.reference},
        "record",
        [item.record for item in records],
    )
    return [item for item, verdict in zip(records, verdicts, strict=True) if verdict is True]


def fixed_records(mapping: Mapping, ask: Ask, before: AnyMapping[str, Any]) -> list[Mapped] | None:
    """Return the unified records a mapping makes without a call of its own, or None."""
    if mapping.static is not None:
        return [_fixed(item) for item in mapping.static]
    if mapping.computed is None:
        return None
    value = evaluate(mapping.computed, outgoing_scope(ask, before), ask, "computed")
    items = value if isinstance(value, list) else [] if value is None else [value]
    if any(not isinstance(item, dict) for item in items):
        raise ManifestError("The expression must give objects.", where=f"{ask.where}.computed")
    return [_fixed(item) for item in items]


def _fixed(item: dict[str, Any]) -> Mapped:
    """Part a made record from the provider's, which only some of them carry."""
    record = {name: value for name, value in item.items() if name != "remote_data"}
    return Mapped(record, item.get("remote_data"))


def makes_a_call(mapping: Mapping) -> bool:
    """Say whether a mapping has a main call."""
    return mapping.static is None and mapping.computed is None


def answer_headers(
    mapping: Mapping, ask: Ask, before: AnyMapping[str, Any], fetched: Fetched
) -> Headers:
    """Return the provider's headers with those that the mapping gives in their places."""
    if mapping.response_header_mapping is None:
        return fetched.headers
    scope = {
        **outgoing_scope(ask, before),
        "response": fetched.value,
        "headers": {name: value for name, value in fetched.headers},  # noqa: C416 - last wins
    }
    key = "response_header_mapping"
    given = {
        name.lower(): str(value)
        for name, value in _mapping(
            evaluate(mapping.response_header_mapping, scope, ask, key), ask, key
        ).items()
        if value is not None
    }
    if any(not _FIELD.fullmatch(f"{name}: {value}") for name, value in given.items()):
        raise ManifestError("These are no headers.", where=f"{ask.where}.{key}")
    kept = tuple(pair for pair in fetched.headers if pair[0] not in given)
    return (*kept, *given.items())


def pick(records: list[Mapped], ask: Ask) -> Mapped:
    """Return the record with the asked id; raises NotFound."""
    for item in records:
        if str(item.record.get("id")) == ask.id:
            return item
    raise NotFound(f"There is no record with id {ask.id!r}.")


def _raw_of(item: dict[str, Any], raws: list[Any]) -> Any:
    # An array mapping may reshape the list: the raw record is the one with the same id.
    for raw in raws:
        if isinstance(raw, dict) and "id" in raw and str(raw["id"]) == str(item.get("id")):
            return raw
    return None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _mapping(value: Any, ask: Ask, key: str) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise ManifestError("The expression must give an object.", where=f"{ask.where}.{key}")
