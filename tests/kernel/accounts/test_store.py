"""The table of accounts."""

from waypost.kernel.accounts.model import Account
from waypost.kernel.accounts.store import ACCOUNT_FILTERS, account


def test_what_is_sealed_is_no_part_of_the_record() -> None:
    hidden = set(account.c.keys()) - set(Account.__slots__)
    assert hidden == {"sealed", "refresh_claim", "refresh_claim_until", "needs_reauth_at"}
    assert "sealed" not in ACCOUNT_FILTERS
