"""GET /integrated-account/{id}/provider-webhooks, where nobody knows this server's address."""

from tests.support.world import World, make_environment


def test_without_a_public_address_nothing_is_registered_and_that_is_said(world: World) -> None:
    world.sandbox.seed(domains=[{"id": "d0m41n00000000r3", "name": "shop.test"}])
    answer = world.environment.get(f"/integrated-account/{world.account}/provider-webhooks")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["result"]) == ("off", [])
    assert "WAYPOST_PUBLIC_URL" in body["reason"]
    assert world.sandbox.calls() == []


def test_another_environments_account_is_not_found(world: World) -> None:
    other = make_environment(world.environment.served, world.environment.http)
    answer = other.get(f"/integrated-account/{world.account}/provider-webhooks")
    assert answer.status_code == 404


def test_an_integration_without_webhooks_says_so(acme) -> None:
    answer = acme.environment.get(f"/integrated-account/{acme.account}/provider-webhooks")
    assert (answer.json()["state"], answer.json()["result"]) == ("none", [])
