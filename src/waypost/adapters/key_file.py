"""The keyring in a file: current id, keys and retired keys, 32 bytes each; its owner's alone."""

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
    retired: dict[str, KeyEncryptionKey]
    seen: tuple[int, int, int] = (0, 0, 0)

    def find(self, kek_id: str) -> KeyEncryptionKey | None:
        return self.keys.get(kek_id) or self.retired.get(kek_id)


class KeyFile:
    """Keep key-encryption keys in a file that only its owner may read.

    It holds `{"current": id, "keys": {id: base64}, "retired": {id: base64}}`. It is made by `make`
    only, and read again when it changes, so that other processes learn of a rotation without a
    restart. No key is ever erased from it: that is the operator's to do. Raises SettingInvalid for
    a file that others may read or that cannot be understood.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: _Keys | None = None
        with contextlib.suppress(FileNotFoundError):
            self._keys = self._load()

    def current(self) -> KeyEncryptionKey:
        """Return the key that wraps new data keys; raises KeyMissing when the file is not there."""
        keys = self._fresh()
        return keys.keys[keys.current]

    def get(self, kek_id: str) -> KeyEncryptionKey:
        """Return a key by id, a retired one too; raises KeyMissing naming it."""
        found = self._keys.find(kek_id) if self._keys else None
        found = found or self._fresh().find(kek_id)
        if found is None:
            raise KeyMissing(f"The key {kek_id} is not in the key file {self._path.name}.")
        return found

    def add(self) -> str:
        """Add a fresh key, make it the current one and return its id."""
        with self._changing():
            keys = self._fresh()
            kek = _new_key()
            self._replace(_Keys(kek.id, {**keys.keys, kek.id: kek}, keys.retired))
        return kek.id

    def retire(self, kek_id: str) -> None:
        """Move a key among the retired, where `get` still finds it; raises Conflict if current."""
        with self._changing():
            keys = self._fresh()
            if kek_id == keys.current:
                raise Conflict(f"{kek_id} is the current key: add another first.")
            rest = dict(keys.keys)
            gone = {kek_id: rest.pop(kek_id)} if kek_id in rest else {}
            self._replace(_Keys(keys.current, rest, {**keys.retired, **gone}))

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the keys that are not retired, the current one first."""
        keys = self._fresh()
        return (keys.current, *(name for name in keys.keys if name != keys.current))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only rotation of this file; raises Conflict while another runs, in any process.

        The lock ends with its process, so a rotation that was killed stops no other.
        """
        self._fresh()
        with self._locked("rotation", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    def _changing(self) -> contextlib.AbstractContextManager[None]:
        """Keep other processes from changing the file meanwhile: a key lost is secrets lost."""
        return self._locked("lock", fcntl.LOCK_EX)

    @contextlib.contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        handle = os.open(self._path.with_name(f".{self._path.name}.{name}"), os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, how)
            except BlockingIOError:
                raise Conflict(
                    "Another rotation of the vault's key is running: wait until it has ended."
                ) from None
            yield
        finally:
            os.close(handle)

    def make(self) -> None:
        """Make the file with one fresh key unless it is there."""
        if self._path.exists():
            return
        kek = _new_key()
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_name(f".{self._path.name}.{new_id()}")
        _write(fresh, _Keys(kek.id, {kek.id: kek}, {}))
        try:
            # A link, unlike a rename, never replaces: of several processes starting at once one
            # wins and all read its file, whole.
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self._path)
        finally:
            fresh.unlink()
        _settle(self._path.parent)

    def _fresh(self) -> _Keys:
        try:
            if self._keys is None or _identity(self._path.stat()) != self._keys.seen:
                self._keys = self._load()
        except FileNotFoundError:
            raise KeyMissing(
                f"The key file {self._path.name} is not there: put it back from its backup."
            ) from None
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
        except FileNotFoundError:
            raise
        except OSError as error:
            raise SettingInvalid(
                f"The key file {self._path} cannot be read ({error.strerror}): see "
                "WAYPOST_KEY_FILE, and who owns it."
            ) from None

    def _replace(self, keys: _Keys) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{new_id()}")
        _write(fresh, keys)
        fresh.replace(self._path)
        _settle(self._path.parent)
        self._keys = self._load()


def _new_key() -> KeyEncryptionKey:
    return KeyEncryptionKey(f"kek_{new_id()}", random_bytes(KEY_BYTES))


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _settle(folder: Path) -> None:
    """Put a file's new name on the disk, before the database commits what its key wraps."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encoded(keys: dict[str, KeyEncryptionKey]) -> dict[str, str]:
    return {name: base64.b64encode(kek.material).decode() for name, kek in keys.items()}


def _decoded(keys: Any) -> dict[str, KeyEncryptionKey]:
    return {
        str(name): KeyEncryptionKey(str(name), base64.b64decode(text, validate=True))
        for name, text in keys.items()
    }


def _write(path: Path, keys: _Keys) -> None:
    """Write the whole file, to the disk, readable by its owner only from its first moment."""
    content = {
        "current": keys.current,
        "keys": _encoded(keys.keys),
        "retired": _encoded(keys.retired),
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())


def _parsed(raw: bytes, seen: tuple[int, int, int], path: Path) -> _Keys:
    try:
        content: Any = orjson.loads(raw)
        keys, retired = _decoded(content["keys"]), _decoded(content.get("retired", {}))
        current = str(content["current"])
    except (ValueError, KeyError, TypeError, AttributeError):
        # `from None`: the parser's own error could quote the file.
        raise SettingInvalid(f"The key file {path} cannot be understood.") from None
    every = (*keys.values(), *retired.values())
    if current not in keys or any(len(kek.material) != KEY_BYTES for kek in every):
        raise SettingInvalid(f"The key file {path} names no current key of {KEY_BYTES} bytes.")
    return _Keys(current, keys, retired, seen)
