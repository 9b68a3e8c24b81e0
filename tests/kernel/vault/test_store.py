"""The table of data keys."""

from waypost.kernel.vault.store import data_key


def test_an_owner_has_one_data_key_within_its_environment() -> None:
    unique = {
        tuple(column.name for column in each.columns)  # type: ignore[attr-defined]
        for each in data_key.constraints
    }
    assert ("environment_id", "owner_id") in unique
