"""Every example answer must be read as the engine reads a real one: its page, or its error."""

from collections.abc import Iterator

from waypost.base.errors import WaypostError
from waypost.engine.answer import is_error, provider_error, read_records
from waypost.engine.conformance.references import methods
from waypost.engine.json_text import encode_json
from waypost.engine.manifest.integration import Example, Integration, Method
from waypost.engine.manifest.loaded import LoadedIntegration
from waypost.engine.manifest.problem import Problem
from waypost.engine.paging import finish, plan
from waypost.engine.transport import WholeResponse


def check_answers(loaded: LoadedIntegration) -> Iterator[Problem]:
    """Yield answers that cannot be read, errors that say nothing, and pages that lead in a circle."""
    integration = loaded.integration
    for path, method in methods(integration):
        for index, example in enumerate(method.examples):
            if example.response is None or method.response_format != "json":
                continue
            place = loaded.places.value((*path, "examples", index, "response"))
            try:
                for text in _read(integration, method, example, is_list=path[-1] == "list"):
                    yield Problem(place, text)
            except WaypostError as error:
                yield Problem(place, error.message)


def _read(
    integration: Integration, method: Method, example: Example, *, is_list: bool
) -> Iterator[str]:
    headers = (("content-type", "application/json"),)
    response = WholeResponse(example.status, headers, encode_json(example.response))
    if is_error(example.status):
        error = provider_error(integration, method, response)
        yield from error.details.get("manifest_errors", ())
        if error.message == f"The provider answered {example.status}.":
            yield "no message is found in this error"
    elif is_list:
        yield from _pages(integration, method, example, response)


def _pages(
    integration: Integration, method: Method, example: Example, response: WholeResponse
) -> Iterator[str]:
    pagination = integration.pagination.get(method.pagination or "")
    records, body = read_records(method, response)
    page = plan(pagination, limit=None, query=example.query)
    result = finish(
        pagination, page, records=records, response=response, body=body, query=example.query
    )
    if result.next is None:
        return
    following = plan(pagination, limit=None, cursor=result.next, query=example.query)
    if (following.query, following.headers, following.skip) == (page.query, page.headers, 0):
        yield "the page after this one is the same page again"
