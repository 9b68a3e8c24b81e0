"""The port to where key-encryption keys are kept."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """A key that wraps data keys: 32 bytes under an id that is no secret."""

    id: str
    material: bytes = field(repr=False)


class Keyring(Protocol):
    """Give key-encryption keys; an adapter keeps them in a file or fetches them elsewhere."""

    def make(self) -> None:
        """Make the first key unless there are keys; for a database that holds no data key."""
        ...

    def current(self) -> KeyEncryptionKey:
        """Return the key that wraps new data keys, as of now; raises KeyMissing."""
        ...

    def get(self, kek_id: str) -> KeyEncryptionKey:
        """Return a key by id, a retired one too; raises KeyMissing naming it."""
        ...

    def add(self) -> str:
        """Add a fresh key, make it the current one and return its id."""
        ...

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the keys that are not retired, the current one first."""
        ...

    def retire(self, kek_id: str) -> None:
        """Set aside a key that nothing is wrapped with any more; never the current one.

        `get` finds it still: a restored database may need it.
        """
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Be the only rotation of this keyring, in any process; raises Conflict meanwhile."""
        ...
