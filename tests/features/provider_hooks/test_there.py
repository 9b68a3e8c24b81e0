"""What the provider is asked: whole lists, and removals that may have happened already."""

import pytest
from tests.features.provider_hooks.conftest import Hooked

from waypost.base.errors import ProviderRefused
from waypost.engine.hooks import Subject, ThereHook
from waypost.features.provider_hooks.there import There


def there(hooked: Hooked, account: str) -> There:
    kernel = hooked.served.kernel

    async def bound() -> There:
        found = await kernel.accounts.for_call(hooked.environment.id, account)
        return There(kernel.calls, await kernel.calls.bind_account(found))

    return hooked.served.run(bound())


def test_every_page_of_the_subjects_is_read(hooked: Hooked) -> None:
    hooked.sandbox.seed(
        domains=[{"id": f"d0m41n0000000{n:03}", "name": f"d{n}.test"} for n in range(120)]
    )
    account = hooked.link(provider_webhooks=["none"])
    provider = there(hooked, account)
    (kind,) = provider.wanted()
    assert len(hooked.served.run(provider.subjects(kind))) == 122


def test_accounts_that_ask_for_more_get_more(hooked: Hooked) -> None:
    provider = there(hooked, hooked.link(provider_webhooks=["sms"]))
    assert [kind.name for kind in provider.wanted()] == ["domain", "sms_number", "sms_inbound"]


def test_what_is_removed_already_is_removed(hooked: Hooked) -> None:
    provider = there(hooked, hooked.link())
    (kind,) = provider.wanted()
    gone = {"hook": ThereHook("w3bh00k000000000").scope()}
    hooked.served.run(provider.delete(kind, gone))
    (logged,) = [r for r in hooked.environment.records() if r["method"] == "delete"]
    assert (logged["resource"], logged["status"]) == ("webhooks", 404)


def test_a_refusal_is_raised_and_logged(hooked: Hooked) -> None:
    provider = there(hooked, hooked.link())
    (kind,) = provider.wanted()
    nobodys = Subject("n0d0m41n00000000")
    with pytest.raises(ProviderRefused) as refused:
        hooked.served.run(provider.hooks(kind, nobodys, {"subject": nobodys.scope()}))
    assert refused.value.status == 422
