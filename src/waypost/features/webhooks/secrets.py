"""The secrets of endpoints: one that signs, and for a while after a rotation the one before."""

import base64

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.ids import random_bytes
from waypost.base.secret import Secret
from waypost.features.webhooks import store
from waypost.features.webhooks.store import Webhook
from waypost.kernel.vault import Vault

FIELD = "secret"
OVERLAP = 24 * 3600.0
"""Seconds for which the old secret signs too, unless a rotation says otherwise."""


def new_secret() -> Secret:
    """Return a fresh secret as Standard Webhooks writes it."""
    return Secret("whsec_" + base64.b64encode(random_bytes(32)).decode())


class Secrets:
    """Open and rotate the secrets of endpoints."""

    def __init__(self, database: Database, vault: Vault, *, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def open(self, webhook: Webhook) -> list[Secret]:
        """Return what signs now, the current secret first; raises NotFound, KeyMissing."""
        async with self._database.read() as connection:
            now, old, until = await store.secrets_of(connection, webhook.environment_id, webhook.id)
        counts = until is not None and until > self._clock.now()
        sealed = [now, old] if old is not None and counts else [now]
        return [
            await self._vault.open(webhook.environment_id, webhook.id, FIELD, each)
            for each in sealed
        ]

    async def rotate(self, webhook: Webhook, overlap: float = OVERLAP) -> Secret:
        """Make a new secret, readable only now; the one before signs too for `overlap` seconds."""
        secret = new_secret()
        at = self._clock.now()
        async with self._database.write() as connection:
            before, _, _ = await store.secrets_of(connection, webhook.environment_id, webhook.id)
            sealed = await self._vault.seal(
                connection, webhook.environment_id, webhook.id, {FIELD: secret}
            )
            values = {
                "sealed_secret": sealed[FIELD],
                "sealed_old_secret": before,
                "old_secret_until": at + overlap,
                "updated_at": at,
            }
            await store.change(connection, webhook.environment_id, webhook.id, values)
        return secret
