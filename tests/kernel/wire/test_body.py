"""Bodies: read whatever their content type, refused by name."""

from typing import Any

import pytest
from pydantic import Field

from waypost.base.errors import InvalidRequest, NotFound, PayloadTooLarge
from waypost.kernel.environments import Caller
from waypost.kernel.wire import Body, at_home, read_body
from waypost.kernel.wire.body import MOST_BYTES, parse_body

pytestmark = pytest.mark.anyio


class Letter(Body):
    ignored = frozenset({"created_at"})
    subject: str
    copies: int = 1
    notes: str | None = None
    check: bool = Field(default=False, alias="validate")


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"headers": list(headers), "method": "POST", "path": "/", "query_string": b""}


def sending(body: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def test_json_as_text_plain_is_json() -> None:
    headers = (b"content-type", b"text/plain;charset=UTF-8")
    letter = await read_body(scope(headers), sending(b'{"subject": "hi"}'), Letter)
    assert (letter.subject, letter.copies) == ("hi", 1)


async def test_an_empty_body_is_an_empty_object() -> None:
    class Nothing(Body):
        name: str = "none"

    assert (await read_body(scope(), sending(b" "), Nothing)).name == "none"


async def test_too_large() -> None:
    length = (b"content-length", str(MOST_BYTES + 1).encode())
    with pytest.raises(PayloadTooLarge):
        await read_body(scope(length), sending(b""), Letter)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b"\xff", b"null"])
async def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        await read_body(scope(), sending(raw), Letter)


def test_only_what_was_written_is_given() -> None:
    letter = parse_body({"subject": "hi", "notes": None, "created_at": "now"}, Letter)
    assert letter.given() == {"subject": "hi", "notes": None}
    assert letter.has("notes")
    assert not letter.has("copies")
    assert parse_body({"subject": "hi", "validate": True}, Letter).check is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "'subject' is missing"),
        ({"subjekt": "x", "subject": "y"}, "'subjekt' is not known; did you mean 'subject'?"),
        ({"subject": "x", "check": True}, "'check' is not known"),
        ({"subject": 5}, "'subject': input should be a valid string"),
        ({"subject": "x", "copies": "2"}, "'copies': input should be a valid integer"),
    ],
)
def test_a_fault_is_named(body: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_body(body, Letter)
    assert message in caught.value.message
    assert caught.value.details["failures"][0]["message"] in caught.value.message


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_body({"subject": ["planted-secret"]}, Letter)
    assert "planted" not in str(caught.value.details) + caught.value.message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "raw",
    [
        b'{"subject": "\\u0000"}',
        b'{"subject": "\\\\\\u0000"}',
        b'{"subject": "\\ud800"}',
        b'{"subject": "x", "copies": 100000000000000000000}',
        b'{"subject": ' + b"[" * 400 + b"]" * 400 + b"}",
    ],
)
async def test_what_no_database_can_hold_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest, match="The body"):
        await read_body(scope(), sending(raw), Letter)


async def test_a_backslash_before_u0000_is_text() -> None:
    letter = await read_body(scope(), sending(b'{"subject": "\\\\u0000"}'), Letter)
    assert letter.subject == "\\u0000"


HOME = Caller("api_token", environment_id="env-1")


@pytest.mark.parametrize("value", [{}, {"environment_id": "env-1"}, {"environment_id": None}])
def test_a_body_may_name_the_callers_own_environment(value: dict[str, Any]) -> None:
    assert at_home({**value, "subject": "hi"}, HOME) == {"subject": "hi"}


@pytest.mark.parametrize("named", ["env-2", "", "ENV-1", 1, True, ["env-1"], {"id": "env-1"}])
def test_another_environment_is_not_found(named: Any) -> None:
    with pytest.raises(NotFound):
        at_home({"environment_id": named}, HOME)


@pytest.mark.parametrize("value", [[], "text", None, 1])
def test_what_is_no_object_is_left_to_whoever_reads_it(value: Any) -> None:
    assert at_home(value, HOME) == value


async def test_only_a_model_that_asks_for_an_environment_sees_one() -> None:
    class Order(Body):
        environment_id: str

    known = {**scope(), "waypost.caller": HOME}
    order = await read_body(known, sending(b'{"environment_id": "env-2"}'), Order)
    assert order.environment_id == "env-2"
    with pytest.raises(NotFound):
        await read_body(known, sending(b'{"environment_id": "env-2", "subject": "x"}'), Letter)
    body = b'{"environment_id": "env-1", "subject": "x"}'
    assert (await read_body(known, sending(body), Letter)).subject == "x"
