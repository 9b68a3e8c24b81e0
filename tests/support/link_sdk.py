"""Truto's published link SDK, fetched from the npm registry and checked, never committed."""

import base64
import hashlib
import io
import os
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

VERSION = "1.1.30"
INTEGRITY = (
    "E4R+QCX7Uu2tuU/Q7BOPGJidWJcB213OHp9u1LKvqAXjDnpzUjRtCEisHWOiu//6anWnkgn1FFJfzOWx8Vv+bQ=="
)
"""SHA-512 of the tarball, as the registry publishes it."""

_CACHE = Path(__file__).resolve().parents[2] / ".cache" / "npm"


def link_sdk() -> str:
    """Return the SDK as an ES module; skip where the registry cannot be reached, fail under CI."""
    kept = _CACHE / f"truto-link-sdk-{VERSION}.js"
    if kept.exists():
        return kept.read_text()
    registry = os.environ.get("npm_config_registry", "https://registry.npmjs.org")  # noqa: SIM112
    registry = registry.rstrip("/")
    url = f"{registry}/@truto/truto-link-sdk/-/truto-link-sdk-{VERSION}.tgz"
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            packed = answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        unavailable(f"the npm registry cannot be reached for the link SDK ({error})")
    assert base64.b64encode(hashlib.sha512(packed).digest()).decode() == INTEGRITY
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.extractfile("package/dist/main.js")
        assert member is not None
        text = member.read().decode()
    _CACHE.mkdir(parents=True, exist_ok=True)
    # Another worker may be doing the same: the name appears with the whole text behind it.
    with tempfile.NamedTemporaryFile("w", dir=_CACHE, delete=False) as draft:
        draft.write(text)
    Path(draft.name).replace(kept)
    return text


def unavailable(reason: str) -> None:
    """Skip with a reason, or fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and under CI nothing is skipped")
    pytest.skip(reason)
