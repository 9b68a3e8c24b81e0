"""What is told of a suppression."""

import pytest

from waypost.base.errors import InvalidRequest
from waypost.kernel.suppressions.model import (
    account_scope,
    checked_reason,
    domain_scope,
    wire_scope,
)


def test_how_scopes_are_shown() -> None:
    assert wire_scope("all") == {"type": "all"}
    assert wire_scope(account_scope("a1")) == {"type": "account", "integrated_account_id": "a1"}
    assert wire_scope(domain_scope("Shop.TEST")) == {"type": "domain", "domain": "shop.test"}


def test_only_a_provider_holds_back_without_saying_why() -> None:
    assert checked_reason("complaint") == "complaint"
    with pytest.raises(InvalidRequest, match="reason must be one of"):
        checked_reason("provider")
