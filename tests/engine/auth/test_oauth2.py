import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import structs
from tests.support.authorization_server import (
    REDIRECT_URI,
    Misbehaviour,
    RegisteredApp,
    authorization_server,
)
from tests.support.loopback_transport import LoopbackTransport

from waypost.base.errors import (
    InvalidRequest,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
    ReauthorizationNeeded,
)
from waypost.base.secret import Secret
from waypost.engine.auth import OAuthApp, drive
from waypost.engine.auth.oauth2 import authorization_url, exchange_code, refresh
from waypost.engine.auth.pkce import new_state, new_verifier
from waypost.engine.manifest.credentials import OAuthCredentials
from waypost.engine.transport import Deadlines, OutgoingRequest

pytestmark = pytest.mark.anyio
NOW = 1_790_000_000.0
APP = OAuthApp("app one", Secret("s3cret+/ é:%"))
PUBLIC = OAuthApp("public")
QUICK = Deadlines(first_byte=5)


@pytest.fixture(scope="module")
def server():
    with authorization_server() as running:
        running.apps = {
            APP.id: RegisteredApp(APP.id, APP.secret.reveal()),
            PUBLIC.id: RegisteredApp(PUBLIC.id, None),
        }
        yield running


def oauth(server, **changes):
    return OAuthCredentials(
        authorize_url=server.authorize_url,
        token_url=server.token_url,
        scopes=("email_full", "domains_read"),
        **changes,
    )


async def consent(url):
    """Be the owner's browser: open the URL, agree, and return what the redirect carries."""
    response = await LoopbackTransport().send(OutgoingRequest("GET", url), QUICK)
    assert response.status == 302, response.parts
    location = dict(response.headers)["location"]
    assert location.startswith(REDIRECT_URI)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def code_for(settings, app, verifier, state="s"):
    url = authorization_url(
        settings, app, redirect_uri=REDIRECT_URI, state=state, verifier=verifier
    )
    return (await consent(url))["code"]


async def exchange(settings, app, code, verifier):
    flow = exchange_code(
        settings, app, code=code, redirect_uri=REDIRECT_URI, verifier=verifier, now=NOW
    )
    return await drive(flow, LoopbackTransport(), QUICK)


async def granted(settings, app=APP):
    verifier = new_verifier()
    return await exchange(settings, app, await code_for(settings, app, verifier), verifier)


async def refreshed(settings, token, app=APP, transport=None, deadlines=QUICK):
    flow = refresh(settings, app, refresh_token=token, now=NOW)
    return await drive(flow, transport or LoopbackTransport(), deadlines)


@pytest.mark.parametrize("authentication", ["body", "basic"])
@pytest.mark.parametrize("app", [APP, PUBLIC], ids=lambda app: app.id)
async def test_a_code_with_pkce_becomes_tokens(server, app, authentication):
    settings = oauth(server, client_authentication=authentication)
    verifier, state = new_verifier(), new_state()
    url = authorization_url(
        settings, app, redirect_uri=REDIRECT_URI, state=state, verifier=verifier
    )
    back = await consent(url)
    assert back["state"] == state
    tokens = await exchange(settings, app, back["code"], verifier)
    assert tokens.access_token.reveal() in server.access_tokens
    assert tokens.refresh_token.reveal() in server.grants
    assert (tokens.expires_at, tokens.raw_type) == (NOW + 3600, "Bearer")
    assert tokens.scope == "email_full domains_read"


async def test_refreshing_follows_a_provider_that_rotates(server):
    settings = oauth(server)
    first = await granted(settings)
    second = await refreshed(settings, first.refresh_token)
    assert second.access_token.reveal() != first.access_token.reveal()
    assert second.refresh_token.reveal() != first.refresh_token.reveal()
    third = await refreshed(settings, second.refresh_token)
    assert third.access_token.reveal() in server.access_tokens
    with pytest.raises(ReauthorizationNeeded):
        await refreshed(settings, first.refresh_token)


async def test_refreshing_keeps_the_token_of_a_provider_that_does_not_rotate(server):
    settings = oauth(server)
    first = await granted(settings)
    server.rotate = False
    try:
        second = await refreshed(settings, first.refresh_token)
    finally:
        server.rotate = True
    assert second.refresh_token.reveal() == first.refresh_token.reveal()


async def test_another_browsers_verifier_is_refused(server):
    settings = oauth(server)
    code = await code_for(settings, APP, new_verifier())
    with pytest.raises(ReauthorizationNeeded, match="invalid_grant") as caught:
        await exchange(settings, APP, code, new_verifier())
    assert caught.value.details == {"error": "invalid_grant"}


async def test_an_expired_code_and_a_spent_one_are_refused(server):
    settings = oauth(server)
    verifier = new_verifier()
    code = await code_for(settings, APP, verifier)
    server.now = lambda: time.time() + 61
    try:
        with pytest.raises(ReauthorizationNeeded):
            await exchange(settings, APP, code, verifier)
    finally:
        server.now = time.time
    await exchange(settings, APP, code, verifier)
    with pytest.raises(ReauthorizationNeeded):
        await exchange(settings, APP, code, verifier)


@pytest.mark.parametrize("authentication", ["body", "basic"])
async def test_a_wrong_app_secret_is_not_the_owners_fault(server, authentication):
    settings = oauth(server, client_authentication=authentication)
    verifier = new_verifier()
    code = await code_for(settings, APP, verifier)
    with pytest.raises(ProviderRefused, match="invalid_client") as caught:
        await exchange(settings, OAuthApp(APP.id, Secret("wrong-secret")), code, verifier)
    assert caught.value.status in (400, 401)
    assert caught.value.body["error"] == "invalid_client"
    assert "wrong-secret" not in repr(vars(caught.value))


PAGE = b"<html><h1>502 Bad Gateway</h1></html>"


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        (Misbehaviour(200, PAGE, "text/html"), ProviderGarbled),
        (Misbehaviour(200, b""), ProviderGarbled),
        (Misbehaviour(200, b"[1]"), ProviderGarbled),
        (Misbehaviour(200, b'{"token_type":"bearer"}'), ProviderGarbled),
        (Misbehaviour(200, b'{"access_token":7}'), ProviderGarbled),
        (Misbehaviour(502, PAGE, "text/html"), ProviderRefused),
        (Misbehaviour(401, PAGE, "text/html"), ProviderRefused),
        (Misbehaviour(302, b""), ProviderRefused),
        (Misbehaviour(400, b'{"error":"invalid_scope"}'), ProviderRefused),
        (Misbehaviour(400, b'{"error":{"code":1}}'), ProviderRefused),
        (Misbehaviour(503, b'{"error":"invalid_grant"}'), ProviderRefused),
        (Misbehaviour(400, b'{"error":"invalid_grant"}'), ReauthorizationNeeded),
        (Misbehaviour(401, b'{"error":"invalid_grant"}', "text/plain"), ReauthorizationNeeded),
        (Misbehaviour(200, b'{"error":"invalid_grant"}'), ReauthorizationNeeded),
        (Misbehaviour(200, b'{"error":"other"}'), ProviderRefused),
        (Misbehaviour(200, b"x" * 300_000), ProviderGarbled),
    ],
)
async def test_who_must_act_when_the_token_endpoint_answers_oddly(server, answered, error):
    settings = oauth(server)
    token = Secret("refresh-planted-secret")
    server.misbehave = [answered]
    with pytest.raises(error) as caught:
        await refreshed(settings, token)
    assert type(caught.value) is error
    assert "planted" not in repr(vars(caught.value)) + str(caught.value)


async def test_a_provider_that_repeats_the_token_is_not_quoted(server):
    told = b'{"error":"invalid_grant","error_description":"unknown refresh-planted-secret"}'
    server.misbehave = [Misbehaviour(400, told)]
    with pytest.raises(ReauthorizationNeeded, match=r"unknown \[secret\]") as caught:
        await refreshed(oauth(server), Secret("refresh-planted-secret"))
    assert "planted" not in repr(vars(caught.value)) + str(caught.value)


async def test_a_slow_token_endpoint_times_out(server):
    server.misbehave = [Misbehaviour(200, b"{}", seconds=0.5)]
    with pytest.raises(ProviderTimedOut):
        await refreshed(oauth(server), Secret("x"), deadlines=Deadlines(first_byte=0.05))


async def test_a_token_endpoint_that_is_not_there_is_unreachable():
    settings = OAuthCredentials(authorize_url="http://127.0.0.1:9", token_url="http://127.0.0.1:9")
    with pytest.raises(ProviderUnreachable):
        await refreshed(settings, Secret("x"))


ODD: tuple[Any, ...] = (0, -1, "soon", None, True, [], "nan", "1e999")


@pytest.mark.parametrize(
    ("expires_in", "expires_at"),
    [
        (60, NOW + 60),
        ("60", NOW + 60),
        (1.5, NOW + 1.5),
        *((odd, None) for odd in ODD),
    ],
)
async def test_every_spelling_of_expires_in(server, expires_in, expires_at):
    import json

    body = json.dumps({"access_token": "a", "expires_in": expires_in}).encode()
    server.misbehave = [Misbehaviour(200, body)]
    assert (await refreshed(oauth(server), Secret("r"))).expires_at == expires_at


async def test_tokens_in_a_form_are_read_too(server):
    form = Misbehaviour(200, b"access_token=a%20b&scope=x", "application/x-www-form-urlencoded")
    server.misbehave = [form]
    tokens = await refreshed(oauth(server), Secret("r"))
    assert (tokens.access_token.reveal(), tokens.scope) == ("a b", "x")


async def test_parameters_of_the_manifest_are_sent(server):
    settings = oauth(server, token_parameters={"audience": "https://{{credentials.region}}.x"})
    flow = refresh(settings, APP, refresh_token=Secret("r"), now=NOW, fields={"region": "eu"})
    server.misbehave = [Misbehaviour(200, b'{"access_token":"a"}')]
    await drive(flow, LoopbackTransport(), QUICK)
    assert server.asked[-1]["audience"] == "https://eu.x"


def url_of(settings, **changes):
    given = {"redirect_uri": REDIRECT_URI, "state": "s", "verifier": Secret("v" * 43)} | changes
    return authorization_url(settings, PUBLIC, **given)


def test_the_authorization_url():
    settings = OAuthCredentials(
        authorize_url="https://{{credentials.sub}}.acme.example/authorize?a=b",
        token_url="https://acme.example/token",
        scopes=("one", "two"),
        scope_separator=",",
        authorize_parameters={"access_type": "offline", "login_hint": "{{credentials.sub}}"},
    )
    url = url_of(settings, fields={"sub": "x/../y"})
    assert url.startswith("https://x%2F..%2Fy.acme.example/authorize?a=b&response_type=code&")
    query = parse_qs(urlsplit(url).query)
    assert query["scope"] == ["one,two"]
    assert query["access_type"] == ["offline"]
    assert query["login_hint"] == ["x/../y"]
    assert query["code_challenge_method"] == ["S256"]
    narrow = url_of(settings, fields={"sub": "x"}, scopes=["one"])
    assert parse_qs(urlsplit(narrow).query)["scope"] == ["one"]
    with pytest.raises(InvalidRequest):
        url_of(settings)


def test_pkce_is_on_unless_switched_off():
    settings = OAuthCredentials(authorize_url="https://a.example", token_url="https://a.example")
    with pytest.raises(ValueError, match="verifier"):
        url_of(settings, verifier=None)
    without = structs.replace(settings, pkce=False)
    assert "code_challenge" not in url_of(without, verifier=None)
