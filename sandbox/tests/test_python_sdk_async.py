"""The asynchronous client of MailerSend's own Python SDK, pointed at the sandbox."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from mailersend import AsyncMailerSendClient, EmailBuilder
from mailersend.exceptions import (
    AuthenticationError,
    BadRequestError,
    MailerSendError,
    RateLimitExceeded,
    ResourceNotFoundError,
)
from mailersend.models.activity import ActivityQueryParams, ActivityRequest
from mailersend.models.analytics import AnalyticsRequest
from mailersend.models.domains import DomainCreateRequest, DomainDeleteRequest, DomainGetRequest
from mailersend.models.messages import MessageGetRequest
from mailersend.models.recipients import SuppressionAddRequest
from mailersend.models.schedules import ScheduleDeleteRequest, ScheduleGetRequest
from mailersend.models.sms_messages import SmsMessageGetRequest
from mailersend.models.sms_sending import SmsSendRequest
from mailersend.models.templates import TemplateGetRequest
from mailersend.models.tokens import TokenCreateRequest
from mailersend.models.users import UserInviteRequest
from mailersend.models.webhooks import (
    WebhookCreateRequest,
    WebhookDeleteRequest,
    WebhooksListQueryParams,
    WebhooksListRequest,
)
from sandbox.tests.receiver import run_receiver
from sandbox.tests.world import World

pytestmark = pytest.mark.anyio

SDK_DOMAIN = "vz9dlem9wn14kj50"
NUMBER = "+12025550101"
AT_NOON = 1773144000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def sdk(world: World) -> AsyncIterator[AsyncMailerSendClient]:
    world.seed(
        domains=[{"id": SDK_DOMAIN, "name": "shop.example.com"}],
        account={"creation_throttle_seconds": 0},
    )
    async with AsyncMailerSendClient(
        api_key=world.token, base_url=f"{world.root}/v1/", max_retries=0, timeout=10
    ) as client:
        yield client


# The SDK itself refuses addresses under .test, so a domain that it takes is seeded here.
def email(
    sender: str = "hello@shop.example.com", to: str = "ada@customer.example.com"
) -> EmailBuilder:
    return (
        EmailBuilder()
        .from_email(sender, "Shop")
        .to(to, "Ada")
        .subject("Hello")
        .html("<p>Hi</p>")
        .text("Hi")
    )


async def test_many_emails_are_sent_at_once_and_followed(
    world: World, sdk: AsyncMailerSendClient
) -> None:
    people = [f"person{number}@customer.example.com" for number in range(30)]
    answers = await asyncio.gather(*(sdk.emails.send(email(to=each).build()) for each in people))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.headers["x-message-id"] for answer in answers}) == 30
    world.advance(10)
    reads = await asyncio.gather(
        *(
            sdk.messages.get_message(MessageGetRequest(message_id=answer.headers["x-message-id"]))
            for answer in answers
        )
    )
    statuses = [read.data["data"]["emails"][0]["status"] for read in reads]
    assert statuses == ["delivered"] * 30
    window = ActivityQueryParams(
        date_from=AT_NOON - 60, date_to=AT_NOON + 10, event=["delivered"], limit=100
    )
    request = ActivityRequest(domain_id=SDK_DOMAIN, query_params=window)
    assert len((await sdk.activities.get(request)).data["data"]) == 30
    counted = await sdk.analytics.get_activity_by_date(
        AnalyticsRequest(
            domain_id=SDK_DOMAIN, date_from=AT_NOON - 60, date_to=AT_NOON + 10, event=["delivered"]
        )
    )
    assert counted.data["data"]["stats"][0]["delivered"] == 30


async def test_bulk_and_schedules(world: World, sdk: AsyncMailerSendClient) -> None:
    taken = await sdk.emails.send_bulk([email().build(), email().build()])
    world.advance(2)
    state = (await sdk.emails.get_bulk_status(taken.data["bulk_email_id"])).data["data"]
    assert state["state"] == "completed"
    # The SDK compares with the machine's own time.
    world.control("POST", "/clock", {"now": None})
    later = await sdk.emails.send(email().send_at(int(time.time()) + 3600).build())
    message_id = later.headers["x-message-id"]
    planned = await sdk.schedules.get_schedule(ScheduleGetRequest(message_id=message_id))
    assert planned.data["data"]["status"] == "scheduled"
    gone = await sdk.schedules.delete_schedule(ScheduleDeleteRequest(message_id=message_id))
    assert gone.status_code == 204


async def test_domains_tokens_people_lists_and_templates(
    world: World, sdk: AsyncMailerSendClient
) -> None:
    made = (await sdk.domains.create_domain(DomainCreateRequest(name="sdk.test"))).data["data"]
    shown = await sdk.domains.get_domain(DomainGetRequest(domain_id=made["id"]))
    assert shown.data["data"]["is_verified"] is False
    gone = await sdk.domains.delete_domain(DomainDeleteRequest(domain_id=made["id"]))
    assert gone.status_code == 204
    token = await sdk.tokens.create_token(
        TokenCreateRequest(name="t", domain_id=SDK_DOMAIN, scopes=["email_full"])
    )
    assert token.data["data"]["accessToken"].startswith("mlsn.")
    invited = await sdk.users.invite_user(UserInviteRequest(email="new@shop.test", role="Admin"))
    assert invited.data["data"]["email"] == "new@shop.test"
    await sdk.recipients.add_hard_bounces(
        SuppressionAddRequest(domain_id=SDK_DOMAIN, recipients=["x@b.test"])
    )
    assert len((await sdk.recipients.list_hard_bounces()).data["data"]) == 1
    world.seed(templates=[{"id": "7nxe3yjmeq28vp0k", "name": "Welcome"}])
    assert (await sdk.templates.list_templates()).data["data"][0]["name"] == "Welcome"
    template = await sdk.templates.get_template(TemplateGetRequest(template_id="7nxe3yjmeq28vp0k"))
    assert template.data["data"]["name"] == "Welcome"
    assert (await sdk.api_quota.get_quota()).data["quota"] == -1


async def test_webhooks(world: World, sdk: AsyncMailerSendClient) -> None:
    with run_receiver() as receiver:
        made = await sdk.webhooks.create_webhook(
            WebhookCreateRequest(
                url=receiver.url, name="Hook", events=["activity.sent"], domain_id=SDK_DOMAIN
            )
        )
        await sdk.emails.send(email().build())
        await asyncio.to_thread(world.advance, 10)
        assert receiver.types() == ["activity.sent"]
    query = WebhooksListRequest(query_params=WebhooksListQueryParams(domain_id=SDK_DOMAIN))
    listed = (await sdk.webhooks.list_webhooks(query)).data["data"]
    assert [row["id"] for row in listed] == [made.data["data"]["id"]]
    gone = await sdk.webhooks.delete_webhook(WebhookDeleteRequest(webhook_id=listed[0]["id"]))
    assert gone.status_code == 204


async def test_text_messages(world: World, sdk: AsyncMailerSendClient) -> None:
    world.seed(sms_numbers=[{"telephone_number": NUMBER}])
    sent = await sdk.sms_sending.send(
        SmsSendRequest(from_number=NUMBER, to=["+12025550102"], text="Hi")
    )
    assert sent.status_code == 202
    world.advance(10)
    wanted = SmsMessageGetRequest(sms_message_id=sent.headers["x-sms-message-id"])
    message = (await sdk.sms_messages.get_sms_message(wanted)).data["data"]
    assert message["sms"][0]["text"] == "Hi"


async def test_refusals_become_the_sdk_s_own_errors(
    world: World, sdk: AsyncMailerSendClient
) -> None:
    with pytest.raises(BadRequestError, match="#MS42207"):
        await sdk.emails.send(email("a@elsewhere.example.org").build())
    with pytest.raises(ResourceNotFoundError):
        await sdk.messages.get_message(MessageGetRequest(message_id="unknown"))
    world.seed(account={"state": "suspended"})
    with pytest.raises(MailerSendError, match="#MS40304"):
        await sdk.domains.list_domains()
    world.seed(account={"state": "active", "rate_limits": {"general": 0}})
    with pytest.raises(RateLimitExceeded):
        await sdk.domains.list_domains()
    async with AsyncMailerSendClient(
        api_key="x", base_url=f"{world.root}/v1/", max_retries=0
    ) as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.domains.list_domains()


async def test_the_sdk_s_retries_get_past_a_fault(world: World) -> None:
    world.control("POST", "/faults", [{"path": "/domains", "status": 503, "times": 1}])
    async with AsyncMailerSendClient(
        api_key=world.token, base_url=f"{world.root}/v1/", max_retries=1
    ) as client:
        assert (await client.domains.list_domains()).status_code == 200
