"""Run the server: one process here, or several behind one port."""

import sys
from typing import Any

import uvicorn

from waypost.adapters.migrations import upgrade
from waypost.base.log import set_up_logging
from waypost.base.settings import Settings, read_settings
from waypost.entrypoints.http.joined import JoiningProtocol
from waypost.entrypoints.wiring import build_kernel, build_platform
from waypost.kernel.vault import Rotated


def run(given: dict[str, Any]) -> None:
    """Serve until SIGTERM or Ctrl-C; `given` overrides settings. Raises SettingInvalid."""
    settings = read_settings(**given)
    set_up_logging(settings.log_level, settings.log_format)
    config = uvicorn.Config(
        create_application if settings.processes > 1 else build_platform(settings).application,
        factory=settings.processes > 1,
        host=settings.host,
        port=settings.port,
        workers=settings.processes,
        loop="uvloop",
        http=JoiningProtocol,
        ws="none",
        # Headers of the provider reach the caller as they came; ours are the application's.
        server_header=False,
        date_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=30,
        h11_max_incomplete_event_size=64 * 1024,
    )
    _say_where(settings)
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        sys.exit(3)


def create_application() -> Any:
    """Build one worker process's application."""
    settings = read_settings()
    set_up_logging(settings.log_level, settings.log_format)
    return build_platform(settings).application


async def migrate_database() -> None:
    """Bring the schema up to date."""
    kernel = build_kernel(read_settings())
    try:
        await upgrade(kernel.database)
    finally:
        await kernel.database.close()


async def rotate_keys() -> list[str]:
    """Rotate the key-encryption key; return what was done, as lines for a person."""
    kernel = build_kernel(read_settings())
    try:
        await upgrade(kernel.database)
        return rotation_report(await kernel.rotation.rotate())
    finally:
        await kernel.database.close()


def rotation_report(done: Rotated) -> list[str]:
    """Say what a rotation did."""
    lines = [f"{done.current} is the current key; {done.rewrapped} data keys were re-wrapped."]
    lines += [f"{old} was retired." for old in done.retired]
    lines += [f"{old} is still in use; rotate again to retire it." for old in done.kept]
    return lines


def _say_where(settings: Settings) -> None:
    sys.stderr.write(
        f"Waypost listens on http://{settings.host}:{settings.port} "
        f"(data in {settings.data_dir}). Ctrl-C stops it.\n"
    )
    if settings.operator_token is None:
        sys.stderr.write(f"The operator's token is in {settings.data_dir / 'operator-token'}.\n")
