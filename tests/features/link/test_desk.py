"""From a form to a request that is ready to be tried."""

import pytest
from tests.support.link_world import LinkWorld, Shop

from waypost.base.errors import Gone, NotFound, Unprocessable, WaypostError
from waypost.features.link.ask import Ask
from waypost.features.link.desk import Desk, not_signed_in
from waypost.features.link.model import PageOptions
from waypost.features.link.sign_in import SignInFailed


@pytest.fixture
def desk(world: LinkWorld) -> Desk:
    return Desk(world.kernel)


def ask(token: str, **more: object) -> Ask:
    options = PageOptions(integration=str(more.pop("integration", "acme")))
    return Ask(token, options, "json", more)


def test_a_form_becomes_a_request(world: LinkWorld, shop: Shop, desk: Desk) -> None:
    token = shop.link_token(context={"region": "us"})
    request = world.run(desk.read(ask(token, api_token=" key ")))
    values = {name: secret.reveal() for name, secret in request.values.items()}
    assert values == {"api_token": "key", "region": "us"}
    assert (request.offer.name, request.auth_format) == ("acme", "api_key")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"integration": "acne"}, NotFound),
        ({}, Unprocessable),
        ({"api_token": "k", "other": "x"}, Unprocessable),
    ],
)
def test_what_is_not_ready(
    world: LinkWorld, shop: Shop, desk: Desk, changes: dict[str, str], error: type[WaypostError]
) -> None:
    with pytest.raises(error):
        world.run(desk.read(ask(shop.link_token(), **changes)))


def test_an_unknown_and_a_used_token(world: LinkWorld, shop: Shop, desk: Desk) -> None:
    with pytest.raises(NotFound):
        world.run(desk.read(ask("nonsense", api_token="k")))
    token = shop.link_token()
    assert shop.submit(token, api_token="good-key").status_code == 200
    with pytest.raises(Gone):
        world.run(desk.read(ask(token, api_token="k")))


def test_a_sign_in_without_tokens_makes_no_account(
    world: LinkWorld, shop: Shop, desk: Desk
) -> None:
    token = world.run(desk.tokens.find(shop.link_token()))
    offer = world.run(desk.offers(token, PageOptions()))[0]
    outcome = not_signed_in(offer, SignInFailed("It was not allowed.", advice="Start again."))
    assert (outcome.account_id, outcome.error_type, outcome.retry) == (
        None,
        "connection_error",
        True,
    )


def test_a_unified_model_by_its_name_and_by_its_installs_id(
    world: LinkWorld, shop: Shop, desk: Desk
) -> None:
    installed = world.run(world.kernel.mappings.install(shop.id, "user-directory"))
    for key in ("user-directory", installed.id, [installed.id]):
        token = shop.link_token(environment_unified_model_id=key)
        assert world.run(desk.tokens.find(token)).order.unified_models == ("user-directory",)
    assert shop.order(tenant_id="t", environment_unified_model_id="x").status_code == 404
