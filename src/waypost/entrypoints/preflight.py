"""Before a server starts: see that everything is prepared, by a process that ends.

What preparing takes (the linter, Alembic, the place of every word of the catalogue) stays out of
the server, and is left out altogether while nothing has changed since it last went well.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from waypost.base.settings import Settings

_PACKAGE = Path(__file__).resolve().parents[1]
_RULES = (_PACKAGE / "engine", _PACKAGE / "schema")
# -P: the folder somebody happens to stand in is no place to import from.
_PREPARE = ("-P", "-c", "from waypost.entrypoints.cli.main import main; main()", "prepare")


def ensure_prepared(settings: Settings) -> None:
    """Run `waypost prepare` unless it went well for what is here now.

    A failure is on stderr by then, and ends this program too.
    """
    if _stamp(settings).is_file() and _stamp(settings).read_text() == current_state(settings):
        return
    done = subprocess.run([sys.executable, *_PREPARE], check=False)  # noqa: S603 - ourselves
    if done.returncode != 0:
        sys.exit(done.returncode)


def note_prepared(settings: Settings, state: str) -> None:
    """Remember that this state was found in order."""
    _stamp(settings).write_text(state)


def current_state(settings: Settings) -> str:
    """Return a digest of what is judged, the catalogues, and of what judges: code and schema."""
    catalogs = (_PACKAGE / "catalog", *map(Path, settings.catalog))
    return digest_of(
        (*_RULES, *(root / kind for root in catalogs for kind in ("integrations", "models")))
    )


def digest_of(folders: Iterable[Path]) -> str:
    """Return a digest of every file below these folders: names and contents."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(_files(folder)):
            content = path.read_bytes()
            digest.update(f"{path}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part[0] == "." or part == "__pycache__" for part in parts):
            yield path


def _stamp(settings: Settings) -> Path:
    return settings.data_dir / "prepared"
