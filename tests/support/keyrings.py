"""A keyring in memory, for tests of what uses one."""

from collections.abc import Iterator
from contextlib import contextmanager

from waypost.base.errors import Conflict, KeyMissing
from waypost.base.ids import random_bytes
from waypost.kernel.vault import KeyEncryptionKey


class MemoryKeyring:
    """Keep keys in a dictionary; `add` makes a new current one."""

    def __init__(self) -> None:
        self.keys: dict[str, KeyEncryptionKey] = {}
        self.retired: dict[str, KeyEncryptionKey] = {}
        self.rotating = False
        self.current_id = self.add()

    def add(self) -> str:
        kek = KeyEncryptionKey(f"kek-{len(self.keys) + len(self.retired) + 1}", random_bytes(32))
        self.keys[kek.id] = kek
        self.current_id = kek.id
        return kek.id

    def make(self) -> None:
        """Have a key already."""

    def current(self) -> KeyEncryptionKey:
        return self.keys[self.current_id]

    def get(self, kek_id: str) -> KeyEncryptionKey:
        found = self.keys.get(kek_id) or self.retired.get(kek_id)
        if found is None:
            raise KeyMissing(f"The key {kek_id} is not here.")
        return found

    def ids(self) -> tuple[str, ...]:
        return (self.current_id, *(name for name in self.keys if name != self.current_id))

    def retire(self, kek_id: str) -> None:
        self.retired[kek_id] = self.keys.pop(kek_id)

    @contextmanager
    def alone(self) -> Iterator[None]:
        if self.rotating:
            raise Conflict("Another rotation runs.")
        self.rotating = True
        try:
            yield
        finally:
            self.rotating = False
