"""The link page over HTTP: what it shows, what it keeps to itself, and the plain form."""

import html
import json
import re

import httpx
import pytest
from tests.support.link_world import LinkWorld, Shop

# ---- the page ----


def test_the_page_lists_what_is_installed(shop: Shop) -> None:
    page = shop.page(shop.link_token())
    assert page.status_code == 200
    assert [re.findall("Acme Mail|Globex|Initech", page.text)]
    assert "integration=acme" in page.text
    assert "globex" not in shop.page(shop.link_token(), integrations="acme,initech").text


def test_one_integration_needs_no_choice(world: LinkWorld) -> None:
    shop = world.shop("globex")
    page = shop.page(shop.link_token())
    assert "Connect Globex" in page.text
    assert "data-back" not in page.text


def test_hidden_and_disabled_integrations(world: LinkWorld) -> None:
    shop = world.shop("acme", "globex", "initech")

    async def change() -> None:
        installs = world.kernel.installs
        by_name = {one.integration: one.id for one in (await installs.list(shop.id)).items}
        await installs.update(shop.id, by_name["globex"], {"show_in_catalog": False})
        await installs.update(shop.id, by_name["initech"], {"is_enabled": False})

    world.run(change())
    token = shop.link_token()
    assert "Connect Acme Mail" in shop.page(token).text
    assert shop.page(token, integration="globex").status_code == 200
    assert shop.page(token, integration="initech").status_code == 404
    assert shop.submit(token, "initech", key="good-x").status_code == 404


def test_nothing_installed(world: LinkWorld, shop: Shop) -> None:
    empty = world.shop("acme")

    async def remove() -> None:
        install = (await world.kernel.installs.list(empty.id)).items[0]
        await world.kernel.installs.update(empty.id, install.id, {"is_enabled": False})

    world.run(remove())
    page = empty.page(empty.link_token())
    assert page.status_code == 404
    assert "Nothing can be connected here yet" in page.text
    assert "switch an integration on with POST /environment-integration" in page.text
    answer = empty.submit(empty.link_token(), "acme", api_token="k")
    assert answer.status_code == 404
    assert "POST /environment-integration" in answer.json()["message"]


def test_a_link_narrowed_to_nothing_says_so(shop: Shop) -> None:
    page = shop.page(shop.link_token(), integrations="hooli")
    assert page.status_code == 404
    assert "Nothing that can be connected fits this link" in page.text
    assert "environment_unified_model_id" in page.text


def test_an_unknown_integration_suggests_the_nearest(shop: Shop) -> None:
    page = shop.page(shop.link_token(), integration="acmee")
    assert page.status_code == 404
    assert "did you mean &#39;acme&#39;?" in page.text
    assert "integration=acme&amp;" in page.text or 'integration=acme"' in page.text
    found = re.search(r'data-outcome="([^"]+)"', page.text)
    assert found is not None
    told = json.loads(html.unescape(found[1]))
    assert told["error_type"] == "invalid_integration"
    assert told["is_truto"] is True


@pytest.mark.parametrize("unknown", ["", "nonsense"])
def test_an_unknown_link(shop: Shop, unknown: str) -> None:
    page = shop.page(unknown)
    assert page.status_code == 404
    assert "This link is not valid" in page.text
    assert "invalid_token" in page.text
    answer = shop.submit(unknown, api_token="good-x")
    assert answer.status_code == 404
    assert answer.json()["details"]["error_type"] == "invalid_token"


def test_looking_does_not_use_a_link_up(shop: Shop, world: LinkWorld) -> None:
    """Mail scanners and previews open links before people do."""
    token = shop.link_token()
    for method in ("GET", "HEAD", "GET"):
        answer = world.http.request(method, "/connect-account", params={"link_token": token})
        assert answer.status_code == 200
    assert shop.submit(token, api_token="good-x").status_code == 200


def test_every_page_keeps_to_itself(shop: Shop) -> None:
    token = shop.link_token()
    for page in (shop.page(token), shop.page(token, integration="acme"), shop.page("x")):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "cross-origin-opener-policy" not in page.headers
    assert "frame-ancestors *" in shop.page(token, iframe="true").headers["content-security-policy"]


def test_files_of_the_page(world: LinkWorld, shop: Shop) -> None:
    page = shop.page(shop.link_token(), integration="acme").text
    for path in re.findall(r'(?:src|href)="(/static/link/[^"]+)"', page):
        assert world.http.get(path).status_code == 200
    logo = world.http.get("/static/link/logo/acme")
    assert logo.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in logo.headers["content-security-policy"]
    assert world.http.get("/static/link/logo/globex").status_code == 404
    assert world.http.get("/static/link/logo/..%2f..%2fsecret").status_code == 404


# ---- context ----


def test_the_tokens_context_wins_and_is_never_shown(shop: Shop) -> None:
    context = {"api_token": "good-provided", "region": "us", "plan": "gold"}
    token = shop.link_token(context=context)
    page = shop.page(token, integration="acme").text
    assert "good-provided" not in page
    assert "Already provided" in page
    answer = shop.submit(token, api_token="typed-key", region="eu").json()
    account = shop.account(answer["integrated_account_id"])
    assert account.context == {"region": "us", "plan": "gold"}
    assert shop.secrets(account.id)["api_token"] == "good-provided"


# ---- without scripts ----


def plain(shop: Shop, token: str, **fields: str) -> httpx.Response:
    form = {"link_token": token, "integration": "acme", "auth_format": "api_key", **fields}
    return shop.world.http.post("/connect-account/link", data=form, headers={"accept": "text/html"})


def test_a_plain_form_works_too(shop: Shop) -> None:
    token = shop.link_token(redirect_uri="https://app.example/back")
    wrong = plain(shop, token, api_token="wrong-key")
    assert wrong.status_code == 422
    assert "did not accept these credentials" in wrong.text
    assert "Try again" in wrong.text
    assert "wrong-key" not in wrong.text
    missing = plain(shop, token)
    assert missing.status_code == 422
    assert "API token is needed." in missing.text
    assert 'aria-invalid="true"' in missing.text
    done = plain(shop, token, api_token="good-key")
    assert done.status_code == 200
    assert "Acme Mail is connected" in done.text
    assert "&lt;b&gt;news&lt;/b&gt;.example.com" in done.text
    assert "https://app.example/back?result=success" in done.text
    assert "good-key" not in done.text
    assert plain(shop, token, api_token="good-key").status_code == 410
    assert "not valid" in plain(shop, "unknown").text
