"""Webhooks at a real sandbox: made one by one, put right, removed, and heard."""

from functools import partial
from typing import Any

import pytest
from tests.features.provider_hooks.conftest import Hooked

from waypost.features.provider_hooks.registrar import SETTLE

SHOP, NEWS = "d0m41n00000000r3", "d0m41n00000000r4"


def test_every_domain_gets_its_webhook_and_is_heard(hooked: Hooked) -> None:
    """Two creations within the throttle: the second waits for it by a delayed job."""
    account = hooked.link()
    hooked.until(
        lambda: (
            ("news.test", "active") in hooked.states(account)
            or ("shop.test", "active") in hooked.states(account)
        )
    )
    assert sorted(state for _, state in hooked.states(account)) == ["active", "planned"]
    hooked.until_active(account, "shop.test", "news.test")
    shown = hooked.shown(account)
    assert (shown["state"], shown["reason"]) == ("on", None)
    urls = {each["url"] for each in shown["result"]}
    assert {hooked.there(SHOP)[0]["url"], hooked.there(NEWS)[0]["url"]} == urls
    posts = [each for each in hooked.sandbox.calls() if each["method"] == "POST"]
    assert [each["status"] for each in posts] == [201, 201]
    assert heard_of_a_message(hooked, account)
    (shop,) = [e for e in hooked.shown(account)["result"] if e["subject"]["id"] == SHOP]
    assert shop["last_heard_at"] is not None
    assert "secret" not in str(shown)


def heard_of_a_message(hooked: Hooked, account: str) -> bool:
    sent = hooked.ask(
        "POST",
        "/email",
        json={
            "from": {"email": "a@shop.test"},
            "to": [{"email": "nia@example.com"}],
            "subject": "Hello",
            "text": "Hello",
        },
    )
    message = sent.headers["x-message-id"]
    hooked.turn(300)
    hooked.until(lambda: ("message.delivered", message) in told(hooked))
    return True


def test_what_a_paused_webhook_missed_is_told_after_its_repair(hooked: Hooked) -> None:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    (shop,) = hooked.there(SHOP)
    hooked.ask("PUT", f"/webhooks/{shop['id']}", json={"enabled": False})
    sent = hooked.ask(
        "POST",
        "/email",
        json={
            "from": {"email": "a@shop.test"},
            "to": [{"email": "nia@example.com"}],
            "subject": "Hello",
            "text": "Hello",
        },
    )
    message = sent.headers["x-message-id"]
    hooked.turn(300)
    assert told(hooked) == []
    hooked.turn(3600)
    hooked.until(lambda: ("message.delivered", message) in told(hooked), turning=1.0)
    assert sorted(told(hooked)) == [("message.delivered", message), ("message.sent", message)]


def is_told(hooked: Hooked, wanted: tuple[str, Any]) -> bool:
    return wanted in told(hooked)


def told(hooked: Hooked) -> list[tuple[str, Any]]:
    """Return what was heard of messages, and of which."""
    served = hooked.served
    page = served.run(served.kernel.events.list(hooked.environment.id))
    return [
        (each.type, each.payload["message_id"])
        for each in page.items
        if each.type.startswith("message.")
    ]


def test_a_paused_a_deleted_and_an_edited_webhook_are_put_right(hooked: Hooked) -> None:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    (shop,), (news,) = hooked.there(SHOP), hooked.there(NEWS)
    hooked.ask(
        "PUT", f"/webhooks/{shop['id']}", json={"enabled": False, "events": ["activity.sent"]}
    )
    hooked.ask("DELETE", f"/webhooks/{news['id']}")
    hooked.turn(3700)
    hooked.until(lambda: bool(hooked.there(NEWS)) and hooked.there(SHOP)[0]["enabled"], turning=1.0)
    hooked.until_active(account, "shop.test", "news.test")
    (mended,), (again,) = hooked.there(SHOP), hooked.there(NEWS)
    assert mended["id"] == shop["id"]
    assert mended["events"] == shop["events"]
    assert (again["id"] == news["id"], again["url"]) == (False, news["url"])
    assert heard_of_a_message(hooked, account)


@pytest.mark.parametrize(("verb", "path"), [("GET", "/domains"), ("PUT", "/webhooks/*")])
def test_a_check_that_failed_is_made_good_before_the_next_hour(
    hooked: Hooked, verb: str, path: str
) -> None:
    """Also one that failed while it put a webhook right, which is noted as paused by then."""
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    hooked.ask("PUT", f"/webhooks/{hooked.there(NEWS)[0]['id']}", json={"enabled": False})
    down = {"method": verb, "path": path, "status": 503, "times": None}
    hooked.sandbox.control("POST", "/faults", down)
    hooked.turn(3700)
    hooked.until(
        lambda: any(each["status"] == 503 for each in hooked.environment.records()), turning=1.0
    )
    hooked.sandbox.control("DELETE", "/faults")
    began = hooked.at
    hooked.until(lambda: bool(hooked.there(NEWS)[0]["enabled"]), turning=10.0)
    assert hooked.at - began < 1800


def test_a_new_domain_gets_its_webhook_and_a_gone_one_loses_it(hooked: Hooked) -> None:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    hooked.sandbox.seed(domains=[{"id": "d0m41n00000000r5", "name": "late.test"}])
    assert hooked.ask("DELETE", f"/domains/{NEWS}").status_code == 204
    hooked.turn(3700)
    hooked.until_active(account, "shop.test", "late.test")


def test_unlinking_removes_what_is_ours_and_nothing_else(hooked: Hooked) -> None:
    body = {
        "url": "https://example.com/theirs",
        "name": "theirs",
        "events": ["activity.sent"],
        "domain_id": SHOP,
    }
    assert hooked.ask("POST", "/webhooks", json=body).status_code == 201
    hooked.turn(5)
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    assert hooked.environment.request("DELETE", f"/integrated-account/{account}").status_code == 200
    assert [each["name"] for each in hooked.there(SHOP)] == ["theirs"]
    assert hooked.there(NEWS) == []


def test_a_missing_scope_is_said_and_new_credentials_mend_it(hooked: Hooked) -> None:
    secret = hooked.sandbox.token("domains_read")
    account = hooked.environment.link("mailersend", {"api_token": secret})
    failed = [("news.test", "failed"), ("shop.test", "failed")]
    hooked.until(lambda: hooked.states(account) == failed)
    assert {each["reason"] for each in hooked.shown(account)["result"]} != {None}
    answer = hooked.environment.request(
        "PATCH",
        f"/integrated-account/{account}",
        json={"context": {"api_token": hooked.sandbox.api_token}},
    )
    assert answer.status_code == 200, answer.text
    hooked.until_active(account, "shop.test", "news.test")


def test_a_ping_that_we_were_too_busy_for_is_asked_for_again_within_minutes(hooked: Hooked) -> None:
    refusal = {"message": "The url must answer a test request with a successful status."}
    fault = {"method": "POST", "path": "/webhooks", "status": 422, "body": refusal}
    hooked.sandbox.control("POST", "/faults", {**fault, "times": 99})
    account, jobs = hooked.link(), hooked.served.kernel.jobs
    failed = [("news.test", "failed"), ("shop.test", "failed")]
    hooked.until(lambda: hooked.states(account) == failed, turning=1.0)

    def is_quiet() -> bool:
        found = hooked.served.run(jobs.list(kind=SETTLE))
        its = [each for each in found if each.payload["account_id"] == account]
        return all((each.at or 0.0) > hooked.at for each in its)

    hooked.until(is_quiet)
    hooked.sandbox.control("DELETE", "/faults")
    began = hooked.at
    hooked.until_active(account, "shop.test", "news.test")
    assert hooked.at - began < 600, "no hourly look was waited for"


def test_the_calls_are_in_the_log(hooked: Hooked) -> None:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    logged = {(each["resource"], each["method"]) for each in hooked.environment.records()}
    assert {("domains", "list"), ("webhooks", "list"), ("webhooks", "create")} <= logged


def test_each_repair_catches_up_also_the_second_within_an_hour_of_a_clock_ahead(
    hooked: Hooked,
) -> None:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    (shop,) = hooked.there(SHOP)
    hooked.sandbox.control("POST", "/clock", {"advance": 10})
    for number in range(2):
        hooked.ask("PUT", f"/webhooks/{shop['id']}", json={"enabled": False})
        body = {
            "from": {"email": "a@shop.test"},
            "to": [{"email": f"p{number}@example.com"}],
            "subject": "Hello",
            "text": "Hello",
        }
        message = hooked.ask("POST", "/email", json=body).headers["x-message-id"]
        hooked.turn(10)
        again = hooked.environment.post(
            "/integrated-account/run-post-install-actions", json={"id": account}
        )
        assert again.status_code == 200, again.text
        wanted = ("message.delivered", message)
        hooked.until(partial(is_told, hooked, wanted), turning=3.0)
        hooked.until(lambda: hooked.there(SHOP)[0]["enabled"])
    assert len(told(hooked)) == len(set(told(hooked))) == 4
