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
