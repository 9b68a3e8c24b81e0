"""The database door: what a transaction promises, on SQLite and PostgreSQL."""

import asyncio
import os
import stat
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
    text,
)

from waypost.base.database import (
    Database,
    Json,
    Misfit,
    Moment,
    TransactionOpen,
    after_commit,
    insert_absent,
    insert_if_absent,
    refuse_inside_transaction,
)
from waypost.base.errors import InvalidRequest, SettingInvalid, StorageUnavailable

pytestmark = pytest.mark.anyio

_own = MetaData()
note = Table(
    "note",
    _own,
    Column("id", Text, primary_key=True),
    Column("at", Moment),
    Column("value", Json),
    Column("count", Integer),
)


@pytest.fixture
async def notes(empty_database: Database) -> Database:
    await empty_database.run_alone(_own.create_all)
    return empty_database


async def _count(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(note))).scalar_one()


async def test_a_write_is_kept_and_values_come_back_as_they_went(notes: Database) -> None:
    value = {"z": 1, "a": [None, True, "ü"], "deep": {"x": 1.5}, "long": -(2**64), "u": 2**64 - 1}
    async with notes.write() as connection:
        await connection.execute(insert(note).values(id="1", at=1763782245.123456, value=value))
    async with notes.read() as connection:
        row = (await connection.execute(select(note))).one()
    assert (row.at, row.value, list(row.value)) == (
        1763782245.123456,
        value,
        ["z", "a", "deep", "long", "u"],
    )


async def test_an_error_undoes_everything_and_no_callback_runs(notes: Database) -> None:
    heard: list[str] = []

    async def write(divisor: int) -> float:
        async with notes.write() as connection:
            await connection.execute(insert(note).values(id="1"))
            after_commit(lambda: heard.append("committed"))
            assert heard == []
            return 1 / divisor

    with pytest.raises(ZeroDivisionError):
        await write(0)
    assert (await _count(notes), heard) == (0, [])
    await write(1)
    assert (await _count(notes), heard) == (1, ["committed"])


async def test_a_reader_cannot_write(notes: Database) -> None:
    with pytest.raises(StorageUnavailable):
        async with notes.read() as connection:
            await connection.execute(insert(note).values(id="1"))
    assert await _count(notes) == 0


async def test_provider_calls_are_refused_exactly_while_a_transaction_is_open(
    notes: Database,
) -> None:
    refuse_inside_transaction()
    for opened in (notes.read, notes.write):
        async with opened():
            with pytest.raises(TransactionOpen):
                refuse_inside_transaction()
        refuse_inside_transaction()


async def test_a_task_started_inside_is_free_once_the_transaction_is_closed(
    notes: Database,
) -> None:
    closed = asyncio.Event()

    async def later() -> None:
        await closed.wait()
        refuse_inside_transaction()
        assert await _count(notes) == 0

    async with notes.write():
        task = asyncio.get_running_loop().create_task(later())
    closed.set()
    await task


async def test_a_transaction_inside_another_is_refused(notes: Database) -> None:
    async with notes.write():
        with pytest.raises(TransactionOpen):
            async with notes.read():
                pass
    with pytest.raises(TransactionOpen):
        after_commit(lambda: None)


async def test_many_writers_wait_for_one_another(notes: Database) -> None:
    async with notes.write() as connection:
        await connection.execute(insert(note).values(id="1", count=0))

    async def add_one() -> None:
        async with notes.write() as connection:
            locked = select(note.c.count).with_for_update()
            count = (await connection.execute(locked)).scalar_one()
            await connection.execute(note.update().values(count=count + 1))

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with notes.read() as connection:
        assert (await connection.execute(select(note.c.count))).scalar_one() == 40


async def test_two_processes_write_to_one_file_without_busy_errors(
    notes: Database, database_url: str
) -> None:
    other = Database(database_url, synchronous="NORMAL")

    async def write(database: Database, name: str) -> None:
        async with database.write() as connection:
            await connection.execute(insert(note).values(id=name))

    both = [(notes, "a"), (other, "b")]
    await asyncio.gather(*(write(db, f"{who}{n}") for n in range(25) for db, who in both))
    await other.close()
    assert await _count(notes) == 50


async def test_a_cancelled_write_leaves_the_door_usable(notes: Database) -> None:
    for wait in range(12):
        await notes.ping()  # connected: asyncpg itself complains when cancelled while connecting
        task = asyncio.get_running_loop().create_task(_write_slowly(notes, f"x{wait}"))
        for _ in range(wait):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    refuse_inside_transaction()
    async with notes.write() as connection:
        await connection.execute(insert(note).values(id="after"))
    assert await _count(notes) == 1


async def _write_slowly(database: Database, name: str) -> None:
    async with database.write() as connection:
        await connection.execute(insert(note).values(id=name))
        await asyncio.Event().wait()


async def test_insert_if_absent_says_who_was_first(notes: Database) -> None:
    async with notes.write() as connection:
        assert await insert_if_absent(connection, note, {"id": "1", "count": 1}, keys=["id"])
        assert not await insert_if_absent(connection, note, {"id": "1", "count": 2}, keys=["id"])
        assert (await connection.execute(select(note.c.count))).scalar_one() == 1


async def test_insert_absent_says_which_are_new(notes: Database) -> None:
    async with notes.write() as connection:
        rows = [{"id": each, "count": 1} for each in ("1", "2", "1")]
        assert await insert_absent(connection, note, rows) == {"1", "2"}
        rows = [{"id": str(each), "count": 2} for each in range(2000)]
        assert len(await insert_absent(connection, note, rows)) == 1998
        found = await connection.execute(select(note.c.count).where(note.c.id == "1"))
        assert found.scalar_one() == 1


async def test_work_in_one_go_is_kept_whole_or_not_at_all(notes: Database) -> None:
    def add(core: Connection) -> None:
        core.execute(insert(note).values(id="a"))

    def fail(core: Connection) -> None:
        core.execute(insert(note).values(id="b"))
        core.execute(text("SELECT * FROM nowhere"))

    await notes.write_at_once(add)
    with pytest.raises(Exception, match="nowhere"):
        await notes.write_at_once(fail)
    async with notes.read() as connection:
        assert (await connection.execute(select(note.c.id))).scalars().all() == ["a"]
    async with notes.write():
        with pytest.raises(TransactionOpen):
            await notes.write_at_once(add)


async def test_our_own_wrong_statements_are_not_blamed_on_the_operator(notes: Database) -> None:
    for statement in ("SELECT * FROM absent_table", "SELEC 1"):
        with pytest.raises(Exception, match=r"absent_table|SELEC") as raised:
            async with notes.read() as connection:
                await connection.execute(text(statement))
        assert not isinstance(raised.value, StorageUnavailable)


@pytest.mark.parametrize("values", [{"id": "\ud800"}, {"id": "1", "value": {"a": "\ud800"}}])
async def test_a_text_that_cannot_be_stored_is_the_caller_s(
    notes: Database, values: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest):
        async with notes.write() as connection:
            await connection.execute(insert(note).values(**values))
    assert await _count(notes) == 0


async def test_a_value_that_does_not_fit_is_no_storage_that_is_away(notes: Database) -> None:
    # Whoever keeps a batch until the database is back would keep this one for ever.
    with pytest.raises((Misfit, OverflowError)) as raised:
        async with notes.write() as connection:
            await connection.execute(insert(note).values(id="1", count=73 * 10**20))
    assert "7300000" not in "".join(traceback.format_exception(raised.value))
    assert await _count(notes) == 0


async def test_error_texts_carry_no_values(notes: Database) -> None:
    async with notes.write() as connection:
        await connection.execute(insert(note).values(id="planted-value"))
    with pytest.raises(Exception, match=r"(?i)unique") as raised:
        async with notes.write() as connection:
            await connection.execute(insert(note).values(id="planted-value", value={"k": "s3cret"}))
    assert "s3cret" not in str(raised.value)


async def test_unreachable_storage_is_the_operators(tmp_path: Path) -> None:
    nobody = Database("postgresql://waypost:hunter2@127.0.0.1:9/waypost")
    with pytest.raises(StorageUnavailable) as raised:
        await nobody.ping()
    assert "hunter2" not in str(raised.value)
    await nobody.close()

    (tmp_path / "file.db").write_bytes(b"this is not a database, by any stretch" * 100)
    garbled = Database(f"sqlite:///{tmp_path / 'file.db'}")
    with pytest.raises(StorageUnavailable):
        await garbled.ping()
    await garbled.close()


@pytest.mark.parametrize(
    "url", ["mysql://h/d", "not a url", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://h"]
)
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(SettingInvalid):
        Database(url)


async def test_the_sqlite_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "waypost.db"
    old = os.umask(0)
    try:
        database = Database(f"sqlite:///{path}")
    finally:
        os.umask(old)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE t (x TEXT)"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    async with database.read() as connection:
        pragmas = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 1}
    await database.close()
