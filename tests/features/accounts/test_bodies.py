"""What requests about accounts may say."""

from typing import Any

import pytest

from waypost.base.errors import InvalidRequest
from waypost.features.accounts import bodies
from waypost.kernel.wire.body import parse_body

IMPORT = {"tenant_id": "t", "environment_integration_id": "i", "context": {}}


def test_an_import_is_not_checked_unless_it_says_so() -> None:
    assert parse_body(IMPORT, bodies.NewAccount).check is False
    assert parse_body({**IMPORT, "validate": True}, bodies.NewAccount).check is True


@pytest.mark.parametrize("name", sorted(bodies.READ_ONLY))
def test_a_whole_account_may_be_sent_back(name: str) -> None:
    given = {name: "anything", "tenant_id": "t"}
    assert parse_body(given, bodies.AccountChange).given() == {"tenant_id": "t"}


@pytest.mark.parametrize(
    ("model", "body", "message"),
    [
        (bodies.NewAccount, {**IMPORT, "check": True}, "'check' is not known"),
        (bodies.NewAccount, {**IMPORT, "tennant_id": "t"}, "did you mean 'tenant_id'"),
        (bodies.AccountChange, {"context": []}, "'context'"),
        (bodies.OneAccount, {}, "'id' is missing"),
        (bodies.ManyAccounts, {"ids": "a,b"}, "'ids'"),
        (bodies.OwnChange, {}, "'context' is missing"),
        (bodies.NewTenant, {"id": 5}, "'id'"),
    ],
)
def test_a_wrong_body(model: type[Any], body: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        parse_body(body, model)
