"""A small secret kept in a file of its owner alone, made by whichever process comes first."""

import contextlib
import os
from pathlib import Path

from waypost.base.errors import SettingInvalid


def kept(path: Path, fresh: bytes) -> bytes:
    """Return the file's content; an absent file is made with `fresh`, whole or not at all.

    Raises SettingInvalid where it cannot be made or read, and for one that was emptied.
    """
    try:
        content = _kept(path, fresh)
    except OSError as error:
        raise SettingInvalid(
            f"The file {path} cannot be made or read ({error.strerror}): see WAYPOST_DATA_DIR."
        ) from None
    if not content.strip():
        raise SettingInvalid(
            f"The file {path} is empty: put it back from its backup, or delete it and a new one "
            "is made."
        )
    return content


def _kept(path: Path, fresh: bytes) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(fresh)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_bytes()
