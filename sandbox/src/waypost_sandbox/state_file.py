"""Accounts in a SQLite file: read at start, written behind the work, and at the end."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections import deque
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from waypost_sandbox.clock import Clock
from waypost_sandbox.world.account import HAPPENINGS_KEPT, Account
from waypost_sandbox.world.universe import Universe

VERSION = 1
_SCHEMA = """
create table if not exists account (id text primary key, place integer not null) strict;
create table if not exists part (
  account_id text not null, name text not null, value blob not null,
  primary key (account_id, name)
) strict, without rowid;
"""
# Known from other parts, or of this process only.
_LEFT_OUT = ("recipient_ids", "moment", "root_url")
_LONGEST = {"happenings": HAPPENINGS_KEPT}

Parts = dict[tuple[str, str], bytes]


class StateFileError(Exception):
    """Say why a state file cannot be used."""


class _ClockState(msgspec.Struct):
    frozen: datetime | None
    ahead: float


class StateFile:
    """Hold one SQLite file, by this process alone."""

    def __init__(self, path: Path) -> None:
        self._digests: dict[tuple[str, str], bytes] = {}
        # Writing happens in a thread; the last one may meet it.
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(
                path, isolation_level=None, timeout=1, check_same_thread=False
            )
            self._db.execute("pragma locking_mode = exclusive")
            self._db.execute("pragma journal_mode = wal")
            (version,) = self._db.execute("pragma user_version").fetchone()
            if version not in (0, VERSION):
                raise StateFileError(f"{path} was made by another version (its form is {version})")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"pragma user_version = {VERSION}")
        except sqlite3.Error as error:
            raise StateFileError(f"{path} cannot be used: {error}") from error

    def load(self, universe: Universe) -> bool:
        """Fill the universe from the file; False when the file is new."""
        rows = self._db.execute("select id from account order by place").fetchall()
        if not rows:
            return False
        universe.accounts.clear()
        for (account_id,) in rows:
            query = "select name, value from part where account_id = ?"
            parts = dict(self._db.execute(query, (account_id,)).fetchall())
            try:
                universe.accounts[account_id] = _read_account(account_id, parts)
            except (msgspec.MsgspecError, TypeError, ValueError) as error:
                raise StateFileError(f"account {account_id} cannot be read: {error}") from error
        return True

    def read_changes(self, universe: Universe) -> Parts:
        """Return every part that is not in the file as it stands; quick, and on the loop."""
        changed: Parts = {}
        for account in universe.accounts.values():
            for name, value in _write_account(account).items():
                key = (account.id, name)
                digest = hashlib.blake2b(value, digest_size=16).digest()
                if self._digests.get(key) != digest:
                    changed[key] = value
                    self._digests[key] = digest
        return changed

    def write(self, changed: Parts, account_ids: list[str]) -> None:
        """Write parts, and forget accounts that are no more; all of it or nothing."""
        with self._lock:
            self._write(changed, account_ids)

    def _write(self, changed: Parts, account_ids: list[str]) -> None:
        self._db.execute("begin immediate")
        try:
            gone = [
                each
                for (each,) in self._db.execute("select id from account").fetchall()
                if each not in account_ids
            ]
            for table, column in (("account", "id"), ("part", "account_id")):
                self._db.executemany(
                    f"delete from {table} where {column} = ?",  # noqa: S608 - names of ours
                    [(each,) for each in gone],
                )
            self._db.executemany(
                "insert or replace into account values (?, ?)",
                [(each, place) for place, each in enumerate(account_ids)],
            )
            self._db.executemany(
                "insert or replace into part values (?, ?, ?)",
                [(account_id, name, value) for (account_id, name), value in changed.items()],
            )
            self._db.execute("commit")
        except sqlite3.Error:
            self._db.execute("rollback")
            # Nothing of it is in the file: the next writing starts over.
            self._digests.clear()
            raise

    def save(self, universe: Universe) -> None:
        """Bring the file up to date."""
        self.write(self.read_changes(universe), list(universe.accounts))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _write_account(account: Account) -> dict[str, bytes]:
    return {
        each.name: msgspec.json.encode(getattr(account, each.name), enc_hook=_encode)
        for each in fields(Account)
        if each.name not in _LEFT_OUT
    }


def _encode(value: Any) -> Any:
    if isinstance(value, Clock):
        frozen, ahead = value.read_setting()
        return _ClockState(frozen, ahead.total_seconds())
    if isinstance(value, deque):
        return list(value)
    raise NotImplementedError(f"{type(value).__name__} cannot be kept")


def _read_account(account_id: str, parts: dict[str, bytes]) -> Account:
    account = Account(id=account_id)
    for name, hint in get_type_hints(Account).items():
        if name in parts and name != "id":
            setattr(account, name, _decode(name, hint, parts[name]))
    for recipient in account.recipients.values():
        account.recipient_ids[recipient.domain_id, recipient.email.lower()] = recipient.id
    _requeue(account)
    return account


def _decode(name: str, hint: Any, raw: bytes) -> Any:
    if hint is Clock:
        state = msgspec.json.decode(raw, type=_ClockState)
        return Clock.from_setting(state.frozen, timedelta(seconds=state.ahead))
    if get_origin(hint) is deque:
        items: list[Any] = msgspec.json.decode(raw, type=list[get_args(hint)[0]])  # type: ignore[misc]
        return deque(items, maxlen=_LONGEST.get(name))
    return msgspec.json.decode(raw, type=hint)


def _requeue(account: Account) -> None:
    """Put calls that were under way when the process ended back in line."""
    planned = {due.subject_id for due in account.due if due.kind == "try_delivery"}
    waiting = planned | set(account.ready_deliveries)
    for delivery in account.deliveries.values():
        if delivery.state == "pending" and delivery.id not in waiting:
            account.ready_deliveries.append(delivery.id)
