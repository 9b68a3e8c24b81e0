"""Linking over HTTP against a provider on loopback: success, failure, again, and many at once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.link_world import LinkWorld, Shop, lines


def stream(shop: Shop, token: str, **fields: Any) -> list[dict[str, Any]]:
    return lines(shop.submit(token, accept="application/x-ndjson", **fields))


# ---- linking ----


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


# ---- linking again ----


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


# ---- many at once ----


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
