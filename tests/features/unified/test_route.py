import pytest

from waypost.base.errors import MethodNotSupported, NotFound
from waypost.engine.manifest.loaded import Catalog
from waypost.engine.manifest.strict import checked
from waypost.engine.manifest.unified import UnifiedModel
from waypost.features.unified.route import find_target


def model() -> UnifiedModel:
    methods = {
        name: {"description": "One."} for name in ("list", "get", "create", "update", "suspend")
    }
    resource = {"description": "A thing.", "schema": {"type": "object"}, "methods": methods}
    described = {
        "name": "user-directory",
        "label": "Users",
        "category": "x",
        "description": "Made for a test.",
        "resources": {"users": resource, "role_assignments": resource},
    }
    return checked(UnifiedModel, described)


CATALOG = Catalog({}, {"user-directory": model()})


@pytest.mark.parametrize(
    ("verb", "tail", "wanted"),
    [
        ("GET", "user-directory/users", ("users", "list", None)),
        ("GET", "user_directory/users/", ("users", "list", None)),
        ("GET", "user-directory/users/a%2Fb", ("users", "get", "a/b")),
        ("POST", "user-directory/users", ("users", "create", None)),
        ("POST", "user-directory/users/suspend", ("users", "suspend", None)),
        ("PATCH", "user-directory/users/7", ("users", "update", "7")),
        ("PUT", "user-directory/users", ("users", "update", None)),
        ("DELETE", "user-directory/users/7", ("users", "delete", "7")),
        ("GET", "user-directory/role-assignments", ("role_assignments", "list", None)),
        ("GET", "user-directory/role_assignments", ("role_assignments", "list", None)),
    ],
)
def test_path_means_a_method(verb, tail, wanted) -> None:
    target = find_target(CATALOG, verb, tail)
    assert (target.resource, target.method, target.id) == wanted


def test_meta_questions() -> None:
    own = find_target(CATALOG, "GET", "user-directory/users/meta/list")
    assert (own.meta_of, own.integration) == ("list", None)
    named = find_target(CATALOG, "GET", "user-directory/users/acme/meta/get")
    assert (named.meta_of, named.integration) == ("get", "acme")


@pytest.mark.parametrize(
    ("verb", "tail", "kind", "said"),
    [
        ("GET", "user-directry/users", NotFound, "did you mean 'user-directory'"),
        ("GET", "user-directory/user", NotFound, "did you mean 'users'"),
        ("GET", "user-directory", NotFound, "Use /unified/"),
        ("GET", "user-directory/users/1/2", NotFound, "Use /unified/"),
        ("GET", "user-directory/users/meta/lst", NotFound, "did you mean 'list'"),
        ("POST", "user-directory/users/suspnd", NotFound, "did you mean 'suspend'"),
        ("POST", "user-directory/users/create", NotFound, "no method 'create'"),
        ("OPTIONS", "user-directory/users", MethodNotSupported, "OPTIONS"),
        ("HEAD", "user-directory/users", MethodNotSupported, "HEAD"),
    ],
)
def test_what_is_not_there_suggests_the_nearest(verb, tail, kind, said) -> None:
    with pytest.raises(kind) as caught:
        find_target(CATALOG, verb, tail)
    assert said in caught.value.message
