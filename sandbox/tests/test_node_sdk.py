"""MailerSend's own Node SDK, pointed at the sandbox."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.tests.node_sdk import NodeSdk, new, run_node_sdk
from sandbox.tests.receiver import run_receiver
from sandbox.tests.world import World

NUMBER = "+12025550101"
WINDOW = {"date_from": 1773140000, "date_to": 1773144060}


@pytest.fixture(scope="module")
def node() -> Iterator[NodeSdk]:
    with run_node_sdk() as node:
        yield node


@pytest.fixture
def sdk(node: NodeSdk, world: World) -> NodeSdk:
    node.world = world
    world.seed(account={"creation_throttle_seconds": 0})
    return node


@pytest.fixture
def domain(world: World) -> str:
    return world.domains["shop.test"]


def email(to: str = "ada@customer.test", **setters: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "From": new("Sender", "hello@shop.test", "Shop"),
        "To": [new("Recipient", to, "Ada")],
        "Subject": "Hello {{ name }}",
        "Html": "<p>Hi {{ name }}</p>",
        "Text": "Hi {{ name }}",
        "Personalization": [{"email": to, "data": {"name": "Ada"}}],
    }
    return new("EmailParams", **{**usual, **setters})


def test_sending_and_following_a_message(sdk: NodeSdk, world: World, domain: str) -> None:
    content = base64.b64encode(b"Remember").decode()
    sent = sdk(
        "email.send",
        email(
            Tags=["welcome"],
            ReplyTo=new("Sender", "reply@shop.test", "Reply"),
            Attachments=[new("Attachment", content, "notes.txt", "attachment")],
        ),
    )
    assert sent.status == 202
    message_id = sent.headers["x-message-id"]
    world.advance(10)
    message = sdk("email.message.single", message_id).data
    assert [each["status"] for each in message["emails"]] == ["delivered"]
    assert message["emails"][0]["subject"] == "Hello Ada"
    assert [row["id"] for row in sdk("email.message.list", {"limit": 10}).data] == [message_id]
    rows = sdk("email.activity.domain", domain, {**WINDOW, "event": ["delivered", "sent"]}).data
    assert [row["type"] for row in rows] == ["delivered", "sent"]
    assert sdk("email.activity.single", rows[0]["id"]).data["type"] == "delivered"
    listed = sdk("email.list", {**WINDOW, "domain_id": domain, "status": ["delivered"]}).data
    assert [row["subject"] for row in listed] == ["Hello Ada"]
    assert sdk("email.single", listed[0]["id"]).data["message_id"] == message_id
    query = {**WINDOW, "domain_id": domain, "event": ["sent", "delivered"], "group_by": "days"}
    stats = sdk("email.analytics.byDate", query).data["stats"]
    assert [(day["sent"], day["delivered"]) for day in stats] == [(1, 1)]
    recipients = sdk("email.recipient.list", {"domain_id": domain}).data
    assert [row["email"] for row in recipients] == ["ada@customer.test"]
    assert sdk("email.recipient.single", recipients[0]["id"]).data["domain"]["name"] == "shop.test"
    assert sdk("email.recipient.delete", recipients[0]["id"]).status == 204
    assert world.control("GET", f"/outbox/{message_id}")["text"] == "Hi Ada"


def test_bulk_and_schedules(sdk: NodeSdk, world: World, domain: str) -> None:
    taken = sdk("email.sendBulk", [email(), email("bea@customer.test")])
    assert taken.status == 202
    world.advance(10)
    state = sdk("email.getBulkStatus", taken.body["bulk_email_id"]).data
    assert state["state"] == "completed"
    assert len(state["messages_id"]) == 2
    later = sdk("email.send", email(SendAt=1773144000 + 7200))
    message_id = later.headers["x-message-id"]
    planned = sdk("email.schedule.list", {"domain_id": domain, "status": "scheduled"}).data
    assert [row["message_id"] for row in planned] == [message_id]
    assert sdk("email.schedule.single", message_id).data["status"] == "scheduled"
    assert sdk("email.schedule.delete", message_id).status == 204
    assert sdk("email.schedule.single", message_id).status == 404


def test_domains(sdk: NodeSdk, world: World) -> None:
    made = sdk("email.domain.create", new("Domain", "node.test"))
    assert made.status == 201
    domain_id = made.data["id"]
    names = [row["name"] for row in sdk("email.domain.list", {"limit": 10, "page": 1}).data]
    assert sorted(names) == ["new.test", "node.test", "shop.test"]
    assert [row["name"] for row in sdk("email.domain.list", {"verified": True}).data] == [
        "shop.test"
    ]
    changed = sdk("email.domain.updateSettings", domain_id, {"send_paused": True})
    assert changed.data["domain_settings"]["send_paused"] is True
    assert sdk("email.domain.dns", domain_id).data["id"] == domain_id
    assert sdk("email.domain.verify", domain_id).body["message"]
    assert sdk("email.domain.recipients", domain_id, {"limit": 10}).data == []
    assert sdk("email.domain.single", domain_id).data["name"] == "node.test"
    assert sdk("email.domain.delete", domain_id).status == 204
    gone = sdk("email.domain.single", domain_id)
    assert gone.is_thrown
    assert (gone.status, gone.body["message"]) == (404, "Resource not found.")


def test_templates(sdk: NodeSdk, world: World, domain: str) -> None:
    design = {"name": "Welcome", "html": "<p>{{ name }}</p>", "text": "{{ name }}"}
    made = sdk("email.template.create", {**design, "domain_id": domain})
    assert made.status == 201, made
    template_id = made.data["id"]
    assert [row["id"] for row in sdk("email.template.list", {"domain_id": domain}).data] == [
        template_id
    ]
    assert sdk("email.template.update", template_id, {"name": "Hello"}).status == 200
    assert sdk("email.template.single", template_id).data["name"] == "Hello"
    assert sdk("email.template.delete", template_id).status == 200
    assert sdk("email.template.single", template_id).status == 404


def test_webhooks(sdk: NodeSdk, world: World, domain: str) -> None:
    with run_receiver() as receiver:
        hook = new(
            "EmailWebhook",
            Url=receiver.url,
            Name="Node",
            Events=["activity.sent", "activity.delivered"],
            DomainId=domain,
            Enabled=True,
        )
        made = sdk("email.webhook.create", hook)
        assert made.status == 201, made
        hook_id = made.data["id"]
        sdk("email.send", email())
        world.advance(10)
        assert sorted(receiver.types()) == ["activity.delivered", "activity.sent"]
        assert [row["id"] for row in sdk("email.webhook.list", domain).data] == [hook_id]
        changed = sdk("email.webhook.update", hook_id, {"name": "Other", "enabled": False})
        assert changed.data["enabled"] is False
        assert sdk("email.webhook.single", hook_id).data["name"] == "Other"
    assert sdk("email.webhook.delete", hook_id).status == 204
    assert sdk("email.webhook.list", domain).data == []


@pytest.mark.parametrize("kind", ["hard-bounces", "spam-complaints", "unsubscribes"])
def test_suppressions(sdk: NodeSdk, world: World, domain: str, kind: str) -> None:
    wanted = {"domain_id": domain, "recipients": ["gone@customer.test", "off@customer.test"]}
    assert sdk("email.recipient.blockRecipients", wanted, kind).status == 201
    rows = sdk("email.recipient.blockList", {"domain_id": domain}, kind).data
    assert len(rows) == 2
    warned = sdk("email.send", email("gone@customer.test"))
    assert warned.status == 202
    assert warned.body["warnings"][0]["type"] == "ALL_SUPPRESSED"
    gone = sdk("email.recipient.delBlockListRecipients", [rows[0]["id"]], kind, domain)
    assert gone.status == 200
    assert len(sdk("email.recipient.blockList", {"domain_id": domain}, kind).data) == 1
    assert sdk("email.recipient.delAllBlockListRecipients", kind, domain).status == 200
    assert sdk("email.recipient.blockList", {"domain_id": domain}, kind).data == []


def test_the_blocklist_and_the_on_hold_list(sdk: NodeSdk, domain: str) -> None:
    wanted = {"domain_id": domain, "patterns": [".*@blocked.test"], "recipients": ["no@x.test"]}
    assert sdk("email.recipient.blockRecipients", wanted).status == 201
    patterns = [row["pattern"] for row in sdk("email.recipient.blockList", {}).data]
    assert sorted(patterns) == [".*@blocked.test", "no@x.test"]
    assert sdk("email.recipient.blockList", {"limit": 10}, "on-hold-list").data == []


def test_users_and_invites(sdk: NodeSdk, world: World) -> None:
    world.seed(users=[{"email": "ann@shop.test", "name": "Ann", "role": "Admin"}])
    listed = sdk("user.list", {"limit": 10}).data
    assert [row["email"] for row in listed] == ["ann@shop.test"]
    assert sdk("user.single", listed[0]["id"]).data["role"] == "Admin"
    assert sdk("user.update", listed[0]["id"], {"role": "Manager"}).data["role"] == "Manager"
    invited = sdk("user.create", {"email": "new@shop.test", "role": "Designer"})
    assert invited.status == 201
    invites = sdk("user.listInvites").data
    assert [row["email"] for row in invites] == ["new@shop.test"]
    assert sdk("user.singleInvite", invites[0]["id"]).data["role"] == "Designer"
    assert sdk("user.resendInvite", invites[0]["id"]).status == 200
    assert sdk("user.deleteInvite", invites[0]["id"]).status == 204
    assert sdk("user.delete", listed[0]["id"]).status == 204
    assert sdk("user.list").data == []


def test_tokens(sdk: NodeSdk, domain: str) -> None:
    made = sdk("token.create", new("Token", "n", ["domains_read"], domain))
    assert made.status in (200, 201), made
    token_id, secret = made.data["id"], made.data["accessToken"]
    assert sdk("email.domain.list", key=secret).status == 200
    refused = sdk("token.list", key=secret)
    assert refused.is_thrown
    assert refused.status == 403
    assert "#MS40301" in refused.body["message"]
    assert len(sdk("token.list", {"limit": 10}).data) == 2
    assert sdk("token.single", token_id).data["name"] == "n"
    assert sdk("token.update", token_id, {"name": "m"}).data["name"] == "m"
    assert sdk("token.delete", token_id).status == 200
    assert sdk("email.domain.list", key=secret).status == 401


def test_text_messages(sdk: NodeSdk, world: World) -> None:
    world.seed(sms_numbers=[{"telephone_number": NUMBER}])
    number_id = sdk("sms.number.list", {"paused": False}).data[0]["id"]
    assert sdk("sms.number.single", number_id).data["telephone_number"] == NUMBER
    params = new("SMSParams", From=NUMBER, To=["+12025550102"], Text="Hi {{ name }}")
    params["set"]["Personalization"] = [new("SMSPersonalization", "+12025550102", {"name": "Ada"})]
    sent = sdk("sms.send", params)
    assert sent.status == 202, sent
    message_id = sent.headers["x-sms-message-id"]
    world.advance(10)
    assert [row["id"] for row in sdk("sms.message.list").data] == [message_id]
    message = sdk("sms.message.single", message_id).data
    assert message["sms"][0]["text"] == "Hi Ada"
    assert "delivered" in [row["status"] for row in sdk("sms.activity.list", {"limit": 10}).data]
    recipients = sdk("sms.recipient.list", {"sms_number_id": number_id}).data
    assert [row["number"] for row in recipients] == ["+12025550102"]
    assert sdk("sms.recipient.update", recipients[0]["id"], "opt_out").data["status"] == "opt_out"
    with run_receiver() as receiver:
        events = ["sms.sent", "sms.delivered"]
        hook = sdk("sms.webhook.create", new("SmsWebhook", "h", receiver.url, events, number_id))
        assert hook.status == 201, hook
        assert len(sdk("sms.webhook.list", {"sms_number_id": number_id}).data) == 1
        assert sdk("sms.webhook.update", hook.data["id"], {"name": "i"}).data["name"] == "i"
        assert sdk("sms.webhook.delete", hook.data["id"]).status == 204
        inbound = sdk("sms.inbound.create", new("SmsInbound", "in", number_id, receiver.url))
        assert inbound.status == 201, inbound
        assert sdk("sms.inbound.single", inbound.data["id"]).data["name"] == "in"
        assert sdk("sms.inbound.delete", inbound.data["id"]).status == 204
    assert sdk("sms.number.update", number_id, True).data["paused"] is True


def test_identities_smtp_users_and_inbound_routes(sdk: NodeSdk, world: World, domain: str) -> None:
    made = sdk("email.identity.create", new("Identity", domain, "ceo@shop.test", "The CEO"))
    assert made.status == 201, made
    assert sdk("email.identity.singleByEmail", "ceo@shop.test").data["id"] == made.data["id"]
    assert sdk("email.identity.update", made.data["id"], {"name": "C"}).data["name"] == "C"
    assert sdk("email.identity.resend", made.data["id"]).status == 200
    assert sdk("email.identity.deleteByEmail", "ceo@shop.test").status == 204
    user = sdk("email.smtpUser.create", domain, {"name": "relay", "enabled": True})
    assert user.status == 201, user
    assert [row["name"] for row in sdk("email.smtpUser.list", domain).data] == ["relay"]
    renamed = sdk("email.smtpUser.update", domain, user.data["id"], {"name": "relay2"})
    assert renamed.data["name"] == "relay2"
    assert sdk("email.smtpUser.delete", domain, user.data["id"]).status == 204
    route = new(
        "Inbound",
        "Support",
        False,
        domain,
        CatchFilter={"type": "catch_all"},
        MatchFilter={"type": "match_all"},
        Forwards=[{"type": "webhook", "value": "https://hooks.example/in"}],
    )
    inbound = sdk("email.inbound.create", route)
    assert inbound.status == 201, inbound
    assert sdk("email.inbound.single", inbound.data["id"]).data["name"] == "Support"
    assert sdk("email.inbound.delete", inbound.data["id"]).status == 204


def test_verification_monitors_and_quota(sdk: NodeSdk, world: World, domain: str) -> None:
    wanted = new("EmailVerification", "List", ["ada@customer.test", "nonsense"])
    made = sdk("emailVerification.create", wanted)
    assert made.status == 201, made
    world.advance(5)
    assert sdk("emailVerification.verifyList", made.data["id"]).status == 200
    world.advance(600)
    assert sdk("emailVerification.single", made.data["id"]).data["status"]["name"] == "verified"
    results = sdk("emailVerification.getListResult", made.data["id"], {"limit": 10}).data
    assert len(results) == 2
    assert sdk("emailVerification.verifyEmail", "ada@customer.test").body["status"] == "valid"
    dmarc = sdk("dmarc.create", new("Dmarc", domain))
    assert dmarc.status == 201, dmarc
    assert len(sdk("dmarc.list").data) == 1
    assert sdk("dmarc.delete", dmarc.data["id"]).status == 204
    monitor = sdk("blocklistMonitor.create", new("BlocklistMonitor", "192.0.2.1"))
    assert monitor.status == 201, monitor
    assert sdk("blocklistMonitor.single", monitor.data["id"]).data["address"] == "192.0.2.1"
    assert sdk("blocklistMonitor.delete", monitor.data["id"]).status == 204
    assert sdk("others.getApiQuota").body["quota"] == -1


def test_refusals_are_thrown_with_status_headers_and_body(sdk: NodeSdk, world: World) -> None:
    refused = sdk("email.send", email(From=new("Sender", "a@elsewhere.test", "A")))
    assert refused.is_thrown
    assert refused.status == 422
    assert "#MS42207" in refused.body["message"]
    assert sdk("others.getApiQuota", key="wrong").status == 401
    world.seed(account={"rate_limits": {"general": 0}})
    limited = sdk("email.domain.list")
    assert limited.is_thrown
    assert limited.status == 429
    assert "retry-after" in limited.headers
