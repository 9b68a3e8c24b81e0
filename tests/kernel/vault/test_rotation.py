"""Rotation while the program serves."""

import asyncio
from pathlib import Path

import pytest
from tests.support.keyrings import MemoryKeyring
from tests.support.turned_clock import TurnedClock

from waypost.adapters.key_file import KeyFile
from waypost.base.database import Database
from waypost.base.errors import Conflict, KeyMissing
from waypost.base.secret import Secret
from waypost.kernel.vault import Rotation, Vault

pytestmark = pytest.mark.anyio


async def _seal(database: Database, vault: Vault, owner: str) -> bytes:
    async with database.write() as connection:
        return (await vault.seal(connection, "env", owner, {"f": Secret(owner)}))["f"]


async def test_secrets_open_before_during_and_after(database: Database) -> None:
    keyring = MemoryKeyring()
    old = keyring.current_id
    vault, rotation = Vault(database, keyring, clock=TurnedClock()), Rotation(database, keyring)
    sealed = {f"a{n}": await _seal(database, vault, f"a{n}") for n in range(25)}

    async def read_all() -> None:
        cold = Vault(database, keyring, clock=TurnedClock())  # nothing in memory
        for owner, each in sealed.items():
            assert (await cold.open("env", owner, "f", each)).reveal() == owner

    new = keyring.add()
    with pytest.raises(Conflict, match="25"):
        await rotation.retire(old)
    done, _, _ = await asyncio.gather(rotation.rewrap(batch=4), read_all(), read_all())
    assert done == 25
    assert await rotation.in_use() == {new: 25}
    await rotation.retire(old)
    assert list(keyring.keys) == [new]
    await read_all()
    assert await rotation.rewrap() == 0


async def test_two_processes_may_rotate_at_once(database: Database) -> None:
    keyring = MemoryKeyring()
    vault = Vault(database, keyring, clock=TurnedClock())
    sealed = {f"a{n}": await _seal(database, vault, f"a{n}") for n in range(12)}
    new = keyring.add()
    await asyncio.gather(*(Rotation(database, keyring).rewrap(batch=3) for _ in range(3)))
    assert await Rotation(database, keyring).in_use() == {new: 12}
    cold = Vault(database, keyring, clock=TurnedClock())
    for owner, each in sealed.items():
        assert (await cold.open("env", owner, "f", each)).reveal() == owner


async def test_a_lost_key_stops_the_rotation_by_name(database: Database) -> None:
    keyring = MemoryKeyring()
    lost = keyring.current_id
    vault = Vault(database, keyring, clock=TurnedClock())
    await _seal(database, vault, "a")
    keyring.add()
    del keyring.keys[lost]
    with pytest.raises(KeyMissing, match=lost):
        await Rotation(database, keyring).rewrap()


async def test_rotating_is_one_step_with_a_key_file(database: Database, tmp_path: Path) -> None:
    keyring = KeyFile(tmp_path / "keys.json")
    old = keyring.current().id
    vault = Vault(database, keyring, clock=TurnedClock())
    sealed = {f"a{n}": await _seal(database, vault, f"a{n}") for n in range(3)}
    done = await Rotation(database, keyring).rotate()
    assert (done.rewrapped, done.retired, done.kept) == (3, (old,), ())
    assert keyring.ids() == (done.current,)
    elsewhere = Vault(database, KeyFile(tmp_path / "keys.json"), clock=TurnedClock())
    for owner, each in sealed.items():
        assert (await elsewhere.open("env", owner, "f", each)).reveal() == owner


async def test_one_rotation_does_it_all(database: Database) -> None:
    keyring = MemoryKeyring()
    old = keyring.current_id
    unused = keyring.add()
    keyring.current_id = old
    vault, rotation = Vault(database, keyring, clock=TurnedClock()), Rotation(database, keyring)
    sealed = {f"a{n}": await _seal(database, vault, f"a{n}") for n in range(7)}

    async def read_all() -> None:
        for owner, each in sealed.items():
            assert (await vault.open("env", owner, "f", each)).reveal() == owner

    done, *_ = await asyncio.gather(rotation.rotate(), read_all(), read_all())
    assert (done.rewrapped, set(done.retired), done.kept) == (7, {old, unused}, ())
    assert list(keyring.keys) == [done.current]
    await read_all()
    again = await rotation.rotate()
    assert (again.rewrapped, again.retired) == (7, (done.current,))


async def test_a_key_that_cannot_go_yet_is_kept(database: Database) -> None:
    keyring = MemoryKeyring()
    old = keyring.current_id
    rotation = Rotation(database, keyring)

    async def refuse(kek_id: str) -> None:
        raise Conflict(kek_id)

    rotation.retire = refuse  # type: ignore[method-assign]
    done = await rotation.rotate()
    assert (done.retired, done.kept) == ((), (old,))
