"""Tell a text that looks like a real secret from one that was made up for an example."""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from waypost.engine.manifest.places import Path

_RUN = re.compile(r"[A-Za-z0-9_\-.+/=~]{20,}")
_MADE_UP = re.compile(r"example|sample|fake|dummy|placeholder|secret|test|demo", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9a-f]{2}){20,}|(?:[0-9A-F]{2}){20,}")
_KEY_BLOCK = "-----BEGIN"


def looks_secret(text: str) -> bool:
    """Say whether a text holds a private key, a signed token, or a long run nobody would invent."""
    return _KEY_BLOCK in text or any(_random(run) for run in _RUN.findall(text))


def secret_places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every text inside `value` that looks like a secret."""
    if isinstance(value, str):
        if looks_secret(value):
            yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secret_places(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from secret_places(item, (*path, index))


def _random(run: str) -> bool:
    if _MADE_UP.search(run) or _MADE_UP.search(_decoded(run)):
        return False
    bare = run.rpartition(".")[2].rpartition("_")[2] or run
    if _HEX.search(bare):
        return len(set(bare)) > 6
    mixed = all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return mixed and len(run) >= 28 and _entropy(run) > 4.0 and "/" not in run[:8]


def _entropy(text: str) -> float:
    """Return bits per character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def _decoded(run: str) -> str:
    bare = run.rpartition("_")[2].rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
