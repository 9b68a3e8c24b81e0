"""Environments and tokens as their users notice them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.turned_clock import TurnedClock

from waypost.base.database import Database
from waypost.base.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from waypost.base.listing import Listing, read_conditions
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.environments import Caller, Environments, token_digest

pytestmark = pytest.mark.anyio
OPERATOR = Caller("operator")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def environments(database: Database, clock: TurnedClock) -> Environments:
    return _process(database, clock)


def _process(database: Database, clock: TurnedClock) -> Environments:
    return Environments(
        database,
        clock=clock,
        tasks=BackgroundTasks(),
        operator_token=Secret("operator-secret"),
        monotonic=clock.now,
    )


async def test_a_token_says_who_asks(environments: Environments) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    issued = await environments.create_token(OPERATOR, shop.id, "server")
    for _ in range(2):  # from the database, then from memory
        caller = await environments.authenticate(issued.token.reveal())
        assert caller == Caller("api_token", shop.id, issued.record.id)
    assert environments.recognise(token_digest(issued.token.reveal())) == caller
    assert await environments.authenticate("operator-secret") == OPERATOR
    assert issued.record.hint == issued.token.reveal()[-4:]


@pytest.mark.parametrize("token", ["", "nobody", "operator-secret ", "\x00", "\ud800", "é" * 9999])
async def test_unknown_tokens_are_refused(environments: Environments, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await environments.authenticate(token)


async def test_without_an_operator_token_nobody_is_the_operator(database: Database) -> None:
    nobody = Environments(database, clock=TurnedClock(), tasks=BackgroundTasks())
    with pytest.raises(Unauthenticated):
        await nobody.authenticate("")


async def test_a_token_ends_when_it_says(environments: Environments, clock: TurnedClock) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    ends = clock.now() + 3
    issued = await environments.create_token(OPERATOR, shop.id, "short", expires_at=ends)
    await environments.authenticate(issued.token.reveal())
    clock.turn(3)
    assert environments.recognise(token_digest(issued.token.reveal())) is None
    with pytest.raises(Unauthenticated):
        await environments.authenticate(issued.token.reveal())
    with pytest.raises(InvalidRequest):
        await environments.create_token(OPERATOR, shop.id, "past", expires_at=clock.now())


async def test_a_deleted_token_is_refused_here_at_once_and_elsewhere_in_seconds(
    environments: Environments, database: Database, clock: TurnedClock
) -> None:
    elsewhere = _process(database, clock)
    shop = await environments.create(OPERATOR, "Shop")
    issued = await environments.create_token(OPERATOR, shop.id, "server")
    token = issued.token.reveal()
    await environments.authenticate(token)
    await elsewhere.authenticate(token)
    await environments.delete_token(OPERATOR, issued.record.id)
    with pytest.raises(Unauthenticated):
        await environments.authenticate(token)
    assert elsewhere.recognise(token_digest(token)) is not None
    clock.turn(5)
    with pytest.raises(Unauthenticated):
        await elsewhere.authenticate(token)


async def test_an_account_token_is_for_one_account_and_fifteen_minutes(
    environments: Environments, database: Database, clock: TurnedClock
) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    token = (await environments.create_account_token(shop.id, "account-1")).reveal()
    caller = await environments.authenticate(token)
    assert (caller.kind, caller.environment_id, caller.account_id) == (
        "account_token",
        shop.id,
        "account-1",
    )
    clock.turn(15 * 60)
    with pytest.raises(Unauthenticated):
        await environments.authenticate(token)

    other = (await environments.create_account_token(shop.id, "account-1")).reveal()
    await environments.authenticate(other)
    async with database.write() as connection:
        await environments.remove_account_tokens(connection, shop.id, "account-1")
    with pytest.raises(Unauthenticated):
        await environments.authenticate(other)


async def test_only_the_operator_makes_and_ends_things(environments: Environments) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    issued = await environments.create_token(OPERATOR, shop.id, "server")
    caller = await environments.authenticate(issued.token.reveal())
    for forbidden in (
        environments.create(caller, "Other"),
        environments.create_token(caller, shop.id, "more"),
        environments.delete_token(caller, issued.record.id),
        environments.delete(caller, shop.id),
    ):
        with pytest.raises(Forbidden):
            await forbidden


async def test_an_api_token_sees_only_its_own_environment(environments: Environments) -> None:
    shop, bank = [await environments.create(OPERATOR, name) for name in ("Shop", "Bank")]
    mine = await environments.create_token(OPERATOR, shop.id, "mine")
    theirs = await environments.create_token(OPERATOR, bank.id, "theirs")
    me = await environments.authenticate(mine.token.reveal())

    assert [each.id for each in (await environments.list(me)).items] == [shop.id]
    assert [each.id for each in (await environments.list_tokens(me)).items] == [mine.record.id]
    assert len((await environments.list(OPERATOR)).items) == 2
    for hidden in (
        environments.get(me, bank.id),
        environments.rename(me, bank.id, "Taken"),
        environments.get_token(me, theirs.record.id),
        environments.get(OPERATOR, "absent"),
        environments.create_token(OPERATOR, "absent", "x"),
        environments.delete_token(OPERATOR, "absent"),
        environments.delete(OPERATOR, "absent"),
    ):
        with pytest.raises(NotFound):
            await hidden
    assert (await environments.rename(me, shop.id, " Boutique ")).name == "Boutique"


async def test_deleting_an_environment_ends_its_tokens(environments: Environments) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    issued = await environments.create_token(OPERATOR, shop.id, "server")
    await environments.authenticate(issued.token.reveal())
    await environments.delete(OPERATOR, shop.id)
    with pytest.raises(Unauthenticated):
        await environments.authenticate(issued.token.reveal())


async def test_tokens_are_listed_in_pages_and_filtered(
    environments: Environments, clock: TurnedClock
) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    made = []
    for n in range(5):
        made.append((await environments.create_token(OPERATOR, shop.id, f"t{n}")).record.id)
        clock.turn(n % 2)  # some share a moment
    listing, seen = Listing(limit=2), []
    while True:
        page = await environments.list_tokens(OPERATOR, listing)
        seen += [each.id for each in page.items]
        if page.next is None:
            break
        listing = replace(listing, after=page.next)
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5
    named = Listing(read_conditions({"name": {"in": "t1,t4"}}, {"name": "text"}))
    assert len((await environments.list_tokens(OPERATOR, named)).items) == 2


async def test_the_file_holds_no_token(environments: Environments, tmp_path: Path) -> None:
    shop = await environments.create(OPERATOR, "Shop")
    issued = await environments.create_token(OPERATOR, shop.id, "server")
    token = issued.token.reveal()
    callers = await asyncio.gather(*(environments.authenticate(token) for _ in range(20)))
    assert len(set(callers)) == 1
    assert token.encode() not in bytes_on_disk(tmp_path)
    assert token not in repr(issued)
