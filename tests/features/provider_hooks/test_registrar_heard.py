"""What our webhooks at the sandbox tell has its effect here: who bounced is written to no more."""

from typing import Any

import pytest
from tests.features.provider_hooks.conftest import Hooked

NIA = "nia@example.com"


def send(hooked: Hooked, account: str) -> Any:
    letter = {
        "from": {"email": "a@shop.test"},
        "to": [{"email": NIA}],
        "subject": "Hello",
        "text": "Hello",
    }
    return hooked.environment.post(f"/passthrough/{account}/email", json=letter)


def heard(hooked: Hooked, prefix: str) -> list[dict[str, Any]]:
    served = hooked.served
    page = served.run(served.kernel.events.list(hooked.environment.id))
    return [
        {"type": each.type, **each.payload} for each in page.items if each.type.startswith(prefix)
    ]


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        ("hard_bounced", "hard_bounce"),
        ("spam_complaint", "complaint"),
        ("unsubscribed", "unsubscribe"),
    ],
)
def test_who_bounced_complained_or_left_is_written_to_no_more(
    hooked: Hooked, happens: str, reason: str
) -> None:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    sent = send(hooked, account)
    assert sent.status_code == 202, sent.text
    hooked.turn(60)
    event = {"message_id": sent.headers["x-message-id"], "type": happens}
    hooked.sandbox.control("POST", "/events", event)
    hooked.until(lambda: send(hooked, account).status_code == 422)
    details = send(hooked, account).json()["details"]
    assert details["recipients"] == [NIA]
    [held] = details["held_back"]
    assert held["reasons"] == [reason]
    assert [each["source"] for each in held["suppressions"]] == ["event"], "no reading told it"


def test_text_messages_are_heard_of_where_asked(hooked: Hooked) -> None:
    """No answer about a webhook for text messages has its secret: its owner brings it."""
    secret = "ASecretThatTheOwnerReadThere0000"
    number = {"id": "n0mb3r0000000001", "telephone_number": "+12025550143"}
    hooked.sandbox.seed(sms_numbers=[number])
    account = hooked.link(provider_webhooks=["sms"], webhook_secret=secret)
    names = ("shop.test", "news.test", "+12025550143", "+12025550143")
    hooked.until_active(account, *names)
    hooks = {each["kind"]: each for each in hooked.shown(account)["result"]}
    assert set(hooks) == {"domain", "sms_number", "sms_inbound"}
    assert len({each["url"] for each in hooked.shown(account)["result"]}) == 4
    assert "webhook_secret" in hooks["sms_number"]["reason"]
    listed = hooked.ask("GET", "/sms-webhooks", params={"sms_number_id": number["id"]}).json()
    hooked.sandbox.seed(sms_webhooks=[{**each, "secret": secret} for each in listed["data"]])
    text = {"from": "+12025550143", "to": ["+12025550188"], "text": "Your parcel is here."}
    sent = hooked.environment.post(f"/passthrough/{account}/sms", json=text)
    assert sent.status_code == 202, sent.text
    hooked.turn(300)
    hooked.until(lambda: "sms.delivered" in {each["type"] for each in heard(hooked, "sms.")})
    told = {each["type"]: each for each in heard(hooked, "sms.")}["sms.delivered"]
    assert told["message_id"] == sent.headers["x-sms-message-id"]
    assert (told["integrated_account_id"], told["recipient"]) == (account, "+12025550188")
    (again,) = [e for e in hooked.shown(account)["result"] if e["kind"] == "sms_number"]
    assert again["last_heard_at"] is not None
    assert hooked.environment.request("DELETE", f"/integrated-account/{account}").status_code == 200
    left = hooked.ask("GET", "/sms-webhooks", params={"sms_number_id": number["id"]})
    assert left.json()["data"] == []


def routes(hooked: Hooked) -> list[dict[str, Any]]:
    return list(hooked.ask("GET", "/inbound").json()["data"])


def answered(hooked: Hooked, address: str, subject: str) -> str:
    """Write to a route's address, and return whose mail our event says it is."""
    people = {"from": {"email": "nia@shop.test"}, "to": [{"email": address}]}
    letter = {**people, "subject": subject, "text": "Thank you"}
    assert hooked.ask("POST", "/email", json=letter).status_code == 202
    hooked.turn(300)
    told: dict[str, str] = {}

    def is_told() -> bool:
        found = heard(hooked, "message.inbound")
        told.update({each["subject"]: each["integrated_account_id"] for each in found})
        return subject in told

    hooked.until(is_told)
    return told[subject]


def test_mail_that_arrives_for_a_domain_is_heard_where_asked(hooked: Hooked) -> None:
    """A route of ours for each domain, with a secret of its own; anybody else's is left alone."""
    theirs = {
        "domain_id": "d0m41n00000000r3",
        "name": "Theirs",
        "domain_enabled": False,
        "catch_filter": {"type": "catch_all"},
        "match_filter": {"type": "match_all"},
        "forwards": [{"type": "email", "value": "desk@shop.test"}],
    }
    assert hooked.ask("POST", "/inbound", json=theirs).status_code == 201
    [kept] = routes(hooked)
    account = hooked.link(provider_webhooks=["inbound"])
    hooked.until_active(account, *2 * ("shop.test", "news.test"))
    shop = next(each for each in routes(hooked) if each["name"] == "Waypost")
    assert answered(hooked, shop["address"], "Re: your parcel") == account
    elsewhere = {"type": "webhook", "value": "https://elsewhere.test/"}
    hooked.ask("PUT", f"/inbound/{shop['id']}", json={**theirs, "forwards": [elsewhere]})
    [url] = [each["value"] for each in shop["forwards"]]
    hooked.turn(7 * 3600)
    hooked.until(lambda: f"'{url}'" in str(routes(hooked)), turning=1.0)
    hooked.until_active(account, *2 * ("shop.test", "news.test"))
    assert answered(hooked, shop["address"], "Once more") == account, "with its new secret"
    assert hooked.environment.request("DELETE", f"/integrated-account/{account}").status_code == 200
    assert routes(hooked) == [kept]
