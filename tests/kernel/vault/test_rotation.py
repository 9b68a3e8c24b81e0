"""Rotation while the program serves."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from tests.support.keyrings import MemoryKeyring
from tests.support.turned_clock import TurnedClock

from waypost.adapters.key_file import KeyFile
from waypost.base.connection import AsyncConnection
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


async def test_several_processes_may_rewrap_at_once(database: Database) -> None:
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
    await Rotation(database, keyring).prepare()
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


class _LateDatabase:
    """A database whose first write waits until `go`, as one that another process holds does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read = database.read
        self.go, self.asked = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        self.asked.set()
        await self.go.wait()
        async with self._database.write() as connection:
            yield connection


async def test_no_data_key_is_wrapped_by_a_key_that_was_retired_meanwhile(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    KeyFile(path).make()
    vault = Vault(database, KeyFile(path), clock=TurnedClock())
    sealed = {f"a{n}": await _seal(database, vault, f"a{n}") for n in range(5)}
    late = _LateDatabase(database)
    first = Rotation(late, KeyFile(path))  # type: ignore[arg-type]
    KeyFile(path).add()
    waiting = asyncio.create_task(first.rewrap())
    await late.asked.wait()
    second = await Rotation(database, KeyFile(path)).rotate()
    late.go.set()
    assert await waiting == 0
    assert await Rotation(database, KeyFile(path)).in_use() == {second.current: 5}
    cold = Vault(database, KeyFile(path), clock=TurnedClock())
    for owner, each in sealed.items():
        assert (await cold.open("env", owner, "f", each)).reveal() == owner


async def test_of_two_rotations_in_one_process_the_later_is_told_to_wait(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    KeyFile(path).make()
    late = _LateDatabase(database)
    first = asyncio.create_task(Rotation(late, KeyFile(path)).rotate())  # type: ignore[arg-type]
    await late.asked.wait()
    before = path.read_bytes()
    with pytest.raises(Conflict, match="Another rotation"):
        await Rotation(database, KeyFile(path)).rotate()
    assert path.read_bytes() == before
    first.cancel()
    await asyncio.wait([first])
    done = await Rotation(database, KeyFile(path)).rotate()
    assert KeyFile(path).ids() == (done.current,)


HOLDER = """
import sys
from pathlib import Path
from waypost.adapters.key_file import KeyFile
with KeyFile(Path(sys.argv[1])).alone():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _another_process(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            other.kill()


async def test_another_process_rotates_alone_and_its_death_ends_that(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    KeyFile(path).make()
    with _another_process(path), pytest.raises(Conflict):
        await Rotation(database, KeyFile(path)).rotate()
    assert (await Rotation(database, KeyFile(path)).rotate()).kept == ()


async def test_a_database_from_before_the_rotation_opens_still(
    database: Database, tmp_path: Path
) -> None:
    keyring = KeyFile(tmp_path / "keys.json")
    keyring.make()
    old = keyring.current()
    await Rotation(database, keyring).rotate()
    before = MemoryKeyring()  # what wrapped the data keys of the restored database
    before.keys, before.current_id = {old.id: old}, old.id
    sealed = await _seal(database, Vault(database, before, clock=TurnedClock()), "a")
    await Rotation(database, keyring).check()
    vault = Vault(database, KeyFile(tmp_path / "keys.json"), clock=TurnedClock())
    assert (await vault.open("env", "a", "f", sealed)).reveal() == "a"
    done = await Rotation(database, keyring).rotate()
    assert (done.rewrapped, await Rotation(database, keyring).in_use()) == (1, {done.current: 1})


async def test_a_key_file_is_made_only_for_a_database_without_secrets(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    rotation = Rotation(database, KeyFile(path))
    await rotation.prepare()
    needed = KeyFile(path).current().id
    await rotation.prepare()
    assert KeyFile(path).ids() == (needed,)
    await _seal(database, Vault(database, KeyFile(path), clock=TurnedClock()), "a")
    path.rename(tmp_path / "elsewhere")
    for act in (Rotation(database, KeyFile(path)).prepare, Rotation(database, KeyFile(path)).check):
        with pytest.raises(KeyMissing, match=needed):
            await act()
    assert not path.exists()
    with pytest.raises(KeyMissing):
        await Rotation(database, KeyFile(path)).rotate()
    assert not path.exists()
    (tmp_path / "elsewhere").rename(path)
    await Rotation(database, KeyFile(path)).prepare()


async def test_the_key_file_of_another_database_is_refused_by_name(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    keyring = KeyFile(path)
    keyring.make()
    owners = Vault(database, keyring, clock=TurnedClock())
    await _seal(database, owners, "a")
    first = keyring.current().id
    second = keyring.add()
    await _seal(database, owners, "b")
    path.unlink()
    KeyFile(path).make()
    with pytest.raises(KeyMissing) as raised:
        await Rotation(database, KeyFile(path)).check()
    assert first in raised.value.message
    assert second in raised.value.message
    assert "backup" in raised.value.message
