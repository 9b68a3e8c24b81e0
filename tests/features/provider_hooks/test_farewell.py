"""Our webhooks are removed also where the provider is away, or we die, while their account goes."""

from sqlalchemy import select
from tests.features.provider_hooks.conftest import Hooked
from tests.features.provider_hooks.test_registrar import NEWS, SHOP

from waypost.features.provider_hooks import store
from waypost.features.provider_hooks.farewell import AFTER_SECONDS, MOST_SECONDS, Farewells
from waypost.features.provider_hooks.occasions import registrar
from waypost.kernel.vault.store import data_key

HOUR = 3600.0


def linked(hooked: Hooked) -> str:
    account = hooked.link()
    hooked.until_active(account, "shop.test", "news.test")
    return account


def unlink(hooked: Hooked, account: str) -> None:
    assert hooked.environment.request("DELETE", f"/integrated-account/{account}").status_code == 200
    assert hooked.environment.get(f"/integrated-account/{account}").status_code == 404


def break_deletions(hooked: Hooked) -> None:
    fault = {"method": "DELETE", "path": "/webhooks/*", "status": 503, "body": {"message": "Down"}}
    hooked.sandbox.control("POST", "/faults", fault)


def left(hooked: Hooked) -> int:
    return len(hooked.there(SHOP)) + len(hooked.there(NEWS))


def kept(hooked: Hooked, account: str) -> bytes | None:
    async def read() -> bytes | None:
        async with hooked.served.kernel.database.read() as connection:
            found = await store.find(connection, hooked.environment.id, account)
        return None if found is None else found[0]

    return hooked.served.run(read())


def keys_of(hooked: Hooked, account: str) -> int:
    async def read() -> int:
        query = select(data_key.c.id).where(data_key.c.owner_id.contains(account))
        async with hooked.served.kernel.database.read() as connection:
            return len((await connection.execute(query)).all())

    return hooked.served.run(read())


def test_a_provider_that_is_away_is_asked_again_once_the_account_is_gone(hooked: Hooked) -> None:
    account = linked(hooked)
    break_deletions(hooked)
    unlink(hooked, account)
    assert left(hooked) == 2
    sealed = kept(hooked, account)
    assert sealed is not None
    assert hooked.sandbox.api_token.encode() not in sealed
    hooked.sandbox.control("DELETE", "/faults")
    hooked.turn(AFTER_SECONDS)
    hooked.until(lambda: left(hooked) == 0, turning=10.0)
    hooked.until(lambda: kept(hooked, account) is None)
    assert keys_of(hooked, account) == 0, "nothing of it opens again"


def test_where_all_are_removed_at_once_nothing_is_kept(hooked: Hooked) -> None:
    account = linked(hooked)
    unlink(hooked, account)
    assert left(hooked) == 0
    assert kept(hooked, account) is None
    assert keys_of(hooked, account) == 0


def end(hooked: Hooked) -> None:
    """Delete the whole environment."""
    path = f"{hooked.environment.url}/environment/{hooked.environment.id}"
    operator = {"authorization": f"Bearer {hooked.served.operator_token}"}
    assert hooked.environment.http.delete(path, headers=operator).status_code == 200


def test_an_environment_takes_the_webhooks_of_its_accounts_with_it(hooked: Hooked) -> None:
    account = linked(hooked)
    assert left(hooked) == 2
    end(hooked)
    assert left(hooked) == 0
    assert keys_of(hooked, account) == 0


def test_an_environment_ends_though_a_provider_does_not_answer(hooked: Hooked) -> None:
    account = linked(hooked)
    break_deletions(hooked)
    end(hooked)
    assert hooked.environment.get(f"/integrated-account/{account}").status_code == 401
    assert kept(hooked, account) is None
    assert keys_of(hooked, account) == 0, "nothing of an environment outlives it"


def test_a_provider_that_stays_away_is_given_up_after_a_day(hooked: Hooked) -> None:
    account = linked(hooked)
    break_deletions(hooked)
    unlink(hooked, account)
    hooked.turn(MOST_SECONDS + HOUR)
    hooked.until(lambda: kept(hooked, account) is None, turning=HOUR)
    assert keys_of(hooked, account) == 0
    assert left(hooked) == 2


def test_an_account_that_stays_keeps_its_webhooks(hooked: Hooked) -> None:
    """We died between what we planned and the end of the account."""
    account, kernel = linked(hooked), hooked.served.kernel
    farewells = Farewells(kernel, registrar(kernel))
    hooked.served.run(farewells.prepare(hooked.environment.id, account))
    hooked.served.run(farewells.prepare(hooked.environment.id, account))
    assert kept(hooked, account) is not None
    hooked.turn(AFTER_SECONDS)
    hooked.until(lambda: kept(hooked, account) is None, turning=10.0)
    assert left(hooked) == 2


def test_an_account_that_went_while_we_died_leaves_no_webhooks(hooked: Hooked) -> None:
    account, kernel = linked(hooked), hooked.served.kernel
    farewells = Farewells(kernel, registrar(kernel))
    place = (hooked.environment.id, account)

    async def die() -> None:
        await farewells.prepare(*place)
        async with kernel.database.write() as connection:
            await kernel.accounts.delete(*place, within=connection)

    hooked.served.run(die())
    assert left(hooked) == 2
    hooked.turn(AFTER_SECONDS)
    hooked.until(lambda: left(hooked) == 0, turning=10.0)


def test_what_lost_its_job_is_destroyed_by_the_hourly_check(hooked: Hooked) -> None:
    account, kernel = linked(hooked), hooked.served.kernel
    place = (hooked.environment.id, account)

    async def keep() -> None:
        async with kernel.database.write() as connection:
            await store.add(connection, *place, b"sealed", kernel.clock.now() - MOST_SECONDS - 1)

    hooked.served.run(keep())
    hooked.served.run(Farewells(kernel, registrar(kernel)).forget_old())
    assert kept(hooked, account) is None
