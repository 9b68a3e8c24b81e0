"""The one door to the database: short transactions, portable types, driver errors translated.

Conventions of every table: ids are text; moments are Unix seconds as `Moment` (double precision),
so that they sort and compare alike on SQLite and PostgreSQL; `Json` is JSON kept as it was written;
sealed values are bytes. SQL itself stays beside its room, in `store.py`.
"""

import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import msgspec
import orjson
from sqlalchemy import (
    JSON,
    Connection,
    Double,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    exc,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from waypost.base.connection import AsyncConnection, Lanes, Pool, connected, dispose
from waypost.base.errors import InvalidRequest, NotFound, SettingInvalid, StorageUnavailable

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Moment = Double
"""A moment: Unix seconds."""

Json = JSON(none_as_null=True)
"""A JSON value, its key order kept; None is SQL NULL."""

_MIGRATION_LOCK = 0x57617970  # "Wayp": one migrating process at a time on PostgreSQL
_DATA_EXCEPTION = "22"  # the class of PostgreSQL's error codes for values; another try fails alike
_TOO_BUSY = "The database is too busy to answer."
_NO_TEXT = "A text in the request holds a character that cannot be stored."
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class TransactionOpen(RuntimeError):
    """A provider was about to be called, or a transaction opened, inside an open transaction.

    It is a mistake in our code, so it belongs to no family of `base/errors.py`.
    """


class Misfit(ValueError):
    """A value does not fit its column, such as a number too large for it: a mistake in our code.

    Its text never holds the value, which may be a secret and which PostgreSQL's own text quotes.
    """


@dataclass(slots=True, eq=False)
class _Scope:
    """One transaction; children tasks inherit the object, so closing it frees them too."""

    open: bool = True
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_scope: ContextVar[_Scope | None] = ContextVar("waypost_transaction", default=None)


def refuse_inside_transaction() -> None:
    """Raise TransactionOpen when the running task holds a transaction open."""
    scope = _scope.get()
    if scope is not None and scope.open:
        raise TransactionOpen("a transaction is open: store, close, then call the provider")


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the open write transaction has committed; never if it rolls back."""
    scope = _scope.get()
    if scope is None or not scope.open:
        raise TransactionOpen("after_commit needs an open write transaction")
    scope.after_commit.append(callback)


class Database:
    """Open short transactions on SQLite (one file) or PostgreSQL.

    `url` is `sqlite:///path/to/file` or `postgresql://user:password@host/name`. `synchronous`
    is SQLite's durability: FULL survives a power cut, NORMAL may lose the last commits.
    """

    def __init__(
        self,
        url: str,
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        pool_size: int = 5,
    ) -> None:
        self._url = _checked_url(url)
        self._synchronous = synchronous
        if self.is_sqlite:
            # One writer: waiting for it in this process costs nothing, while SQLite's own busy
            # handler sleeps. Other processes still meet at BEGIN IMMEDIATE and busy_timeout.
            self._writer = self._sqlite_pool(begin="BEGIN IMMEDIATE", pool_size=1)
            self._reader = self._sqlite_pool(begin="BEGIN", pool_size=pool_size, query_only=True)
        else:
            engine = _engine(
                self._url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True
            )
            self._writer = self._reader = Pool(engine)

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is the embedded database."""
        return self._url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside one read-only snapshot; raises StorageUnavailable."""
        async with self._transaction(self._reader, commit=False) as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside one transaction: committed at the end, undone on any error.

        Raises StorageUnavailable; TransactionOpen when the task already holds one.
        """
        async with self._transaction(self._writer, commit=True) as connection:
            yield connection

    async def write_at_once(self, act: Callable[[Connection], None]) -> None:
        """Run `act` on a plain connection, inside one transaction like that of `write`.

        For work that is written a hundred times a second: on SQLite it goes to its thread once.
        Raises like `write`.
        """
        if not self.is_sqlite:
            async with self.write() as connection:
                await connection.run_sync(act)
            return
        _refuse_second()

        def whole() -> None:
            with self._writer.engine.begin() as core:
                act(core)

        try:
            with _told():
                async with self._writer.way() as run:
                    await run(whole)
        except TimeoutError as error:
            raise StorageUnavailable(_TOO_BUSY) from error

    @asynccontextmanager
    async def joined(self, connection: AsyncConnection | None) -> AsyncIterator[AsyncConnection]:
        """Give the caller's own write transaction when there is one, else a new one."""
        if connection is not None:
            yield connection
            return
        async with self.write() as fresh:
            yield fresh

    async def ping(self) -> None:
        """Return when the database answers; raises StorageUnavailable."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def run_alone(self, work: Callable[[Connection], None]) -> None:
        """Run schema work in one transaction that no other process may run beside.

        On SQLite foreign keys are off meanwhile, since a batch migration rebuilds tables, and are
        checked as a whole before the commit.
        """
        if self.is_sqlite:
            pool = self._sqlite_pool(begin="BEGIN IMMEDIATE", foreign_keys=False)
        else:
            pool = Pool(_engine(self._url, poolclass=NullPool))
        try:
            async with self._transaction(pool, commit=True) as connection:
                if not self.is_sqlite:
                    lock = text("SELECT pg_advisory_xact_lock(:key)")
                    await connection.execute(lock, {"key": _MIGRATION_LOCK})
                await connection.run_sync(work)
                if self.is_sqlite:
                    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).first()
                    if broken is not None:
                        raise StorageUnavailable(f"broken foreign key in table {broken[0]}")
        finally:
            await dispose(pool)

    async def close(self) -> None:
        """Close every connection."""
        await dispose(self._writer)
        if self._reader is not self._writer:
            await dispose(self._reader)

    @asynccontextmanager
    async def _transaction(self, pool: Pool, *, commit: bool) -> AsyncIterator[AsyncConnection]:
        outer = _refuse_second()
        scope = _Scope()
        async with AsyncExitStack() as stack:
            connection = await _open(stack, pool, read_only=not commit)
            _scope.set(scope)
            try:
                with _told():
                    yield connection
                    if commit:
                        await connection.commit()
            finally:
                scope.open = False
                _scope.set(outer)
        for callback in scope.after_commit:
            callback()

    def _sqlite_pool(
        self,
        *,
        begin: str,
        pool_size: int | None = None,
        query_only: bool = False,
        foreign_keys: bool = True,
    ) -> Pool:
        sized: dict[str, Any] = (
            {"poolclass": NullPool}
            if pool_size is None
            else {"pool_size": pool_size, "max_overflow": 0}
        )
        # isolation_level None: the driver opens no transaction of its own; `begin` below does.
        given = {"isolation_level": None, "timeout": 10, "check_same_thread": False}
        engine = _engine(self._url, connect_args=given, **sized)

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            # Per connection; the system's own cache of the file is a microsecond further away.
            cursor.execute("PRAGMA cache_size=-512")
            cursor.execute(f"PRAGMA synchronous={self._synchronous}")
            cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
            if query_only:
                cursor.execute("PRAGMA query_only=ON")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return Pool(engine, Lanes(pool_size or 1))


async def insert_if_absent(
    connection: AsyncConnection, table: Table, values: Mapping[str, Any], *, keys: Sequence[str]
) -> bool:
    """Insert a row unless one with the same `keys` exists; return whether it was inserted."""
    # The dialect in use is loaded already; the other one is two megabytes that nobody needs.
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing(index_elements=keys)
    return (await connection.execute(statement)).rowcount == 1


async def insert_absent(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Insert the rows that break no unique constraint; return the ids of those inserted."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    statement = dialect.insert(table).on_conflict_do_nothing().returning(table.c.id)
    return set((await connection.execute(statement, rows)).scalars())


def _checked_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise SettingInvalid("the database URL cannot be read") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise SettingInvalid(f"the database must be sqlite or postgresql, not {parsed.drivername}")
    parsed = parsed.set(drivername=driver)
    if parsed.get_backend_name() == "sqlite":
        _make_private_file(parsed)
    return parsed


def _make_private_file(url: URL) -> None:
    """Create the database file readable by its owner only; SQLite's side files copy its mode."""
    if not url.database or url.database == ":memory:":
        raise SettingInvalid("SQLite needs a file: sqlite:///path/to/waypost.db")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageUnavailable(f"the database file cannot be opened: {error.strerror}") from error


def _engine(url: URL, **options: Any) -> Engine:
    return create_engine(
        url,
        # Parameters hold sealed values and token hashes; no error text may carry them.
        hide_parameters=True,
        json_serializer=_written,
        json_deserializer=msgspec.json.decode,
        **options,
    )


def _written(value: Any) -> str:
    """Return a value as JSON, whole numbers of any size too: orjson refuses them, and reads floats."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


async def _open(stack: AsyncExitStack, pool: Pool, *, read_only: bool) -> AsyncConnection:
    """Connect and begin; every failure here, whatever the driver calls it, is StorageUnavailable."""
    try:
        connection = await stack.enter_async_context(connected(pool))
        readonly = read_only and pool.engine.dialect.name == "postgresql"
        await connection.open_transaction(postgresql_readonly=readonly)
    except Exception as error:
        raise StorageUnavailable(
            f"The database cannot be reached ({type(error).__name__})."
        ) from error
    return connection


def _refuse_second() -> "_Scope | None":
    outer = _scope.get()
    if outer is not None and outer.open:
        raise TransactionOpen("a transaction is already open here: pass its connection on")
    return outer


@contextmanager
def _told() -> Iterator[None]:
    """Say in our own errors what the driver says in its."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        told = _translated(error)
        raise told from (None if isinstance(told, Misfit) else error)
    except UnicodeEncodeError:
        raise InvalidRequest(_NO_TEXT) from None


def _translated(error: exc.SQLAlchemyError) -> Exception:
    """Return StorageUnavailable for what the operator can mend, the error itself for our mistakes."""
    ours = (exc.IntegrityError, exc.ProgrammingError, exc.NotSupportedError)
    if isinstance(error, exc.TimeoutError):
        return StorageUnavailable(_TOO_BUSY)
    if isinstance(error, exc.StatementError) and _has_unstorable_text(error):
        return InvalidRequest(_NO_TEXT)
    if not isinstance(error, exc.DBAPIError):
        return error
    if str(getattr(error.orig, "sqlstate", "")).startswith(_DATA_EXCEPTION):
        return Misfit("A value does not fit where it was to be kept.")
    if isinstance(error, exc.IntegrityError) and "foreign key" in str(error.orig).lower():
        return NotFound("What this belongs to was deleted meanwhile.")
    # SQLite reports a wrong statement as an OperationalError.
    wrong_statement = str(error.orig).startswith(("no such ", "near "))
    if (isinstance(error, ours) or wrong_statement) and not error.connection_invalidated:
        return error
    return StorageUnavailable(f"The database failed ({type(error.orig).__name__}).")


def _has_unstorable_text(error: exc.StatementError) -> bool:
    """Say whether a NUL or half a surrogate pair was sent; each driver calls that otherwise."""
    told = str(error.orig)
    return any(
        words in told
        for words in ("invalid byte sequence", "codec can't encode", "surrogates not allowed")
    )
