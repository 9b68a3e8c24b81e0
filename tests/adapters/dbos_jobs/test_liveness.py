"""Locks that end with their process."""

from waypost.adapters.dbos_jobs.ground import make_engine, sync_url
from waypost.adapters.dbos_jobs.liveness import make_liveness
from waypost.base.database import Database


async def _pending(database: Database, *executors: str) -> None:
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    schema = [] if database.is_sqlite else ["CREATE SCHEMA dbos"]
    create = f"CREATE TABLE {table} (executor_id TEXT, status TEXT)"
    rows = [f"INSERT INTO {table} VALUES ('{each}', 'PENDING')" for each in executors]
    async with database.write() as connection:
        for statement in [*schema, create, *rows]:
            await connection.exec_driver_sql(statement)


async def test_a_worker_that_lives_is_not_dead_and_one_that_let_go_is(
    empty_database: Database, database_url: str, anyio_backend: str
) -> None:
    await _pending(empty_database, "first", "second", "gone")
    engine = make_engine(sync_url(database_url))
    first, second = make_liveness(engine, "first"), make_liveness(engine, "second")
    first.hold()
    second.hold()
    try:
        assert first.is_held()
        assert first.dead() == ["gone"]
        assert second.dead() == [], "the first has taken that lock"
        first.bury("gone")
        second.release()
        assert sorted(first.dead()) == ["gone", "second"]
    finally:
        first.release()
        engine.dispose()
