"""Signing in at a real authorization server, away and back."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.support.authorization_server import (
    AuthorizationServer,
    Misbehaviour,
    RegisteredApp,
    authorization_server,
)
from tests.support.databases import bytes_on_disk
from tests.support.link_world import LinkWorld, Shop, link_world

APP = ("waypost-tests", "waypost-tests-secret")


@pytest.fixture(scope="module")
def oauth() -> Iterator[AuthorizationServer]:
    with authorization_server() as server:
        yield server


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, oauth: AuthorizationServer
) -> Iterator[LinkWorld]:
    folder = tmp_path_factory.mktemp("oauth")
    with link_world(folder, authorization_url=oauth.url) as running:
        callback = f"{running.url}/connect-account/callback"
        oauth.apps["waypost-tests"] = RegisteredApp(*APP, (callback,))
        yield running


@pytest.fixture
def shop(world: LinkWorld) -> Shop:
    return world.shop()


def begin(shop: Shop, token: str, accept: str = "application/json") -> httpx.Response:
    body = {"link_token": token, "integration": "acme", "auth_format": "oauth2"}
    headers = {"accept": accept}
    return shop.world.http.post("/connect-account/link", json=body, headers=headers)


def consent(oauth: AuthorizationServer, shop: Shop, address: str) -> str:
    """Allow it at the provider; return where the browser is sent back to. Its tokens are good."""
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code == 302, answer.text
    shop.world.provider.accepted |= {f"access-{number}" for number in range(1, 200)}
    return str(answer.headers["location"])


def come_back(shop: Shop, address: str, **changes: str) -> httpx.Response:
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return shop.world.http.get("/connect-account/callback", params=query | changes)


def test_away_and_back(shop: Shop, oauth: AuthorizationServer) -> None:
    token = shop.link_token(scopes=["read", "write"], redirect_uri="https://app.example/")
    address = begin(shop, token).json()["redirect_url"]
    query = parse_qs(urlsplit(address).query)
    assert address.startswith(oauth.authorize_url)
    assert query["code_challenge_method"] == ["S256"]
    assert query["scope"] == ["read write"]
    assert token not in address
    page = come_back(shop, consent(oauth, shop, address))
    assert page.status_code == 200, page.text
    assert "Acme Mail is connected" in page.text
    assert "https://app.example/?result=success" in page.text
    (account,) = shop.accounts()
    assert (account.status, account.authentication_method) == ("active", "oauth2")
    assert set(shop.secrets(account.id)) >= {"access_token", "refresh_token"}
    assert account.credentials_expire_at is not None
    assert "access-" not in page.text
    assert oauth.asked[-1]["code_verifier"] not in page.text
    assert shop.page(token).status_code == 410


def test_the_ways_to_ask(shop: Shop, oauth: AuthorizationServer) -> None:
    token = shop.link_token()
    streamed = begin(shop, token, "application/x-ndjson").json()
    assert streamed["type"] == "redirect"
    assert streamed["url"].startswith(oauth.authorize_url)
    form = {"link_token": token, "integration": "acme", "auth_format": "oauth2"}
    plain = shop.world.http.post(
        "/connect-account/link", data=form, headers={"accept": "text/html"}
    )
    assert plain.status_code == 303
    assert plain.headers["location"].startswith(oauth.authorize_url)
    page = shop.page(token, integration="acme", auth_format="oauth2")
    assert f"form-action 'self' {oauth.url};" in page.headers["content-security-policy"]
    assert "Continue to Acme Mail" in page.text


def test_a_visit_comes_back_once(shop: Shop, oauth: AuthorizationServer) -> None:
    token = shop.link_token()
    back = consent(oauth, shop, begin(shop, token).json()["redirect_url"])
    assert come_back(shop, back).status_code == 200
    again = come_back(shop, back)
    assert again.status_code == 404
    assert "already come back" in again.text
    for state in ("", "nonsense", "ünknown"):
        assert come_back(shop, back, state=state).status_code == 404


def test_saying_no_leaves_the_link_usable(shop: Shop, oauth: AuthorizationServer) -> None:
    token = shop.link_token()
    state = parse_qs(urlsplit(begin(shop, token).json()["redirect_url"]).query)["state"][0]
    page = come_back(shop, "https://x/?a=b", state=state, error="access_denied")
    assert page.status_code == 422
    assert "was not allowed at Acme Mail" in page.text
    assert "connection_error" in page.text
    assert f"link_token={token}" in page.text
    assert shop.accounts() == []
    back = consent(oauth, shop, begin(shop, token).json()["redirect_url"])
    assert come_back(shop, back).status_code == 200


def test_the_providers_own_words_are_escaped(shop: Shop) -> None:
    token = shop.link_token()
    state = parse_qs(urlsplit(begin(shop, token).json()["redirect_url"]).query)["state"][0]
    said = "<script>alert(1)</script>"
    page = come_back(
        shop, "https://x/?a=b", state=state, error="server_error", error_description=said
    )
    assert said not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    ("misbehaviour", "words"),
    [
        (Misbehaviour(400, b'{"error": "invalid_grant"}'), "did not grant access"),
        (Misbehaviour(500, b"<html>", "text/html"), "could not be reached to finish"),
        (Misbehaviour(200, b"<html>", "text/html"), "could not be reached to finish"),
    ],
)
def test_no_tokens(
    shop: Shop, oauth: AuthorizationServer, misbehaviour: Misbehaviour, words: str
) -> None:
    back = consent(oauth, shop, begin(shop, shop.link_token()).json()["redirect_url"])
    oauth.misbehave.append(misbehaviour)
    page = come_back(shop, back)
    assert page.status_code == 422
    assert words in page.text
    assert "Try again" in page.text
    assert shop.accounts() == []


def test_client_credentials(shop: Shop, oauth: AuthorizationServer) -> None:
    token = shop.link_token()

    def submit(secret: str) -> httpx.Response:
        body = {
            "link_token": token,
            "integration": "acme",
            "auth_format": "oauth2_client_credentials",
            "fields": {"client_id": APP[0], "client_secret": secret},
        }
        return shop.world.http.post("/connect-account/link", json=body)

    shop.world.provider.accepted |= {f"access-{number}" for number in range(1, 200)}
    wrong = submit("wrong-secret")
    assert wrong.status_code == 422
    assert wrong.json()["details"]["error_type"] == "connection_error"
    assert "wrong-secret" not in wrong.text
    assert shop.accounts() == []
    right = submit(APP[1])
    assert right.status_code == 200, right.text
    (account,) = shop.accounts()
    assert account.context["client_id"] == APP[0]
    assert "client_secret" not in account.context
    assert {"access_token", "client_secret"} <= set(shop.secrets(account.id))


def test_nothing_of_a_visit_is_readable_on_disk(shop: Shop, world: LinkWorld) -> None:
    token = shop.link_token()
    address = begin(shop, token).json()["redirect_url"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    on_disk = bytes_on_disk(Path(world.data_dir))
    for secret in (token, state):
        assert secret.encode() not in on_disk
