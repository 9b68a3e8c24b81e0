"""Linking over HTTP: orders, nonsense, and who may submit."""

from typing import Any

import pytest
from tests.support.link_world import LinkWorld, Shop


def linked(shop: Shop, key: str = "good-old", **fields: str) -> str:
    answer = shop.submit(shop.link_token(), api_token=key, **fields)
    return str(answer.json()["integrated_account_id"])


# ---- POST /link-token ----


def test_a_link_token_is_made(shop: Shop) -> None:
    answer = shop.order(tenant_id="t", redirect_uri="https://app.example/back")
    assert list(answer.json()) == ["link_token"]
    assert len(answer.json()["link_token"]) >= 43
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "exactly one"),
        ({"tenant_id": "t", "integrated_account_id": "a"}, 400, "exactly one"),
        (
            {"tenant_id": "t", "redirect_url": "https://a.example"},
            400,
            "did you mean 'redirect_uri'?",
        ),
        ({"tenant_id": "t", "context": {"n": 1 << 70}}, 400, "64 bits"),
        ({"integrated_account_id": "nobody"}, 404, "no such integrated account"),
        ({"tenant_id": "t", "environment_unified_model_id": "nothing"}, 404, "unified model"),
    ],
)
def test_a_wrong_order_is_refused(
    shop: Shop, body: dict[str, Any], status: int, words: str
) -> None:
    answer = shop.order(**body)
    assert answer.status_code == answer.json()["statusCode"] == status
    assert words in answer.json()["message"]


def test_an_order_may_come_as_text(shop: Shop, world: LinkWorld) -> None:
    """Published clients send JSON without saying so."""
    for content, status in ((b'{"tenant_id": "t"}', 200), (b'{"tenant_id": ', 400), (b"[]", 400)):
        headers = {"authorization": f"Bearer {shop.api_token}", "content-type": "text/plain"}
        assert (
            world.http.post("/link-token", content=content, headers=headers).status_code == status
        )


def test_an_order_needs_an_api_token(world: LinkWorld, shop: Shop) -> None:
    assert world.http.post("/link-token", json={"tenant_id": "t"}).status_code == 401
    account = shop.submit(shop.link_token(), api_token="good-for-token").json()[
        "integrated_account_id"
    ]
    session = world.run(world.kernel.environments.create_account_token(shop.id, account)).reveal()
    headers = {"authorization": f"Bearer {session}"}
    assert (
        world.http.post("/link-token", json={"tenant_id": "t"}, headers=headers).status_code == 403
    )


def test_another_environments_account_cannot_be_ordered(world: LinkWorld, shop: Shop) -> None:
    account = shop.submit(shop.link_token(), api_token="good-elsewhere").json()[
        "integrated_account_id"
    ]
    assert world.shop().order(integrated_account_id=account).status_code == 404


# ---- nonsense ----


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"link_token": ', 400, "not valid JSON"),
        (b"[]", 400, "JSON object"),
        (b'{"link_token": "x", "felds": {}}', 400, "did you mean 'fields'?"),
        (b'{"link_token": "x", "fields": []}', 400, "'fields' must be an object"),
        (b'{"link_token": 7}', 404, "not known"),
        (b'{"link_token": "\\ud800"}', 400, ""),
        (b'{"link_token": "\xff"}', 400, "UTF-8"),
        (b'{"fields": {"a": "' + b"x" * 300_000 + b'"}}', 413, "larger"),
    ],
)
def test_nonsense_is_refused(world: LinkWorld, body: bytes, status: int, words: str) -> None:
    answer = world.http.post("/connect-account/link", content=body)
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_the_integration_and_format_must_fit(shop: Shop) -> None:
    token = shop.link_token()
    assert "'integration' is needed" in shop.submit(token, None).json()["message"]
    assert "did you mean 'acme'" in shop.submit(token, "acne").json()["message"]
    body = {"link_token": token, "integration": "acme", "auth_format": "keka_oauth"}
    answer = shop.world.http.post("/connect-account/link", json=body)
    assert answer.status_code == 400
    assert "not supported" in answer.json()["message"]


# ---- who may submit ----


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"sec-fetch-site": "same-origin"}, 404),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 404),
        ({"sec-fetch-site": "none"}, 404),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_other_sites_may_not_submit(world: LinkWorld, headers: dict[str, str], status: int) -> None:
    answer = world.http.post("/connect-account/link", json={"link_token": "x"}, headers=headers)
    assert answer.status_code == status
    own = {"origin": world.url}
    assert world.http.post("/connect-account/link", json={}, headers=own).status_code == 404


# ---- the form after linking ----


def test_no_integration_has_a_form_after_linking(shop: Shop, world: LinkWorld) -> None:
    account_id = linked(shop)
    session = world.run(
        world.kernel.environments.create_account_token(shop.id, account_id)
    ).reveal()
    path = "/connect-account/post-connect"
    query = {"integrated_account_session_token": session, "iframe": "true", "integration": "acme"}
    known = world.http.get(path, params=query)
    assert known.status_code == 200
    assert "RapidForm is not setup." in known.text
    assert "rapid_form_error" in known.text
    assert "frame-ancestors *" in known.headers["content-security-policy"]
    for bad in ("", "nonsense", shop.api_token):
        page = world.http.get(path, params={**query, "integrated_account_session_token": bad})
        assert page.status_code == 401
        assert "not valid or has expired" in page.text
    headers = {"authorization": f"Bearer {session}"}
    form = world.http.post("/link-token/post-connect-form", json={}, headers=headers)
    assert form.status_code == 404
