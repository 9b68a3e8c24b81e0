"""Every example must become exactly the request its method declares."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from waypost.base.errors import WaypostError
from waypost.engine.conformance.references import methods
from waypost.engine.manifest.integration import Example, Integration, Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.problem import Problem
from waypost.engine.placeholders import MISSING, look_up
from waypost.engine.query import parse_query
from waypost.engine.request import CallInput, build_request
from waypost.engine.transport import OutgoingRequest

_PLACEHOLDER = re.compile(r"\{\{([\w.-]+)\}\}")
_BASE = "https://base.invalid/root"


def check_requests(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield examples whose request cannot be built, or is another one than they describe."""
    integration = loaded.integration
    for path, method in methods(integration):
        for index, example in enumerate(method.examples):
            place = loaded.places.value((*path, "examples", index))
            for text in _differences(integration, method, example):
                yield Problem(place, text)


def _differences(integration: Integration, method: Method, example: Example) -> Iterator[str]:
    call = CallInput(id=example.id, query=example.query, body=example.body)
    try:
        request = build_request(integration, method, _BASE, call)
    except WaypostError as error:
        yield f"no request can be built: {error.message}"
        return
    if request.method != method.verb:
        yield f"the request is sent with {request.method}"
    expected = _filled(method.path, example)
    if expected is not None:
        yield from _in_url(request, method, example, expected)
    yield from _in_body(request, method, example)


def _filled(template: str, example: Example) -> str | None:
    """Fill a path apart from the engine's own way; None for placeholders richer than a name."""
    scope = {"id": example.id, "query": example.query, "body": example.body}

    def value(match: re.Match[str]) -> str:
        found = look_up(scope, match.group(1))
        return quote(str(found), safe="") if found not in (None, MISSING) else match.group(0)

    path = _PLACEHOLDER.sub(value, template)
    return None if "{{" in path else path


def _in_url(
    request: OutgoingRequest, method: Method, example: Example, expected: str
) -> Iterator[str]:
    url = urlsplit(request.url)
    path, _, fixed = expected.partition("?")
    if url.path != f"/root{path}":
        yield f"the request goes to '{url.path.removeprefix('/root')}' and not to '{path}'"
    in_path = {name.split(".")[1] for name in _PLACEHOLDER.findall(method.path) if "." in name}
    wanted = {**method.query, **example.query}
    names = {
        name
        for name, value in wanted.items()
        if name not in in_path and value not in (None, [], {})
    }
    sent = set(parse_query(url.query)) - set(parse_query(fixed))
    for name in sorted(names - sent - {"limit", "next_cursor"}):
        yield f"the query parameter '{name}' is not sent"
    for name in sorted(sent - names):
        yield f"the query parameter '{name}' is sent and nobody asked for it"


def _in_body(request: OutgoingRequest, method: Method, example: Example) -> Iterator[str]:
    if example.body is None:
        if request.body is not None:
            yield "a body is sent and the example has none"
        return
    if not isinstance(request.body, bytes):
        yield "the example's body is not sent"
    elif method.body_format == "json" and json.loads(request.body) != example.body:
        yield "another body is sent than the example's"
    elif method.body_format == "form":
        names = set(example.body) if isinstance(example.body, Mapping) else set[Any]()
        if set(parse_query(request.body.decode())) != names:
            yield "another form is sent than the example's"
