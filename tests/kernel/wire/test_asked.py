"""Who is asking, and with which query."""

import pytest

from waypost.base.errors import Forbidden, InvalidRequest, Unauthenticated
from waypost.kernel.environments import Caller
from waypost.kernel.wire import asked


def test_the_query_is_nested_and_its_leaves_are_texts() -> None:
    raw = b"created_at[gt]=2026-01-01&id[]=a&id[]=b&limit=5&next_cursor="
    ask = asked({"waypost.caller": Caller("api_token", "e1"), "query_string": raw, "path": "/"})
    assert ask.environment_id == "e1"
    assert ask.query == {
        "created_at": {"gt": "2026-01-01"},
        "id": ["a", "b"],
        "limit": "5",
        "next_cursor": "",
    }


def test_the_operator_has_no_environment() -> None:
    ask = asked({"waypost.caller": Caller("operator"), "query_string": b"", "path": "/"})
    with pytest.raises(Forbidden):
        _ = ask.environment_id


def test_without_a_caller_nothing_is_asked() -> None:
    with pytest.raises(Unauthenticated):
        asked({"waypost.caller": None, "query_string": b"", "path": "/"})


def test_a_broken_query_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        asked({"waypost.caller": Caller("operator"), "query_string": b"a=%ff", "path": "/"})


@pytest.mark.parametrize(("path", "query"), [("/webhook/\0", b""), ("/webhook", b"id=%00")])
def test_a_character_that_no_database_takes(path: str, query: bytes) -> None:
    with pytest.raises(InvalidRequest, match="U\\+0000"):
        asked({"waypost.caller": Caller("api_token", "e1"), "query_string": query, "path": path})
