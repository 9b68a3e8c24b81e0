"""Seal and open secrets."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database, after_commit
from waypost.base.errors import OperatorError
from waypost.base.ids import new_id, random_bytes
from waypost.base.secret import Secret
from waypost.kernel.vault import envelope, store
from waypost.kernel.vault.keyring import Keyring
from waypost.kernel.vault.store import WrappedKey

MOST_KEYS_IN_MEMORY = 4096


@dataclass(frozen=True, slots=True, repr=False)
class _DataKey:
    id: str
    environment_id: str
    owner_id: str
    cipher: AESGCM


class Vault:
    """Seal texts for an owner (an account, an install, an endpoint) and open them again.

    Each owner has one data key, wrapped by the keyring's current key and kept in the database;
    every field is sealed under it. The last used data keys stay unwrapped in memory, so opening
    on the hot path touches neither the database nor the keyring.
    """

    def __init__(self, database: Database, keyring: Keyring, *, clock: Clock) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._keys: OrderedDict[tuple[str, str], _DataKey] = OrderedDict()

    async def seal(
        self,
        connection: AsyncConnection,
        environment_id: str,
        owner_id: str,
        secrets: Mapping[str, Secret],
    ) -> dict[str, bytes]:
        """Seal fields inside the caller's write transaction, which stores what is returned.

        Raises KeyMissing.
        """
        if not secrets:
            return {}
        key = await self._key_for_sealing(connection, environment_id, owner_id)
        return {
            field: envelope.seal(
                key.cipher,
                key.id,
                secret.reveal(),
                environment_id=environment_id,
                owner_id=owner_id,
                field=field,
            )
            for field, secret in secrets.items()
        }

    def seal_at_hand(
        self, environment_id: str, owner_id: str, field: str, secret: Secret
    ) -> bytes | None:
        """Seal one field under the data key in memory, or return None where it is not in memory.

        No transaction is needed, and none sees whether the owner was destroyed meanwhile: what is
        sealed so never opens again if it was.
        """
        key = self._recall(environment_id, owner_id)
        if key is None:
            return None
        return envelope.seal(
            key.cipher,
            key.id,
            secret.reveal(),
            environment_id=environment_id,
            owner_id=owner_id,
            field=field,
        )

    async def take_in_hand(self, environment_id: str, owner_id: str) -> None:
        """See that an owner's data key is in memory, made if there is none. Raises KeyMissing."""
        if self._recall(environment_id, owner_id) is not None:
            return
        async with self._database.write() as connection:
            key = await self._key_for_sealing(connection, environment_id, owner_id)
        self._remember(key)

    async def open(self, environment_id: str, owner_id: str, field: str, sealed: bytes) -> Secret:
        """Open one field; raises KeyMissing, or OperatorError when it was altered or moved."""
        return (await self.open_all(environment_id, owner_id, {field: sealed}))[field]

    async def open_all(
        self, environment_id: str, owner_id: str, sealed: Mapping[str, bytes]
    ) -> dict[str, Secret]:
        """Open fields of one owner; outside any transaction. Raises like `open`."""
        if not sealed:
            return {}
        key = self._recall(environment_id, owner_id)
        if key is None or any(envelope.data_key_id(each) != key.id for each in sealed.values()):
            async with self._database.read() as connection:
                stored = await store.find_for_owner(connection, environment_id, owner_id)
            if stored is None:
                raise OperatorError(f"The data key of {owner_id} is not in the database.")
            key = self._remember(self._unwrapped(stored))
        return {
            field: Secret(
                envelope.unseal(
                    key.cipher,
                    each,
                    environment_id=environment_id,
                    owner_id=owner_id,
                    field=field,
                )
            )
            for field, each in sealed.items()
        }

    async def destroy(
        self, connection: AsyncConnection, environment_id: str, owner_id: str
    ) -> None:
        """Delete an owner's data key in the caller's transaction: nothing of it opens again."""
        await store.remove(connection, environment_id, owner_id)
        after_commit(lambda: self._forget(environment_id, owner_id))

    async def destroy_all(self, connection: AsyncConnection, environment_id: str) -> None:
        """Delete every data key of an environment in the caller's transaction."""
        await store.remove_all(connection, environment_id)

        def forget() -> None:
            for place in [each for each in self._keys if each[0] == environment_id]:
                self._forget(*place)

        after_commit(forget)

    async def _key_for_sealing(
        self, connection: AsyncConnection, environment_id: str, owner_id: str
    ) -> _DataKey:
        # Always the stored key, never one from memory: the owner may have been destroyed elsewhere.
        stored = await store.find_for_owner(connection, environment_id, owner_id)
        if stored is None:
            await store.hold_keyring(connection, alone=False)
            fresh = self._fresh(environment_id, owner_id)
            if not await store.add(connection, fresh, self._clock.now()):
                return await self._key_for_sealing(connection, environment_id, owner_id)
            stored = fresh
        recalled = self._recall(environment_id, owner_id)
        if recalled is not None and recalled.id == stored.id:
            return recalled
        # Not remembered: the caller's transaction may still be undone.
        return self._unwrapped(stored)

    def _fresh(self, environment_id: str, owner_id: str) -> WrappedKey:
        kek, key_id = self._keyring.current(), new_id()
        wrapped = envelope.wrap(
            kek,
            random_bytes(envelope.KEY_BYTES),
            key_id=key_id,
            environment_id=environment_id,
            owner_id=owner_id,
        )
        return WrappedKey(key_id, environment_id, owner_id, kek.id, wrapped)

    def _unwrapped(self, stored: WrappedKey) -> _DataKey:
        material = envelope.unwrap(
            self._keyring.get(stored.kek_id),
            stored.wrapped,
            key_id=stored.id,
            environment_id=stored.environment_id,
            owner_id=stored.owner_id,
        )
        return _DataKey(stored.id, stored.environment_id, stored.owner_id, AESGCM(material))

    def _recall(self, environment_id: str, owner_id: str) -> _DataKey | None:
        key = self._keys.get((environment_id, owner_id))
        if key is not None:
            self._keys.move_to_end((environment_id, owner_id))
        return key

    def _remember(self, key: _DataKey) -> _DataKey:
        self._keys[key.environment_id, key.owner_id] = key
        if len(self._keys) > MOST_KEYS_IN_MEMORY:
            self._keys.popitem(last=False)
        return key

    def _forget(self, environment_id: str, owner_id: str) -> None:
        self._keys.pop((environment_id, owner_id), None)
