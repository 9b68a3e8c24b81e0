"""Waypost as an operator runs it: `waypost serve`, set up through its public HTTP."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Target
from bench.machine import CannotMeasure, free_port
from bench.processes import Program, as_installed, running

INTEGRATION = "bench"
OPERATOR_TOKEN = "operator-of-the-benchmark"
_SECRET = "mlsn.0123456789abcdef0123456789abcdef"
_PLENTY = 1_000_000_000
_COMMAND = str(Path(sys.executable).with_name("waypost"))
CATALOG = Path(__file__).resolve().parent.parent / "src/waypost/catalog"


def write_catalog(folder: Path) -> Path:
    """Copy MailerSend under another name, with limits that count every call and never close."""
    made = folder / "integrations" / INTEGRATION
    shutil.copytree(CATALOG / "integrations" / "mailersend", made)
    manifest = made / "integration.yaml"
    text = manifest.read_text()
    text = re.sub(r"^name: \w+$", f"name: {INTEGRATION}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^      limit: \d+$", f"      limit: {_PLENTY}", text, flags=re.MULTILINE)
    manifest.write_text(text)
    return folder


@dataclass(frozen=True)
class Installation:
    """A data folder that is set up, and whom its servers call."""

    folder: Path
    environment: dict[str, str]
    core: int

    @contextmanager
    def serving(
        self, name: str = "waypost", *, core: str | None = None, **settings: str
    ) -> Iterator[Program]:
        """Run `waypost serve` here until the block ends; several may run beside one another.

        `settings` are WAYPOST_* without the prefix, `core` is as `taskset -c` takes it.
        """
        port = free_port()
        given = {f"WAYPOST_{key.upper()}": value for key, value in settings.items()}
        environment = {**self.environment, "WAYPOST_PORT": str(port), **given}
        log = self.folder / f"waypost-{port}.log"
        command = [_COMMAND, "serve"]
        with running(
            name, command, core=core or self.core, port=port, log=log, environment=environment
        ) as program:
            _wait_for_answers(program)
            yield program


def _wait_for_answers(program: Program) -> None:
    """Wait on /ping: the port is taken first, what is behind it comes a second later."""
    with urllib.request.urlopen(f"http://127.0.0.1:{program.port}/ping", timeout=60) as answer:
        answer.read()


def installed(folder: Path, *, upstream: int, core: int) -> Installation:
    """Prepare the platform on its embedded database; raises CannotMeasure."""
    folder.mkdir(exist_ok=True)
    environment = {
        "WAYPOST_DATA_DIR": str(folder / "data"),
        "WAYPOST_OPERATOR_TOKEN": OPERATOR_TOKEN,
        "WAYPOST_CATALOG": str(write_catalog(folder / "catalog")),
        "WAYPOST_BASE_URLS": json.dumps({INTEGRATION: f"http://127.0.0.1:{upstream}/v1"}),
        "WAYPOST_ALLOW_ADDRESSES": "127.0.0.0/8",
        "WAYPOST_LOG_LEVEL": "warning",
    }
    # As on every start but the first, a server finds catalogue and schema in order.
    prepare = subprocess.run(
        [_COMMAND, "prepare"],
        capture_output=True,
        text=True,
        check=False,
        env=as_installed(environment),
    )
    if prepare.returncode != 0:
        raise CannotMeasure(f"waypost prepare failed:\n{prepare.stdout}{prepare.stderr}")
    return Installation(folder, environment, core)


def ask_admin(program: Program, token: str) -> None:
    """Make one admin request, so that the server loads the half that serves them."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{program.port}/integrated-account",
        headers={"authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def link_account(program: Program) -> tuple[Target, Target, str]:
    """Link an account over HTTP; return its page, its unified list, and where its paths begin."""
    base = f"http://127.0.0.1:{program.port}"
    environment = _post(base, "/environment", OPERATOR_TOKEN, {"name": "bench"})
    order = {"name": "bench", "environment_id": environment["id"]}
    token = _post(base, "/api-token", OPERATOR_TOKEN, order)["token"]
    _post(base, "/environment-integration", token, {"integration_id": INTEGRATION})
    account = link_another(Target(program, "", token), 0)
    root = f"/passthrough/{account}"
    users = f"/unified/user-directory/users?integrated_account_id={account}&limit=25"
    return Target(program, f"{root}/templates", token), Target(program, users, token), root


def link_another(target: Target, number: int) -> str:
    """Link one more account where there is one; return its id."""
    base = f"http://127.0.0.1:{target.program.port}"
    installs = _get(base, "/environment-integration", target.token)
    body = {
        "tenant_id": f"bench-{number}",
        "environment_integration_id": installs["result"][0]["id"],
        "context": {"api_token": _SECRET},
    }
    return str(_post(base, "/integrated-account", target.token, body)["id"])


def _get(base: str, path: str, token: str) -> Any:
    request = urllib.request.Request(base + path, headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def _post(base: str, path: str, token: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        base + path,
        json.dumps(body).encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
