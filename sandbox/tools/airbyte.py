"""Let Airbyte's MailerSend source read a sandbox, and compare what it read with what happened.

    python sandbox/tools/airbyte.py manifest.yaml

The manifest is that of `source-mailersend` in Airbyte's repository, 4.5.4 when this was last run;
its runtime, airbyte-cdk, is fetched from the package index into an environment of its own
(`.cache/airbyte`). Nothing of either is in this repository, and all that is changed is the base
address in a copy of the manifest. (The connector on the package index, 0.1.15, is of 2024: it
names no `date_to`, which the API asks for since.) Exits with 1 when an activity was lost or
made up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from waypost_sandbox.clock import read_system_time

sys.path.insert(0, str(Path(__file__).parent))
from load import make_send, start

REAL_BASE = "https://api.mailersend.com/v1"
RUNTIME = "airbyte-cdk>=7"
HOME = Path(__file__).resolve().parents[2] / ".cache" / "airbyte"
DOMAIN = {"id": "65qngkdovk8lwr12", "name": "load.example"}
# As the connectors of its time, but with the configuration, which today's runtime wants at once.
_RUN = """
import sys
from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

class Source(YamlDeclarativeSource):
    __module__ = "source_mailersend.source"

given = sys.argv[1:]
config = AirbyteEntrypoint.extract_config(given)
catalog_path = AirbyteEntrypoint.extract_catalog(given)
catalog = Source.read_catalog(catalog_path) if catalog_path else None
launch(Source(path_to_yaml="manifest.yaml", config=Source.read_config(config), catalog=catalog), given)
"""


def prepare() -> Path:
    """Make the environment once and return its interpreter."""
    python = HOME / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(HOME)])
        _run([str(python), "-m", "pip", "install", "-q", RUNTIME])
    return python


def copy_connector(manifest: Path, folder: Path, base: str) -> None:
    """Copy the connector with its base address replaced."""
    text = manifest.read_text("utf-8")
    if REAL_BASE not in text:
        raise SystemExit(f"the manifest does not name {REAL_BASE}")
    package = folder / "source_mailersend"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "source.py").touch()
    (package / "manifest.yaml").write_text(text.replace(REAL_BASE, base), "utf-8")


async def fill(root: str, token: str, count: int) -> dict[str, str]:
    """Send, let everything arrive, and return what happened: activity's id to its type."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(root, headers=headers) as session:
        await session.post("/_sandbox/seed", json={"domains": [DOMAIN]})
        for number in range(count):
            await session.post("/v1/email", json=make_send(number))
        # Real time runs on for the source, which asks up to this very second.
        await asyncio.sleep(4)
        return await list_activity(session)


async def list_activity(session: aiohttp.ClientSession) -> dict[str, str]:
    """Page through everything that the API knows of today."""
    now, found, page = int(read_system_time().timestamp()), dict[str, str](), 1
    while True:
        window = {"date_from": now - 86_400, "date_to": now, "limit": 100, "page": page}
        async with session.get(f"/v1/activity/{DOMAIN['id']}", params=window) as answer:
            body = await answer.json()
        found |= {row["id"]: row["type"] for row in body["data"]}
        if body["links"]["next"] is None:
            return found
        page += 1


def run_source(python: Path, folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run the connector and return its messages."""
    command = [str(python), "-c", _RUN, *arguments]
    said = _run(command, folder)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def _run(command: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        raise SystemExit(f"{' '.join(command[-3:])} failed:\n{said}")
    return done.stdout


def read_all(python: Path, folder: Path, config: dict[str, Any]) -> list[dict[str, Any]]:
    """Check and read, as Airbyte does; return the records."""
    told = folder / "config.json"
    told.write_text(json.dumps(config), "utf-8")
    (status,) = [
        message["connectionStatus"]["status"]
        for message in run_source(python, folder, "check", "--config", told.name)
        if message["type"] == "CONNECTION_STATUS"
    ]
    sys.stdout.write(json.dumps({"check": status}) + "\n")
    stream = {"name": "activity", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    modes = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    catalog = folder / "catalog.json"
    catalog.write_text(json.dumps({"streams": [{"stream": stream, **modes}]}), "utf-8")
    told_all = ("--config", told.name, "--catalog", catalog.name)
    return [
        message["record"]["data"]
        for message in run_source(python, folder, "read", *told_all)
        if message["type"] == "RECORD"
    ]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Read a sandbox with Airbyte's source.")
    parser.add_argument("--messages", type=int, default=120)
    parser.add_argument("manifest", type=Path, help="the source's own manifest.yaml")
    options = parser.parse_args()
    python = prepare()
    process, root, token = start(keep=100_000)
    try:
        happened = asyncio.run(fill(root, token, options.messages))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            copy_connector(options.manifest, folder, f"{root}/v1")
            config = {
                "api_token": token,
                "domain_id": DOMAIN["id"],
                "start_date": int(read_system_time().timestamp()) - 2 * 86_400,
            }
            records = read_all(python, folder, config)
    finally:
        process.terminate()
        process.wait(timeout=10)
    read = {record["id"]: record["type"] for record in records}
    summary = {
        "activities": len(happened),
        "records": len(records),
        "different": len(read),
        "lost": len(happened.keys() - read.keys()),
        "made_up": len(read.keys() - happened.keys()),
        "agrees": read == happened,
    }
    sys.stdout.write(json.dumps({"summary": summary}) + "\n")
    return int(read != happened)


if __name__ == "__main__":
    raise SystemExit(main())
