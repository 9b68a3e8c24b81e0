import pytest
from tests.support.scripted_transport import ScriptedResponse, answer

from waypost.base.errors import ProviderGarbled, ProviderUnreachable
from waypost.engine.transport import OutgoingRequest, header, read_whole

pytestmark = pytest.mark.anyio


async def test_a_response_is_read_to_its_end_and_closed():
    response = ScriptedResponse(201, (("x-a", "1"), ("x-a", "2")), [b"ab", b"", b"c"])
    whole = await read_whole(response, 3)
    assert (whole.status, whole.body, whole.header("x-a")) == (201, b"abc", "1")
    assert whole.header("x-b") is None
    assert response.closed


async def test_more_than_the_limit_is_refused_at_the_chunk_that_passes_it():
    response = ScriptedResponse(200, (), [b"ab", b"cd", b"never read"])
    with pytest.raises(ProviderGarbled, match="larger than 3 bytes") as caught:
        await read_whole(response, 3)
    assert caught.value.status == 200
    assert response.closed


async def test_a_response_that_breaks_is_closed_too():
    response = ScriptedResponse(200, (), [b"ab"], breaks_with=ProviderUnreachable("cut"))
    with pytest.raises(ProviderUnreachable):
        await read_whole(response, 100)
    assert response.closed


def test_a_request_shows_nothing_of_what_it_carries():
    request = OutgoingRequest(
        "GET", "https://x.example/?key=planted", (("authorization", "planted"),), b"planted"
    )
    assert "planted" not in repr(request)


def test_the_first_of_a_repeated_header_counts():
    assert header((("a", "1"), ("b", "2"), ("a", "3")), "a") == "1"
    assert header(answer(204).headers, "a") is None
