"""A keyring in memory, for tests of what uses one."""

from waypost.base.errors import KeyMissing
from waypost.base.ids import random_bytes
from waypost.kernel.vault import KeyEncryptionKey


class MemoryKeyring:
    """Keep keys in a dictionary; `add` makes a new current one."""

    def __init__(self) -> None:
        self.keys: dict[str, KeyEncryptionKey] = {}
        self.current_id = self.add()

    def add(self) -> str:
        kek = KeyEncryptionKey(f"kek-{len(self.keys) + 1}", random_bytes(32))
        self.keys[kek.id] = kek
        self.current_id = kek.id
        return kek.id

    def current(self) -> KeyEncryptionKey:
        return self.keys[self.current_id]

    def get(self, kek_id: str) -> KeyEncryptionKey:
        if kek_id not in self.keys:
            raise KeyMissing(f"The key {kek_id} is not here.")
        return self.keys[kek_id]

    def ids(self) -> tuple[str, ...]:
        return (self.current_id, *(name for name in self.keys if name != self.current_id))

    def retire(self, kek_id: str) -> None:
        del self.keys[kek_id]
