"""The port to where key-encryption keys are kept."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """A key that wraps data keys: 32 bytes under an id that is no secret."""

    id: str
    material: bytes = field(repr=False)


class Keyring(Protocol):
    """Give key-encryption keys; an adapter keeps them in a file or fetches them elsewhere."""

    def current(self) -> KeyEncryptionKey:
        """Return the key that wraps new data keys."""
        ...

    def get(self, kek_id: str) -> KeyEncryptionKey:
        """Return a key by id; raises KeyMissing naming it."""
        ...

    def add(self) -> str:
        """Add a fresh key, make it the current one and return its id."""
        ...

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all keys, the current one first."""
        ...

    def retire(self, kek_id: str) -> None:
        """Forget a key that nothing is wrapped with any more; never the current one."""
        ...
