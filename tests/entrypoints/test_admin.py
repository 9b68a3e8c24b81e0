"""The admin half can be built, has every feature's routes, and waits until somebody wants it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.scripted_transport import ScriptedTransport

from waypost.base.settings import read_settings
from waypost.entrypoints.admin import build_admin, routers
from waypost.entrypoints.wiring import build_kernel

_HEAVY = (
    "fastapi",
    "starlette",
    "jinja2",
    "alembic",
    "waypost.engine.conformance",
    "waypost.entrypoints.admin",
)


@pytest.mark.anyio
async def test_it_is_built_with_the_routes_of_every_feature(tmp_path: Path) -> None:
    kernel = build_kernel(read_settings(data_dir=tmp_path), transport=ScriptedTransport([]))
    document = build_admin(kernel).openapi()
    tags = {tag for each in routers(kernel) for tag in each.tags}
    described = {
        tag
        for item in document["paths"].values()
        for operation in item.values()
        for tag in operation["tags"]
    }
    assert tags
    assert tags <= described
    await kernel.database.close()


def test_a_server_is_ready_without_it() -> None:
    code = (
        "import sys, waypost.entrypoints.worker\n"
        f"print(*sorted(set({_HEAVY!r}) & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "", "these were imported before anybody asked for the admin API"
