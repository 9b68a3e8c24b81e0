"""Run the server: one process here, or several behind one port."""

import asyncio
import errno
import os
import socket
import sys
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from waypost.base.errors import SettingInvalid
from waypost.base.log import set_up_logging
from waypost.base.settings import Settings, read_settings, unknown_settings
from waypost.entrypoints.preflight import ensure_prepared


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
        # Who only watches over several workers (above) does without what a worker loads.
        from waypost.entrypoints.worker import build_application  # noqa: PLC0415

        server = uvicorn.Server(_config(settings, build_application(settings)))
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
    config = _config(settings, "waypost.entrypoints.worker:create_application")
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
        http=speak,  # type: ignore[arg-type]
        ws="none",
        # Headers of the provider reach the caller as they came; ours are the application's.
        server_header=False,
        date_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=30,
        # How long a worker may take to start, and to show that it lives: a busy machine is no fault.
        timeout_worker_healthcheck=60,
        h11_max_incomplete_event_size=64 * 1024,
    )


def speak(config: uvicorn.Config, **given: Any) -> asyncio.Protocol:
    """Make the protocol of one connection: the one that the application brought along."""
    protocol: asyncio.Protocol = config.loaded_app.protocol(config=config, **given)
    return protocol


def _say_where(settings: Settings, listening: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    sys.stderr.write(
        f"Waypost listens on http://{host}:{listening.getsockname()[1]} "
        f"(data in {settings.data_dir}). Ctrl-C stops it.\n"
    )
    if settings.operator_token is None:
        sys.stderr.write(f"The operator's token is in {settings.data_dir / 'operator-token'}.\n")
