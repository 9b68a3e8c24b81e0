"""What the tables of environments keep."""

from waypost.kernel.environments import store


def test_no_column_holds_a_token() -> None:
    for table in (store.api_token, store.account_token):
        assert "token" not in table.c
        assert "digest" in table.c
