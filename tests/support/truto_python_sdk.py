"""Truto's published Python SDK, fetched from the package index into a cache, never committed."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

VERSION = "0.1.6"
_ROOT = Path(__file__).resolve().parents[2]
_CACHE = _ROOT / ".cache" / "python"
SCRIPT = _ROOT / "tests" / "journeys" / "truto_python_script.py"


def truto_python_sdk() -> Path:
    """Return the folder that holds the SDK; skip where it cannot be had, fail under CI.

    It asks for Python 3.12 and runs on 3.11, so its own demand is set aside; its one real
    dependency, aiohttp, is ours too.
    """
    kept = _CACHE / f"truto-python-sdk-{VERSION}"
    if kept.exists():
        return kept
    _CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CACHE) as draft:
        target = Path(draft) / "sdk"
        said = _install(target)
        if said is not None:
            _unavailable(f"the package index cannot be reached for the Truto Python SDK ({said})")
        try:
            target.rename(kept)
        except OSError:
            assert kept.exists()  # another worker was quicker
    return kept


def run_script(given: dict[str, Any]) -> dict[str, Any]:
    """Run the SDK's script in a process of its own; return what each step came to."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        input=json.dumps(given),
        env={**os.environ, "PYTHONPATH": str(truto_python_sdk())},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _install(target: Path) -> str | None:
    uv = Path(sys.executable).with_name("uv")
    common = ["--quiet", "--no-deps", "--target", str(target), f"truto-python-sdk=={VERSION}"]
    commands = [
        [str(uv), "pip", "install", "--python", sys.executable, "--python-version", "3.12"],
        [sys.executable, "-m", "pip", "install", "--ignore-requires-python"],
    ]
    said = "neither uv nor pip is here"
    for command in commands:
        try:
            done = subprocess.run(
                [*command, *common], capture_output=True, text=True, timeout=100, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
            continue
        if done.returncode == 0:
            return None
        said = done.stderr.strip()[-300:]
    return said


def _unavailable(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and under CI nothing is skipped")
    pytest.skip(reason)
