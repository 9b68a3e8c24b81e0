"""Move every data key under the current key-encryption key, while the program serves."""

from dataclasses import dataclass

from waypost.base.database import Database
from waypost.base.errors import Conflict
from waypost.kernel.vault import envelope, store
from waypost.kernel.vault.keyring import Keyring

BATCH = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did; `kept` are old keys that something made meanwhile still needs."""

    current: str
    rewrapped: int
    retired: tuple[str, ...]
    kept: tuple[str, ...]


class Rotation:
    """Re-wrap data keys and retire old keys; sealed values themselves never change.

    The order: add a new current key to the keyring (of every host), `rewrap`, `retire` the old.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def rotate(self) -> Rotated:
        """Make a new key current, re-wrap everything with it, retire the keys nothing needs.

        For one keyring that every process reads; raises KeyMissing.
        """
        current = self._keyring.add()
        rewrapped, retired, kept = 0, [], []
        rewrapped += await self.rewrap()
        for old in [each for each in self._keyring.ids() if each != current]:
            # A key made meanwhile by a process that had not seen the new one is re-wrapped now.
            if (await self.in_use()).get(old):
                rewrapped += await self.rewrap()
            try:
                await self.retire(old)
            except Conflict:
                kept.append(old)
            else:
                retired.append(old)
        return Rotated(current, rewrapped, tuple(retired), tuple(kept))

    async def rewrap(self, *, batch: int = BATCH) -> int:
        """Re-wrap all data keys in short transactions; return how many. Raises KeyMissing.

        It may be stopped at any time and run again, and run in several processes at once.
        """
        done = 0
        while True:
            kek = self._keyring.current()
            async with self._database.write() as connection:
                old_keys = await store.not_wrapped_by(connection, kek.id, batch)
                for old in old_keys:
                    place = {
                        "key_id": old.id,
                        "environment_id": old.environment_id,
                        "owner_id": old.owner_id,
                    }
                    plain = envelope.unwrap(self._keyring.get(old.kek_id), old.wrapped, **place)
                    wrapped = envelope.wrap(kek, plain, **place)
                    await store.rewrap(connection, old, kek.id, wrapped)
            done += len(old_keys)
            if len(old_keys) < batch:
                return done

    async def in_use(self) -> dict[str, int]:
        """Count the data keys under each key-encryption key."""
        async with self._database.read() as connection:
            return await store.in_use(connection)

    async def retire(self, kek_id: str) -> None:
        """Remove a key from the keyring; raises Conflict while something still needs it."""
        async with self._database.write() as connection:
            # Nobody makes a data key meanwhile, so none can appear under the key we remove.
            await store.hold_keyring(connection, alone=True)
            needed = (await store.in_use(connection)).get(kek_id, 0)
            if needed:
                raise Conflict(f"{needed} data keys are still wrapped by {kek_id}: rewrap first.")
            self._keyring.retire(kek_id)
