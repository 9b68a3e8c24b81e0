"""A small secret kept in a file of its owner alone, made by whichever process comes first."""

import contextlib
import os
from pathlib import Path


def kept(path: Path, fresh: bytes) -> bytes:
    """Return the file's content; an absent file is made with `fresh`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(fresh)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_bytes()
