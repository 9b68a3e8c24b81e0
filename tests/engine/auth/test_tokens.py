import pytest
from tests.support.scripted_transport import ScriptedTransport, answer

from waypost.base.errors import ProviderGarbled
from waypost.base.secret import Secret
from waypost.engine.auth.tokens import OAuthApp, TokenSet, drive, token_request
from waypost.engine.transport import OutgoingRequest

pytestmark = pytest.mark.anyio
APP = OAuthApp("id", Secret("planted"))


async def test_a_flow_may_ask_several_times():
    def flow():
        first = yield OutgoingRequest("GET", "https://a.example/1")
        second = yield OutgoingRequest("GET", f"https://a.example/{first.body.decode()}")
        return TokenSet(Secret(second.body.decode()))

    transport = ScriptedTransport([answer(200, b"2"), answer(200, b"token")])
    tokens = await drive(flow(), transport)
    assert tokens.access_token.reveal() == "token"
    assert [request.url for request in transport.requests] == [
        "https://a.example/1",
        "https://a.example/2",
    ]
    assert all(response.closed for response in transport.responses)


async def test_a_flow_without_tokens_is_no_success():
    def flow():
        yield OutgoingRequest("GET", "https://a.example")

    with pytest.raises(ProviderGarbled):
        await drive(flow(), ScriptedTransport([answer()]))


def test_a_client_authenticates_in_the_body_or_in_the_header_never_both():
    url = "https://a.example/token"
    body = token_request(url, APP, {"a": "1", "b": None}, client_authentication="body")
    assert body.body == b"a=1&client_id=id&client_secret=planted"
    assert "authorization" not in dict(body.headers)
    header = token_request(url, APP, {"a": "1"}, client_authentication="basic")
    assert header.body == b"a=1"
    assert dict(header.headers)["authorization"].startswith("Basic ")
    public = token_request(url, OAuthApp("id"), {}, client_authentication="basic")
    assert public.body == b"client_id=id"


def test_nothing_shows_a_token():
    tokens = TokenSet(Secret("planted"), Secret("planted"))
    assert "planted" not in repr(tokens) + repr(APP)
