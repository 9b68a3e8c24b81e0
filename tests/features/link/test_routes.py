"""Linking over HTTP, against a provider on loopback: what apps, pages and programs get to see."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.support.link_world import LinkWorld, Shop, link_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkWorld]:
    with link_world(tmp_path_factory.mktemp("link")) as running:
        yield running


@pytest.fixture(scope="module")
def shop(world: LinkWorld) -> Shop:
    return world.shop()


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def stream(shop: Shop, token: str, **fields: Any) -> list[dict[str, Any]]:
    return lines(shop.submit(token, accept="application/x-ndjson", **fields))


# ---- POST /link-token ------------------------------------------------------------------------


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


# ---- the page ----------------------------------------------------------------------------------


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
    assert "Nothing can be connected here yet." in page.text


def test_an_unknown_integration_suggests_the_nearest(shop: Shop) -> None:
    page = shop.page(shop.link_token(), integration="acmee")
    assert page.status_code == 404
    assert "did you mean &#39;acme&#39;?" in page.text
    assert "integration=acme&amp;" in page.text or 'integration=acme"' in page.text
    told = json.loads(
        re.search(r'data-outcome="([^"]+)"', page.text)[1]
        .replace("&#34;", '"')
        .replace("&#39;", "'")
    )  # type: ignore[index]
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


# ---- linking -----------------------------------------------------------------------------------


def test_a_link_from_beginning_to_end(shop: Shop) -> None:
    token = shop.link_token(
        tenant_id="tenant-9", redirect_uri="https://app.example/back?a=1", region="eu"
    )
    before = len(shop.events())
    steps = stream(shop, token, api_token="good-key", region="us")
    assert [step["type"] for step in steps] == ["created", "probe", "probe", "finished"]
    account_id = steps[0]["integrated_account_id"]
    assert steps[0]["status"] == "connecting"
    assert steps[1]["label"] == "Domains"
    assert steps[1]["shows"] == ["mail.example.com", "<b>news</b>.example.com"]
    last = steps[-1]
    assert last["message"] == {
        "result": "success",
        "integration": "acme",
        "integrated_account_id": account_id,
        "is_truto": True,
    }
    assert parse_qs(urlsplit(last["return_url"]).query)["integrated_account_id"] == [account_id]
    account = shop.account(account_id)
    assert (account.status, account.tenant_id, account.region) == ("active", "tenant-9", "eu")
    assert account.last_action_run_result["success"] is True
    assert account.context == {"region": "us"}
    assert shop.secrets(account_id)["api_token"] == "good-key"
    assert shop.events()[before:] == ["integrated_account:created", "integrated_account:active"]


def test_a_link_is_used_once(shop: Shop) -> None:
    token = shop.link_token()
    assert shop.submit(token, api_token="good-key").status_code == 200
    page = shop.page(token)
    assert page.status_code == 410
    assert "already been used" in page.text
    again = shop.submit(token, api_token="good-key")
    assert again.status_code == again.json()["statusCode"] == 410
    assert again.json()["details"] == {"error_type": "invalid_token", "reason": "used"}


def test_missing_scopes_are_shown_and_do_not_forbid(shop: Shop) -> None:
    steps = stream(shop, shop.link_token(), api_token="partly-key")
    people = next(step for step in steps if step.get("label") == "People")
    assert people["outcome"] == "forbidden"
    assert "people_read" in people["said"]
    assert "partly-key" not in json.dumps(steps)
    assert steps[-1]["message"]["result"] == "success"
    assert steps[-1]["complete"] is False


@pytest.mark.parametrize(
    ("key", "status", "who", "words"),
    [
        ("wrong-key", 422, "you", "did not accept these credentials"),
        ("nothing-key", 422, "you", "may not do what is needed: Domains (domains_read)"),
        ("html-key", 502, "provider", "something other than its API's format"),
        ("broken-key", 502, "provider", "could not be asked"),
        ("drops-key", 502, "provider", "closed the connection"),
        ("busy-key", 502, "provider", "limiting"),
    ],
)
def test_why_it_failed_and_who_must_act(
    shop: Shop, key: str, status: int, who: str, words: str
) -> None:
    token, before = shop.link_token(), len(shop.events())
    answer = shop.submit(token, api_token=key)
    body = answer.json()
    assert answer.status_code == body["statusCode"] == status
    assert words in body["message"]
    details = body["details"]
    assert details["error_type"] == "validation_error"
    assert details["who_must_act"] == who
    assert details["advice"]
    assert key not in answer.text
    account = shop.account(details["integrated_account_id"])
    assert account.status == "validation_error"
    assert account.last_error is not None
    assert words in account.last_error["message"]
    assert key not in str(account)
    assert shop.events()[before:] == [
        "integrated_account:created",
        "integrated_account:validation_error",
    ]


def test_nobody_listens_there(shop: Shop) -> None:
    answer = shop.submit(shop.link_token(), "initech", key="good-key")
    assert answer.status_code == 502
    assert "could not be reached" in answer.json()["message"]


def test_a_provider_that_does_not_answer_in_time(shop: Shop, world: LinkWorld) -> None:
    world.provider.gate.clear()
    answer = shop.submit(shop.link_token(), api_token="waits-key")
    world.provider.gate.set()
    assert answer.status_code == 502
    assert "did not answer in time" in answer.json()["message"]


def test_another_try_uses_the_same_account(shop: Shop) -> None:
    token, before = shop.link_token(), len(shop.events())
    first = shop.submit(token, api_token="wrong-key").json()["details"]["integrated_account_id"]
    second = shop.submit(token, api_token="good-key").json()["integrated_account_id"]
    assert first == second
    assert shop.account(first).status == "active"
    assert shop.account(first).last_error is None
    assert shop.secrets(first)["api_token"] == "good-key"
    assert shop.events()[before:] == [
        "integrated_account:created",
        "integrated_account:validation_error",
        "integrated_account:updated",
        "integrated_account:active",
    ]


def test_another_try_elsewhere_makes_its_own_account(shop: Shop) -> None:
    token = shop.link_token()
    first = shop.submit(token, api_token="wrong-key").json()["details"]["integrated_account_id"]
    second = shop.submit(token, "globex", key="anything").json()["integrated_account_id"]
    assert first != second
    assert [shop.account(one).integration for one in (first, second)] == ["acme", "globex"]


def test_a_failed_account_that_was_deleted_is_made_anew(shop: Shop, world: LinkWorld) -> None:
    token = shop.link_token()
    first = shop.submit(token, api_token="wrong-key").json()["details"]["integrated_account_id"]
    world.run(world.kernel.accounts.delete(shop.id, first))
    assert shop.submit(token, api_token="good-key").json()["integrated_account_id"] != first


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "api_token", "API token is needed."),
        ({"api_token": "two words"}, "api_token", "does not look like"),
        ({"api_token": "x\r\ny: z"}, "api_token", "line break"),
        ({"api_token": "x", "region": "mars"}, "region", "Choose"),
        ({"api_token": "x", "apitoken": "y"}, "apitoken", "not a field"),
    ],
)
def test_what_was_typed_wrong(shop: Shop, fields: dict[str, str], field: str, words: str) -> None:
    before = len(shop.accounts())
    answer = shop.submit(shop.link_token(), **fields)
    assert answer.status_code == 422
    (failure,) = answer.json()["details"]["failures"]
    assert failure["field"] == field
    assert words in failure["message"]
    assert len(shop.accounts()) == before


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


# ---- context -----------------------------------------------------------------------------------


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


# ---- linking again -------------------------------------------------------------------------------


def linked(shop: Shop, key: str = "good-old", **fields: str) -> str:
    answer = shop.submit(shop.link_token(), api_token=key, **fields)
    return str(answer.json()["integrated_account_id"])


def test_linking_again_keeps_the_account(shop: Shop) -> None:
    account_id = linked(shop, region="us")
    token, before = shop.link_token(integrated_account_id=account_id), len(shop.events())
    page = shop.page(token)
    assert "Reconnect Acme Mail" in page.text
    steps = lines(
        shop.submit(token, None, accept="application/x-ndjson", api_token="good-new", region="eu")
    )
    assert steps[-1]["message"]["integrated_account_id"] == account_id
    assert shop.secrets(account_id)["api_token"] == "good-new"
    assert shop.account(account_id).context == {"region": "eu"}
    assert shop.events()[before:] == ["integrated_account:updated", "integrated_account:active"]


def test_linking_again_only_its_own_integration(shop: Shop) -> None:
    token = shop.link_token(integrated_account_id=linked(shop))
    assert shop.page(token, integration="globex").status_code == 404
    assert shop.submit(token, "globex", key="x").status_code == 404


@pytest.mark.parametrize(
    ("keep", "context"), [(True, {"plan": "gold", "region": "eu"}), (False, {"region": "eu"})]
)
def test_the_previous_context(shop: Shop, keep: bool, context: dict[str, str]) -> None:
    first = shop.submit(shop.link_token(context={"plan": "gold"}), api_token="good-old").json()
    account_id = first["integrated_account_id"]
    token = shop.link_token(integrated_account_id=account_id, persist_previous_context=keep)
    assert shop.submit(token, api_token="good-new", region="eu").status_code == 200
    assert shop.account(account_id).context == context


def test_a_wrong_key_does_not_end_an_account_that_works(shop: Shop) -> None:
    account_id = linked(shop)
    token, before = shop.link_token(integrated_account_id=account_id), len(shop.events())
    assert shop.submit(token, api_token="wrong-new").status_code == 422
    account = shop.account(account_id)
    assert (account.status, account.last_error) == ("active", None)
    assert shop.secrets(account_id)["api_token"] == "good-old"
    assert shop.events()[before:] == []
    assert shop.submit(token, api_token="good-new").status_code == 200


def test_an_account_that_is_gone_cannot_be_linked_again(shop: Shop, world: LinkWorld) -> None:
    account_id = linked(shop)
    token = shop.link_token(integrated_account_id=account_id)
    world.run(world.kernel.accounts.delete(shop.id, account_id))
    assert shop.page(token).status_code == 404
    assert shop.submit(token, api_token="good-x").status_code == 404


# ---- many at once --------------------------------------------------------------------------------


def test_many_submits_make_one_account(world: LinkWorld) -> None:
    shop = world.shop("acme")
    token = shop.link_token()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.submit(token, api_token="good-key"), range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 410}
    assert [account.status for account in shop.accounts()] == ["active"]


def test_closing_the_browser_does_not_leave_an_account_half_linked(
    shop: Shop, world: LinkWorld
) -> None:
    world.provider.gate.clear()
    token, began = shop.link_token(), threading.Event()
    body = {"link_token": token, "integration": "acme", "fields": {"api_token": "waits-key"}}
    headers = {"accept": "application/x-ndjson"}
    with world.http.stream("POST", "/connect-account/link", json=body, headers=headers) as answer:
        first = json.loads(next(answer.iter_lines()))
        began.set()
    world.provider.gate.set()
    for _ in range(200):
        if shop.account(first["integrated_account_id"]).status == "active":
            break
        threading.Event().wait(0.02)
    assert shop.account(first["integrated_account_id"]).status == "active"
    assert shop.page(token).status_code == 410


# ---- without scripts -------------------------------------------------------------------------------


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


# ---- who may submit ----------------------------------------------------------------------------------


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


# ---- the form after linking ----------------------------------------------------------------------------


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
