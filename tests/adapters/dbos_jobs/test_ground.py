"""The connections and names that queue and worker share."""

import pytest

from waypost.adapters.dbos_jobs.ground import json_serializer, make_engine, queue_name, sync_url


def test_sqlite_is_durable_as_dbos_needs_it(tmp_path) -> None:
    engine = make_engine(sync_url(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"))
    with engine.connect() as connection:
        shown = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    engine.dispose()
    assert shown == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30000}


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite+aiosqlite:///x.db", "sqlite"),
        ("sqlite:///x.db", "sqlite"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+psycopg"),
        ("postgres://u:p@h/d", "postgresql+psycopg"),
    ],
)
def test_a_database_url_gets_the_driver_of_threads(given: str, driver: str) -> None:
    assert sync_url(given).drivername == driver


def test_arguments_are_kept_as_json_and_errors_as_their_words() -> None:
    serializer = json_serializer()
    kept = serializer.serialize({"args": ["note", {"n": 1}, 1], "kwargs": {}})
    assert kept == '{"args":["note",{"n":1},1],"kwargs":{}}'
    assert serializer.deserialize(kept)["args"] == ["note", {"n": 1}, 1]
    assert serializer.serialize(ValueError("no")) == '{"error":"ValueError: no"}'


def test_lanes_have_queues_of_their_own() -> None:
    assert queue_name("events") == "waypost-events"
