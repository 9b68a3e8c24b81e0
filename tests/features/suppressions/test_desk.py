"""What a person may ask, and how it is refused."""

from typing import Any

import pytest
from tests.support.world import World

from waypost.base.errors import InvalidRequest, NotFound
from waypost.features.suppressions.desk import Desk
from waypost.features.suppressions.shapes import NewSuppression


def desk_of(world: World) -> Desk:
    kernel = world.environment.served.kernel
    return Desk(kernel)


@pytest.mark.parametrize(
    ("body", "scope"),
    [
        ({"tenant_id": "tenant-1"}, "all"),
        ({"integrated_account_id": "?"}, "account:?"),
        ({"integrated_account_id": "?", "domain": "Shop.test"}, "domain:shop.test"),
        ({"integrated_account_id": "?", "scope": "all"}, "all"),
    ],
)
def test_what_is_named_is_the_scope(world: World, body: dict[str, Any], scope: str) -> None:
    given: dict[str, Any] = {
        name: world.account if value == "?" else value for name, value in body.items()
    }
    new = NewSuppression(address="nia@y.test", **given)
    served = world.environment.served
    [entry] = served.run(desk_of(world).add(world.environment.id, new))
    assert entry.scope == scope.replace("?", world.account)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "'tenant_id' is missing"),
        ({"tenant_id": "tenant-1", "address": None}, "Give 'address'"),
        ({"tenant_id": "tenant-1", "scope": "domain"}, "needs 'domain'"),
        ({"tenant_id": "tenant-1", "scope": "account"}, "needs 'integrated_account_id'"),
        ({"tenant_id": "tenant-1", "scope": "world"}, "scope must be"),
        ({"tenant_id": "tenant-1", "reason": "whim"}, "reason must be"),
        ({"tenant_id": "tenant-1", "address": "nobody"}, "no address"),
        ({"tenant_id": "tenant-2", "integrated_account_id": "?"}, "another tenant's"),
    ],
)
def test_wrong_entries_are_refused(world: World, body: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        name: world.account if value == "?" else value for name, value in body.items()
    }
    new = NewSuppression(**{"address": "nia@y.test", **given})
    with pytest.raises(InvalidRequest, match=message):
        world.environment.served.run(desk_of(world).add(world.environment.id, new))


def test_a_tenant_nobody_has_is_not_found(world: World) -> None:
    new = NewSuppression(address="nia@y.test", tenant_id="nobody")
    with pytest.raises(NotFound):
        world.environment.served.run(desk_of(world).add(world.environment.id, new))
