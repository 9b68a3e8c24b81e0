"""Every example request of the catalog is matched to the method it belongs to."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import waypost
from waypost.engine.manifest.integration import Example, Integration, Method
from waypost.engine.manifest.load import load_catalog
from waypost.engine.match import PathMatcher
from waypost.engine.request import CallInput, build_request

CATALOG = load_catalog(Path(waypost.__file__).parent / "catalog")
INTEGRATIONS = {name: each.integration for name, each in CATALOG.integrations.items()}
SEGMENT = st.text("abcXYZ019-_.~%", min_size=1, max_size=12).filter(lambda text: text not in "..")


def examples(integration: Integration) -> Iterator[tuple[str, str, Method, Example]]:
    for resource_name, resource in integration.resources.items():
        for name, method in resource.methods.items():
            for example in method.examples:
                yield resource_name, name, method, example


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_example_requests_find_their_own_method(name: str) -> None:
    integration = INTEGRATIONS[name]
    matcher = PathMatcher(integration)
    base = urlsplit(integration.base_url).path
    count = 0
    for resource, method_name, method, example in examples(integration):
        call = CallInput(id=example.id, query=example.query, body=example.body)
        request = build_request(integration, method, integration.base_url, call)
        path = urlsplit(request.url).path.removeprefix(base)
        found = matcher.find(method.verb, path)
        assert found is not None, (resource, method_name, path)
        # Two methods may share a path and differ by what is asked; they share what pacing needs.
        same = (found.resource, found.name) == (resource, method_name)
        assert same or (found.method.path, found.method.rate_class, found.method.scopes) == (
            method.path,
            method.rate_class,
            method.scopes,
        ), (resource, method_name, found.resource, found.name)
        count += 1
    assert count


@given(st.sampled_from(sorted(INTEGRATIONS)), st.data())
def test_any_filled_path_is_found_again(name: str, data: st.DataObject) -> None:
    integration = INTEGRATIONS[name]
    resource = data.draw(st.sampled_from(sorted(integration.resources)))
    methods = integration.resources[resource].methods
    method = methods[data.draw(st.sampled_from(sorted(methods)))]
    pieces = method.path.replace("}}", "{{").split("{{")
    filled = "".join(p if n % 2 == 0 else data.draw(SEGMENT) for n, p in enumerate(pieces))
    found = PathMatcher(integration).find(method.verb, filled)
    assert found is not None
    assert found.method.path.count("/") == method.path.count("/")
    assert found.method.verb == method.verb
