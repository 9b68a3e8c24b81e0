import pytest
from tests.support.acme import acme as integration

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.engine.manifest.integration import Integration
from waypost.features.proxy.choose import Choice, choose

METHODS = {
    "list": "/people",
    "get": "/people/{{id}}",
    "create": "/people",
    "update": "/people/{{id}}",
    "delete": "/people/{{id}}",
    "wave": "/people/{{id}}/wave",
}
VERBS = {"create": "POST", "update": "PATCH", "delete": "DELETE", "wave": "POST"}


def described(**resources: tuple[str, ...]) -> Integration:
    return integration(
        resources={
            name: {
                "label": name,
                "methods": {
                    method: {
                        "verb": VERBS.get(method, "GET"),
                        "path": METHODS[method],
                        "description": "Made for a test.",
                    }
                    for method in methods
                },
            }
            for name, methods in resources.items()
        }
    )


PEOPLE = described(people=tuple(METHODS), quota=("get",))


@pytest.mark.parametrize(
    ("verb", "tail", "wanted"),
    [
        ("GET", "people", Choice("people", "list")),
        ("GET", "people/", Choice("people", "list")),
        ("GET", "people/7", Choice("people", "get", "7")),
        ("GET", "people/a%2Fb", Choice("people", "get", "a/b")),
        ("GET", "people/list", Choice("people", "get", "list")),
        ("POST", "people", Choice("people", "create")),
        ("POST", "people/wave", Choice("people", "wave")),
        ("PATCH", "people/7", Choice("people", "update", "7")),
        ("PUT", "people/7", Choice("people", "update", "7")),
        ("PATCH", "people", Choice("people", "update")),
        ("DELETE", "people/7", Choice("people", "delete", "7")),
    ],
)
def test_verb_and_path_mean_a_method(verb: str, tail: str, wanted: Choice) -> None:
    assert choose(PEOPLE, verb, tail) == wanted


@pytest.mark.parametrize(
    ("verb", "tail", "kind", "said"),
    [
        ("GET", "peopel", NotFound, "did you mean 'people'"),
        ("GET", "zzzzzz", NotFound, "no resource 'zzzzzz'."),
        ("POST", "people/wawe", NotFound, "did you mean 'wave'"),
        ("POST", "people/create", NotFound, "no method 'create'"),
        ("GET", "people/1/2", NotFound, "Use /proxy/"),
        ("GET", "", NotFound, "Use /proxy/"),
        ("POST", "quota", MethodNotSupported, "no method 'create'; it has: get"),
        ("DELETE", "quota/1", MethodNotSupported, "no method 'delete'"),
        ("GET", "quota", MethodNotSupported, "no method 'list'"),
        ("OPTIONS", "people", MethodNotSupported, "no method 'OPTIONS'"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(verb, tail, kind, said) -> None:
    with pytest.raises(kind, match="^.*" + said.replace("?", ".")):
        choose(PEOPLE, verb, tail)


def test_a_single_thing_is_got_without_an_id() -> None:
    single = integration(
        resources={
            "quota": {
                "label": "Quota",
                "methods": {
                    "get": {"verb": "GET", "path": "/quota", "description": "Tell the quota."}
                },
            }
        }
    )
    assert choose(single, "GET", "quota") == Choice("quota", "get")
