"""What queue and worker share: the engine's own connections, its serializer, its names."""

import logging
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url

APPLICATION = "waypost"
VERSION = "1"
"""Jobs of one version are run by any process of it; a constant, since payloads are plain JSON."""
JOB = "waypost_job"
LANES = {"events": 32, "deliveries": 128, "syncs": 8, "upkeep": 8}
"""How many jobs of a lane one process runs at a time; they wait for the network, not for it."""
PARTITIONED = frozenset({"deliveries"})
"""Lanes in which one slow endpoint's work waits for itself alone."""
POLL_SECONDS = {"events": 0.1, "deliveries": 0.1, "syncs": 0.5, "upkeep": 1.0}


def queue_name(lane: str) -> str:
    """Return the name of a lane's queue."""
    return f"waypost-{lane}"


def sync_url(url: str) -> URL:
    """Return a database URL with the driver that DBOS's threads use."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    return parsed.set(drivername="sqlite" if is_sqlite else "postgresql+psycopg")


def make_engine(url: URL) -> Engine:
    """Make the connections of DBOS's threads.

    On SQLite as DBOS itself prepares them (IMMEDIATE, a patient busy timeout), and with WAL and
    FULL: without WAL it does a third of the work, without FULL a power cut undoes what was done.
    """
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    engine = create_engine(url, pool_size=8, max_overflow=16)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def schema_of(engine: Engine) -> str | None:
    """Return the schema of DBOS's tables; SQLite has none."""
    return None if engine.dialect.name == "sqlite" else "dbos"


def has_tables(engine: Engine) -> bool:
    """Say whether DBOS's tables were made in this database."""
    return inspect(engine).has_table("workflow_status", schema=schema_of(engine))


def has_work(engine: Engine) -> bool:
    """Say whether any job is unfinished, without loading DBOS."""
    if not has_tables(engine):
        return False
    table = "workflow_status" if schema_of(engine) is None else "dbos.workflow_status"
    query = text(
        f"SELECT 1 FROM {table}"  # noqa: S608 - one of two literals
        " WHERE status IN ('DELAYED', 'ENQUEUED', 'PENDING') LIMIT 1"
    )
    with engine.connect() as connection:
        return connection.execute(query).first() is not None


def json_serializer() -> Any:
    """Return a serializer that keeps arguments as JSON: pickles run code when they are read."""
    from dbos import Serializer  # noqa: PLC0415 - DBOS is loaded when it is needed

    class JsonSerializer(Serializer):
        def serialize(self, data: Any) -> str:
            if isinstance(data, BaseException):
                data = {"error": f"{type(data).__name__}: {data}"}
            return orjson.dumps(data, default=_plain).decode()

        def deserialize(self, serialized_data: str) -> Any:
            return orjson.loads(serialized_data)

        def name(self) -> str:
            return "waypost_json"

    return JsonSerializer()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseException):
        return {"error": f"{type(value).__name__}: {value}"}
    return str(value)


def keep_quiet() -> None:
    """Keep DBOS's greetings out of the log; its warnings stay."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
