"""A provider's list of sent messages is read the way its manifest says."""

import httpx
import pytest
from tests.support.sandbox import Sandbox
from tests.support.sending import DOMAIN, SENDER, letter, moment, post, ready
from tests.support.world import Environment, World

from waypost.kernel.calls.lookup import Lookup
from waypost.kernel.reconciliation.reconcile import Looked, Question, Unreadable
from waypost.kernel.sends.facts import short_digest


@pytest.fixture
def mail(environment: Environment, sandbox: Sandbox) -> World:
    there = sandbox.account()
    account = environment.link("mailersend", {"api_token": there.api_token})
    return ready(World(environment, there, account))


def look(world: World, **more: object) -> Looked | Unreadable:
    kernel = world.environment.served.kernel
    now = moment()
    usual: dict[str, object] = {
        "environment_id": world.environment.id,
        "account_id": world.account,
        "integration": "mailersend",
        "resource": "email",
        "method": "create",
        "sender": SENDER,
        "since": now - 5,
        "until": now,
    }
    question = Question(**{**usual, **more})  # type: ignore[arg-type]
    lookup = Lookup(kernel.calls, kernel.accounts, lambda: moment() + 5)
    return world.environment.served.run(lookup(question))


def test_messages_are_listed_by_the_senders_domain(mail: World) -> None:
    both = [{"email": "nia@example.com"}, {"email": "tom@example.com"}]
    sent = post(mail, "passthrough", letter("Two", to=both))
    looked = look(mail)
    assert isinstance(looked, Looked)
    [message] = looked.messages
    assert message.id == sent.headers["x-message-id"]
    assert message.message.recipients == ("nia@example.com", "tom@example.com")
    assert message.at is not None
    assert looked.slack == 90
    assert short_digest("nia@example.com") != short_digest("tom@example.com")
    records = [each for each in mail.environment.records() if each["surface"] == "reconcile"]
    assert [each["status"] for each in records] == [200]


def test_a_subdomain_is_looked_for_at_its_domain(mail: World) -> None:
    assert isinstance(look(mail, sender=f"a@eu.{DOMAIN}"), Looked)
    assert isinstance(look(mail, sender=f"a@not{DOMAIN}"), Unreadable)
    assert isinstance(look(mail, sender=None), Unreadable)


@pytest.mark.parametrize("status", [401, 403, 422, 500])
def test_a_refused_list_tells_nothing(mail: World, status: int) -> None:
    mail.sandbox.fault(method="GET", path="/emails", status=status, times=None)
    looked = look(mail)
    assert isinstance(looked, Unreadable)
    assert str(status) in looked.note
    assert not looked.is_final


def test_an_account_that_is_gone_is_told_for_good(mail: World) -> None:
    assert look(mail, account_id="nobody") == Unreadable("The account is gone.", is_final=True)


def test_a_provider_without_such_a_list_is_told_for_good(mail: World) -> None:
    looked = look(mail, resource="whatsapp")
    assert isinstance(looked, Unreadable)
    assert looked.is_final


def test_many_pages_are_read(mail: World, http: httpx.Client) -> None:
    people = [{"email": f"p{number}@example.com"} for number in range(50)]
    for number in range(3):
        post(mail, "passthrough", letter(f"Many {number}", to=people))
    looked = look(mail)
    assert isinstance(looked, Looked)
    assert [len(each.message.recipients) for each in looked.messages] == [50, 50, 50]
