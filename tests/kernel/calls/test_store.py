"""Call records in the database, on SQLite and PostgreSQL alike."""

import pytest
from tests.support.turned_clock import START

from waypost.base.database import Database
from waypost.kernel.calls.record import CallRecord
from waypost.kernel.calls.store import COLUMNS, LogQuery, insert_batch, list_records

pytestmark = pytest.mark.anyio


def entry(number: int, environment: str = "e", **more) -> CallRecord:
    return CallRecord(
        f"r{number}", environment, f"a{number % 2}", "t", "acme", "proxy", START + number, **more
    )


async def listed(database: Database, **query) -> list[str]:
    async with database.read() as connection:
        rows = await list_records(connection, LogQuery(query.pop("environment", "e"), **query))
    return [row["id"] for row in rows]


def test_a_record_is_a_row() -> None:
    assert tuple(CallRecord.__struct_fields__) == COLUMNS


async def test_whole_record_comes_back(database: Database) -> None:
    record = entry(1, notes=[{"note": "paced", "seconds": 1.5}], message="é", bytes_out=2**40)
    record.result_count, record.needs_reauth = 3, True
    await insert_batch(database, [record.row()])
    async with database.read() as connection:
        (row,) = await list_records(connection, LogQuery("e"))
    assert row["bytes_out"] == 2**40
    assert row["notes"] == [{"note": "paced", "seconds": 1.5}]
    assert (row["message"], row["result_count"], row["needs_reauth"]) == ("é", 3, True)
    assert row["at"] == START + 1


async def test_newest_first_and_only_ones_own(database: Database) -> None:
    rows = [entry(n).row() for n in range(5)] + [entry(9, "other").row()]
    await insert_batch(database, rows)
    assert await listed(database) == ["r4", "r3", "r2", "r1", "r0"]
    assert await listed(database, limit=2) == ["r4", "r3"]
    assert await listed(database, environment="other") == ["r9"]
    assert await listed(database, environment="none") == []


@pytest.mark.parametrize("accounts", [1, 2, 40])
async def test_many_records_come_back_as_they_were(database: Database, accounts: int) -> None:
    records = [entry(n, status=200 + n % 7, bytes_out=n * 10**7) for n in range(400)]
    for number, each in enumerate(records):
        each.account_id = f"a{number % accounts}"
    records[3].notes, records[5].message = [{"note": "paced"}], "odd"
    await insert_batch(database, [each.row() for each in records])
    async with database.read() as connection:
        rows = await list_records(connection, LogQuery("e", limit=1000))
    back = [CallRecord(**{name: row[name] for name in COLUMNS}) for row in rows]
    assert back == records[::-1]


async def test_filters(database: Database) -> None:
    await insert_batch(database, [entry(n, status=200 + n).row() for n in range(5)])
    assert await listed(database, account_id="a1") == ["r3", "r1"]
    assert await listed(database, since=START + 2) == ["r4", "r3"]
    assert await listed(database, until=START + 2) == ["r1", "r0"]
    assert await listed(database, equals=(("status", 203),)) == ["r3"]


async def test_pages_follow_one_another_within_one_moment(database: Database) -> None:
    same = [entry(n) for n in range(4)]
    for record in same:
        record.at = START
    await insert_batch(database, [record.row() for record in same])
    seen: list[str] = []
    before = None
    while True:
        async with database.read() as connection:
            rows = await list_records(connection, LogQuery("e", before=before, limit=3))
        if not rows:
            break
        seen += [row["id"] for row in rows]
        before = (rows[-1]["at"], rows[-1]["sequence"])
    assert seen == ["r3", "r2", "r1", "r0"]
