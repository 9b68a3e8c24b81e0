"""Which workers live: each holds a lock for as long as its process does, and a lock cannot lie.

DBOS's open core does not notice a dead executor: its work stays where it was. So each process holds
a lock in its executor's name, and whoever obtains a dead one's lock puts its work back in the queue.
"""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, text

NAMESPACE = 0x57617970  # "Wayp"


class Liveness(Protocol):
    """Hold this worker's lock, and find those whose locks are held by nobody."""

    def hold(self) -> None:
        """Take this worker's lock."""
        ...

    def is_held(self) -> bool:
        """Say whether the lock is still ours, taking it again where a connection was lost."""
        ...

    def dead(self) -> list[str]:
        """Return the executors with unfinished work that no process holds; their locks are taken."""
        ...

    def bury(self, executor: str) -> None:
        """Let go of a dead executor's lock, its work being taken over."""
        ...

    def release(self) -> None:
        """Let go of everything."""
        ...


def make_liveness(engine: Engine, executor: str) -> Liveness:
    """Return the locks that this database offers."""
    if engine.dialect.name == "sqlite":
        return _FileLocks(engine, executor)
    return _AdvisoryLocks(engine, executor)


def _pending_executors(engine: Engine, own: str) -> list[str]:
    table = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
    query = text(
        f"SELECT DISTINCT executor_id FROM {table}"  # noqa: S608 - one of two literals
        " WHERE status = 'PENDING' AND executor_id IS NOT NULL AND executor_id <> :own"
    )
    with engine.connect() as connection:
        return [row[0] for row in connection.execute(query, {"own": own})]


class _FileLocks:
    """Locks of the files beside a SQLite database: the kernel drops them with the process."""

    def __init__(self, engine: Engine, executor: str) -> None:
        self._engine = engine
        self._executor = executor
        self._folder = Path(f"{engine.url.database}.workers")
        self._held: dict[str, int] = {}

    def hold(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if not self._take(self._executor):
            raise RuntimeError("another process has this executor's name")

    def is_held(self) -> bool:
        return self._executor in self._held

    def dead(self) -> list[str]:
        found = _pending_executors(self._engine, self._executor)
        return [each for each in found if self._take(each)]

    def bury(self, executor: str) -> None:
        self._drop(executor)

    def release(self) -> None:
        for executor in list(self._held):
            self._drop(executor)

    def _take(self, executor: str) -> bool:
        handle = os.open(self._path(executor), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._held[executor] = handle
        return True

    def _drop(self, executor: str) -> None:
        handle = self._held.pop(executor)
        with contextlib.suppress(FileNotFoundError):
            self._path(executor).unlink()
        os.close(handle)

    def _path(self, executor: str) -> Path:
        # The name comes from the database; a digest of it names no other folder.
        return self._folder / hashlib.sha256(executor.encode()).hexdigest()[:32]


class _AdvisoryLocks:
    """PostgreSQL's session locks, on a connection of their own that no pool recycles."""

    def __init__(self, engine: Engine, executor: str) -> None:
        self._engine = engine
        self._executor = executor
        self._connection: Any = None

    def hold(self) -> None:
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not self._take(self._executor):
            raise RuntimeError("another process has this executor's name")

    def is_held(self) -> bool:
        try:
            self._connection.execute(text("SELECT 1"))
        except Exception:
            # The server was restarted, and the session's locks went with it.
            with contextlib.suppress(Exception):
                self._connection.invalidate()
                self._connection.close()
            self.hold()
        return True

    def dead(self) -> list[str]:
        found = _pending_executors(self._engine, self._executor)
        return [each for each in found if self._take(each)]

    def bury(self, executor: str) -> None:
        self._call("pg_advisory_unlock", executor)

    def release(self) -> None:
        if self._connection is not None:
            self._call("pg_advisory_unlock", self._executor)
            self._connection.close()

    def _take(self, executor: str) -> bool:
        return bool(self._call("pg_try_advisory_lock", executor))

    def _call(self, function: str, executor: str) -> Any:
        key = int.from_bytes(hashlib.sha256(executor.encode()).digest()[:4], "big", signed=True)
        query = text(f"SELECT {function}(:namespace, :key)")
        return self._connection.execute(query, {"namespace": NAMESPACE, "key": key}).scalar()


__all__ = ["Liveness", "make_liveness"]
