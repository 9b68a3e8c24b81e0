"""Run the server: one process here, or several behind one port."""

import errno
import os
import socket
import sys
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from waypost.adapters.migrations import upgrade
from waypost.base.errors import SettingInvalid
from waypost.base.log import set_up_logging
from waypost.base.settings import Settings, read_settings, unknown_settings
from waypost.entrypoints.collector import settle_collector
from waypost.entrypoints.http.joined import JoiningProtocol
from waypost.entrypoints.preflight import ensure_prepared
from waypost.entrypoints.wiring import bring_up, build_kernel, build_platform
from waypost.kernel.vault import Rotated


def run(given: dict[str, Any]) -> None:
    """Serve until SIGTERM or Ctrl-C; `given` overrides settings.

    Raises SettingInvalid, and whatever the operator must mend before anything is served.
    """
    settings = read_settings(**given)
    set_up_logging(settings.log_level, settings.log_format)
    for warning in unknown_settings(os.environ):  # noqa: TID251 - names only, to warn of typos
        sys.stderr.write(f"{warning}\n")
    listening = listen(settings.host, settings.port)
    ensure_prepared(settings)
    if settings.processes > 1:
        _run_several(settings, given, listening)
    else:
        server = uvicorn.Server(_config(settings, _application(settings)))
        _say_where(settings, listening)
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            return  # Ctrl-C, raised again after a clean end
        except SystemExit:
            sys.exit(1)  # why is on stderr; the server's own 3 would be one more thing to know


def listen(host: str, port: int) -> socket.socket:
    """Take the port; raises SettingInvalid with the way out where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.set_inheritable(True)  # the workers share it
    try:
        listening.bind((host, port))
        # To bind is not enough: two may hold a port until one of them listens.
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise SettingInvalid(_why_not(host, port, error)) from None
    return listening


_BACKLOG = 2048


def _why_not(host: str, port: int, error: OSError) -> str:
    another = f"Choose another: waypost serve --port {port + 1 if port < 65535 else 8080}"
    match error.errno:
        case errno.EADDRINUSE:
            why = f"Port {port} of {host} is in use already."
        case errno.EACCES:
            why = f"Port {port} needs rights that this user lacks."
        case _:
            return (
                f"Nobody can listen on {host} here ({error.strerror or error}). Name an address of "
                "this machine: waypost serve --host 127.0.0.1, or WAYPOST_HOST."
            )
    return f"{why} {another}, or WAYPOST_PORT."


def _run_several(settings: Settings, given: dict[str, Any], listening: socket.socket) -> None:
    for name, value in given.items():
        # The workers are processes of their own and read their settings afresh.
        os.environ[f"WAYPOST_{name.upper()}"] = str(value)  # noqa: TID251
    config = _config(settings, "waypost.entrypoints.serve:create_application")
    _say_where(settings, listening)
    Multiprocess(config, [listening]).run()


def _config(settings: Settings, application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
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


def create_application() -> Any:
    """Build one worker process's application."""
    settings = read_settings()
    set_up_logging(settings.log_level, settings.log_format)
    return _application(settings)


def _application(settings: Settings) -> Any:
    application = build_platform(settings).application
    settle_collector()
    return application


async def migrate_database() -> None:
    """Bring the schema up to date; raises StorageUnavailable."""
    kernel = build_kernel(read_settings())
    try:
        await upgrade(kernel.database)
    finally:
        await kernel.database.close()


async def rotate_keys() -> list[str]:
    """Rotate the key-encryption key; return what was done, as lines for a person."""
    kernel = build_kernel(read_settings())
    try:
        await bring_up(kernel)
        return rotation_report(await kernel.rotation.rotate())
    finally:
        await kernel.database.close()


def rotation_report(done: Rotated) -> list[str]:
    """Say what a rotation did."""
    lines = [f"{done.current} is the current key; {done.rewrapped} data keys were re-wrapped."]
    lines += [f"{old} was retired." for old in done.retired]
    lines += [f"{old} is still in use; rotate again to retire it." for old in done.kept]
    return lines


def _say_where(settings: Settings, listening: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    sys.stderr.write(
        f"Waypost listens on http://{host}:{listening.getsockname()[1]} "
        f"(data in {settings.data_dir}). Ctrl-C stops it.\n"
    )
    if settings.operator_token is None:
        sys.stderr.write(f"The operator's token is in {settings.data_dir / 'operator-token'}.\n")
