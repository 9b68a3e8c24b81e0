"""Environments, their tokens, and the question every request begins with: who is this?"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from waypost.base.clock import Clock, monotonic
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database, after_commit
from waypost.base.errors import InvalidRequest, NotFound, Unauthenticated
from waypost.base.ids import new_id, new_token, same
from waypost.base.listing import Listing, Page
from waypost.base.readings import Readings
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.environments import store
from waypost.kernel.environments.caller import Caller, CallerKind, require_operator
from waypost.kernel.environments.store import ApiToken, Environment

ACCOUNT_TOKEN_SECONDS = 15 * 60
CACHE_SECONDS = 5.0
MOST_CACHED = 20_000

_OPERATOR = Caller("operator")
_FOREVER = float("inf")

Farewell = Callable[[AsyncConnection, str], Awaitable[None]]
"""What a room above does, given the transaction and the id, before an environment is deleted."""
Notice = Callable[[str], Awaitable[None]]
"""What a room above does outside any transaction, given the id, while everything is there."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token: the only time its text can be read."""

    token: Secret
    record: ApiToken


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    expires_at: float  # wall: when the token itself ends


class Environments:
    """Keep environments and tokens; only digests of tokens are stored.

    A token deleted by another process is refused here at the latest CACHE_SECONDS later.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        tasks: BackgroundTasks,
        operator_token: Secret | None = None,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._operator = token_digest(operator_token.reveal()) if operator_token else None
        self.callers: Readings[bytes, _Known] = Readings(
            self._find, tasks, seconds=CACHE_SECONDS, most=MOST_CACHED, monotonic=monotonic
        )
        self._farewells: list[Farewell] = []
        self._notices: list[Notice] = []

    def on_notice(self, notice: Notice) -> None:
        """Have `notice` told of an environment that is about to go; it bounds its own time."""
        self._notices.append(notice)

    def before_delete(self, farewell: Farewell) -> None:
        """Have `farewell` run in the transaction that deletes an environment, before it is gone."""
        self._farewells.append(farewell)

    def recognise(self, digest: bytes) -> Caller | None:
        """Return the caller of a token seen in the last seconds, without touching the database.

        It is named by its digest (`token_digest`), which may be kept where the token may not.
        """
        known = self.callers.peek(digest)
        return None if known is None or known.expires_at <= self._clock.now() else known.caller

    def known_until(self, digest: bytes) -> float:
        """Return until when (monotonic) `recognise` says the same, if nothing is deleted; else 0.

        A token that ends by itself is to be looked at each time.
        """
        known = self.callers.peek(digest)
        if known is None or known.expires_at != _FOREVER:
            return 0.0
        return self.callers.fresh_until(digest)

    async def authenticate(self, token: str) -> Caller:
        """Return who holds `token`; raises Unauthenticated."""
        known = await self.callers.get(token_digest(token))
        if known.expires_at <= self._clock.now():
            raise Unauthenticated
        return known.caller

    async def _find(self, digest: bytes) -> _Known:
        if self._operator is not None and same(digest, self._operator):
            return _Known(_OPERATOR, _FOREVER)
        async with self._database.read() as connection:
            found = await store.find_token(connection, digest)
        if found is None:
            raise Unauthenticated
        kind: CallerKind = "api_token" if found.account_id is None else "account_token"
        caller = Caller(kind, found.environment_id, found.id, found.account_id)
        return _Known(caller, _FOREVER if found.expires_at is None else found.expires_at)

    async def create(
        self, caller: Caller, name: str, *, environment_id: str | None = None
    ) -> Environment:
        """Create an environment; only the operator may. Raises Forbidden, InvalidRequest."""
        require_operator(caller)
        now = self._clock.now()
        record = Environment(environment_id or new_id(), _checked_name(name), now, now)
        async with self._database.write() as connection:
            await store.add_environment(connection, record)
        return record

    async def get(self, caller: Caller, environment_id: str) -> Environment:
        """Return an environment the caller may see; raises NotFound."""
        _check_sight(caller, environment_id)
        async with self._database.read() as connection:
            return await store.get_environment(connection, environment_id)

    async def list(self, caller: Caller, listing: Listing | None = None) -> Page[Environment]:
        """Return the environments the caller may see."""
        async with self._database.read() as connection:
            return await store.list_environments(
                connection, caller.environment_id, listing or Listing()
            )

    async def rename(self, caller: Caller, environment_id: str, name: str) -> Environment:
        """Change an environment's name; raises NotFound, InvalidRequest."""
        _check_sight(caller, environment_id)
        name = _checked_name(name)
        async with self._database.write() as connection:
            await store.rename_environment(connection, environment_id, name, self._clock.now())
            return await store.get_environment(connection, environment_id)

    async def delete(self, caller: Caller, environment_id: str) -> None:
        """Delete an environment and everything in it; only the operator may. Raises NotFound."""
        require_operator(caller)
        async with self._database.read() as connection:
            await store.get_environment(connection, environment_id)
        for notice in self._notices:
            await notice(environment_id)
        async with self._database.write() as connection:
            await store.get_environment(connection, environment_id)
            for farewell in self._farewells:
                await farewell(connection, environment_id)
            await store.remove_environment(connection, environment_id)
        self.callers.forget_all()

    async def create_token(
        self,
        caller: Caller,
        environment_id: str,
        name: str,
        *,
        expires_at: float | None = None,
        created_by: str | None = None,
    ) -> IssuedToken:
        """Create an API token; only the operator may. Raises Forbidden, NotFound, InvalidRequest."""
        require_operator(caller)
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise InvalidRequest("expires_at lies in the past")
        token, name = new_token(), _checked_name(name)
        record = ApiToken(
            new_id(), environment_id, name, token[-4:], created_by, expires_at, now, now
        )
        async with self._database.write() as connection:
            await store.get_environment(connection, environment_id)
            await store.add_api_token(connection, record, token_digest(token))
        return IssuedToken(Secret(token), record)

    async def list_tokens(self, caller: Caller, listing: Listing | None = None) -> Page[ApiToken]:
        """Return the API tokens the caller may see, never their text."""
        async with self._database.read() as connection:
            return await store.list_api_tokens(
                connection, caller.environment_id, listing or Listing()
            )

    async def get_token(self, caller: Caller, token_id: str) -> ApiToken:
        """Return one API token the caller may see; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get_api_token(connection, caller.environment_id, token_id)

    async def delete_token(self, caller: Caller, token_id: str) -> None:
        """Delete an API token, at once in this process; only the operator may. Raises NotFound."""
        require_operator(caller)
        async with self._database.write() as connection:
            record = await store.get_api_token(connection, None, token_id)
            digest = await store.remove_api_token(connection, record.environment_id, token_id)
        if digest is not None:
            self.callers.forget(digest)

    async def create_account_token(self, environment_id: str, account_id: str) -> Secret:
        """Issue a token for one account, good for 15 minutes; the account must be known to exist."""
        token, now = new_token(), self._clock.now()
        async with self._database.write() as connection:
            await store.add_account_token(
                connection,
                environment_id,
                token_id=new_id(),
                account_id=account_id,
                digest=token_digest(token),
                expires_at=now + ACCOUNT_TOKEN_SECONDS,
                at=now,
            )
        return Secret(token)

    async def remove_account_tokens(
        self, connection: AsyncConnection, environment_id: str, account_id: str
    ) -> None:
        """Delete every token of an account in the caller's transaction."""
        await store.remove_account_tokens(connection, environment_id, account_id)

        def is_its(_: bytes, known: _Known) -> bool:
            return known.caller.account_id == account_id

        after_commit(lambda: self.callers.forget_where(is_its))


def token_digest(token: str) -> bytes:
    """Return the digest under which a token is known."""
    # A lone surrogate is no token of ours; it must be refused, not crash.
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 200:
        raise InvalidRequest("name must have 1 to 200 characters")
    return name


def _check_sight(caller: Caller, environment_id: str) -> None:
    if caller.environment_id not in (None, environment_id):
        raise NotFound("There is no such environment.")
