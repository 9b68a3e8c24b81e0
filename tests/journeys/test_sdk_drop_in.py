"""The provider's own SDK, pointed at the passthrough with a Waypost token as its key."""

from collections.abc import Iterator

import pytest
from mailersend import EmailBuilder, MailerSendClient
from mailersend.exceptions import AuthenticationError, ResourceNotFoundError
from mailersend.models.domains import DomainGetRequest
from tests.support.world import World

DOMAIN = "vz9dlem9wn14kj50"


def client_for(world: World, token: str) -> MailerSendClient:
    base_url = f"{world.environment.url}/passthrough/{world.account}/"
    return MailerSendClient(api_key=token, base_url=base_url, max_retries=0, timeout=10)


@pytest.fixture
def sdk(world: World) -> Iterator[MailerSendClient]:
    world.sandbox.seed(domains=[{"id": DOMAIN, "name": "shop.example.com"}])
    client = client_for(world, world.environment.token)
    yield client
    client.session.close()


def test_it_sends_a_mail(world: World, sdk: MailerSendClient) -> None:
    # The SDK itself refuses addresses under .test.
    email = (
        EmailBuilder()
        .from_email("hello@shop.example.com", "Shop")
        .to("ada@customer.example.com", "Ada")
        .subject("Hello")
        .text("Hi")
        .build()
    )
    answer = sdk.emails.send(email)
    assert answer.status_code == 202
    sent = next(call for call in world.sandbox.calls() if call["path"].endswith("/email"))
    assert sent["method"] == "POST"
    assert answer.headers["x-message-id"]


def test_it_lists_and_gets_domains(sdk: MailerSendClient) -> None:
    listed = sdk.domains.list_domains()
    assert [domain["name"] for domain in listed.data["data"]] == ["shop.example.com"]
    found = sdk.domains.get_domain(DomainGetRequest(domain_id=DOMAIN))
    assert found.data["data"]["id"] == DOMAIN


def test_it_sees_the_providers_own_refusals(sdk: MailerSendClient) -> None:
    with pytest.raises(ResourceNotFoundError):
        sdk.domains.get_domain(DomainGetRequest(domain_id="0r83ql3m6vgzw1jm"))


def test_it_works_with_an_account_token_and_not_with_a_strangers(world: World) -> None:
    own = client_for(world, world.environment.account_token(world.account))
    assert own.domains.list_domains().status_code == 200
    own.session.close()
    stranger = client_for(world, "nobody")
    with pytest.raises(AuthenticationError):
        stranger.domains.list_domains()
    stranger.session.close()
