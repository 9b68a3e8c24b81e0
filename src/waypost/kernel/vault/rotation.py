"""Move every data key under the current key-encryption key, while the program serves."""

from collections.abc import Callable
from dataclasses import dataclass

from waypost.base.database import Database
from waypost.base.errors import Conflict, KeyMissing
from waypost.kernel.vault import envelope, store
from waypost.kernel.vault.keyring import Keyring

BATCH = 200
Told = Callable[[int, int], None]
"""Hears how much of how much is done."""


def _nobody(_done: int, _total: int) -> None:
    """Hear it and do nothing."""


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

    async def prepare(self) -> None:
        """Make the first key of a new database, or else check; raises KeyMissing.

        A keyring that is absent while data keys exist is never replaced: that would hide the loss.
        """
        async with self._database.write() as connection:
            # Nobody makes the first data key meanwhile.
            await store.hold_keyring(connection, alone=True)
            if not await store.wrapped_by(connection):
                self._keyring.make()
        await self.check()

    async def check(self) -> None:
        """Return when every key in use is in the keyring; raises KeyMissing naming the others.

        Raises StorageUnavailable.
        """
        async with self._database.read() as connection:
            used = await store.wrapped_by(connection)
        lost = [kek_id for kek_id in used if not self._knows(kek_id)]
        if lost:
            raise KeyMissing(
                f"The database needs keys that the keyring does not have: {', '.join(lost)}. Put "
                "the key file that belongs to this database back from its backup (WAYPOST_KEY_FILE, "
                "else keys.json in WAYPOST_DATA_DIR); without it no stored credential opens."
            )
        self._keyring.current()  # Nothing new could be sealed without it.

    async def rotate(self, told: Told = _nobody) -> Rotated:
        """Make a new key current, re-wrap everything with it, retire the keys nothing needs.

        For one keyring that every process reads. `told` hears how many data keys of how many are
        re-wrapped. Raises KeyMissing; Conflict while another rotation runs.
        """
        with self._keyring.alone():
            return await self._rotate(told)

    async def _rotate(self, told: Told) -> Rotated:
        total = sum((await self.in_use()).values())
        current = self._keyring.add()
        rewrapped, retired, kept = 0, [], []
        rewrapped += await self.rewrap(told=lambda done: told(done, total))
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

    async def rewrap(
        self, *, batch: int = BATCH, told: Callable[[int], None] = lambda _done: None
    ) -> int:
        """Re-wrap all data keys in short transactions; return how many. Raises KeyMissing.

        It may be stopped at any time and run again, and run in several processes at once.
        """
        done = 0
        while True:
            async with self._database.write() as connection:
                # Asked for in here, and nobody retires a key before this has committed: a key
                # read earlier could be gone by the time the database is ours.
                await store.hold_keyring(connection, alone=False)
                kek = self._keyring.current()
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
            told(done)
            if len(old_keys) < batch:
                return done

    async def in_use(self) -> dict[str, int]:
        """Count the data keys under each key-encryption key."""
        async with self._database.read() as connection:
            return await store.in_use(connection)

    async def retire(self, kek_id: str) -> None:
        """Set a key of the keyring aside; raises Conflict while something still needs it."""
        async with self._database.write() as connection:
            # Nobody makes a data key meanwhile, so none can appear under the key we remove.
            await store.hold_keyring(connection, alone=True)
            needed = (await store.in_use(connection)).get(kek_id, 0)
            if needed:
                raise Conflict(f"{needed} data keys are still wrapped by {kek_id}: rewrap first.")
            self._keyring.retire(kek_id)

    def _knows(self, kek_id: str) -> bool:
        try:
            self._keyring.get(kek_id)
        except KeyMissing:
            return False
        return True
