"""The table of tenants."""

from waypost.kernel.tenants.store import tenant


def test_an_id_is_unique_within_its_environment() -> None:
    assert [column.name for column in tenant.primary_key] == ["environment_id", "id"]
