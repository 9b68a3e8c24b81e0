import pytest
from tests.support.acme import acme, method

from waypost.engine.match import PathMatcher

MATCHER = PathMatcher(
    acme(
        resources={
            "things": {
                "label": "Things",
                "description": "Things.",
                "methods": {
                    "list": method("GET", "/things"),
                    "get": method("GET", "/things/{{id}}"),
                    "delete": method("DELETE", "/things/{{id}}"),
                    "newest": method("GET", "/things/newest"),
                    "part": method("GET", "/things/{{id}}/parts/{{query.part}}"),
                    "fixed_part": method("GET", "/things/{{id}}/parts/first"),
                    "dotted": method("GET", "/things.json"),
                },
            }
        }
    )
)


@pytest.mark.parametrize(
    ("verb", "path", "name"),
    [
        ("GET", "/things", "list"),
        ("GET", "things/", "list"),
        ("GET", "/things/7", "get"),
        ("DELETE", "/things/7", "delete"),
        ("GET", "/things/newest", "newest"),
        ("GET", "/things/newest/parts/3", "part"),
        ("GET", "/things/7/parts/first", "fixed_part"),
        ("GET", "/things.json", "dotted"),
        ("GET", "/thingsxjson", None),
        ("POST", "/things", None),
        ("GET", "/things/7/parts", None),
        ("GET", "/things//parts/3", None),
        ("GET", "/things/7/parts/3/x", None),
        ("GET", "/", None),
    ],
)
def test_fixed_segments_win_over_placeholders(verb: str, path: str, name: str | None) -> None:
    found = MATCHER.find(verb, path)
    assert (found.name if found else None) == name
    if found:
        assert found.resource == "things"
        assert found.method is MATCHER.integration.resources["things"].methods[found.name]
