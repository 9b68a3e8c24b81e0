"""The vault with its database: one data key per owner, bound to its place."""

import asyncio
import time
import traceback
from pathlib import Path

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.keyrings import MemoryKeyring
from tests.support.turned_clock import TurnedClock

from waypost.base.database import Database
from waypost.base.errors import KeyMissing, OperatorError
from waypost.base.secret import Secret
from waypost.kernel.vault import Rotation, Vault

pytestmark = pytest.mark.anyio
PLANTED = "planted-7f3a-secret"


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


def _vault(database: Database, keyring: MemoryKeyring) -> Vault:
    return Vault(database, keyring, clock=TurnedClock())


@pytest.fixture
def vault(database: Database, keyring: MemoryKeyring) -> Vault:
    return _vault(database, keyring)


async def _seal(
    database: Database, vault: Vault, environment_id: str = "env", owner_id: str = "account"
) -> bytes:
    async with database.write() as connection:
        sealed = await vault.seal(
            connection, environment_id, owner_id, {"api_token": Secret(PLANTED)}
        )
    return sealed["api_token"]


async def test_a_secret_opens_here_and_in_another_process(
    database: Database, vault: Vault, keyring: MemoryKeyring, tmp_path: Path
) -> None:
    sealed = await _seal(database, vault)
    for reader in (vault, vault, _vault(database, keyring)):
        assert (await reader.open("env", "account", "api_token", sealed)).reveal() == PLANTED
    assert PLANTED.encode() not in bytes_on_disk(tmp_path)


async def test_a_row_copied_elsewhere_does_not_open(database: Database, vault: Vault) -> None:
    sealed = await _seal(database, vault)
    await _seal(database, vault, "env", "other")
    await _seal(database, vault, "other", "account")
    for place in [
        ("env", "other", "api_token"),
        ("other", "account", "api_token"),
        ("env", "account", "password"),
        ("env", "stranger", "api_token"),
    ]:
        with pytest.raises(OperatorError) as raised:
            await vault.open(*place, sealed)
        assert PLANTED not in "".join(traceback.format_exception(raised.value))


async def test_a_key_taken_in_hand_seals_without_a_transaction(
    database: Database, vault: Vault, keyring: MemoryKeyring
) -> None:
    field = ("env", "account", "answer")
    assert vault.seal_at_hand(*field, Secret(PLANTED)) is None
    await vault.take_in_hand("env", "account")
    sealed = vault.seal_at_hand(*field, Secret(PLANTED))
    assert sealed is not None
    other = _vault(database, keyring)
    assert (await other.open(*field, sealed)).reveal() == PLANTED
    await other.take_in_hand("env", "account")
    assert other.seal_at_hand(*field, Secret(PLANTED)) is not None


async def test_an_owner_has_one_data_key_however_many_seal_at_once(
    database: Database, vault: Vault, keyring: MemoryKeyring
) -> None:
    processes = [vault, *(_vault(database, keyring) for _ in range(4))]
    sealed = await asyncio.gather(*(_seal(database, each) for each in processes))
    for each in sealed:
        assert (await vault.open("env", "account", "api_token", each)).reveal() == PLANTED
    assert await Rotation(database, keyring).in_use() == {keyring.current_id: 1}


async def test_an_absent_or_wrong_key_is_named(
    database: Database, vault: Vault, keyring: MemoryKeyring
) -> None:
    sealed = await _seal(database, vault)
    used = keyring.current_id
    stranger = MemoryKeyring()  # a key of the same id, other bytes
    for ring in (stranger, keyring):
        if ring is keyring:
            del keyring.keys[used]
        with pytest.raises(KeyMissing, match=used):
            await _vault(database, ring).open("env", "account", "api_token", sealed)
        with pytest.raises(KeyMissing, match=used):
            await _seal(database, _vault(database, ring))


async def test_what_is_destroyed_never_opens_again(database: Database, vault: Vault) -> None:
    sealed = await _seal(database, vault)
    await vault.open("env", "account", "api_token", sealed)
    async with database.write() as connection:
        await vault.destroy(connection, "env", "account")
    with pytest.raises(OperatorError):
        await vault.open("env", "account", "api_token", sealed)
    await _seal(database, vault)  # linked again, under a new data key
    with pytest.raises(OperatorError):
        await vault.open("env", "account", "api_token", sealed)


async def test_an_undone_transaction_leaves_no_key_behind(
    database: Database, vault: Vault, keyring: MemoryKeyring
) -> None:
    async def undone() -> None:
        async with database.write() as connection:
            await vault.seal(connection, "env", "account", {"f": Secret("x")})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert await Rotation(database, keyring).in_use() == {}
    sealed = await _seal(database, vault)
    assert (await vault.open("env", "account", "api_token", sealed)).reveal() == PLANTED


async def test_opening_is_quick_enough_for_every_call(database: Database, vault: Vault) -> None:
    sealed = await _seal(database, vault)
    await vault.open("env", "account", "api_token", sealed)
    best = 1.0
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(100):
            await vault.open("env", "account", "api_token", sealed)
        best = min(best, (time.perf_counter() - began) / 100)
    assert best < 50e-6, f"{best * 1e6:.1f} µs"  # about 5; the margin is for a busy machine
