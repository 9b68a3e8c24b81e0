"""MailerSend's own Python SDK, pointed at the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mailersend import EmailBuilder, MailerSendClient
from mailersend.exceptions import (
    AuthenticationError,
    BadRequestError,
    MailerSendError,
    ResourceNotFoundError,
)
from mailersend.models.activity import ActivityQueryParams, ActivityRequest
from mailersend.models.domains import DomainCreateRequest, DomainDeleteRequest, DomainGetRequest
from mailersend.models.messages import MessageGetRequest
from mailersend.models.recipients import SuppressionAddRequest
from mailersend.models.tokens import TokenCreateRequest
from mailersend.models.users import UserInviteRequest, UsersListRequest
from sandbox.tests.world import World

SDK_DOMAIN = "vz9dlem9wn14kj50"


@pytest.fixture
def sdk(world: World) -> Iterator[MailerSendClient]:
    world.seed(domains=[{"id": SDK_DOMAIN, "name": "shop.example.com"}])
    client = MailerSendClient(
        api_key=world.token, base_url=f"{world.root}/v1/", max_retries=0, timeout=10
    )
    yield client
    client.session.close()


# The SDK itself refuses addresses under .test, so a domain that it takes is seeded here.
def email(sender: str = "hello@shop.example.com") -> EmailBuilder:
    return (
        EmailBuilder()
        .from_email(sender, "Shop")
        .to("ada@customer.example.com", "Ada")
        .subject("Hello")
        .html("<p>Hi</p>")
        .text("Hi")
    )


def test_sending_and_following_a_message(world: World, sdk: MailerSendClient) -> None:
    sent = sdk.emails.send(email().tag("welcome").build())
    assert sent.status_code == 202
    message_id = sent.headers["x-message-id"]
    world.advance(10)
    message = sdk.messages.get_message(MessageGetRequest(message_id=message_id))
    assert message.data["data"]["emails"][0]["status"] == "delivered"
    window = ActivityQueryParams(
        date_from=1773140000, date_to=1773144010, event=["delivered", "sent"]
    )
    request = ActivityRequest(domain_id=SDK_DOMAIN, query_params=window)
    rows = sdk.activities.get(request).data["data"]
    assert [row["type"] for row in rows] == ["delivered", "sent"]


def test_bulk_sending(world: World, sdk: MailerSendClient) -> None:
    taken = sdk.emails.send_bulk([email().build(), email().build()])
    world.advance(2)
    state = sdk.emails.get_bulk_status(taken.data["bulk_email_id"]).data["data"]
    assert state["state"] == "completed"
    assert len(state["messages_id"]) == 2


def test_domains_tokens_people_and_lists(world: World, sdk: MailerSendClient) -> None:
    made = sdk.domains.create_domain(DomainCreateRequest(name="sdk.test")).data["data"]
    shown = sdk.domains.get_domain(DomainGetRequest(domain_id=made["id"])).data["data"]
    assert shown["is_verified"] is False
    assert sdk.domains.list_domains().data["meta"]["total"] == 4
    gone = sdk.domains.delete_domain(DomainDeleteRequest(domain_id=made["id"]))
    assert gone.status_code == 204
    token = sdk.tokens.create_token(
        TokenCreateRequest(name="t", domain_id=world.domains["shop.test"], scopes=["email_full"])
    )
    assert token.data["data"]["accessToken"].startswith("mlsn.")
    sdk.users.invite_user(UserInviteRequest(email="new@shop.test", role="Admin"))
    assert sdk.users.list_users(UsersListRequest()).data["data"] == []
    sdk.recipients.add_hard_bounces(
        SuppressionAddRequest(domain_id=world.domains["shop.test"], recipients=["x@b.test"])
    )
    assert len(sdk.recipients.list_hard_bounces().data["data"]) == 1
    assert sdk.api_quota.get_quota().data["quota"] == -1


def test_refusals_become_the_sdk_s_own_errors(world: World, sdk: MailerSendClient) -> None:
    with pytest.raises(BadRequestError, match="#MS42207"):
        sdk.emails.send(email("a@elsewhere.example.org").build())
    with pytest.raises(ResourceNotFoundError):
        sdk.messages.get_message(MessageGetRequest(message_id="unknown"))
    world.seed(account={"rate_limits": {"general": 0}})
    # Its transport gives up on a 429 itself, so its own RateLimitExceeded is never reached.
    with pytest.raises(MailerSendError, match="429"):
        sdk.domains.list_domains()
    stranger = MailerSendClient(api_key="x", base_url=f"{world.root}/v1/", max_retries=0)
    with pytest.raises(AuthenticationError):
        stranger.domains.list_domains()
    stranger.session.close()


def test_the_sdk_s_retries_get_past_a_fault(world: World) -> None:
    world.control("POST", "/faults", [{"path": "/domains", "status": 503, "times": 1}])
    client = MailerSendClient(api_key=world.token, base_url=f"{world.root}/v1/")
    assert client.domains.list_domains().status_code == 200
    client.session.close()
