"""The keyring in a file: `{"current": id, "keys": {id: base64 of 32 bytes}}`, its owner's alone."""

import base64
import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from waypost.base.errors import Conflict, KeyMissing, SettingInvalid
from waypost.base.ids import new_id, random_bytes
from waypost.kernel.vault import KeyEncryptionKey

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Keys:
    current: str
    keys: dict[str, KeyEncryptionKey]
    seen: tuple[int, int, int]


class KeyFile:
    """Keep key-encryption keys in a file that only its owner may read.

    The file is made when it is absent, and read again when it changes, so that other processes
    learn of a rotation without a restart. Raises SettingInvalid for a file that others may read
    or that cannot be understood.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = self._load_or_make()

    def current(self) -> KeyEncryptionKey:
        """Return the key that wraps new data keys."""
        keys = self._fresh()
        return keys.keys[keys.current]

    def get(self, kek_id: str) -> KeyEncryptionKey:
        """Return a key by id; raises KeyMissing naming it."""
        found = self._keys.keys.get(kek_id) or self._fresh().keys.get(kek_id)
        if found is None:
            raise KeyMissing(f"The key {kek_id} is not in the key file {self._path.name}.")
        return found

    def add(self) -> str:
        """Add a fresh key, make it the current one and return its id."""
        with self._alone():
            keys = self._fresh().keys
            kek = _new_key()
            self._replace(kek.id, {**keys, kek.id: kek})
        return kek.id

    def retire(self, kek_id: str) -> None:
        """Remove a key; raises Conflict for the current one."""
        with self._alone():
            keys = self._fresh()
            if kek_id == keys.current:
                raise Conflict(f"{kek_id} is the current key: add another first.")
            rest = {name: kek for name, kek in keys.keys.items() if name != kek_id}
            self._replace(keys.current, rest)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all keys, the current one first."""
        keys = self._fresh()
        return (keys.current, *(name for name in keys.keys if name != keys.current))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the file meanwhile: a key lost is secrets lost."""
        handle = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _load_or_make(self) -> _Keys:
        try:
            return self._load()
        except FileNotFoundError:
            pass
        kek = _new_key()
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_name(f".{self._path.name}.{new_id()}")
        _write(fresh, kek.id, {kek.id: kek})
        try:
            # A link, unlike a rename, never replaces: of several processes starting at once one
            # wins and all read its file, whole.
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self._path)
        finally:
            fresh.unlink()
        return self._load()

    def _fresh(self) -> _Keys:
        try:
            if _identity(self._path.stat()) != self._keys.seen:
                self._keys = self._load()
        except FileNotFoundError:
            raise KeyMissing(f"The key file {self._path.name} is gone.") from None
        return self._keys

    def _load(self) -> _Keys:
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                if stat.S_IMODE(status.st_mode) & 0o077:
                    raise SettingInvalid(
                        f"The key file {self._path} may be read by others: chmod 600 it, and "
                        "rotate its keys if others could have read it."
                    )
                return _parsed(file.read(), _identity(status), self._path)
        except PermissionError:
            raise SettingInvalid(f"The key file {self._path} cannot be read.") from None

    def _replace(self, current: str, keys: dict[str, KeyEncryptionKey]) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{new_id()}")
        _write(fresh, current, keys)
        fresh.replace(self._path)
        self._keys = self._load()


def _new_key() -> KeyEncryptionKey:
    return KeyEncryptionKey(f"kek_{new_id()}", random_bytes(KEY_BYTES))


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _write(path: Path, current: str, keys: dict[str, KeyEncryptionKey]) -> None:
    """Write the whole file, to the disk, readable by its owner only from its first moment."""
    encoded = {name: base64.b64encode(kek.material).decode() for name, kek in keys.items()}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps({"current": current, "keys": encoded}, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())


def _parsed(raw: bytes, seen: tuple[int, int, int], path: Path) -> _Keys:
    try:
        content: Any = orjson.loads(raw)
        keys = {
            str(name): KeyEncryptionKey(str(name), base64.b64decode(text, validate=True))
            for name, text in content["keys"].items()
        }
        current = str(content["current"])
    except (ValueError, KeyError, TypeError, AttributeError):
        # `from None`: the parser's own error could quote the file.
        raise SettingInvalid(f"The key file {path} cannot be understood.") from None
    if current not in keys or any(len(kek.material) != KEY_BYTES for kek in keys.values()):
        raise SettingInvalid(f"The key file {path} names no current key of {KEY_BYTES} bytes.")
    return _Keys(current, keys, seen)
