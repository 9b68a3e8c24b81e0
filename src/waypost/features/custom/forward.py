"""Serve `/custom/{path}`, any verb."""

from typing import Any
from urllib.parse import unquote

from waypost.base.asgi import Answer, PlainRequest, encode_json, json_answer
from waypost.base.errors import InvalidRequest, MethodNotSupported
from waypost.engine.transport import Headers
from waypost.kernel.calls.forwarded import forwarded
from waypost.kernel.calls.on_behalf import Calls
from waypost.kernel.calls.paths import refuse_escape
from waypost.kernel.calls.reading import Reading, read_request
from waypost.kernel.calls.sender import Sender, begin_sender, plain_answer
from waypost.kernel.environments import Caller

_VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_METHOD_CONFIG = frozenset({"response_path"})
_CARRIED = (b"accept", b"accept-language", b"content-type")


class Custom:
    """Call a path that need not be in the manifest."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def __call__(self, request: PlainRequest, caller: Caller, tail: str) -> Answer:
        """Serve one request; raises WaypostError."""
        if request.method not in _VERBS:
            raise MethodNotSupported(f"{request.method} cannot be called here.")
        refuse_escape(tail)
        reading = await read_request(request, self._calls.settings.body_limit)
        bound = await self._calls.bind(caller, reading.account_id)
        sender = begin_sender(self._calls, bound, "custom", request, reading)
        try:
            match = bound.matcher.find(request.method, tail)
            method = match.method if match else None
            return await sender.once(
                reading, method, lambda: self._serve(sender, request, tail, reading)
            )
        except BaseException as error:
            sender.failed(error)
            raise

    async def _serve(
        self, sender: Sender, request: PlainRequest, tail: str, reading: Reading
    ) -> Answer:
        body, config = _split_config(reading.body)
        query = outgoing_query(request.query_string)
        fetched = await sender.raw(
            request.method,
            tail + (f"?{query}" if query else ""),
            headers=_headers(request, reading),
            body=body if body is None or isinstance(body, bytes) else encode_json(body),
            response_path=config.get("response_path"),
        )
        headers = [*forwarded(fetched.headers), *sender.headers()]
        if fetched.plain is not None:
            return sender.done(plain_answer(fetched, headers))
        envelope = {"result": fetched.value, "next_cursor": None, "prev_cursor": None}
        return sender.done(json_answer(fetched.status, envelope, headers))


def outgoing_query(query_string: str) -> str:
    """Return the caller's query without our words, the rest as it was written.

    `remote_query[name]=value` goes out as `name=value`.
    """
    kept: list[str] = []
    for part in query_string.split("&"):
        name, mark, value = part.partition("=")
        plain = unquote(name)
        if not part or plain == "integrated_account_id" or plain.startswith("truto_"):
            continue
        if plain.startswith("remote_query[") and "]" in plain:
            inner, _, rest = plain.removeprefix("remote_query[").partition("]")
            kept.append(f"{inner}{rest}{mark}{value}")
            continue
        kept.append(part)
    return "&".join(kept)


def _headers(request: PlainRequest, reading: Reading) -> Headers:
    carried = {
        name.decode(): value.decode("latin-1")
        for name, value in request.headers
        if name in _CARRIED
    }
    if reading.body is None:
        carried.pop("content-type", None)
    elif reading.raw_body_type is None:
        # Published clients label JSON as text/plain; the provider must not see that.
        carried["content-type"] = "application/json"
    return tuple(carried.items())


def _split_config(body: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(body, dict) or "methodConfig" not in body:
        return body, {}
    rest = {key: value for key, value in body.items() if key != "methodConfig"}
    config = body["methodConfig"]
    if not isinstance(config, dict):
        raise InvalidRequest("methodConfig is an object.")
    unknown = sorted(set(config) - _METHOD_CONFIG)
    if unknown:
        raise InvalidRequest(
            f"methodConfig may hold {', '.join(sorted(_METHOD_CONFIG))}; not {', '.join(unknown)}."
        )
    if not isinstance(config.get("response_path", ""), str):
        raise InvalidRequest("methodConfig.response_path is a text.")
    return rest or None, config
