"""The pages made from the code are fresh, and what they are made from is complete."""

import pytest
from tests.house.tree import FLOORS, PACKAGE, ROOT, SANDBOX
from tools.interfaces import openapi, operations, tokens
from tools.reference import PAGES, WHO_ACTS, all_errors, promise_of, rooms

from waypost.base.declared import fields
from waypost.base.errors import WaypostError
from waypost.base.settings import Settings
from waypost.entrypoints.http.problems import STATUSES


@pytest.mark.parametrize("name", PAGES)
def test_page_is_fresh(name: str) -> None:
    path = ROOT / name
    assert path.exists(), f"run ./dev docs, which writes {name}"
    assert path.read_text() == PAGES[name](), f"{name} is stale; run ./dev docs"


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_error_is_documented(kind: type[WaypostError]) -> None:
    assert kind.__dict__.get("__doc__"), "its first docstring line is its default message"
    assert "code" in kind.__dict__, "each error has a stable code of its own"
    assert kind in STATUSES, "give it a status in entrypoints/http/problems.py"
    if kind is not WaypostError:
        assert issubclass(kind, tuple(WHO_ACTS)), "say who must act: put it into a family"
        page = (ROOT / "docs" / "reference" / "errors.md").read_text()
        assert f"### `{kind.code}`" in page


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in all_errors()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", fields(Settings))
def test_setting_is_described(name: str) -> None:
    assert fields(Settings)[name].declared.description, "say what it does, in one sentence"


def test_every_route_is_in_the_reference_with_its_token() -> None:
    page = (ROOT / "docs" / "reference" / "http.md").read_text()
    rows = {
        line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")
    }
    described = [(f"`{verb} {path}`", verb, path) for path, verb, _ in operations(openapi())]
    assert len(described) > 90
    for name, verb, path in described:
        assert f"| {tokens(verb, path)} |" in rows[name], "run ./dev docs"
    assert "| operator |" in rows["`POST /vault/rotate`"]
    assert "| API token, account token |" in rows["`GET /proxy/{resource}`"]


def test_every_room_says_what_it_promises() -> None:
    packages = [*PACKAGE.rglob("__init__.py"), *SANDBOX.rglob("__init__.py")]
    silent = [str(p.relative_to(ROOT)) for p in packages if not promise_of(p).endswith((".", "!"))]
    assert not silent, f"open each with one line that says what the room promises: {silent}"


def test_every_room_is_in_the_architecture() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for floor in FLOORS:
        for name, promise in rooms(PACKAGE / floor):
            assert f"| `{name}` | {promise} |" in page, "run ./dev docs"
    assert len(page.splitlines()) <= 200, "ARCHITECTURE.md is read in one sitting: 200 lines"
