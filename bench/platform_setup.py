"""Waypost as an operator runs it: `waypost serve`, set up through its public HTTP."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import Target
from bench.machine import CannotMeasure
from bench.processes import Program, running

INTEGRATION = "bench"
OPERATOR_TOKEN = "operator-of-the-benchmark"
_SECRET = "mlsn.0123456789abcdef0123456789abcdef"
_PLENTY = 1_000_000_000
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


@contextmanager
def waypost(folder: Path, *, upstream: int, core: int, port: int) -> Iterator[Program]:
    """Run the platform on its embedded database until the block ends."""
    environment = {
        "WAYPOST_DATA_DIR": str(folder / "data"),
        "WAYPOST_OPERATOR_TOKEN": OPERATOR_TOKEN,
        "WAYPOST_CATALOG": str(write_catalog(folder / "catalog")),
        "WAYPOST_BASE_URLS": json.dumps({INTEGRATION: f"http://127.0.0.1:{upstream}/v1"}),
        "WAYPOST_ALLOW_ADDRESSES": "127.0.0.0/8",
        "WAYPOST_PORT": str(port),
        "WAYPOST_LOG_LEVEL": "warning",
    }
    command = [str(Path(sys.executable).with_name("waypost")), "serve"]
    # As on every start but the first, the server finds its schema in place.
    migrate = subprocess.run(
        [command[0], "migrate"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    if migrate.returncode != 0:
        raise CannotMeasure(f"waypost migrate failed:\n{migrate.stdout}{migrate.stderr}")
    folder.mkdir(exist_ok=True)
    log = folder / "waypost.log"
    with running(
        "waypost", command, core=core, port=port, log=log, environment=environment
    ) as program:
        yield program


def link_account(program: Program) -> tuple[Target, Target, str]:
    """Link an account over HTTP; return its page, its unified list, and where its paths begin."""
    base = f"http://127.0.0.1:{program.port}"
    environment = _post(base, "/environment", OPERATOR_TOKEN, {"name": "bench"})
    order = {"name": "bench", "environment_id": environment["id"]}
    token = _post(base, "/api-token", OPERATOR_TOKEN, order)["token"]
    install = _post(base, "/environment-integration", token, {"integration_id": INTEGRATION})
    account = _post(
        base,
        "/integrated-account",
        token,
        {
            "tenant_id": "bench",
            "environment_integration_id": install["id"],
            "context": {"api_token": _SECRET},
        },
    )
    root = f"/passthrough/{account['id']}"
    users = f"/unified/user-directory/users?integrated_account_id={account['id']}&limit=25"
    return Target(program, f"{root}/templates", token), Target(program, users, token), root


def _post(base: str, path: str, token: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        base + path,
        json.dumps(body).encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)
