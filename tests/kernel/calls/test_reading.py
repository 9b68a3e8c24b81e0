from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.base.asgi import PlainRequest
from waypost.base.errors import InvalidRequest, PayloadTooLarge
from waypost.engine.query import encode_query
from waypost.kernel.calls.reading import Reading, read_request

pytestmark = pytest.mark.anyio

NAMES = st.text("abcxyz", min_size=1, max_size=4)
VALUES = st.one_of(st.text(max_size=5), st.lists(st.text(min_size=1, max_size=3), min_size=2))


def request(
    query: str = "", body: bytes = b"", kind: str | None = None, verb: str = "POST"
) -> PlainRequest:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())] if kind is not None else []
    scope = {"method": verb, "path": "/x", "query_string": query.encode(), "headers": headers}
    return PlainRequest(scope, receive)


async def read(*arguments: Any, **named: Any) -> Reading:
    return await read_request(request(*arguments, **named), 1000)


async def test_query_is_taken_apart() -> None:
    reading = await read(
        "integrated_account_id=a1&limit=5&next_cursor=c&truto_key_by=id&remote_query[x]=1&y[z]=2"
    )
    assert reading.account_id == "a1"
    assert (reading.limit, reading.cursor) == (5, "c")
    assert reading.switches == {"truto_key_by": "id"}
    assert reading.remote_query == {"x": "1"}
    assert reading.query == {"y": {"z": "2"}}
    assert "integrated_account_id" not in reading.raw_query


@pytest.mark.parametrize("name", ["integrated_acount_id", "integratedAccountId", "integrated_id"])
async def test_a_misspelt_account_is_named(name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"'{name}' .* did you mean integrated_account_id"):
        await read(f"{name}=a1")
    assert (await read(f"integrated_account_id=a1&{name}=x")).query == {name: "x"}


@pytest.mark.parametrize("query", ["", "limit=", "next_cursor=", "prev_cursor=&next_cursor="])
async def test_empty_is_absent(query: str) -> None:
    reading = await read(query)
    assert (reading.limit, reading.cursor) == (None, None)


async def test_either_cursor_counts() -> None:
    assert (await read("prev_cursor=p")).cursor == "p"
    assert (await read("prev_cursor=p&next_cursor=n")).cursor == "n"


@pytest.mark.parametrize("limit", ["0", "-1", "5001", "1.5", "x", "1e3", "٣", "9" * 10_000])
async def test_limit_is_a_number_in_range(limit: str) -> None:
    with pytest.raises(InvalidRequest, match="limit is a whole number from 1 to 5000"):
        await read(f"limit={limit}")


@pytest.mark.parametrize(
    "query",
    ["integrated_account_id=a&integrated_account_id=b", "next_cursor[]=a", "remote_query=x"],
)
async def test_wrong_types_are_named(query: str) -> None:
    with pytest.raises(InvalidRequest, match=query.partition("=")[0].partition("[")[0]):
        await read(query)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("true", True), ("1", True), ("YES", True), ("false", False), ("", False), ("0", False)],
)
async def test_flags(text: str, wanted: bool) -> None:
    assert (await read(f"truto_x={text}")).flag("truto_x") is wanted
    assert (await read()).flag("truto_x") is False


@pytest.mark.parametrize("query", ["truto_x=maybe", "truto_x[]=true", "truto_x=1&truto_x=1"])
async def test_flag_that_is_none(query: str) -> None:
    reading = await read(query)
    with pytest.raises(InvalidRequest, match="truto_x is true or false"):
        reading.flag("truto_x")


@pytest.mark.parametrize(
    "query",
    [
        "truto_x=a,b",
        "truto_x[]=a&truto_x[]=b",
        "truto_x[0]=a&truto_x[1]=b",
        "truto_x=a&truto_x=b",
        "truto_x=a, b,",
        "truto_x[]=a,b",
    ],
)
async def test_words_in_every_spelling(query: str) -> None:
    assert (await read(query.replace(" ", "%20"))).words("truto_x") == ["a", "b"]


async def test_words_that_are_none() -> None:
    assert (await read()).words("truto_x") == []
    reading = await read("truto_x[a]=b")
    with pytest.raises(InvalidRequest, match="truto_x is a list of names"):
        reading.words("truto_x")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain;charset=UTF-8", None, "", FORM, f"{FORM}; charset=x"]
)
async def test_json_is_read_whatever_its_label(kind: str | None) -> None:
    reading = await read("", b'{"a": 12345678901234567890}', kind)
    assert reading.body == {"a": 12345678901234567890}
    assert (reading.raw_body_type, reading.body_size) == (None, 27)


async def test_json_sent_by_curl_may_be_a_list_and_begin_late() -> None:
    assert (await read("", b'\n [{"a": 1}]', FORM)).body == [{"a": 1}]


@pytest.mark.parametrize("body", [b"email=a%40b.test&name=Ada", b"12", b"\x00", b'"text"'])
async def test_a_form_is_refused_with_the_type_to_send(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"application/json.*truto_body_passthrough=true"):
        await read("", body, FORM)


async def test_broken_json_sent_by_curl_is_refused_as_json() -> None:
    with pytest.raises(InvalidRequest, match="not valid JSON"):
        await read("", b'{"a": ', FORM)


async def test_a_form_that_asks_for_it_stays_bytes() -> None:
    reading = await read("truto_body_passthrough=true", b"a=1", FORM)
    assert (reading.body, reading.raw_body_type) == (b"a=1", FORM)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/octet-stream"])
async def test_files_stay_bytes(kind: str) -> None:
    reading = await read("", b"\x00", kind)
    assert (reading.body, reading.raw_body_type) == (b"\x00", kind)


async def test_passthrough_of_the_body_keeps_bytes_of_any_kind() -> None:
    reading = await read("truto_body_passthrough=true", b"{x", "text/odd")
    assert (reading.body, reading.raw_body_type) == (b"{x", "text/odd")
    reading = await read("truto_body_passthrough=true", b"{x")
    assert reading.raw_body_type == "application/octet-stream"


async def test_no_body_is_none_and_a_get_has_none() -> None:
    assert (await read("", b"")).body is None
    assert (await read("", b"{}", verb="GET")).body is None


async def test_body_past_the_limit() -> None:
    with pytest.raises(PayloadTooLarge):
        await read("", b"x" * 1001)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
async def test_a_query_that_is_not_ours_is_read_as_it_was_meant(query: dict[str, Any]) -> None:
    reading = await read(encode_query(query))
    assert reading.query == query == reading.raw_query
