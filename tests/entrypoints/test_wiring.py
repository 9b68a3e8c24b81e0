import re
import stat
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.scripted_transport import ScriptedTransport

from waypost.base.declared import fields
from waypost.base.errors import ManifestError, SettingInvalid
from waypost.base.secret import Secret
from waypost.base.settings import Settings, read_settings
from waypost.entrypoints.wiring import build_kernel, build_platform, data_plane, operator_token


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(Settings):
        monkeypatch.delenv(f"WAYPOST_{name.upper()}", raising=False)


def settings(tmp_path: Path, **given: Any) -> Settings:
    return read_settings(data_dir=tmp_path / "data", **given)


@pytest.mark.anyio
async def test_first_start_makes_what_it_needs_readable_by_its_owner_only(tmp_path: Path) -> None:
    given = settings(tmp_path)
    await _started(given)
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in given.data_dir.iterdir()}
    assert {"keys.json", "operator-token", "cursor-key"} <= made.keys()
    assert set(made.values()) == {0o600}


async def _started(given: Settings) -> str:
    """Start and stop a platform; return what a refused start says."""
    platform = build_platform(given, transport=ScriptedTransport([]))
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(messages)}

    said: list[str] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "lifespan.startup.failed":
            said.append(message["message"])

    await platform.application({"type": "lifespan"}, receive, send)
    return "".join(said)


@pytest.mark.anyio
async def test_a_start_without_the_key_file_of_the_database_is_refused(tmp_path: Path) -> None:
    given = settings(tmp_path)
    await _started(given)
    kernel = build_kernel(given, transport=ScriptedTransport([]))
    async with kernel.database.write() as connection:
        await kernel.vault.seal(connection, "env", "account", {"api_key": Secret("hush")})
    await kernel.database.close()
    keys = given.data_dir / "keys.json"
    keys.rename(tmp_path / "elsewhere")
    assert re.search(r"kek_.*backup", await _started(given))
    assert not keys.exists()
    (tmp_path / "elsewhere").rename(keys)
    assert await _started(given) == ""


def test_operator_token_is_the_settings_or_kept(tmp_path: Path) -> None:
    assert operator_token(settings(tmp_path, operator_token="given")).reveal() == "given"
    first = operator_token(settings(tmp_path)).reveal()
    assert len(first) == 43
    assert operator_token(settings(tmp_path)).reveal() == first


@pytest.mark.anyio
async def test_every_surface_of_the_data_plane_has_a_handler(tmp_path: Path) -> None:
    kernel = build_kernel(settings(tmp_path), transport=ScriptedTransport([]))
    assert list(data_plane(kernel)) == ["unified", "proxy", "custom", "passthrough"]
    await kernel.database.close()


@pytest.mark.anyio
async def test_the_turned_clock_reaches_the_kernel(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("1000")
    platform = build_platform(settings(tmp_path, test_clock=clock), transport=ScriptedTransport([]))
    assert platform.kernel.clock.now() == 1000
    await platform.kernel.database.close()


def test_a_broken_private_folder_stops_the_start_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "catalog" / "integrations" / "acme"
    folder.mkdir(parents=True)
    (folder / "integration.yaml").write_text("name: acme\nlable: Acme\n")
    with pytest.raises(ManifestError, match=r"integration\.yaml:2:1"):
        build_kernel(
            settings(tmp_path, catalog=(str(tmp_path / "catalog"),)),
            transport=ScriptedTransport([]),
        )


@pytest.mark.parametrize("inside", ["", "integrations/acme"])
def test_a_catalog_folder_of_another_shape_stops_the_start(tmp_path: Path, inside: str) -> None:
    folder = tmp_path / "catalog" / inside
    folder.mkdir(parents=True)
    with pytest.raises(SettingInvalid, match="CATALOG/integrations/NAME"):
        build_kernel(settings(tmp_path, catalog=(str(folder),)), transport=ScriptedTransport([]))


def test_a_wrong_network_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="WAYPOST_ALLOW_ADDRESSES"):
        build_kernel(settings(tmp_path, allow_addresses=("everywhere",)))
