"""A link token's life: looked at freely, held by one attempt, used once, forgotten."""

import asyncio
from pathlib import Path

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.keyrings import MemoryKeyring
from tests.support.turned_clock import TurnedClock

from waypost.base.database import Database
from waypost.base.errors import Conflict, Gone, NotFound
from waypost.base.tasks import BackgroundTasks
from waypost.features.link.model import LINK_TOKEN_SECONDS, LinkOrder
from waypost.features.link.tokens import HOLD_SECONDS, KEEP_SECONDS, LinkTokens
from waypost.kernel.environments import Caller, Environments
from waypost.kernel.vault import Vault

pytestmark = pytest.mark.anyio
PLANTED = "planted-link-context"
ORDER = LinkOrder(
    tenant_id="acme",
    context={"api_token": PLANTED, "count": 2},
    redirect_uri="https://app.example/",
    scopes=("a",),
    unified_models=("user-directory",),
    region="eu",
)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def tokens(database: Database, clock: TurnedClock) -> LinkTokens:
    return LinkTokens(database, Vault(database, MemoryKeyring(), clock=clock), clock=clock)


@pytest.fixture
async def environment(database: Database, clock: TurnedClock) -> str:
    environments = Environments(database, clock=clock, tasks=BackgroundTasks())
    return (await environments.create(Caller("operator"), "Test")).id


async def test_looking_does_not_use_it_up(tokens: LinkTokens, environment: str) -> None:
    token = (await tokens.create(environment, ORDER)).reveal()
    for _ in range(3):
        found = await tokens.find(token)
    assert found.order == ORDER
    assert (found.environment_id, found.account_id, found.reconnects) == (environment, None, False)


async def test_a_token_to_link_again(tokens: LinkTokens, environment: str) -> None:
    order = LinkOrder(account_id="a1", persist_previous_context=True)
    found = await tokens.find((await tokens.create(environment, order)).reveal())
    assert found.order == order
    assert (found.account_id, found.reconnects) == ("a1", True)


async def test_neither_token_nor_context_is_on_disk(
    tokens: LinkTokens, environment: str, tmp_path: Path
) -> None:
    token = (await tokens.create(environment, ORDER)).reveal()
    on_disk = bytes_on_disk(tmp_path)
    assert token.encode() not in on_disk
    assert PLANTED.encode() not in on_disk
    assert len(token) >= 43


@pytest.mark.parametrize("text", ["", "nonsense", "\ud800", "ünknown"])
async def test_an_unknown_token(tokens: LinkTokens, text: str) -> None:
    with pytest.raises(NotFound) as caught:
        await tokens.find(text)
    assert caught.value.details["error_type"] == "invalid_token"


async def test_it_expires_after_seven_days(
    tokens: LinkTokens, environment: str, clock: TurnedClock
) -> None:
    token = (await tokens.create(environment, ORDER)).reveal()
    clock.turn(LINK_TOKEN_SECONDS - 1)
    await tokens.find(token)
    clock.turn(1)
    with pytest.raises(Gone, match="expired"):
        await tokens.find(token)


async def test_a_failed_attempt_frees_it_and_a_used_one_ends_it(
    tokens: LinkTokens, environment: str, database: Database
) -> None:
    token = (await tokens.create(environment, ORDER)).reveal()

    async def fail() -> None:
        async with tokens.attempt(await tokens.find(token)) as attempt:
            async with database.write() as connection:
                await tokens.remember_account(connection, attempt, "account-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with tokens.attempt(await tokens.find(token)) as attempt:
        assert attempt.token.account_id == "account-1"
        async with database.write() as connection:
            await tokens.use(connection, attempt)
    with pytest.raises(Gone, match="already been used"):
        await tokens.find(token)


async def test_one_attempt_at_a_time(tokens: LinkTokens, environment: str) -> None:
    found = await tokens.find((await tokens.create(environment, ORDER)).reveal())
    entered = refused = 0
    all_others = asyncio.Event()

    async def one() -> None:
        nonlocal entered, refused
        try:
            async with tokens.attempt(found):
                entered += 1
                await all_others.wait()
        except Conflict:
            refused += 1
            if refused == 4:
                all_others.set()
            raise

    results = await asyncio.gather(*(one() for _ in range(5)), return_exceptions=True)
    assert entered == 1
    assert [type(result) for result in results if result is not None] == [Conflict] * 4


async def test_a_second_window_hears_that_it_was_used(
    tokens: LinkTokens, environment: str, database: Database
) -> None:
    found = await tokens.find((await tokens.create(environment, ORDER)).reveal())
    async with tokens.attempt(found) as attempt, database.write() as connection:
        await tokens.use(connection, attempt)
    with pytest.raises(Gone):
        async with tokens.attempt(found):
            pass


async def test_a_dead_attempt_is_taken_over_and_can_no_longer_act(
    tokens: LinkTokens, environment: str, clock: TurnedClock, database: Database
) -> None:
    found = await tokens.find((await tokens.create(environment, ORDER)).reveal())
    async with tokens.attempt(found) as dead:
        clock.turn(HOLD_SECONDS)
        async with tokens.attempt(found) as living:
            with pytest.raises(Conflict):
                async with database.write() as connection:
                    await tokens.use(connection, dead)
            async with database.write() as connection:
                await tokens.use(connection, living)


async def test_old_tokens_are_forgotten(
    tokens: LinkTokens, environment: str, clock: TurnedClock
) -> None:
    old = (await tokens.create(environment, ORDER)).reveal()
    clock.turn(LINK_TOKEN_SECONDS + KEEP_SECONDS)
    await tokens.create(environment, ORDER)
    with pytest.raises(NotFound):
        await tokens.find(old)


async def test_another_environments_id_finds_nothing(tokens: LinkTokens, environment: str) -> None:
    found = await tokens.find((await tokens.create(environment, ORDER)).reveal())
    assert (await tokens.get(environment, found.id)).id == found.id
    with pytest.raises(NotFound):
        await tokens.get("another", found.id)
