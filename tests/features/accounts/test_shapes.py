"""Accounts and tenants on the wire."""

import re
from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.base.errors import Forbidden
from waypost.features.accounts import shapes
from waypost.kernel.accounts.context import PROTECTED
from waypost.kernel.tenants import Tenant


def test_a_holder_sees_its_access_token_and_no_other_secret() -> None:
    shown = {"a": 1, "oauth": {"token": {"expires_at": "x"}, "scope": "s"}}
    token = {"access_token": "at", "refresh_token": "rt", "expires_at": "x"}
    whole = {"a": 1, "api_token": "k", "oauth": {"token": token, "scope": "s"}}
    own = shapes.own_context(shown, whole)
    assert own == {
        "a": 1,
        "oauth": {"token": {"expires_at": "x", "access_token": "at"}, "scope": "s"},
    }
    assert shown["oauth"] == {"token": {"expires_at": "x"}, "scope": "s"}


def test_without_oauth_a_holder_sees_what_all_see() -> None:
    assert shapes.own_context({"a": 1}, {"a": 1, "api_token": "k"}) == {"a": 1}
    assert shapes.own_context({}, {"oauth": {"token": {}}}) == {}


SHOWN = {"items": [1], "oauth": {"token": {"access_token": "at", "expires_at": "x"}, "scope": "s"}}


def test_a_token_that_is_sent_back_is_left_out() -> None:
    mine = shapes.own_change(SHOWN, shown=SHOWN, secret_names=())
    assert mine == {"items": [1], "oauth": {"scope": "s"}}
    assert shapes.own_change({"items": []}, shown=SHOWN, secret_names=()) == {"items": []}


@pytest.mark.parametrize(
    ("context", "field"),
    [
        *(({name: "x"}, name) for name in sorted(PROTECTED)),
        ({"note": 1, "access_token": None}, "access_token"),
        ({"shop_key": "x"}, "shop_key"),
        ({"oauth": "x"}, "oauth"),
        ({"oauth": None}, "oauth"),
        ({"oauth": {"token": None}}, "oauth.token"),
        ({"oauth": {"token": {"access_token": "other"}}}, "oauth.token.access_token"),
        ({"oauth": {"token": {"access_token": None}}}, "oauth.token.access_token"),
        ({"oauth": {"token": {"refresh_token": "rt"}}}, "oauth.token.refresh_token"),
        ({"oauth": {"token": {"expires_in": 1}}}, "oauth.token.expires_in"),
        ({"oauth": {"token": {"id_token": None}}}, "oauth.token.id_token"),
    ],
)
def test_a_holder_does_not_choose_credentials(context: dict[str, Any], field: str) -> None:
    with pytest.raises(Forbidden, match=rf"context\.{re.escape(field)} is a credential"):
        shapes.own_change(context, shown=SHOWN, secret_names={"shop_key"})


def test_a_sandbox_is_known_by_its_account() -> None:
    account = {"id": "a1", "created_at": "c", "updated_at": "u", "status": "active"}
    assert shapes.sandbox_account(account)["integrated_account"] == account
    assert shapes.sandbox_account(account)["id"] == "a1"


def test_a_tenant() -> None:
    shown = shapes.tenant(Tenant("e1", "t1", "T", {"a": 1}, 0.0, 0.0))
    assert (shown["id"], shown["name"], shown["metadata"]) == ("t1", "T", {"a": 1})


@pytest.mark.anyio
async def test_an_account_whose_install_went_meanwhile_is_left_out(database: Database) -> None:
    world = KernelWorld(database)
    account = await world.account(await world.environment())
    install = await world.installs.get(account.environment_id, account.install_id)
    (shown,) = shapes.shown_accounts([account], {install.id: install}, world.manifests)
    assert shown == await world.accounts.wire(account)
    assert shapes.shown_accounts([account], {}, world.manifests) == []
