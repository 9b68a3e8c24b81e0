"""Everything that is measured side by side, started on loopback and stopped with the block."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.load import Target
from bench.machine import found, free_port, make_certificate
from bench.others import others
from bench.platform_setup import INTEGRATION, Installation, installed, link_account
from bench.processes import Program, running

PAGE = "/v1/templates"


@dataclass(frozen=True)
class Contenders:
    """Where to send: the provider itself, and everyone in front of it."""

    direct: Target
    nginx: Target
    bare: Target
    plain: Target
    waypost: Target
    waypost_plain: Target
    plain_users: Target
    waypost_users: Target
    waypost_root: str
    installation: Installation
    folder: Path
    load: int

    @contextmanager
    def secured(self) -> Iterator[tuple[Target, Target]]:
        """Run nginx and waypost in front of a provider that speaks TLS."""
        folder = self.folder / "secured"
        folder.mkdir()
        certificate, key = make_certificate(folder)
        port, core = free_port(), self.installation.core
        command = [sys.executable, "-m", "bench.upstream", str(port), str(certificate), str(key)]
        base = {INTEGRATION: f"https://127.0.0.1:{port}/v1"}
        trusting = replace(
            self.installation,
            environment={**self.installation.environment, "SSL_CERT_FILE": str(certificate)},
        )
        with (
            running("TLS", command, core=self.load, port=port, log=folder / "upstream.log"),
            _nginx(folder, port, core, trusted=certificate) as nginx,
            trusting.serving("waypost, TLS", base_urls=json.dumps(base)) as waypost,
        ):
            yield Target(nginx, PAGE), replace(self.waypost, program=waypost)

    @contextmanager
    def published(self, say: Callable[[str], None]) -> Iterator[list[Target]]:
        """Run the proxies that others publish, and one that only passes bytes on."""
        folder = self.folder / "published"
        folder.mkdir()
        port, core = self.direct.program.port, self.installation.core
        with _relay(folder, port, core) as relay, others(folder, port, core, say) as programs:
            yield [Target(program, PAGE) for program in (relay, *programs)]

    @contextmanager
    def pairs(self) -> Iterator[tuple[Target, Target]]:
        """Run nginx and waypost with two processes each, on every core there is."""
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        folder = self.folder / "two"
        folder.mkdir()
        with (
            _nginx(folder, self.direct.program.port, cores, workers=2) as nginx,
            self.installation.serving("waypost, 2", core=cores, processes="2") as waypost,
        ):
            yield Target(nginx, PAGE), replace(self.waypost, program=waypost)


@contextmanager
def contenders(folder: Path, *, servers: int, load: int) -> Iterator[Contenders]:
    """Run them all: proxies on one core, the provider on the core of the load."""
    with ExitStack() as stack:
        port = free_port()
        provider = stack.enter_context(
            running(
                "direct",
                [sys.executable, "-m", "bench.upstream", str(port)],
                core=load,
                port=port,
                log=folder / "upstream.log",
            )
        )
        installation = installed(folder, upstream=port, core=servers)
        started = {
            program.name: program
            for program in (
                stack.enter_context(_nginx(folder, port, servers)),
                stack.enter_context(_bare(folder, port, servers)),
                stack.enter_context(_plain(folder, port, servers)),
                stack.enter_context(installation.serving()),
            )
        }
        page, users, root = link_account(started["waypost"])
        other = stack.enter_context(installation.serving("waypost, plain", http="plain"))
        yield Contenders(
            direct=Target(provider, PAGE),
            nginx=Target(started["nginx"], PAGE),
            bare=Target(started["uvicorn + aiohttp"], PAGE),
            plain=Target(started["FastAPI + httpx"], "/passthrough/a/templates"),
            waypost=page,
            waypost_plain=replace(page, program=other),
            plain_users=Target(started["FastAPI + httpx"], "/unified/users"),
            waypost_users=users,
            waypost_root=root,
            installation=installation,
            folder=folder,
            load=load,
        )


_NGINX = """
worker_processes {workers}; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream provider {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {scheme}://provider; proxy_http_version 1.1; proxy_set_header Connection "";
      {more}
    }}
  }}
}}
"""

_VERIFIED = (
    "proxy_ssl_verify on; proxy_ssl_trusted_certificate {trusted}; proxy_ssl_name localhost;"
)


@contextmanager
def _nginx(
    folder: Path,
    upstream: int,
    core: int | str,
    workers: int = 1,
    trusted: Path | None = None,
) -> Iterator[Program]:
    port = free_port()
    config = folder / "nginx.conf"
    text = _NGINX.format(
        folder=folder,
        upstream=upstream,
        port=port,
        workers=workers,
        scheme="https" if trusted else "http",
        more=_VERIFIED.format(trusted=trusted) if trusted else "",
    )
    config.write_text(text)
    command = [found("nginx") or "nginx", "-c", str(config), "-e", str(folder / "nginx-error.log")]
    log = folder / "nginx.log"
    name = "nginx, TLS" if trusted else "nginx" if workers == 1 else f"nginx, {workers}"
    with running(name, command, core=core, port=port, log=log) as program:
        yield program


@contextmanager
def _bare(folder: Path, upstream: int, core: int) -> Iterator[Program]:
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", str(port), f"http://127.0.0.1:{upstream}"]
    log = folder / "bare.log"
    with running("uvicorn + aiohttp", command, core=core, port=port, log=log) as program:
        yield program


@contextmanager
def _relay(folder: Path, upstream: int, core: int) -> Iterator[Program]:
    port = free_port()
    command = [sys.executable, "-m", "bench.relay", str(port), str(upstream)]
    log = folder / "relay.log"
    with running("bytes only, uvloop", command, core=core, port=port, log=log) as program:
        yield program


@contextmanager
def _plain(folder: Path, upstream: int, core: int) -> Iterator[Program]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.plain:app", "--port", str(port)]
    command += ["--log-level", "warning", "--no-access-log"]
    environment = {
        "BENCH_UPSTREAM": f"http://127.0.0.1:{upstream}/v1",
        "BENCH_DATABASE": str(folder / "plain.sqlite3"),
    }
    with running(
        "FastAPI + httpx",
        command,
        core=core,
        port=port,
        log=folder / "plain.log",
        environment=environment,
    ) as program:
        yield program
