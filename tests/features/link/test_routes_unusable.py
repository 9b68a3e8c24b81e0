"""An address that this server may not or cannot call: the operator's to mend, and nobody else's."""

from collections.abc import Iterator

import pytest
from tests.support.link_world import LinkWorld, Shop, link_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkWorld]:
    """Give a platform that allows no loopback, as `waypost serve` does by itself."""
    folder = tmp_path_factory.mktemp("unusable")
    base_urls = {"acme": "http://127.0.0.1:1/v1", "initech": "http://no-such-name.invalid/v1"}
    with link_world(folder, allow_addresses=(), base_urls=base_urls) as running:
        yield running


@pytest.fixture
def shop(world: LinkWorld) -> Shop:
    return world.shop()


@pytest.mark.parametrize(
    ("integration", "field", "setting"),
    [("acme", "api_token", "WAYPOST_ALLOW_ADDRESSES"), ("initech", "key", "WAYPOST_BASE_URLS")],
)
def test_the_link_page_says_that_the_operator_must_act(
    shop: Shop, integration: str, field: str, setting: str
) -> None:
    answer = shop.submit(shop.link_token(), integration, **{field: "good-key"})
    details = answer.json()["details"]
    assert answer.status_code == 503
    assert "fault on this server" in answer.json()["message"]
    assert details["who_must_act"] == "operator"
    assert setting in details["advice"]
    assert "Nothing is wrong with what you entered" in details["advice"]
    account = shop.account(details["integrated_account_id"])
    assert account.status == "validation_error"
    assert account.last_error is not None
    assert account.last_error["who_must_act"] == "operator"
