"""Proxies that others publish, each installed for the run: node's http-proxy, and fastapi-proxy-lib."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.machine import CannotMeasure, found, free_port
from bench.processes import Program, running

HTTP_PROXY = "http-proxy@1.18.1"
PROXY_LIB = ("fastapi-proxy-lib[standard]==0.3.0", "uvicorn", "uvloop", "httptools")

_ON_NODE = """
const http = require('http'), proxy = require('http-proxy');
const agent = new http.Agent({keepAlive: true, maxSockets: 256});
const between = proxy.createProxyServer({target: 'http://127.0.0.1:%d', agent});
between.on('error', (error, request, response) => { response.writeHead(502); response.end(); });
http.createServer((request, response) => between.web(request, response)).listen(%d, '127.0.0.1');
"""
_ON_FASTAPI = """
from fastapi_proxy_lib.fastapi.app import reverse_http_app
app = reverse_http_app(base_url="http://127.0.0.1:%d/")
"""


@contextmanager
def others(
    folder: Path, upstream: int, core: int, say: Callable[[str], None]
) -> Iterator[list[Program]]:
    """Run those that can be had here; say why one cannot."""
    with ExitStack() as stack:
        programs = []
        for name, run in (("node http-proxy", _node), ("fastapi-proxy-lib", _fastapi)):
            here = folder / name.replace(" ", "-")
            here.mkdir()
            try:
                programs.append(stack.enter_context(run(name, here, upstream, core)))
            except (CannotMeasure, OSError, subprocess.SubprocessError) as error:
                say(f"! {name} is left out: {str(error).splitlines()[0]}")
        yield programs


@contextmanager
def _node(name: str, folder: Path, upstream: int, core: int) -> Iterator[Program]:
    node, npm = found("node"), found("npm")
    if node is None or npm is None:
        raise CannotMeasure("there is no node with npm on this machine")
    _install([npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), HTTP_PROXY])
    port = free_port()
    (folder / "proxy.js").write_text(_ON_NODE % (upstream, port))
    command = [node, "--no-deprecation", str(folder / "proxy.js")]
    with running(name, command, core=core, port=port, log=folder / "log") as program:
        yield program


@contextmanager
def _fastapi(name: str, folder: Path, upstream: int, core: int) -> Iterator[Program]:
    own = folder / "venv"
    _install([sys.executable, "-m", "venv", "--without-pip", str(own)])
    _install([sys.executable, "-m", "pip", "-q", "--python", str(own), "install", *PROXY_LIB])
    (folder / "proxied.py").write_text(_ON_FASTAPI % upstream)
    port = free_port()
    command = [str(own / "bin/python"), "-m", "uvicorn", "proxied:app", "--app-dir", str(folder)]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    with running(name, command, core=core, port=port, log=folder / "log") as program:
        yield program


def _install(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode != 0:
        raise CannotMeasure(
            f"it cannot be installed: {(done.stderr or done.stdout).strip()[-200:]}"
        )
