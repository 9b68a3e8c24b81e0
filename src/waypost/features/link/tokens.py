"""Link tokens: made, looked at as often as one likes, held by one attempt at a time, used once."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from waypost.base.asgi import decode_json, encode_json
from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import Conflict, Gone, NotFound
from waypost.base.ids import new_id, new_token, token_hash
from waypost.base.secret import Secret
from waypost.features.link import store
from waypost.features.link.model import LINK_TOKEN_SECONDS, LinkOrder, LinkToken
from waypost.features.link.store import StoredToken
from waypost.kernel.vault import Vault

HOLD_SECONDS = 180.0
"""How long an attempt may hold a token; past it the process that held it is taken for dead."""

KEEP_SECONDS = 30 * 24 * 3600
"""How long an ended token is remembered, so that its page can say why it no longer works."""

_CONTEXT = "link_context"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at linking, holding its token."""

    id: str
    token: LinkToken


class LinkTokens:
    """Keep link tokens by digest; their context, which may hold credentials, is sealed."""

    def __init__(self, database: Database, vault: Vault, *, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def create(self, environment_id: str, order: LinkOrder) -> Secret:
        """Store an order under a fresh token; return the token, readable only now."""
        token, token_id, now = new_token(), new_id(), self._clock.now()
        async with self._database.write() as connection:
            sealed = await self._sealed(connection, environment_id, token_id, order)
            await self._forget_old(connection, environment_id, now - KEEP_SECONDS)
            await store.add_token(
                connection,
                environment_id,
                {
                    "id": token_id,
                    "digest": token_hash(token),
                    "tenant_id": order.tenant_id,
                    "reconnects": order.account_id is not None,
                    "account_id": order.account_id,
                    "sealed_context": sealed,
                    "redirect_uri": order.redirect_uri,
                    "scopes": list(order.scopes),
                    "unified_models": list(order.unified_models),
                    "persist_previous_context": order.persist_previous_context,
                    "region": order.region,
                    "created_at": now,
                    "expires_at": now + LINK_TOKEN_SECONDS,
                },
            )
        return Secret(token)

    async def find(self, token: str) -> LinkToken:
        """Return what a token stands for, without using it up.

        Raises NotFound for a token we never made, Gone for a used or expired one.
        """
        stored = None
        if token.isascii():
            async with self._database.read() as connection:
                stored = await store.find_token(connection, token_hash(token))
        return await self._live(stored)

    async def get(self, environment_id: str, token_id: str) -> LinkToken:
        """Return a token by its id; raises like `find`."""
        async with self._database.read() as connection:
            stored = await store.get_token(connection, environment_id, token_id)
        return await self._live(stored)

    @asynccontextmanager
    async def attempt(self, token: LinkToken) -> AsyncIterator[Attempt]:
        """Hold a token while linking is tried; it is free again afterwards unless it was used.

        Raises Conflict while another attempt holds it, Gone when it was used meanwhile.
        """
        attempt = Attempt(new_id(), token)
        now = self._clock.now()
        async with self._database.write() as connection:
            claimed = await store.claim(
                connection,
                token.environment_id,
                token.id,
                attempt.id,
                now=now,
                until=now + HOLD_SECONDS,
            )
        if not claimed:
            await self.get(token.environment_id, token.id)
            raise Conflict("This account is being connected in another window. Wait a moment.")
        try:
            # What an attempt before this one left behind is read only now, under the claim.
            yield Attempt(attempt.id, await self.get(token.environment_id, token.id))
        finally:
            async with self._database.write() as connection:
                await store.change_claimed(
                    connection,
                    token.environment_id,
                    token.id,
                    attempt.id,
                    {"attempt_until": None},
                )

    async def remember_account(
        self, connection: AsyncConnection, attempt: Attempt, account_id: str
    ) -> None:
        """Note the account an attempt created, in the transaction that creates it.

        Raises Conflict when the attempt no longer holds the token.
        """
        await self._change(connection, attempt, {"account_id": account_id})

    async def use(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Use a token up, and destroy its context, in the transaction that makes the account active.

        Raises Conflict when the attempt no longer holds the token.
        """
        used = {"used_at": self._clock.now(), "sealed_context": None}
        await self._change(connection, attempt, used)
        await self._vault.destroy(connection, attempt.token.environment_id, attempt.token.id)

    async def _forget_old(
        self, connection: AsyncConnection, environment_id: str, before: float
    ) -> None:
        for token_id in await store.remove_expired(connection, environment_id, before):
            await self._vault.destroy(connection, environment_id, token_id)

    async def _change(
        self, connection: AsyncConnection, attempt: Attempt, values: Mapping[str, object]
    ) -> None:
        token = attempt.token
        if not await store.change_claimed(
            connection, token.environment_id, token.id, attempt.id, values
        ):
            raise Conflict("Another window went on with this link meanwhile.")

    async def _sealed(
        self, connection: AsyncConnection, environment_id: str, token_id: str, order: LinkOrder
    ) -> bytes | None:
        if not order.context:
            return None
        text = Secret(encode_json(dict(order.context)).decode())
        sealed = await self._vault.seal(connection, environment_id, token_id, {_CONTEXT: text})
        return sealed[_CONTEXT]

    async def _live(self, stored: StoredToken | None) -> LinkToken:
        if stored is None:
            raise NotFound("This link is not known here.", details=_because("unknown"))
        if stored.used_at is not None:
            raise Gone("This link has already been used.", details=_because("used"))
        if stored.expires_at <= self._clock.now():
            raise Gone("This link has expired.", details=_because("expired"))
        return await self._opened(stored)

    async def _opened(self, stored: StoredToken) -> LinkToken:
        context = {}
        if stored.sealed_context is not None:
            text = await self._vault.open(
                stored.environment_id, stored.id, _CONTEXT, stored.sealed_context
            )
            context = decode_json(text.reveal().encode(), "context")
        order = LinkOrder(
            tenant_id=stored.tenant_id,
            account_id=stored.account_id if stored.reconnects else None,
            context=context,
            redirect_uri=stored.redirect_uri,
            scopes=tuple(stored.scopes),
            unified_models=tuple(stored.unified_models),
            persist_previous_context=stored.persist_previous_context,
            region=stored.region,
        )
        return LinkToken(
            stored.id, stored.environment_id, order, stored.account_id, stored.expires_at
        )


def _because(reason: str) -> dict[str, str]:
    return {"error_type": "invalid_token", "reason": reason}
